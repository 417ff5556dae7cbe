"""Where a server is: an address checked before anything is sent there. Opens no connection."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_PATH = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")


class AddressError(ValueError):
    """An address cannot be used; the text says why and what one looks like."""


@dataclass(frozen=True)
class Address:
    """scheme is http or https, path is empty or begins with a slash and does not end with one."""

    scheme: str
    host: str
    port: int
    path: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    @property
    def secure(self) -> bool:
        """Whether what is sent is encrypted and the server must prove who it is."""
        return self.scheme == "https"

    @property
    def here(self) -> bool:
        """Whether it is this very machine, a tunnel's near end included."""
        if self.host.lower() == "localhost":
            return True
        number = _number(self.host)
        return number is not None and number.is_loopback

    def danger(self, keyed: bool) -> str:
        """What to know before anything is sent, in one sentence; empty on a safe way."""
        if self.secure or self.here:
            return ""
        number = _number(self.host)
        near = number is not None and number.is_private
        where = "in the network around you" if near else "on the way"
        what = "the text and the key" if keyed else "the text"
        return (
            f"http:// is not encrypted: everybody {where} can read {what}. "
            "Use https://, or an SSH tunnel to this machine."
        )


def parse_address(text: str) -> Address:
    """The address that a person typed; without a scheme, http on this machine and https elsewhere.

    Raises AddressError for whatever is not a plain web address.
    """
    text = text.strip()
    if not text:
        raise AddressError("Type the address of a server, such as http://127.0.0.1:8080.")
    if len(text) > _LONGEST or not text.isprintable():
        raise AddressError("This address is too long, or holds characters that no address has.")
    given = "://" in text
    parts = _split(text if given else f"http://{text}")
    scheme, host = parts.scheme.lower(), parts.hostname or ""
    if scheme not in _PORTS:
        raise AddressError(f"{scheme}:// is not supported; an address begins with https://.")
    if parts.username is not None or parts.password is not None:
        raise AddressError(
            "Leave user name and password out of the address; a key is read from the environment."
        )
    if parts.query or parts.fragment:
        raise AddressError("Leave out everything from ? or # on; only the address is needed.")
    if not _HOST.fullmatch(host) or (":" in host and _number(host) is None):
        raise AddressError(f"{host or text!r} is not the name of a machine.")
    if not _PATH.fullmatch(parts.path):
        raise AddressError(f"{parts.path!r} is no path of an address.")
    if not given and not Address("http", host, 80).here:
        scheme = "https"
    port = _PORTS[scheme] if parts.port is None else parts.port
    # Other programs want the address with the first part of every path that is asked for.
    return Address(scheme, host, port, parts.path.rstrip("/").removesuffix("/v1").rstrip("/"))


class _Parts:
    """The parts of an address, all of them valid."""

    def __init__(self, text: str) -> None:
        found = urlsplit(text)
        self.scheme, self.hostname, self.path = found.scheme, found.hostname, found.path
        self.username, self.password = found.username, found.password
        self.query, self.fragment, self.port = found.query, found.fragment, found.port
        if self.port == 0:
            raise ValueError("port 0")


def _split(text: str) -> _Parts:
    try:
        return _Parts(text)
    except ValueError:
        raise AddressError(
            f"{text!r} is no address; one looks like https://machine.example:8080."
        ) from None


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
