"""Two lines of controls that stand beside each other, or below each other where it is narrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget, QWidgetItem

Row = list[QLayoutItem]


class Folding(QLayout):
    """It folds when it is given its place: into one line, into two, into more where one is broken.

    gap: the second line stands at the right end while both share one.
    """

    def __init__(self, first: Iterable[QWidget], second: Iterable[QWidget], gap: bool) -> None:
        super().__init__()
        self._gap = gap
        self._items: Row = []
        self._lines: tuple[Row, Row] = ([], [])
        for line, parts in zip(self._lines, (first, second), strict=True):
            for part in parts:
                self.addChildWidget(part)
                line.append(QWidgetItem(part))
                self.addItem(line[-1])

    def space(self, pixels: int) -> None:
        """The distance between controls and lines."""
        self.setSpacing(pixels)
        self.invalidate()

    def rows(self, room: int) -> list[Row]:
        """The controls line by line, for so many pixels."""
        first, second = self._lines
        if self._width([*first, *second]) <= room:
            return [[*first, *second]]
        return [row for line in self._lines for row in self._broken(line, room)]

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        if not 0 <= index < len(self._items):
            return None
        item = self._items.pop(index)
        for line in self._lines:
            if item in line:
                line.remove(item)
        return item

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = self.rows(width)
        return sum(map(_height, rows)) + self.spacing() * (len(rows) - 1)

    def sizeHint(self) -> QSize:
        return QSize(self._width(self._items), _height(self._items))

    def minimumSize(self) -> QSize:
        widest = max((item.minimumSize().width() for item in self._items), default=0)
        return QSize(widest, _height(self._items))

    def setGeometry(self, place: QRect) -> None:
        super().setGeometry(place)
        rows, top = self.rows(place.width()), place.top()
        for row in rows:
            left, high = place.left(), _height(row)
            for item in row:
                if self._gap and len(rows) == 1 and item in self._lines[1][:1]:
                    left = place.right() + 1 - self._width(self._lines[1])
                size = item.sizeHint()
                wide = min(size.width(), place.width())
                down = top + (high - size.height()) // 2
                item.setGeometry(QRect(left, down, wide, size.height()))
                left += wide + self.spacing()
            top += high + self.spacing()

    def _broken(self, line: Row, room: int) -> list[Row]:
        """One line of controls, broken where it does not fit."""
        rows: list[Row] = []
        for item in line:
            if rows and self._width([*rows[-1], item]) <= room:
                rows[-1].append(item)
            else:
                rows.append([item])
        return rows

    def _width(self, row: Sequence[QLayoutItem]) -> int:
        return sum(item.sizeHint().width() for item in row) + self.spacing() * (len(row) - 1)


def _height(row: Sequence[QLayoutItem]) -> int:
    return max((item.sizeHint().height() for item in row), default=0)
