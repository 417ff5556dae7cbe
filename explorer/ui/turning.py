"""The verb of the what-if mark: start the branch at which the present settings would turn."""

from __future__ import annotations

from explorer.lens.whatif import turn
from explorer.session import moves
from explorer.ui.controller import Controller


def start_branch(controller: Controller) -> None:
    """Go to before the first draw that would fall elsewhere and step; nothing without one."""
    found = turn(controller.snapshot)
    if found is not None:
        controller.apply(moves.seek, found.node)
        controller.step()
