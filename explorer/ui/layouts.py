"""The built-in layouts as data, and how docks are put into them.

A layout is a panel id, a group of tabs ("t", [id, ...]) whose first panel is on top, or
(orientation, [(share, layout), ...]) with "h" or "v". Panels that it leaves out are hidden; names
of panels that the window does not have are passed over. The order follows the data: text,
attention, energy, probabilities, dice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget

Layout: TypeAlias = "str | tuple[str, Sequence[str | tuple[int, Layout]]]"

_TEXT: Layout = ("v", [(60, "text"), (40, "timeline")])
_DRAWING: Layout = ("v", [(34, "sampling"), (50, "bars"), (16, "dice")])
_INSIDE: Layout = (
    "v",
    [
        (50, ("h", [(44, "heads"), (56, "attention")])),
        (50, ("h", [(62, "hopfield"), (38, "energy")])),
    ],
)

_STORY: Layout = (
    "v",
    [(38, "text"), (23, "timeline"), (39, ("t", ["tree", "stops", "history"]))],
)
_TAKEN_APART: Layout = (
    "v",
    [
        (53, ("t", ["inside", "logitlens", "attribution", "twin", "hopfield"])),
        (47, ("t", ["attention", "heads", "headscores", "regimes", "temperatures", "sweep"])),
    ],
)
_QUESTIONS: Layout = (
    "v",
    [
        (37, ("t", ["sampling", "experiments", "proof"])),
        (46, ("t", ["bars", "whynot", "energy", "thermo"])),
        (17, "dice"),
    ],
)

LAYOUTS: dict[str, Layout] = {
    "explore": ("h", [(25, _TEXT), (47, _INSIDE), (28, _DRAWING)]),
    "lecture": (
        "h",
        [
            (55, ("v", [(45, "text"), (55, "attention")])),
            (45, ("v", [(30, "sampling"), (54, "bars"), (16, "dice")])),
        ],
    ),
    "debug": ("h", [(25, _STORY), (47, _TAKEN_APART), (28, _QUESTIONS)]),
}


def arrange(window: QMainWindow, docks: Mapping[str, QDockWidget], layout: Layout) -> None:
    """Put the docks into a layout and hide those that it does not name."""
    layout = present(layout, docks)
    named = _leaves(layout)
    window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
    for dock in docks.values():
        dock.setFloating(False)
        window.removeDockWidget(dock)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks[named[0]])
    _split(window, docks, layout)
    # Only now: what is split from a tabbed dock would become a further tab.
    _stack(window, docks, layout)
    for name, dock in docks.items():
        if name not in named:
            # A dock that is in no area would be missing from the saved state.
            window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        dock.setVisible(name in named)
    _raise(docks, layout)
    _resize(window, docks, layout, window.width(), window.height())


def present(layout: Layout, panels: Collection[str]) -> Layout:
    """The layout with only these panels; the others leave their room to their neighbours.

    Raises ValueError when none is left.
    """
    kept = _present(layout, panels)
    if kept is None:
        raise ValueError("the layout names no panel of this window")
    return kept


def _present(layout: Layout, panels: Collection[str]) -> Layout | None:
    if isinstance(layout, str):
        return layout if layout in panels else None
    if tabs := _tabs(layout):
        kept = [name for name in tabs if name in panels]
        return ("t", kept) if kept else None
    parts = [(share, _present(part, panels)) for share, part in _parts(layout)]
    left = [(share, part) for share, part in parts if part is not None]
    whole = sum(share for share, _ in left)
    return (layout[0], [(100 * share // whole, part) for share, part in left]) if left else None


def _tabs(layout: Layout) -> list[str]:
    """The panels of a group of tabs, none of anything else."""
    if isinstance(layout, str) or layout[0] != "t":
        return []
    return [name for name in layout[1] if isinstance(name, str)]


def _parts(layout: Layout) -> list[tuple[int, Layout]]:
    """The shares and layouts that are beside or above each other."""
    return [] if isinstance(layout, str) else [x for x in layout[1] if not isinstance(x, str)]


def _leaves(layout: Layout) -> list[str]:
    if isinstance(layout, str):
        return [layout]
    return _tabs(layout) or [leaf for _, part in _parts(layout) for leaf in _leaves(part)]


def _groups(layout: Layout) -> list[list[str]]:
    """All groups of tabs."""
    if tabs := _tabs(layout):
        return [tabs]
    return [group for _, part in _parts(layout) for group in _groups(part)]


def _orientation(mark: str) -> Qt.Orientation:
    return Qt.Orientation.Horizontal if mark == "h" else Qt.Orientation.Vertical


def _split(window: QMainWindow, docks: Mapping[str, QDockWidget], layout: Layout) -> None:
    firsts = [docks[_leaves(part)[0]] for _, part in _parts(layout)]
    for left, right in pairwise(firsts):
        window.splitDockWidget(left, right, _orientation(layout[0]))
    for _, part in _parts(layout):
        _split(window, docks, part)


def _stack(window: QMainWindow, docks: Mapping[str, QDockWidget], layout: Layout) -> None:
    for group in _groups(layout):
        for before, after in pairwise(group):
            window.tabifyDockWidget(docks[before], docks[after])


def _raise(docks: Mapping[str, QDockWidget], layout: Layout) -> None:
    for group in _groups(layout):
        docks[group[0]].raise_()


def _resize(
    window: QMainWindow, docks: Mapping[str, QDockWidget], layout: Layout, width: int, height: int
) -> None:
    across = layout[0] == "h"
    whole = width if across else height
    parts = _parts(layout)
    sizes = [whole * share // 100 for share, _ in parts]
    firsts = [docks[_leaves(part)[0]] for _, part in parts]
    window.resizeDocks(firsts, sizes, _orientation(layout[0]))
    for size, (_, part) in zip(sizes, parts, strict=True):
        _resize(window, docks, part, size if across else width, height if across else size)
