"""The kinds of servers, in the order in which they are tried, and how each is opened.

A kind that does not recognise itself in a server's answers says so with status 404, and the next
one is tried; any other failure is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from explorer.engine.interface import Reader
from explorer.engine.remote import legacy, llama_cpp, vllm
from explorer.engine.remote.completion import CompletionReader
from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.http import Client
from explorer.engine.remote.served import ServedReader, greeting
from explorer.engine.remote.shape import Shape, Wishes

_ELSEWHERE = (404, 405, 501)


@dataclass(frozen=True)
class Kind:
    """One kind of server: what it is called, what it gives in a sentence, and how it is opened."""

    id: str
    title: str
    gives: str
    open: Callable[[Client, Wishes], Reader]


def _completions(ask: Callable[[Client, Wishes], Shape]) -> Callable[[Client, Wishes], Reader]:
    return lambda client, wishes: CompletionReader(client, ask(client, wishes))


def _served(client: Client, wishes: Wishes) -> Reader:
    *_, reader = greeting(client)
    assert isinstance(reader, ServedReader)
    return reader


KINDS: tuple[Kind, ...] = (
    Kind(
        "explorer", "explorer serve",
        "Everything from inside that is on the screen: attention, queries, keys, hidden streams.",
        _served,
    ),
    Kind(
        "llama.cpp", "llama.cpp server",
        "Every token of the vocabulary at each step, with its number: all bars are exact.",
        _completions(llama_cpp.connect),
    ),
    Kind(
        "vllm", "vLLM server",
        "The most probable tokens with their numbers, as many as its operator allows; it wants "
        "the folder of the model's tokenizer.",
        _completions(vllm.connect),
    ),
    Kind(
        "text", "server of completions by text",
        "The most probable tokens by their text: a fallback for other servers, the least exact.",
        _completions(legacy.connect),
    ),
)  # fmt: skip


def opening(client: Client, wishes: Wishes, kind: str = "") -> Iterator[str | Reader]:
    """What is being tried, in words, then the reader; raises ValueError with a sentence."""
    kinds = [one for one in KINDS if kind in ("", one.id)]
    if not kinds:
        known = ", ".join(one.id for one in KINDS)
        raise ServerError(f"There is no kind of server {kind!r}; there are {known}.")
    reasons, found = [], None
    try:
        for one in kinds:
            yield f"Asking {client.address}: {one.title}?"
            try:
                found = one.open(client, wishes)
            except ServerError as error:
                if error.status not in _ELSEWHERE:
                    raise
                reasons.append(str(error))
            else:
                yield found
                return
    finally:
        if found is None:
            client.close()
    if len(kinds) == 1:
        raise ServerError(reasons[0])
    raise ServerError(
        f"{client.address} answers, but like none of the servers that Explorer knows "
        f"({', '.join(one.title for one in kinds)})."
    )


def connect(client: Client, wishes: Wishes, kind: str = "") -> Reader:
    """The reader at once; raises ValueError with a sentence."""
    *_, reader = opening(client, wishes, kind)
    assert not isinstance(reader, str)
    return reader
