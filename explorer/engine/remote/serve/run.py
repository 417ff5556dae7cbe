"""Binds an address and answers there until it is told to end. On uvicorn."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable

import uvicorn

from explorer.engine.remote.serve.app import Rules, Site
from explorer.engine.remote.serve.desk import Desk
from explorer.engine.remote.service import Service

_SHORTEST_TOKEN = 16
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


def rules_for(host: str, token: str) -> Rules:
    """Who may ask at an address; raises ValueError for one that everybody could ask."""
    here = _is_loopback(host)
    if not here and not token:
        raise ValueError(
            f"Everybody who reaches {host} could ask this model. Set a token with --token-env, or "
            "stay at 127.0.0.1 and reach it through ssh -L 8765:127.0.0.1:8765 MACHINE"
        )
    if token and (len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
        raise ValueError(f"A token has at least {_SHORTEST_TOKEN} plain characters.")
    return Rules(token, _LOOPBACK if here else None)


def token_of(variable: str) -> str:
    """The token that stands in a variable of the environment, empty where none is named."""
    if not variable:
        return ""
    token = os.environ.get(variable, "")
    if not token:
        raise ValueError(f"The variable {variable} holds no token.")
    return token


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises OSError with a sentence. Port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=64)
    except OSError as error:
        why = error.strerror or error
        raise OSError(f"cannot listen at {host}, port {port}: {why}") from None
    # asyncio sets this only on sockets that name their protocol, which those accepted here do not:
    # an answer in two pieces would wait 40 ms for the first to be confirmed.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def run(
    service: Service,
    listening: socket.socket,
    rules: Rules,
    engine: str,
    tell: Callable[[str], None],
) -> None:
    """Answer until Ctrl-C or a signal to end; `tell` hears the address."""
    desk = Desk(service)
    config = uvicorn.Config(
        Site(desk, rules, engine).application(),
        log_level="warning",
        access_log=False,
        server_header=False,
        http="h11",
        ws="none",
        lifespan="off",
        limit_concurrency=64,
        timeout_keep_alive=120,
        timeout_graceful_shutdown=3,
        h11_max_incomplete_event_size=1 << 15,
    )
    host, port = listening.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    try:
        _Server(config, lambda: tell(address)).run(sockets=[listening])
    finally:
        desk.close()


class _Server(uvicorn.Server):
    """Says that it answers when it does: from then on Ctrl-C finds it ready to end."""

    def __init__(self, config: uvicorn.Config, tell: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
