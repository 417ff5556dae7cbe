"""A connection that can be left at any moment: every wait is short and looks at the clock.

`http.client` reads through `makefile`; here that file waits for the socket in pieces of a tenth of
a second, so that a cancelled request ends at once, and a server that drips a byte a second does not
hold it beyond its time.
"""

from __future__ import annotations

import io
import selectors
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from explorer.engine.remote.failure import ServerError, StoppedError

_TICK = 0.1


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds: for a connection, for the next byte, for a whole answer."""

    connect: float = 5.0
    silence: float = 60.0
    answer: float = 300.0


class Watch:
    """Says when waiting must end: the person has had enough, or the time is over."""

    def __init__(self, patience: Patience, stop: Event, who: str) -> None:
        self.patience = patience
        self._stop, self._who = stop, who
        self._end = time.monotonic() + patience.answer

    def begin(self) -> None:
        """A new answer is waited for."""
        self._end = time.monotonic() + self.patience.answer

    def wait(self, ready: Callable[[float], bool], limit: float, what: str) -> None:
        """Wait until `ready(seconds)`; raises StoppedError or ServerError."""
        silent = time.monotonic() + limit
        while True:
            if self._stop.is_set():
                raise StoppedError(f"Waiting for {self._who} was stopped.")
            if ready(_TICK):
                break
            if time.monotonic() > silent:
                raise ServerError(f"{self._who} {what} within {limit:g} seconds.")
        if time.monotonic() > self._end:
            raise ServerError(
                f"{self._who} did not finish its answer within {self.patience.answer:g} seconds."
            )

    def pause(self, seconds: float) -> None:
        """Do nothing for a while; raises StoppedError."""
        if self._stop.wait(seconds):
            raise StoppedError(f"Waiting for {self._who} was stopped.")


class Wire:
    """A connected socket, encrypted or not, in the manner that `http.client` wants of one."""

    def __init__(self, plug: socket.socket, watch: Watch) -> None:
        self.plug, self.watch = plug, watch
        self._left, self._files = False, 0

    def sendall(self, data: bytes) -> None:
        """Send everything."""
        ahead = memoryview(data)
        while ahead:
            try:
                ahead = ahead[self.plug.send(ahead) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait(write=True)
            except ssl.SSLWantReadError:
                self._wait()

    def read_into(self, buffer: memoryview) -> int:
        """Fill a part of the buffer; 0 at the end."""
        while True:
            try:
                count = self.plug.recv_into(buffer)
            except (BlockingIOError, ssl.SSLWantReadError):
                self._wait()
            except ssl.SSLWantWriteError:
                self._wait(write=True)
            else:
                # A drip is never waited for: the clock is looked at here as well.
                self.watch.wait(lambda _: True, 0.0, "")
                return count

    def shake_hands(self, limit: float) -> None:
        """Agree on the encryption; raises ssl.SSLError for a certificate that cannot be trusted."""
        assert isinstance(self.plug, ssl.SSLSocket)
        while True:
            try:
                self.plug.do_handshake()
            except ssl.SSLWantReadError:
                self._wait(limit=limit)
            except ssl.SSLWantWriteError:
                self._wait(write=True, limit=limit)
            else:
                return

    def makefile(self, mode: str, *_: object) -> io.BufferedReader:
        """The answer as a file; while it is open the socket is, whoever closes the wire."""
        self._files += 1
        return io.BufferedReader(_Stream(self))

    def close(self) -> None:
        """Close the socket once no answer is read from it any more."""
        self._left = True
        self._hang_up()

    def done(self) -> None:
        """A file has been closed."""
        self._files -= 1
        self._hang_up()

    def _hang_up(self) -> None:
        if self._left and self._files <= 0:
            self.plug.close()

    def _wait(self, write: bool = False, limit: float | None = None) -> None:
        patience = self.watch.patience.silence if limit is None else limit
        self.watch.wait(lambda tick: _ready(self.plug, write, tick), patience, "said nothing")


class _Stream(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._wire.read_into(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._wire.done()


def connect(host: str, port: int, watch: Watch) -> socket.socket:
    """A socket connected to the first address of a host that answers; raises OSError."""
    failure: OSError = OSError("no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        plug = socket.socket(family, kind, protocol)
        try:
            _connect(plug, address, watch)
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return plug
        except OSError as error:
            plug.close()
            failure = error
        except ValueError:
            plug.close()
            raise
    raise failure


def _connect(plug: socket.socket, address: object, watch: Watch) -> None:
    plug.setblocking(False)
    try:
        plug.connect(address)  # type: ignore[arg-type]
    except BlockingIOError:
        limit = watch.patience.connect
        watch.wait(lambda tick: _ready(plug, True, tick), limit, "did not answer")
        if code := plug.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, "") from None


def _ready(plug: socket.socket, write: bool, tick: float) -> bool:
    if isinstance(plug, ssl.SSLSocket) and not write and plug.pending():
        return True
    with selectors.DefaultSelector() as selector:
        selector.register(plug, selectors.EVENT_WRITE if write else selectors.EVENT_READ)
        return bool(selector.select(tick))
