"""The one thread that asks the model, and the long answers that are fetched part by part.

A network is asked by one thread only. Questions wait in a short row; who comes when it is full is
sent away to come again.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from explorer.engine.remote.questions import Question
from explorer.engine.remote.service import Service

_MOST_WAITING, _MOST_LONG, _IDLE = 16, 8, 300.0


class BusyError(Exception):
    """Too many questions wait already."""


@dataclass
class Long:
    """An answer of several parts under way; `used` is when its last part was asked for."""

    question: Question
    parts: Iterator[object]
    used: float = field(default_factory=time.monotonic)


class Desk:
    """Asks a service in a thread of its own."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._thread = ThreadPoolExecutor(1, "model")
        self._waiting = 0
        self._long: dict[str, Long] = {}

    async def ask(self, question: Question) -> tuple[object, str]:
        """The first part of an answer, and the name of the rest, empty where there is none."""
        return await self._next(Long(question, self.service.answers(question)), "")

    async def more(self, name: str) -> tuple[object, str]:
        """The next part, None at the end; raises KeyError for an answer that is not known."""
        return await self._next(self._long.pop(name), name)

    def close(self) -> None:
        """Take no more questions; the one under way is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _next(self, answer: Long, name: str) -> tuple[object, str]:
        if self._waiting >= _MOST_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            value, whole = await loop.run_in_executor(self._thread, _part, answer)
        finally:
            self._waiting -= 1
        if whole:
            return value, ""
        answer.used = time.monotonic()
        self._keep(name or secrets.token_urlsafe(12), answer)
        return value, next(reversed(self._long))

    def _keep(self, name: str, answer: Long) -> None:
        old = time.monotonic() - _IDLE
        kept = {key: one for key, one in self._long.items() if one.used > old}
        self._long = dict(list(kept.items())[-(_MOST_LONG - 1) :]) | {name: answer}


def _part(answer: Long) -> tuple[object, bool]:
    """The next part, and whether it is the last; what has one part says so at once."""
    value = next(answer.parts, None)
    single = not answer.question.long
    if single:
        for _ in answer.parts:
            pass
    return value, single or value is None
