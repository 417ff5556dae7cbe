"""Strip: what a workspace puts at the top of the window."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget


class Strip(QWidget):
    """Its buttons, and the sentence that says what happens now; `Ribbon` is that of text."""

    def draw(self, new: Any, old: Any) -> None:
        """Write the sentence that explains the screen."""

    def restyle(self) -> None:
        """Take over new sizes and colours."""
