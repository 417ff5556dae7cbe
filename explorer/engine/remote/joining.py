"""Connecting to a place: what will be sent where, said before anything is, and then doing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from explorer.engine.interface import Reader
from explorer.engine.remote.address import AddressError, parse_address
from explorer.engine.remote.http import Client, ignore
from explorer.engine.remote.keys import read_key
from explorer.engine.remote.kinds import KINDS, opening
from explorer.engine.remote.place import Place, Prospect
from explorer.engine.remote.shape import Wishes


def prospect(place: Place) -> Prospect:
    """What connecting will send and where to, or why this is no address. Sends nothing."""
    try:
        address = parse_address(place.address)
    except AddressError as error:
        return Prospect(problem=str(error))
    where = "on this machine" if address.here else "on another machine"
    key = f", with the key from {place.key_variable.strip()}," if place.key_variable.strip() else ""
    gives = next((f" {one.gives}" for one in KINDS if one.id == place.kind), "")
    sentence = (
        f"Connect sends{key} to {address}, {where}: a few words to find out what it is, then your "
        "prompt, and at each step all tokens of the text so far. Nothing is sent before, and "
        f"nothing anywhere else.{gives}"
    )
    return Prospect(sentence, address.danger(bool(key)))


class Joining:
    """One attempt to connect: `slices` for the worker, `stop` for whoever has had enough."""

    def __init__(self, place: Place, tell: Callable[[str], None] = ignore) -> None:
        self.place, self._tell = place, tell
        self._client: Client | None = None
        self._stopped = False

    def slices(self) -> Iterator[str | Reader]:
        """What is being done, in words, then the reader; raises ValueError with a sentence."""
        place = self.place
        tokenizer = Path(place.tokenizer.strip()).expanduser() if place.tokenizer.strip() else None
        wishes = Wishes(tokenizer, place.candidates, place.model.strip())
        key = read_key(place.key_variable)
        client = Client(parse_address(place.address), key, tell=self._tell)
        self._client = client
        if self._stopped:
            client.stop()
        yield from opening(client, wishes, place.kind)

    def stop(self) -> None:
        """End what is under way; may be called from any thread."""
        self._stopped = True
        if self._client is not None:
            self._client.stop()
