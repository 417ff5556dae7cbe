"""Completions by text: the shape that many servers speak, and the least exact one.

`POST /v1/completions` with `logprobs: N` answers `top_logprobs: [{text: logprob}]` (the older
OpenAI shape), or a list with `token`, `bytes` and `logprob` of each. Text goes in and text comes
out, so two tokens of one text cannot be told apart: what is lost goes into the rest. The server
cuts the text into tokens itself every time, and may cut it differently than it was written. With
the model's tokenizer.json the numbers of tokens are known here; without it the texts that a server
names when it is asked for all of them are taken for its vocabulary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from explorer.engine.facts import ModelFacts
from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.http import Client
from explorer.engine.remote.legacy_answers import Answer, Choice, ask, bytes_of_text, named_in, told
from explorer.engine.remote.llama_cpp import changed
from explorer.engine.remote.outlook import Spread, outlook, spread
from explorer.engine.remote.shape import (
    ALL,
    Wishes,
    Words,
    decoded,
    facts_of,
    local_words,
    short_name,
    words_of,
)
from explorer.engine.remote.spans import encoding
from explorer.engine.tokenizer import Encoding, Tokenizer, visible

TITLE = "server of completions by text"
_FEW = (100, 20, 5)
# A server that names fewer tokens than this when asked for all has a limit.
_LEAST = 100
_PROBE = "The"
_CONTEXT = 2048
_WHY = (
    "A completion server gives the probabilities of the next token and nothing from inside the "
    "network."
)


class _Model(msgspec.Struct):
    id: str
    max_model_len: int | None = None


class _Models(msgspec.Struct):
    data: list[_Model] = []


@dataclass(frozen=True)
class ByText:
    """Steps with a server that knows tokens by their text only."""

    client: Client
    facts: ModelFacts
    model: str
    asked: int
    ids: Mapping[bytes, int]
    tokenizer: Tokenizer | None
    answers_as: str
    title: str = TITLE

    def encode(self, text: str) -> Encoding:
        """The tokens of a text: by the tokenizer that lies here, else as the server echoes them."""
        if self.tokenizer is not None:
            return self.tokenizer.encode(text)
        if not text:
            return Encoding("", (), ())
        pieces = _echoed(self.client, self.model, text)
        unknown = [piece for piece in pieces if piece not in self.ids]
        if unknown:
            raise ServerError(
                f"The server reads the token {visible(unknown[0])!r} in this text and does not "
                "name it among its tokens. Choose the folder of the model's tokenizer.json."
            )
        return encoding(text, [self.ids[piece] for piece in pieces], pieces)

    def ahead(self, ids: Sequence[int]) -> Spread:
        """What may come after these tokens; nothing is known of the first token of all."""
        size = self.facts.vocabulary
        pieces = (self.facts.pieces[one] for one in ids[1:])
        try:
            text = b"".join(pieces).decode()
        except UnicodeDecodeError:
            raise ServerError(
                "This token ends within a letter, and this server takes only whole letters."
            ) from None
        if not text:
            return Spread(np.full(size, -np.inf, np.float32), 1.0)
        answer = told(self.client, self.model, text, self.asked)
        if answer.model != self.answers_as:
            raise changed(self.answers_as, answer.model)
        named = named_in(answer)
        found = {self.ids[piece]: value for piece, value in named.items() if piece in self.ids}
        known = spread(outlook(list(found), list(found.values())), size)
        _check(named)
        return Spread(known.logits, max(known.rest, 0.0))

    def identity(self) -> str:
        """The name of the model, as the server lists it now."""
        return _model(self.client, self.model).id


def connect(client: Client, wishes: Wishes) -> ByText:
    """Ask everything that stepping needs; raises ServerError, of status 404 for other servers."""
    model = _model(client, wishes.model)
    limit, answer = _limit(client, model.id)
    named = named_in(answer)
    _check(named)
    asked = min(wishes.candidates or ALL, limit)
    tokenizer = None
    if wishes.tokenizer is not None:
        local = local_words(wishes.tokenizer)
        tokenizer = local.tokenizer
        begin = (*local.begins, *local.ends, 0)[0]
        words = words_of(tokenizer, len(tokenizer.pieces), begin, local.ends)
        ids = _unique(words.pieces)
        if not any(piece in ids for piece in named):
            raise ServerError(f"{local.path} knows none of the tokens that the server names.")
    elif len(named) < _LEAST:
        raise ServerError(
            f"The server names at most {len(named)} tokens at a time, by their text. Choose the "
            "folder of the model's tokenizer.json, so that all of them are known."
        )
    else:
        words, ids = _words(named)
    name = short_name(model.id)
    missing = (
        f"The server names tokens by their text, at most {min(asked, len(ids)):,} at a step; "
        "tokens of one text cannot be told apart, and it cuts the text into tokens itself."
    )
    context = (model.max_model_len or _CONTEXT) - 1
    facts = facts_of(name, context, words, _WHY, missing, model.id)
    return ByText(client, facts, model.id, asked, ids, tokenizer, answer.model)


def _check(named: Mapping[bytes, float | None]) -> None:
    """Raises ServerError where the numbers are no log-probabilities, known token or not."""
    values = list(named.values())
    spread(outlook(list(range(len(values))), values), len(values) + 1)


def _words(named: Mapping[bytes, float | None]) -> tuple[Words, dict[bytes, int]]:
    """The texts that a server names as a vocabulary, behind a begin token of no bytes."""
    pieces = (b"", *sorted(piece for piece in named if piece))
    labels = ("(begin)", *(visible(piece) for piece in pieces[1:]))
    return Words(pieces, labels, 0), {piece: index for index, piece in enumerate(pieces) if index}


def _unique(pieces: Sequence[bytes]) -> dict[bytes, int]:
    """The token of each text that only one token has."""
    count = Counter(pieces)
    return {piece: index for index, piece in enumerate(pieces) if piece and count[piece] == 1}


def _limit(client: Client, model: str) -> tuple[int, Answer]:
    """How many tokens the server is willing to name, and its answer to that wish."""
    refused: ServerError | None = None
    for count in (ALL, *_FEW):
        try:
            return count, ask(client, model, _PROBE, count)
        except ServerError as error:
            if error.status not in (400, 422):
                raise
            refused = error
    assert refused is not None
    raise refused


def _echoed(client: Client, model: str, text: str) -> list[bytes]:
    """The tokens of a text as the server echoes them, without what it adds before and behind."""
    answer = ask(client, model, text, 1, echo=True)
    choice = answer.choices[0] if answer.choices else Choice()
    tokens = (choice.logprobs.tokens if choice.logprobs is not None else None) or []
    pieces = [bytes_of_text(token) for token in tokens]
    wanted = text.encode("utf-8", "replace")
    for start in (0, 1):
        for end in range(len(pieces), start, -1):
            if b"".join(pieces[start:end]) == wanted:
                return [piece for piece in pieces[start:end] if piece]
    raise ServerError(
        "The server does not tell into which tokens it cuts a text. Choose the folder of the "
        "model's tokenizer.json."
    )


def _model(client: Client, wished: str) -> _Model:
    """The model by its name, the first one if none is wished; some servers list none."""
    try:
        models = decoded(client.get_json("/v1/models"), _Models, "list of models").data
    except ServerError as error:
        if error.status not in (404, 405):
            raise
        return _Model(wished)
    if not models:
        return _Model(wished)
    found = [one for one in models if one.id == wished or not wished]
    if not found:
        known = ", ".join(repr(one.id) for one in models[:20])
        raise ServerError(f"The server has no model {wished!r}; it has {known}.")
    return found[0]
