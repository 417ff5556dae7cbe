"""vLLM's `/v1/completions`: ids in, ids out, as many candidates as its operator allows.

With `return_tokens_as_token_ids` the keys of `top_logprobs` read "token_id:123"; without it tokens
of one text fall together (vLLM 0.32, entrypoints/openai/completion: protocol.py, serving.py). The
chosen token is named in front, above the count where it is not among the most probable; a
probability of 0 is written as -9999. The limit is the server's flag --max-logprobs (20 unless set,
-1: all; config/model.py), and the refusal of a larger wish names it ("greater than max allowed:
20", sampling_params.py). By default the numbers are raw, before everything that changes a draw;
with --logprobs-mode processed_logprobs they are so at temperature 0 and without a penalty for
repetition, which generation_config.json may set, and with raw_logits they are refused as no
logarithms of probabilities. What the ids mean is not told, so the tokenizer has to lie here; the
server's own is asked to encode a few words, to see that it is the same one.

Answers recorded from vLLM 0.32.0 lie in tests/engine/remote/answers; test_real_server.py says how
to run it on a processor.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from explorer.engine.facts import ModelFacts
from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.http import Client
from explorer.engine.remote.llama_cpp import changed
from explorer.engine.remote.outlook import Outlook, Spread, outlook, spread
from explorer.engine.remote.shape import (
    ALL,
    LocalWords,
    Wishes,
    decoded,
    decoded_body,
    facts_of,
    local_words,
    short_name,
    words_of,
)
from explorer.engine.tokenizer import Encoding, Tokenizer

TITLE = "vLLM server"
_MARK = "token_id:"
_LIMIT = re.compile(r"max(?:imum)?(?: allowed)?:? (\d+)")
_PROBE = "The 3 cats, naïve & wise:\n  42!"
_FEW = (20, 5)
_WHY = "vLLM gives the probabilities of the next token and nothing from inside the network."


class _Model(msgspec.Struct):
    id: str
    max_model_len: int | None = None
    owned_by: str = ""


class _Models(msgspec.Struct):
    data: list[_Model]


class _Tokens(msgspec.Struct):
    tokens: list[int]


class _Logprobs(msgspec.Struct):
    top_logprobs: list[dict[str, float | None] | None] | None = None


class _Choice(msgspec.Struct):
    logprobs: _Logprobs | None = None


class _Answer(msgspec.Struct):
    choices: list[_Choice]
    model: str = ""


@dataclass(frozen=True)
class VLLM:
    """Steps with a vLLM server; `asked` tokens are named at each step, and the chosen one."""

    client: Client
    facts: ModelFacts
    tokenizer: Tokenizer
    model: str
    asked: int
    title: str = TITLE

    def encode(self, text: str) -> Encoding:
        """The tokens of a text by the tokenizer that lies here."""
        return self.tokenizer.encode(text)

    def ahead(self, ids: Sequence[int]) -> Spread:
        """What may come after these tokens."""
        body = self.client.post("/v1/completions", _question(ids, self.asked, self.model)).body
        answer = decoded_body(body, _Answer, "answer")
        if answer.model and answer.model != self.model:
            raise changed(self.model, answer.model)
        return spread(_named(answer), self.facts.vocabulary)

    def identity(self) -> str:
        """The name of the model, as the server lists it now."""
        return _model(self.client, self.model).id


def connect(client: Client, wishes: Wishes) -> VLLM:
    """Ask everything that stepping needs; raises ServerError, of status 404 for other servers."""
    model = _model(client, wishes.model)
    if model.owned_by and model.owned_by.lower() != "vllm":
        raise ServerError(f"{client.address} belongs to {model.owned_by!r}, not to vLLM.", 404)
    if model.max_model_len is None:
        raise ServerError(f"{client.address} does not list its models as vLLM does.", 404)
    if wishes.tokenizer is None:
        raise ServerError(
            "vLLM names tokens by their numbers. Choose the folder of the model's tokenizer.json, "
            f"so that their text can be shown (the model is {model.id!r})."
        )
    local = local_words(wishes.tokenizer)
    begin = _begin(client, model.id, local)
    limit = _limit(client, model.id, begin)
    known = max(len(local.tokenizer.pieces), *local.sizes, 0)
    asked = min(wishes.candidates or ALL, limit, known)
    missing = (
        ""
        if asked >= known
        else (
            f"The server names at most {limit:,} tokens at each step; vLLM's --max-logprobs -1 "
            "allows all of them."
            if asked == limit
            else f"Only the {asked:,} most probable tokens are asked for at each step."
        )
    )
    words = words_of(local.tokenizer, known, begin, local.ends)
    facts = facts_of(short_name(model.id), model.max_model_len - 1, words, _WHY, missing, model.id)
    return VLLM(client, facts, local.tokenizer, model.id, asked)


def _question(ids: Sequence[int], count: int, model: str) -> bytes:
    return msgspec.json.encode(
        {
            "model": model,
            "prompt": list(ids),
            "max_tokens": 1,
            "logprobs": count,
            # What the server would choose is not used: the dice fall here. Both are told since
            # the model's own generation_config.json may ask for others.
            "temperature": 0,
            "repetition_penalty": 1,
            "return_tokens_as_token_ids": True,
        }
    )


def _named(answer: _Answer) -> Outlook:
    """The ids and log-probabilities of an answer; raises ServerError where there are none."""
    choice = answer.choices[0] if answer.choices else _Choice()
    tops = choice.logprobs.top_logprobs if choice.logprobs is not None else None
    top = tops[0] if tops else None
    if not top:
        raise ServerError(
            "The server gave no log-probabilities at all. Does it allow them (--max-logprobs)?"
        )
    if not all(key.startswith(_MARK) and key[len(_MARK) :].isdecimal() for key in top):
        raise ServerError(
            "The server names tokens by their text although it was asked for their numbers "
            "(return_tokens_as_token_ids). Choose the shape “completions by text” for it."
        )
    return outlook([int(key[len(_MARK) :]) for key in top], list(top.values()))


def _limit(client: Client, model: str, begin: int) -> int:
    """How many tokens the server is willing to name."""
    try:
        body = client.post("/v1/completions", _question([begin], ALL, model)).body
        return len(_named(decoded_body(body, _Answer, "answer")).ids)
    except ServerError as error:
        if error.status not in (400, 422):
            raise
        if found := _LIMIT.search(str(error)):
            return max(1, int(found[1]))
        refused = error
    for few in _FEW:
        try:
            client.post("/v1/completions", _question([begin], few, model))
        except ServerError as error:
            if error.status not in (400, 422):
                raise
        else:
            return few
    raise refused


def _begin(client: Client, model: str, local: LocalWords) -> int:
    """The token that begins every text here; the two tokenizers must agree on a few words."""
    try:
        automatic = _tokenize(client, model, "", special=True)
        theirs = _tokenize(client, model, _PROBE, special=False)
    except ServerError as error:
        if error.status != 404:
            raise
        # Some operators close this door; nothing speaks against the tokenizer then.
        return (*local.begins, *local.ends, 0)[0]
    if tuple(theirs) != local.tokenizer.encode(_PROBE).ids:
        raise ServerError(
            f"{local.path} is not the tokenizer of {model!r}: both encode the same words with "
            "different tokens."
        )
    return (*automatic[:1], *local.begins, *local.ends, 0)[0]


def _tokenize(client: Client, model: str, text: str, special: bool) -> list[int]:
    question = {"model": model, "prompt": text, "add_special_tokens": special}
    return decoded(client.post_json("/tokenize", question), _Tokens, "tokenizer").tokens


def _model(client: Client, wished: str) -> _Model:
    models = decoded(client.get_json("/v1/models"), _Models, "list of models").data
    if not models:
        raise ServerError("The server has no model.")
    known = ", ".join(repr(one.id) for one in models[:20])
    found = [one for one in models if one.id == wished or not wished]
    if not found:
        raise ServerError(f"The server has no model {wished!r}; it has {known}.")
    return found[0]
