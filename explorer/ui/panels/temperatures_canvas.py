"""Paints the two temperatures: what each leaves as it is and what it moves. Knows no controller."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from explorer.lens.candidates import figure
from explorer.lens.two_temperatures import (
    Candidate,
    HeadRows,
    TwoTemperatures,
    explain,
    explain_key,
)
from explorer.ui.hover import HoverRows
from explorer.ui.style import Style
from explorer.ui.words import LEFT, RIGHT

_STAYS = (
    "What the heads read from stays as it is: T acts on the finished logits. It makes the "
    "same order of tokens steeper or flatter, and never puts another one first."
)
_LEAST = 156
# Heights at scale 1: the words above the row, the row, the words above the bars, the bars.
_ROW, _ROW_HIGH, _SAID, _BARS, _EACH = 17, 42, 71, 82, 18


class TemperaturesCanvas(HoverRows):
    """Left the head's row and the bars with only the sharpness turned, right those with only T."""

    def __init__(self, looks: Style) -> None:
        super().__init__(looks, "Next token under each temperature")
        self.shown: TwoTemperatures | None = None
        self.placeholder = ""
        self.stacked = False
        self.restyle()

    def restyle(self) -> None:
        """Take over sizes."""
        self.setMinimumHeight(self._looks.px(_LEAST) * (2 if self.stacked else 1))

    def stack(self, stacked: bool) -> None:
        """Put the two below each other, where there is no room side by side."""
        if stacked != self.stacked:
            self.stacked = stacked
            self.restyle()
            self.update()

    def show_both(self, found: TwoTemperatures | None) -> None:
        """Show this comparison; None shows the placeholder."""
        self.shown = found
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(400), self._looks.px(260))

    def half(self, right: bool) -> QRectF:
        """The part of one temperature."""
        gap, wide = self._looks.px(16), self.width()
        if self.stacked:
            high = self.height() / 2
            return QRectF(0, high if right else 0, wide, high)
        each = (wide - gap) / 2
        return QRectF(each + gap if right else 0, 0, each, self.height())

    def row_box(self, index: int, right: bool) -> QRectF:
        """Where a token stands."""
        half, px = self.half(right), self._looks.px
        return QRectF(
            half.left(), half.top() + px(_BARS) + index * px(_EACH), half.width(), px(_EACH)
        )

    def bar(self, key: int) -> QRectF:
        """The column of a key in the head's row, over both directions."""
        assert self.shown is not None
        half, px = self.half(False), self._looks.px
        step = half.width() / len(self.shown.head.before)
        return QRectF(key * step, px(_ROW), step, px(_ROW_HIGH))

    def visible_rows(self) -> int:
        """How many tokens fit."""
        if self.shown is None:
            return 0
        room = self.half(False).height() - self._looks.px(_BARS)
        return max(min(len(self.shown.rows), int(room / self._looks.px(_EACH))), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, painter = self._looks, QPainter(self)
        painter.fillRect(self.rect(), looks.color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.shown is None:
            painter.setPen(looks.color("muted"))
            painter.setFont(looks.font(0.92))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), self.placeholder)
        else:
            self._paint_head(painter, self.shown.head)
            self._paint_stays(painter)
            for right in (False, True):
                self._paint_side(painter, self.shown, right)
            painter.setPen(QPen(looks.color("line"), 1))
            middle = self.width() / 2
            if not self.stacked:
                painter.drawLine(QPointF(middle, 0), QPointF(middle, self.height()))
        painter.end()

    def _paint_head(self, painter: QPainter, head: HeadRows) -> None:
        """The row of the head: after goes up, before goes down."""
        looks, px, half = self._looks, self._looks.px, self.half(False)
        painter.setPen(looks.color("muted"))
        self._letters(0.82).put(painter, 0, px(8), head.words, LEFT, half.width())
        axis, high = px(_ROW) + px(_ROW_HIGH) / 2, px(_ROW_HIGH) / 2 - 1
        top = max(float(head.before.max()), 0.0 if head.after is None else float(head.after.max()))
        step = half.width() / len(head.before)
        painter.setPen(Qt.PenStyle.NoPen)
        for row, name, sign in ((head.before, "raw", 1), (head.after, "chosen", -1)):
            if row is not None:
                painter.setBrush(looks.color(name))
                painter.drawRects(
                    [
                        QRectF(key * step + 0.5, axis + sign, max(step - 1, 0.5), sign * tall)
                        for key, tall in enumerate((high / top * row).tolist())
                    ]
                )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(looks.color("faint"), 1))
        painter.drawLine(QPointF(0, axis), QPointF(half.width(), axis))
        painter.setPen(looks.color("muted"))
        self._letters(0.75).put(painter, half.width(), px(_ROW) + px(6), "now", RIGHT)
        self._letters(0.75).put(
            painter, half.width(), px(_ROW + _ROW_HIGH) - px(5), "before", RIGHT
        )

    def _paint_stays(self, painter: QPainter) -> None:
        looks, half = self._looks, self.half(True)
        painter.setPen(looks.color("muted"))
        painter.setFont(looks.font(0.82))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        room = QRectF(half.left(), half.top(), half.width(), looks.px(_SAID) - looks.px(8))
        painter.drawText(room, int(flags), _STAYS)

    def _paint_side(self, painter: QPainter, found: TwoTemperatures, right: bool) -> None:
        looks, px, half = self._looks, self._looks.px, self.half(right)
        side = found.warm if right else found.sharp
        said = side.words if side is not None else "Reading the text with this sharpness …"
        if not right:
            said = f"{found.state}: {said}"
        painter.setPen(looks.color("text"))
        self._letters(0.88).put(
            painter, half.left(), half.top() + px(_SAID), said, LEFT, half.width()
        )
        for index in range(self.visible_rows()):
            row = found.rows[index]
            p = row.warm if right else row.sharp
            self._paint_row(painter, self.row_box(index, right), row, p, right)

    def _paint_row(
        self, painter: QPainter, box: QRectF, row: Candidate, p: float, right: bool
    ) -> None:
        looks, px = self._looks, self._looks.px
        assert self.shown is not None
        label, number = min(max(box.width() * 0.28, px(46)), px(110)), px(52)
        left, full = box.left() + label, max(box.width() - label - number, 8.0)
        middle, scale = box.center().y(), self.shown.scale
        if self._hover >= 0 and self.shown.rows[self._hover] is row:
            painter.fillRect(box, looks.color("hover", 0.2))
        small = self._letters(0.88)
        painter.setPen(looks.color("text"))
        small.put(painter, box.left(), middle, row.label, LEFT, label - px(6))
        color = looks.color("accent" if right else "chosen")
        for value, ink, top, high in (
            (p, color, 3, 8), (row.plain, looks.color("raw"), 12, 4),
        ):  # fmt: skip
            if not math.isnan(value):
                wide = full * min(value / scale, 1.0)
                painter.fillRect(QRectF(left, box.top() + px(top), wide, px(high)), ink)
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawLine(QPointF(left, box.top()), QPointF(left, box.bottom()))
        painter.setPen(looks.color("text"))
        said = "…" if math.isnan(p) else figure(p)
        small.put(painter, box.right(), middle, said, RIGHT)

    def explain(self, point: QPointF) -> str:
        if self.shown is None:
            return ""
        row = self.row_at(point)
        if row >= 0:
            return explain(self.shown, self.shown.rows[row])
        keys = range(len(self.shown.head.before))
        found = next((key for key in keys if self.bar(key).contains(point)), None)
        return "" if found is None else explain_key(self.shown.head, found)

    def row_at(self, point: QPointF) -> int:
        rows = range(self.visible_rows())
        sides = (False, True)
        return next(
            (at for at in rows if any(self.row_box(at, side).contains(point) for side in sides)), -1
        )
