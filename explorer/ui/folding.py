"""Two lines of controls that stand beside each other, or below each other where it is narrow."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget


class Folding(QBoxLayout):
    """A stretch stands between the lines, or at the end of each; `fold` is told the room."""

    def __init__(self, first: Iterable[QWidget], second: Iterable[QWidget], gap: bool) -> None:
        super().__init__(QBoxLayout.Direction.LeftToRight)
        self._lines = (QHBoxLayout(), QHBoxLayout())
        for line, parts in zip(self._lines, (first, second), strict=True):
            for part in parts:
                line.addWidget(part)
            self.addLayout(line)
        self._lines[0].addStretch(1 if gap else 0)
        self._lines[1].addStretch(0 if gap else 1)

    def space(self, pixels: int) -> None:
        """The distance between controls and lines."""
        self.setSpacing(pixels)
        for line in self._lines:
            line.setSpacing(pixels)

    def fold(self, room: int) -> None:
        """Lie in one line if it fits into so many pixels, else in two."""
        for line in self._lines:
            line.invalidate()  # sizes of type may have changed a moment ago
        wide = sum(line.minimumSize().width() for line in self._lines) + self.spacing()
        narrow = wide > room
        way = QBoxLayout.Direction
        self.setDirection(way.TopToBottom if narrow else way.LeftToRight)
