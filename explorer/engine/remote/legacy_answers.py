"""Completions by text: the question of a step, and what servers answer, as bytes and numbers."""

from __future__ import annotations

import msgspec

from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.http import Client
from explorer.engine.remote.shape import decoded_body

_RETRIES = 8
_BYTES = "bytes:"


class Named(msgspec.Struct):
    """One token with its log-probability."""

    token: str
    logprob: float | None
    bytes: list[int] | None = None


class Place(msgspec.Struct):
    """What may stand at one place of a text."""

    top_logprobs: list[Named]


class Logprobs(msgspec.Struct):
    """The numbers of a text, in the older or the newer shape."""

    tokens: list[str] | None = None
    top_logprobs: list[dict[str, float | None] | None] | None = None
    content: list[Place] | None = None


class Choice(msgspec.Struct):
    """One completion."""

    logprobs: Logprobs | None = None
    finish_reason: str | None = None


class Answer(msgspec.Struct):
    """What a server answers; only what is used here."""

    choices: list[Choice]
    model: str = ""


def ask(
    client: Client, model: str, text: str, count: int, echo: bool = False, seed: int | None = None
) -> Answer:
    """One request: the tokens that may come after a text; echo: those of the text as well."""
    # What the server would choose is not used: the dice fall here.
    dice = {"temperature": 0}
    if seed is not None:
        dice = {"temperature": 2, "top_p": 1, "top_k": 0, "min_p": 0, "seed": seed}
    question = {
        "prompt": text,
        "max_tokens": 1,
        "logprobs": count,
        **dice,
        **({"model": model} if model else {}),
        **({"echo": True} if echo else {}),
    }
    body = client.post("/v1/completions", msgspec.json.encode(question)).body
    return decoded_body(body, Answer, "answer")


def told(client: Client, model: str, text: str, count: int) -> Answer:
    """The answer to a question of a step.

    Some servers (llama-cpp-python) tell nothing where they choose to end the text. What they
    choose is not used, so they are asked again with dice that make another choice likely.
    """
    answer = ask(client, model, text, count)
    for seed in range(_RETRIES):
        if not _ended(answer):
            break
        answer = ask(client, model, text, count, seed=seed)
    return answer


def _ended(answer: Answer) -> bool:
    choice = answer.choices[0] if answer.choices else Choice()
    found = choice.logprobs or Logprobs()
    return choice.finish_reason == "stop" and not (found.top_logprobs or found.content)


def named_in(answer: Answer) -> dict[bytes, float | None]:
    """The tokens of an answer by their bytes; raises ServerError where there are none."""
    choice = answer.choices[0] if answer.choices else Choice()
    found = choice.logprobs or Logprobs()
    if found.content:
        entries = found.content[0].top_logprobs
        named = {_bytes_of(one): one.logprob for one in entries}
    else:
        top = found.top_logprobs[-1] if found.top_logprobs else None
        named = {bytes_of_text(key): value for key, value in (top or {}).items()}
    if not named:
        raise ServerError(
            "The server gave no log-probabilities at all. Does it allow them? "
            "(llama-cpp-python needs --logits_all true.)"
        )
    return named


def _bytes_of(one: Named) -> bytes:
    if one.bytes is not None and all(0 <= byte < 256 for byte in one.bytes):
        return bytes(one.bytes)
    return bytes_of_text(one.token)


def bytes_of_text(key: str) -> bytes:
    r"""The bytes of a token from its text, or from OpenAI's way to write a part of a letter:
    `bytes:\xe2\x80`."""
    if key.startswith(_BYTES):
        digits = key[len(_BYTES) :].replace("\\x", "")
        try:
            return bytes.fromhex(digits)
        except ValueError:
            return key.encode("utf-8", "replace")
    return key.encode("utf-8", "replace")
