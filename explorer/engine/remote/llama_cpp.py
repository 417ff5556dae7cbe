"""llama.cpp's own server: ids in, ids out, and the whole vocabulary at every step if asked.

`POST /completion` with `n_probs` answers `completion_probabilities[0].top_logprobs`, each entry
with id, bytes and logprob, raw and at temperature 1 (llama.cpp, tools/server/README.md). Its prefix
cache makes the next step cheap although all ids are sent every time. Unknown fields are ignored by
the server without a word, so what is asked for is looked for in the answer.

The server keeps the probabilities back when the token that it chooses ends within a letter, so it
is made to choose a plain one: a bias moves its choice and not the log-probabilities, which are raw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from explorer.engine.facts import ModelFacts
from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.http import Client
from explorer.engine.remote.outlook import Spread, outlook, spread
from explorer.engine.remote.shape import (
    ALL,
    Wishes,
    Words,
    decoded,
    decoded_body,
    facts_of,
    labels_of,
    short_name,
    slot,
)
from explorer.engine.remote.spans import encoding
from explorer.engine.tokenizer import Encoding

TITLE = "llama.cpp server"
P = TypeVar("P")
_MUCH = 1000
_WHY = (
    "A llama.cpp server gives the probabilities of the next token and nothing from inside the "
    "network."
)


class _Settings(msgspec.Struct):
    n_ctx: int


class _Props(msgspec.Struct):
    default_generation_settings: _Settings
    total_slots: int = 1
    model_alias: str = ""
    model_path: str = ""
    bos_token: str = ""
    eos_token: str = ""


class _Meta(msgspec.Struct):
    n_vocab: int = 0
    n_params: int = 0
    n_ctx_train: int = 0


class _Model(msgspec.Struct):
    id: str = ""
    meta: _Meta | None = None


class _Models(msgspec.Struct):
    data: list[_Model] = []


class _Tokens(msgspec.Struct):
    tokens: list[int]


class _Entry(msgspec.Struct):
    id: int
    logprob: float | None


class _Named(msgspec.Struct):
    id: int
    logprob: float | None
    bytes: list[int]


class _Place(msgspec.Struct):
    top_logprobs: list[_Entry]


class _NamedPlace(msgspec.Struct):
    top_logprobs: list[_Named]


@dataclass(frozen=True)
class _Special:
    """The control tokens that matter, and what to call them."""

    begin: int
    ends: tuple[int, ...]
    names: dict[int, str]
    plain: int


class _Answer(msgspec.Struct):
    completion_probabilities: list[_Place]
    model: str = ""


class _NamedAnswer(msgspec.Struct):
    completion_probabilities: list[_NamedPlace]
    model: str = ""


@dataclass(frozen=True)
class LlamaCpp:
    """Steps with llama.cpp's server; `asked` tokens are named at each step."""

    client: Client
    facts: ModelFacts
    asked: int
    place: int
    plain: int
    model: str
    title: str = TITLE

    def encode(self, text: str) -> Encoding:
        """The tokens of a text as the server's own tokenizer finds them."""
        ids = _tokenize(self.client, text, special=False)
        if any(not 0 <= one < self.facts.vocabulary for one in ids):
            raise ServerError("The server's tokenizer names a token that its model does not have.")
        return encoding(text, ids, [self.facts.pieces[one] for one in ids])

    def ahead(self, ids: Sequence[int]) -> Spread:
        """What may come after these tokens."""
        body = self.client.post(
            "/completion", _question(ids, self.asked, self.place, self.plain)
        ).body
        answer = decoded_body(body, _Answer, "answer")
        if answer.model != self.model:
            raise changed(self.model, answer.model)
        entries = _first(answer.completion_probabilities).top_logprobs
        found = outlook([one.id for one in entries], [one.logprob for one in entries])
        return spread(found, self.facts.vocabulary)

    def identity(self) -> str:
        """The model's file, size and name, as the server tells them now."""
        return _identity(_props(self.client), _model(self.client))


def connect(client: Client, wishes: Wishes) -> LlamaCpp:
    """Ask everything that stepping needs; raises ServerError, of status 404 for other servers."""
    props, model = _props(client), _model(client)
    special = _special(client, props)
    place = slot(props.total_slots)
    body = client.post("/completion", _question([special.begin], ALL, place, special.plain)).body
    answer = decoded_body(body, _NamedAnswer, "answer")
    named = _first(answer.completion_probabilities).top_logprobs
    words, missing = _words(named, special, model.meta), ""
    asked = min(wishes.candidates or ALL, len(words.pieces))
    if asked < len(words.pieces):
        missing = f"Only the {asked:,} most probable tokens are asked for at each step."
    name = short_name(props.model_alias or props.model_path)
    identity = _identity(props, model)
    # The server must have room for the token that it is made to choose.
    context = props.default_generation_settings.n_ctx - 1
    if context < 2:
        raise ServerError(f"The server's context is only {context + 1} tokens long.")
    facts = facts_of(name, context, words, _WHY, missing, identity)
    return LlamaCpp(client, facts, asked, place, special.plain, answer.model)


def changed(before: str, now: str) -> ServerError:
    """The sentence for a server that runs another model than at connect."""
    return ServerError(
        f"The server now runs {short_name(now)!r} instead of {short_name(before)!r}. The text on "
        "the screen belongs to the former; connect again to go on with the new one."
    )


def _question(ids: Sequence[int], count: int, place: int, plain: int) -> bytes:
    return msgspec.json.encode(
        {
            "prompt": list(ids),
            "n_predict": 1,
            "n_probs": count,
            # What the server would choose is not used: the dice fall here.
            "temperature": 0,
            "top_k": 1,
            "logit_bias": [[plain, _MUCH]],
            "cache_prompt": True,
            "id_slot": place,
            "response_fields": ["completion_probabilities", "model"],
        }
    )


def _first(places: list[P]) -> P:
    if not places:
        raise ServerError(
            "The server gave no log-probabilities at all. Does it allow them (n_probs)?"
        )
    return places[0]


def _words(named: list[_Named], special: _Special, meta: _Meta | None) -> Words:
    """The vocabulary, from a step that named every token of it."""
    size = meta.n_vocab if meta is not None and meta.n_vocab else len(named)
    ids = {one.id for one in named}
    if ids != set(range(size)):
        raise ServerError(
            f"The server named {len(ids):,} of its {size:,} tokens when it was asked for all. "
            "A newer llama.cpp names them all."
        )
    pieces = [b""] * size
    for one in named:
        if any(not 0 <= byte < 256 for byte in one.bytes):
            raise ServerError(f"The server spells the token {one.id} with numbers beyond 255.")
        # A control token has no bytes in a text, and its name where it stands in a prompt.
        pieces[one.id] = bytes(one.bytes) or special.names.get(one.id, "").encode()
    labels = labels_of(pieces)
    return Words(tuple(pieces), labels, special.begin, special.ends)


def _special(client: Client, props: _Props) -> _Special:
    """The token that begins every text here, those that end one, and their names.

    A model without a begin token gets its end token, which in its training stood between texts.
    """
    names: dict[int, str] = {}
    alone: list[list[int]] = []
    for text in (props.bos_token, props.eos_token):
        ids = _tokenize(client, text, special=False) if text else []
        alone.append(ids if len(ids) == 1 else [])
        names |= dict.fromkeys(alone[-1], text)
    automatic = _tokenize(client, "", special=True)[:1]
    begin = (*automatic, *alone[0], *alone[1], 0)[0]
    plain = (*_tokenize(client, "a", special=False), 0)[0]
    return _Special(begin, tuple(alone[1]), names, plain)


def _tokenize(client: Client, text: str, special: bool) -> list[int]:
    question = {"content": text, "add_special": special, "parse_special": True}
    return decoded(client.post_json("/tokenize", question), _Tokens, "tokenizer").tokens


def _props(client: Client) -> _Props:
    return decoded(client.get_json("/props"), _Props, "description (/props)")


def _model(client: Client) -> _Model:
    models = decoded(client.get_json("/v1/models"), _Models, "list of models").data
    return models[0] if models else _Model()


def _identity(props: _Props, model: _Model) -> str:
    meta = model.meta or _Meta()
    return f"{props.model_path} {meta.n_vocab} {meta.n_params} {meta.n_ctx_train}"
