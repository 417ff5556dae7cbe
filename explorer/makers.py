"""The makers of engines: a model folder opened in this process, or in a process of its own.

The wiring of readers, as `app` is that of the window. torch is imported inside, by the one maker
that needs it, in the worker's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.engine.library import open_libraries
from explorer.engine.opening import Estimate, Progress, Storage, Wanted
from explorer.engine.remote.place import Place, Prospect
from explorer.session.reader import Reader

if TYPE_CHECKING:
    from explorer.engine.remote.joining import Joining


class LocalOpener:
    """Opens model folders in this process; torch is first imported here, in the worker's thread."""

    def __init__(self, device: Wanted = "auto") -> None:
        self._device: Wanted = device

    def weigh(self, folder: Path) -> Iterator[Estimate]:
        """What opening will take."""
        import_torch()
        from explorer.engine.device import choose
        from explorer.engine.network.estimate import estimate

        yield estimate(folder, choose(self._device))

    def open(self, folder: Path, storage: Storage) -> Iterator[Progress | Reader]:
        """Progress, then the reader."""
        import_torch()
        from explorer.engine.reader import opening

        yield from opening(folder, storage, self._device)

    def apart(self) -> ChildOpener:
        """The maker that opens them in a process of their own."""
        return ChildOpener(self._device)

    def servers(self) -> ServerDoor:
        """What connects to servers that run models elsewhere."""
        return ServerDoor()


class ChildOpener:
    """Opens every model folder in a process of its own; torch is imported only there."""

    def __init__(self, device: Wanted = "auto") -> None:
        self._device: Wanted = device

    def weigh(self, folder: Path) -> Iterator[Estimate | None]:
        """None while it is not known, then what opening will take."""
        from explorer.engine.remote.isolated import weigh

        yield from weigh(folder, self._device)

    def open(self, folder: Path, storage: Storage) -> Iterator[Progress | Reader]:
        """Progress, then the reader."""
        from explorer.engine.remote.isolated import opening

        yield from opening(folder, storage, self._device)

    def apart(self) -> ChildOpener:
        """They are apart already."""
        return self

    def servers(self) -> ServerDoor:
        """What connects to servers that run models elsewhere."""
        return ServerDoor()


class ServerDoor:
    """Connects to servers; what reaches a network is imported when it is first asked."""

    def kinds(self) -> tuple[tuple[str, str], ...]:
        """The id and the title of every kind of server."""
        from explorer.engine.remote.kinds import KINDS

        return tuple((one.id, one.title) for one in KINDS)

    def prospect(self, place: Place) -> Prospect:
        """What connecting to a place will send, in words; sends nothing."""
        from explorer.engine.remote.joining import prospect

        return prospect(place)

    def join(self, place: Place, tell: Callable[[str], None]) -> Joining:
        """An attempt to connect."""
        from explorer.engine.remote.joining import Joining

        return Joining(place, tell)


def load(
    folder: Path, storage: Storage = "fp32", isolated: bool = False, device: Wanted = "auto"
) -> Iterator[Reader]:
    """Open a model; the first import of torch happens here, in the worker's thread."""
    opener = ChildOpener(device) if isolated else LocalOpener(device)
    for part in opener.open(folder, storage):
        if not isinstance(part, Progress):
            yield part


def import_torch() -> None:
    """Import torch, which takes about a second, with as many threads as leave the screen one."""
    open_libraries()
    import torch

    # A core is left to the screen: threads that wait for each other would take it from painting.
    torch.set_num_threads(max(1, min(4, torch.get_num_threads() - 1)))
