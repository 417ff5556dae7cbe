"""The outline of the pass: every stage in the order of computation, blocks folded, where we are."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPen, QPolygonF

from explorer.lens.inside import Row
from explorer.ui.rows import Rows
from explorer.ui.style import Style
from explorer.ui.words import RIGHT, Letters


class Outline(Rows):
    """Signals: gone(name) and gone_to_block(layer) where to go; folded(layer) on the triangle."""

    gone = Signal(str)
    gone_to_block = Signal(int)
    folded = Signal(int)

    def __init__(self, looks: Style) -> None:
        super().__init__(looks, "Outline of the pass", 19)
        self.rows: tuple[Row, ...] = ()
        self._letters = Letters(looks)
        self._folding = False
        self.picked.connect(self._pick)

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Other rows; the view follows to the place where we are."""
        if rows == self.rows:
            return
        self.rows = rows
        self.fit()
        here = next((index for index, row in enumerate(rows) if row.here), -1)
        if here >= 0:
            self.mark = here
            self.marked.emit(here)
        self.setAccessibleDescription(f"We are at {rows[here].title}" if here >= 0 else "")

    def count(self) -> int:
        return len(self.rows)

    def explain(self, row: int, x: float) -> str:
        one = self.rows[row]
        if not one.name:
            return f"{one.title}: F7 goes into it, the triangle unfolds it."
        return f"{one.title}   {one.symbol}\n{one.name}"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._folding = event.position().x() < self._looks.px(20)
        super().mousePressEvent(event)
        self._folding = False

    def paint_rows(self, painter: QPainter, seen: range) -> None:
        looks, px = self._looks, self._looks.px
        plain, bold, small = self._letters(0.9), self._letters(0.9, True), self._letters(0.8)
        for index in seen:
            row, box = self.rows[index], self.row_box(index)
            if row.here:
                painter.fillRect(box.adjusted(px(3), 0, -px(3), 0), looks.color("accent"))
            ink = "on_accent" if row.here else "text"
            left = box.left() + px(22 + 14 * row.depth)
            if not row.name:
                self._triangle(painter, box, row.open, ink)
            painter.setPen(looks.color(ink))
            words = bold if row.here or row.around else plain
            room = box.right() - px(8) - left
            words.put(painter, left, box.center().y(), row.title, room=room)
            free = room - words.width(row.title) - px(12)
            if row.symbol and small.width(row.symbol) < free:
                painter.setPen(looks.color("on_accent" if row.here else "muted"))
                small.put(painter, box.right() - px(8), box.center().y(), row.symbol, RIGHT)
        self._guide(painter, seen)

    def _triangle(self, painter: QPainter, box: QRectF, opened: bool, ink: str) -> None:
        size = self._looks.px(4)
        x, y = box.left() + self._looks.px(13), box.center().y()
        corners = [QPointF(x - size * 0.7, y - size), QPointF(x + size * 0.8, y)]
        corners.append(QPointF(x - size * 0.7, y + size))
        if opened:
            corners = [QPointF(x - size, y - size * 0.6), QPointF(x + size, y - size * 0.6)]
            corners.append(QPointF(x, y + size * 0.8))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._looks.color("muted" if ink == "text" else ink))
        painter.drawPolygon(QPolygonF(corners))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _guide(self, painter: QPainter, seen: range) -> None:
        """A line down the stages of an open block."""
        painter.setPen(QPen(self._looks.color("line"), 1))
        x = self._looks.px(25)
        for index in seen:
            if self.rows[index].depth and not self.rows[index].here:
                box = self.row_box(index)
                painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))

    @Slot(int)
    def _pick(self, index: int) -> None:
        row = self.rows[index]
        if row.name:
            self.gone.emit(row.name)
        elif row.layer is not None and (self._folding or row.here):
            self.folded.emit(row.layer)
        elif row.layer is not None:
            self.gone_to_block.emit(row.layer)
