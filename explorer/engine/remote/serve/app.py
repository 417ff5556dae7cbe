"""The HTTP side of `explorer serve`, on Starlette. Knows no torch.

Whoever asks must name the token, where one is set; it is compared in constant time. On a loopback
address only a Host of this machine is answered, so that no web page can ask through a browser. A
body has a largest size and a time in which it must be here.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from explorer import __version__
from explorer.engine.remote.packing import PackingError, pack, unpack
from explorer.engine.remote.protocol import FAILED, KIND, MODEL, MORE, ROOT, VERSION
from explorer.engine.remote.questions import SERVED, Question
from explorer.engine.remote.serve.desk import BusyError, Desk

Answering = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Rules:
    """Who may ask, how much and for how long.

    token is empty where none is needed; hosts are the names that a request may call us by, None:
    any. body in bytes, the times in seconds.
    """

    token: str = ""
    hosts: frozenset[str] | None = None
    body: int = 16 << 20
    body_time: float = 30.0
    answer_time: float = 1800.0


class Site:
    """The routes of one model."""

    def __init__(self, desk: Desk, rules: Rules, engine: str) -> None:
        self._desk, self._rules, self._engine = desk, rules, engine
        facts = desk.service.reader.facts
        self._facts = b"".join(bytes(part) for part in pack(facts))
        self._head = {MODEL: facts.fingerprint, "cache-control": "no-store"}

    def application(self) -> Starlette:
        """The application with all its routes."""
        asked = [
            Route(f"{ROOT}/{kind.__name__.lower()}", self._guarded(self._question(kind)),
                  methods=["POST"])
            for kind in SERVED
        ]  # fmt: skip
        return Starlette(
            routes=[
                Route(ROOT, self._guarded(self._greet), methods=["GET"]),
                Route(f"{ROOT}/facts", self._guarded(self._describe), methods=["GET"]),
                Route(f"{ROOT}/more/{{name}}", self._guarded(self._go_on), methods=["POST"]),
                *asked,
            ]
        )

    def _guarded(self, answer: Answering) -> Answering:
        """An endpoint that only answers those who may ask."""

        async def guarded(request: Request) -> Response:
            host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get(
                "host", ""
            )
            if self._rules.hosts is not None and host not in self._rules.hosts:
                return _refuse(403, "This server is called 127.0.0.1 or localhost.")
            given = request.headers.get("authorization", "").encode()
            wanted = f"Bearer {self._rules.token}".encode()
            if self._rules.token and not hmac.compare_digest(given, wanted):
                return _refuse(401, "The token is missing, or it is another one.")
            return await answer(request)

        return guarded

    async def _greet(self, request: Request) -> Response:
        model = self._desk.service.reader.facts.name
        said = {"explorer": VERSION, "program": __version__, "model": model}
        return JSONResponse(said | {"engine": self._engine}, headers=self._head)

    async def _describe(self, request: Request) -> Response:
        return Response(self._facts, media_type=KIND, headers=self._head)

    def _question(self, kind: type[Question]) -> Answering:
        async def answer(request: Request) -> Response:
            try:
                body = await asyncio.wait_for(self._body(request), self._rules.body_time)
            except TimeoutError:
                return _refuse(408, "The question did not arrive in time.")
            except OverflowError:
                return _refuse(413, f"A question has at most {self._rules.body} bytes.")
            except ClientDisconnect:
                return Response(status_code=400)
            try:
                question = unpack(body, kind)
            except PackingError as error:
                return _refuse(400, str(error))
            return await self._answer(self._desk.ask(question))

        return answer

    async def _go_on(self, request: Request) -> Response:
        try:
            return await self._answer(self._desk.more(request.path_params["name"]))
        except KeyError:
            return _refuse(404, "This answer is not known any more; ask again.")

    async def _answer(self, asked: Awaitable[tuple[object, str]]) -> Response:
        try:
            value, more = await asyncio.wait_for(asked, self._rules.answer_time)
        except TimeoutError:
            return _refuse(504, "The model did not answer in time.")
        except BusyError:
            return JSONResponse(
                {"error": "Others are waiting already."}, 429, headers={"retry-after": "1"}
            )
        except (ValueError, OSError) as error:
            said = str(error).encode("utf-8", "replace")
            return Response(said, media_type="text/plain", headers=self._head | {FAILED: "1"})
        head = self._head | ({MORE: more} if more else {})
        body = b"" if value is None else b"".join(bytes(part) for part in pack(value))
        return Response(body, media_type=KIND, headers=head)

    async def _body(self, request: Request) -> bytes:
        parts, size = [], 0
        async for part in request.stream():
            size += len(part)
            if size > self._rules.body:
                raise OverflowError
            parts.append(part)
        return b"".join(parts)


def _refuse(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status)
