"""The table of “why not”: names, the chosen token, the named one, what separates them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from explorer.lens.why_not import Line
from explorer.ui.paint import put_text
from explorer.ui.rows import DIMMED, Rows
from explorer.ui.style import Style

_RIGHT = Qt.AlignmentFlag.AlignRight


class WhyNotRows(Rows):
    """Paints the lines; those that can be picked have an arrow."""

    def __init__(self, looks: Style) -> None:
        super().__init__(looks, "Chosen and named token compared")
        self.lines: tuple[Line, ...] = ()

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Paint other lines."""
        self.lines = lines
        self.fit()

    def count(self) -> int:
        """How many rows there are."""
        return len(self.lines)

    def explain(self, row: int, x: float) -> str:
        """What the line means."""
        return self.lines[row].tip

    def paint_rows(self, painter: QPainter, seen: range) -> None:
        """The rows seen; headings stand on a strip."""
        looks, px, height = self._looks, self._looks.px, self.row_height()
        left, right = px(10), min(self.width() - px(10), px(660))
        gap = max((right - left) * 0.25, px(72))
        cell = max((right - left - gap) * 0.29, px(60))
        ends = right - gap - cell, right - gap, right
        alpha = DIMMED if self.waiting else 1.0
        text, muted = looks.color("text", alpha), looks.color("muted", alpha)
        for row in seen:
            line, top = self.lines[row], row * height
            bold = line.title
            if bold:
                painter.fillRect(QRectF(0, top, self.width(), height), looks.color("raised"))
                painter.setPen(QPen(looks.color("line"), 1))
                painter.drawLine(0, top + height - 1, self.width(), top + height - 1)
            painter.setFont(looks.font(0.92, bold=bold))
            picks = line.sampling is not None or line.head is not None
            name = QRectF(left, top, max(ends[0] - cell - left, px(40)), height)
            empty = not (line.chosen or line.named)
            if empty:
                name.setRight(right if not line.gap else right - gap)
            put_text(painter, name, line.name, text if bold else muted)
            for end, words, strong in (
                (ends[0], line.chosen, False),
                (ends[1], line.named, False),
                (ends[2], f"{line.gap} ›" if picks else line.gap, picks),
            ):
                wide = gap if end == right else cell
                if empty and end == right:
                    wide = right - left - px(96)
                painter.setFont(looks.font(0.92, bold=bold or strong))
                color = looks.color("accent", alpha) if strong else text
                box = QRectF(end - wide + px(8), top, wide - px(8) - 2, height)
                put_text(painter, box, words, color, _RIGHT)
