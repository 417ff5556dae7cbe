"""The next token before and after the edits, as pairs of bars. Knows no controller."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from explorer.lens.candidates import figure
from explorer.lens.experiments import Comparison, Shift
from explorer.ui.hover import HoverRows
from explorer.ui.style import Style
from explorer.ui.words import LEFT, RIGHT


class ShiftBars(HoverRows):
    """One row for each token: after above before, both numbers, the direction of the change."""

    def __init__(self, looks: Style) -> None:
        super().__init__(looks, "Next token before and after")
        self.shown: Comparison | None = None
        self._note = ""

    def show_comparison(self, found: Comparison | None, note: str) -> None:
        """Show these rows, or say why there are none."""
        self.shown, self._note = found, note
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def row_box(self, index: int) -> QRectF:
        """The rectangle of a row."""
        px = self._looks.px
        return QRectF(0, px(22) + index * px(21), self.width(), px(21))

    def sizeHint(self) -> QSize:
        rows = len(self.shown.rows) if self.shown is not None else 1
        return QSize(self._looks.px(300), self._looks.px(22 + 21 * rows + 4))

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, painter = self._looks, QPainter(self)
        painter.fillRect(self.rect(), looks.color("panel"))
        if self.shown is None:
            painter.setPen(looks.color("muted"))
            painter.setFont(looks.font(0.92))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), self._note)
            painter.end()
            return
        self._paint_header(painter)
        for index, row in enumerate(self.shown.rows):
            self._paint_row(painter, row, self.row_box(index), index == self._hover)
        painter.end()

    def _columns(self) -> tuple[float, float, float, float]:
        """Left edge of the bars, their full width, right edges of the two numbers."""
        px, wide = self._looks.px, self.width()
        after = wide - px(18)
        before = after - px(58)
        bars = min(max(wide * 0.24, px(60)), px(150))
        return bars, max(before - px(56) - bars, 10), before, after

    def _paint_header(self, painter: QPainter) -> None:
        looks, px = self._looks, self._looks.px
        bars, _full, before, after = self._columns()
        small, middle = self._letters(0.82), px(10)
        for right, text, name in ((before, "before", "raw"), (after, "after", "accent")):
            painter.setPen(looks.color("text"))
            small.put(painter, right, middle, text, RIGHT)
            x = right - small.width(text) - px(12)
            painter.fillRect(QRectF(x, middle - px(4), px(8), px(8)), looks.color(name))
        assert self.shown is not None
        painter.setPen(looks.color("muted"))
        small.put(painter, bars, middle, f"p at T = 1; full bar {self.shown.scale:.0%}", LEFT)

    def _paint_row(self, painter: QPainter, row: Shift, box: QRectF, lit: bool) -> None:
        looks, px = self._looks, self._looks.px
        assert self.shown is not None
        bars, full, before, after = self._columns()
        if lit:
            painter.fillRect(box, looks.color("hover", 0.2))
        plain, strong = self._letters(0.92), self._letters(0.92, bold=True)
        middle = box.center().y()
        painter.setPen(looks.color("text"))
        words = strong if row.moved else plain
        words.put(painter, px(2), middle, row.label, LEFT, bars - px(8))
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawLine(QPointF(bars, box.top()), QPointF(bars, box.bottom()))
        scale = self.shown.scale
        for p, name, top, high in (
            (row.after, "accent", 3, 8), (row.before, "raw", 12, 5),
        ):  # fmt: skip
            wide = full * min(p / scale, 1.0)
            painter.fillRect(QRectF(bars, box.top() + px(top), wide, px(high)), looks.color(name))
        painter.setPen(looks.color("muted"))
        plain.put(painter, before, middle, figure(row.before), RIGHT)
        painter.setPen(looks.color("text"))
        strong.put(painter, after, middle, figure(row.after), RIGHT)
        if row.moved:
            sign = "▲" if row.after > row.before else "▼"
            painter.setPen(looks.color("chosen" if row.after > row.before else "accent"))
            self._letters(0.7).put(painter, self.width() - px(2), middle, sign, RIGHT)

    def explain(self, point: QPointF) -> str:
        row = self.row_at(point)
        return self.shown.rows[row].tip if row >= 0 and self.shown is not None else ""

    def row_at(self, point: QPointF) -> int:
        count = len(self.shown.rows) if self.shown is not None else 0
        return next((at for at in range(count) if self.row_box(at).contains(point)), -1)
