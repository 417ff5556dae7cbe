"""What can go wrong with a server, as sentences."""

from __future__ import annotations

import http.client
import ssl

import msgspec

from explorer.engine.remote.address import Address

_MOST_WORDS = 300


class ServerError(ValueError):
    """A server cannot be used, or its answer cannot; the text says why and what to do.

    status is that of the answer, 0 where none came.
    """

    def __init__(self, sentence: str, status: int = 0) -> None:
        super().__init__(sentence)
        self.status = status


class StoppedError(ServerError):
    """The person has stopped waiting."""


MEANINGS = {
    400: "did not understand the question",
    401: "wants a key, or another one",
    403: "does not allow this with the key given",
    404: "has nothing there",
    405: "does not take such questions there",
    413: "finds the text too long",
    422: "did not understand the question",
    429: "has too much to do",
    500: "failed",
    501: "cannot do this",
    502: "cannot reach the model behind it",
    503: "is not ready",
    504: "waited in vain for the model behind it",
}


def why(error: Exception, at: Address) -> str:
    """Why no answer came."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"{at} could not prove who it is: {error.verify_message}. Nothing was sent. "
            "A certificate of your own can be trusted with SSL_CERT_FILE."
        )
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "no reason given").replace("_", " ").lower()
        return f"{at} does not speak https properly ({reason}); is it an http:// address?"
    if isinstance(error, ConnectionRefusedError):
        return f"Nothing answers at {at}. Is the server running, is the port right?"
    if isinstance(error, (http.client.RemoteDisconnected, ConnectionError)):
        return f"{at} ended the connection in the middle of the talk."
    if isinstance(error, http.client.IncompleteRead):
        return f"{at} ended the connection in the middle of its answer."
    if isinstance(error, OSError):
        return f"{at} cannot be reached: {error.strerror or error}."
    return f"{at} does not speak HTTP; is this the address of a server with a model?"


def words(body: bytes) -> str:
    """What a server says about its failure, in its own words, in one line."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        found = body[: 4 * _MOST_WORDS].decode("utf-8", "replace")
    for name in ("error", "message", "detail"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    line = " ".join(str(found).split())
    return "".join(char for char in line if char.isprintable())[:_MOST_WORDS]
