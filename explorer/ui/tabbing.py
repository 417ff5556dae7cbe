"""Where Tab goes next: through all that is seen, in order, and never under another tab.

Qt would go straight to the picture of a panel, which is the panel's focus proxy, past the buttons
before it; and it would walk through panels that lie under others.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from explorer.ui.panel import DeskPanel


def next_by_tab(here: QWidget, forward: bool) -> QWidget | None:
    """The next widget of the same window that takes the keyboard, None where there is no other."""
    step = QWidget.nextInFocusChain if forward else QWidget.previousInFocusChain
    one = step(here)
    while one is not None and one is not here:
        if one.window() is here.window() and _takes_keys(one):
            return one
        one = step(one)
    return None


def _takes_keys(widget: QWidget) -> bool:
    by_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    if not (by_tab and widget.isVisible() and widget.isEnabled()):
        return False
    return widget.focusProxy() is None and not widget.isWindow() and not _is_covered(widget)


def _is_covered(widget: QWidget) -> bool:
    panel: QWidget | None = widget
    while panel is not None and not isinstance(panel, DeskPanel):
        panel = panel.parentWidget()
    return panel is not None and not panel.is_seen
