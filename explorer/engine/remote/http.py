"""A small client for servers that compute: one address, bytes in, bytes out, nothing by surprise.

It goes to the address that it was given and to no other: redirects are refused, proxies and cookies
are not used, certificates are verified with what the machine trusts (SSL_CERT_FILE adds one). The
key travels in one header and stands in no sentence and no log. Answers are limited in size and time
and may not be packed, so that they are as large as they say. 429 and 503 mean "later": the request
is made again after a growing pause, a few times.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from threading import Event
from time import time
from typing import Any

import msgspec

from explorer import __version__
from explorer.engine.opening import gigabytes
from explorer.engine.remote.address import Address
from explorer.engine.remote.failure import MEANINGS, ServerError, StoppedError, why, words
from explorer.engine.remote.wire import Patience, Watch, Wire, connect

JSON = "application/json"
LATER = (429, 503)
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Limits:
    """How long to wait, how much to take (bytes), how often to come again, with which pauses."""

    patience: Patience = field(default_factory=Patience)
    body: int = 256 << 20
    tries: int = 5
    loading_tries: int = 600
    pause: float = 0.5
    longest_pause: float = 20.0


@dataclass(frozen=True)
class Answer:
    """What the server answered; the names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body decoded; raises ServerError when it is no JSON."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            start = words(self.body)[:80]
            raise ServerError(
                f"The server answered something that is not JSON: {start!r}. "
                "Is this the address of a model?"
            ) from None


def ignore(sentence: str) -> None:
    """For those who do not want to be told."""


class Client:
    """Asks one server. `tell` hears why it waits; `stop` may be called from any thread.

    `calls` counts the connections: a server that was started again had to be called anew.
    """

    def __init__(
        self,
        address: Address,
        key: str = "",
        limits: Limits | None = None,
        tell: Callable[[str], None] = ignore,
    ) -> None:
        if key and not (address.secure or address.here):
            raise ServerError(
                f"The key is not sent to {address}: http:// would show it to everybody on the way. "
                "Use https://, or an SSH tunnel to this machine."
            )
        if key and not (key.isascii() and key.isprintable()):
            raise ServerError("The key holds characters that no key has; is its variable right?")
        self.address = address
        self.tell = tell
        self.limits = limits or Limits()
        self.calls = 0
        self._key = key
        self._stop = Event()
        self._watch = Watch(self.limits.patience, self._stop, str(address))
        self._line: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Answer:
        """Ask for what lies under a path; raises ServerError with a sentence."""
        return self.ask("GET", path, None, {})

    def post(self, path: str, body: bytes, kind: str = JSON) -> Answer:
        """Send bytes of a kind and return the answer; raises ServerError with a sentence."""
        return self.ask("POST", path, body, {"Content-Type": kind})

    def get_json(self, path: str) -> Any:
        """What lies under a path, decoded."""
        return self.get(path).json()

    def post_json(self, path: str, value: object) -> Any:
        """The decoded answer to a value sent as JSON."""
        return self.post(path, msgspec.json.encode(value)).json()

    def stop(self) -> None:
        """End the request under way, if there is one, and the pauses between two tries."""
        self._stop.set()

    def resume(self) -> None:
        """Allow requests again after `stop`."""
        self._stop.clear()

    def wait_longer(self, patience: Patience) -> None:
        """Give the next answers this time."""
        self._watch.patience = patience

    def close(self) -> None:
        """Hang up; the next request calls again."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """One request, made again while the server says "later"; raises ServerError."""
        tried = 0
        while True:
            answer = self._once(method, path, body, headers)
            if answer.status < 300:
                return answer
            failure = self._refusal(path, answer)
            tried += 1
            loading = answer.status == 503 and "loading" in str(failure).lower()
            most = self.limits.loading_tries if loading else self.limits.tries
            if answer.status not in LATER or tried >= most:
                raise failure
            pause = _pause(answer.headers.get("retry-after", ""), tried, self.limits)
            self.tell(f"{failure} Trying again in {pause:.0f} s.")
            self._watch.pause(pause)

    def _once(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        kept = self._line is not None
        try:
            return self._exchange(method, path, body, headers)
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            self.close()
            if not kept:
                raise self._broken(error) from None
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise self._broken(error) from None
        except ServerError:
            self.close()
            raise
        # A line that was kept open may have been cut while nothing was said.
        return self._once(method, path, body, headers)

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        self._watch.begin()
        if self._line is None:
            self._line = self._connected()
        sent = {
            "Accept-Encoding": "identity",
            "User-Agent": f"explorer/{__version__}",
            **({"Authorization": f"Bearer {self._key}"} if self._key else {}),
            **headers,
        }
        self._line.request(method, self.address.path + path, body, sent)
        reply = self._line.getresponse()
        found = {name.lower(): value for name, value in reply.getheaders()}
        try:
            answer = Answer(reply.status, found, self._body(reply, found))
        finally:
            reply.close()
        if reply.will_close:
            self.close()
        return answer

    def _body(self, reply: http.client.HTTPResponse, headers: Mapping[str, str]) -> bytes:
        packed = headers.get("content-encoding", "identity").lower()
        if packed not in ("", "identity"):
            raise ServerError(
                f"{self.address} sent its answer packed ({packed[:20]}), which was not asked for."
            )
        most = self.limits.body
        if (reply.length or 0) > most:
            raise ServerError(self._too_large())
        parts, size = [], 0
        while part := reply.read1(_CHUNK):
            size += len(part)
            if size > most:
                raise ServerError(self._too_large())
            parts.append(part)
        if reply.length:
            raise http.client.IncompleteRead(b"", reply.length)
        return b"".join(parts)

    def _too_large(self) -> str:
        return (
            f"{self.address} sends more than {gigabytes(self.limits.body)} for one answer; "
            "ask for fewer candidates."
        )

    def _connected(self) -> http.client.HTTPConnection:
        at, watch = self.address, self._watch
        # The class sends and reads; the socket that it is given is ours.
        line = http.client.HTTPConnection(at.host, at.port)
        plug = connect(at.host, at.port, watch)
        try:
            if at.secure:
                plug = ssl.create_default_context().wrap_socket(
                    plug, server_hostname=at.host, do_handshake_on_connect=False
                )
            wire = Wire(plug, watch)
            if at.secure:
                wire.shake_hands(watch.patience.connect)
        except BaseException:
            plug.close()
            raise
        line.sock = wire
        self.calls += 1
        return line

    def _refusal(self, path: str, answer: Answer) -> ServerError:
        """Why an answer is not what was asked for, with the server's own words."""
        status, at = answer.status, self.address
        said = words(answer.body)
        if self._key:
            said = said.replace(self._key, "…")
        said = f" It says: {said}" if said else ""
        if 300 <= status < 400:
            target = answer.headers.get("location", "")[:200]
            return ServerError(
                f"{at} sends us on to {target!r}, and Explorer does not follow. "
                "Type that address yourself if you trust it.",
                status,
            )
        meaning = MEANINGS.get(status, "did not do what was asked")
        return ServerError(f"{at} {meaning} ({path}, {status}).{said}", status)

    def _broken(self, error: Exception) -> ServerError:
        """Why no answer came."""
        at = self.address
        if self._stop.is_set():
            return StoppedError(f"Waiting for {at} was stopped.")
        return ServerError(why(error, at))


def _pause(wished: str, tried: int, limits: Limits) -> float:
    """Seconds until the next try: what the server wishes within reason, else twice as long."""
    growing = float(min(limits.pause * 2.0 ** min(tried - 1, 10), limits.longest_pause))
    try:
        seconds = float(wished)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(wished).timestamp() - time()
        except (ValueError, TypeError, OverflowError):
            return growing
    return min(max(seconds, 0.0), limits.longest_pause) if seconds == seconds else growing
