"""The built-in layouts as data, and how docks are put into them.

A layout is a panel id or (orientation, [(share, layout), ...]). Panels that it leaves out are
hidden. The order follows the data: text, attention, energy, probabilities, dice.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

Layout: TypeAlias = "str | tuple[str, list[tuple[int, Layout]]]"

_TEXT: Layout = ("v", [(60, "text"), (40, "timeline")])
_DRAWING: Layout = ("v", [(34, "sampling"), (50, "bars"), (16, "dice")])
_INSIDE: Layout = (
    "v",
    [
        (50, ("h", [(44, "heads"), (56, "attention")])),
        (50, ("h", [(62, "hopfield"), (38, "energy")])),
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
    "debug": (
        "v",
        [
            (78, ("h", [(22, "text"), (50, _INSIDE), (28, _DRAWING)])),
            (22, "timeline"),
        ],
    ),
}


def arrange(window: QMainWindow, docks: Mapping[str, QDockWidget], layout: Layout) -> None:
    """Put the docks into a layout and hide those that it does not name."""
    named = _leaves(layout)
    for dock in docks.values():
        dock.setFloating(False)
        window.removeDockWidget(dock)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks[named[0]])
    _split(window, docks, layout)
    for name, dock in docks.items():
        if name not in named:
            # A dock that is in no area would be missing from the saved state.
            window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        dock.setVisible(name in named)
    _resize(window, docks, layout, window.width(), window.height())


def _leaves(layout: Layout) -> list[str]:
    if isinstance(layout, str):
        return [layout]
    return [leaf for _, part in layout[1] for leaf in _leaves(part)]


def _orientation(mark: str) -> Qt.Orientation:
    return Qt.Orientation.Horizontal if mark == "h" else Qt.Orientation.Vertical


def _split(window: QMainWindow, docks: Mapping[str, QDockWidget], layout: Layout) -> None:
    if isinstance(layout, str):
        return
    firsts = [docks[_leaves(part)[0]] for _, part in layout[1]]
    for left, right in pairwise(firsts):
        window.splitDockWidget(left, right, _orientation(layout[0]))
    for _, part in layout[1]:
        _split(window, docks, part)


def _resize(
    window: QMainWindow, docks: Mapping[str, QDockWidget], layout: Layout, width: int, height: int
) -> None:
    if isinstance(layout, str):
        return
    across = layout[0] == "h"
    whole = width if across else height
    sizes = [whole * share // 100 for share, _ in layout[1]]
    firsts = [docks[_leaves(part)[0]] for _, part in layout[1]]
    window.resizeDocks(firsts, sizes, _orientation(layout[0]))
    for size, (_, part) in zip(sizes, layout[1], strict=True):
        _resize(window, docks, part, size if across else width, height if across else size)
