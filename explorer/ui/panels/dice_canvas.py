"""The line of the dice as a widget: segments, tail, magnified part, mark, keys, mouse."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.dice import Dice, window
from explorer.ui.marks import draw_die
from explorer.ui.paint import tip
from explorer.ui.style import Style
from explorer.ui.words import CENTER, Words


@dataclass(frozen=True)
class Strip:
    """A painted part of the line: `box` shows the numbers from `low` to `high`."""

    box: QRectF
    low: float
    high: float

    def x(self, number: float) -> float:
        """Where a number stands."""
        return self.box.left() + (number - self.low) / (self.high - self.low) * self.box.width()

    def number(self, x: float) -> float:
        """The number at a place, kept on the strip."""
        share = (x - self.box.left()) / self.box.width()
        return self.low + min(max(share, 0.0), 1 - 1e-12) * (self.high - self.low)


class DiceCanvas(QWidget):
    """Paints the strip, below it a magnified one where the chosen segment is narrow.

    Up and Down walk over the segments; Enter says `picked(token)`.
    """

    picked = Signal(int)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self.dice: Dice | None = None
        self.note = ""
        self._hover, self._mark = -1, -1
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("The line of cumulative probability")
        self.restyle()

    def restyle(self) -> None:
        """Take over colours and sizes."""
        self._words, self._small = (Words(self._looks.font(size)) for size in (0.92, 0.82))
        self.setMinimumHeight(self._looks.px(64))
        self.update()

    def show_dice(self, dice: Dice | None, note: str) -> None:
        """Paint another line; `note` stands for none."""
        self.dice, self.note = dice, note
        self._mark = -1 if dice is None else min(self._mark, len(dice.tokens) - 1)
        self._hover = -1
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(400), self._looks.px(120))

    def strips(self) -> list[Strip]:
        """The whole line, and the magnified part if it is needed and there is room."""
        px, width = self._looks.px, self.width()
        zoom = window(self.dice) if self.dice is not None else None
        if zoom is None or self.height() < px(168):
            height = min(max(self.height() - px(76), px(18)), px(96))
            return [Strip(QRectF(px(12), px(36), width - px(24), height), 0.0, 1.0)]
        height = min(max((self.height() - px(112)) // 2, px(20)), px(72))
        first = QRectF(px(12), px(36), width - px(24), height)
        second = first.translated(0, height + px(36))
        return [Strip(first, 0.0, 1.0), Strip(second, *zoom)]

    def segment_at(self, point: QPointF) -> int:
        """The segment under a point, -1 if there is none."""
        for strip in self.strips():
            if self.dice is not None and strip.box.contains(point):
                return self.dice.at(strip.number(point.x()))
        return -1

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        if self.dice is not None and event.key() in (key.Key_Up, key.Key_Down):
            start = self._mark if self._mark >= 0 else self.dice.chosen
            step = 1 if event.key() == key.Key_Down else -1
            moved = start + step if self._mark >= 0 else start
            self._mark = min(max(moved, 0), len(self.dice.tokens) - 1)
            self.setAccessibleDescription(self.dice.tip(self._mark))
            self.update()
        elif self.dice is not None and event.key() in (key.Key_Return, key.Key_Enter):
            at = self._mark if self._mark >= 0 else self.dice.chosen
            self.picked.emit(int(self.dice.tokens[at]))
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._mark = self.segment_at(event.position())
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self.segment_at(event.position())
        if found != self._hover:
            self._hover = found
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = -1
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self.segment_at(QPointF(event.pos()))
            if found >= 0 and self.dice is not None:
                # A rectangle of one pixel: the next segment asks again.
                box = QRectF(event.pos().x(), event.pos().y(), 1, 1).toRect()
                QToolTip.showText(event.globalPos(), tip(self.dice.tip(found)), self, box)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        if self.dice is None:
            painter.setFont(self._words.font)
            painter.setPen(looks.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(8, 0, -8, 0), int(flags), self.note)
            painter.end()
            return
        px, strips = looks.px, self.strips()
        left, room = px(12), self.width() - px(24)
        painter.setPen(looks.color("muted"))
        self._words.put(painter, left, px(11), self.dice.caption, room=room)
        for strip in strips:
            self._paint_segments(painter, self.dice, strip)
            self._paint_axis(painter, strip)
        if len(strips) == 2:
            self._paint_link(painter, *strips)
        self._paint_mark(painter, self.dice, strips)
        middle = strips[-1].box.bottom() + px(25)
        if middle + self._words.height / 2 <= self.height():
            painter.setPen(looks.color("text"))
            self._words.put(painter, left, middle, self.dice.answer, room=room)
        painter.end()

    def _paint_segments(self, painter: QPainter, dice: Dice, strip: Strip) -> None:
        """Every segment that is wide enough to see; the narrow rest is one hatched block."""
        looks, thin = self._looks, 3.0 * (strip.high - strip.low) / strip.box.width()
        shades = (looks.color("accent", 0.34), looks.color("accent", 0.20))
        index, last = dice.at(strip.low), dice.at(min(strip.high, 1 - 1e-12))
        while index <= last:
            start, end = dice.interval(index)
            if end - start < thin and index != dice.chosen:
                break
            left, right = strip.x(max(start, strip.low)), strip.x(min(end, strip.high))
            box = QRectF(left, strip.box.top(), right - left, strip.box.height())
            lit = index == dice.chosen
            painter.fillRect(box, looks.color("chosen", 0.3) if lit else shades[index % 2])
            self._paint_label(painter, box, dice.label(index))
            index += 1
        if index <= last:
            self._paint_tail(painter, dice, strip, index)
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawRect(strip.box)
        mark = self._mark if self.hasFocus() else -1
        for index, color in ((dice.chosen, "chosen"), (self._hover, "hover"), (mark, "accent")):
            if index >= 0:
                self._outline(painter, dice, strip, index, looks.color(color))

    def _paint_label(self, painter: QPainter, box: QRectF, label: str) -> None:
        """The token of a segment, whole or at least its beginning, or nothing."""
        room = box.width() - self._looks.px(6)
        if room < self._looks.px(10):
            return
        if room < self._small.width(label) and room < self._looks.px(28):
            return
        painter.setPen(self._looks.color("text"))
        x, y = box.center().x(), box.center().y()
        self._small.put(painter, x, y, label, CENTER, room=room)

    def _paint_tail(self, painter: QPainter, dice: Dice, strip: Strip, index: int) -> None:
        looks = self._looks
        left = strip.x(max(dice.interval(index)[0], strip.low))
        box = QRectF(left, strip.box.top(), strip.box.right() - left, strip.box.height())
        painter.fillRect(box, looks.color("accent", 0.08))
        painter.fillRect(box, QBrush(looks.color("accent", 0.35), Qt.BrushStyle.BDiagPattern))
        if dice.chosen >= index:
            start, end = (strip.x(number) for number in dice.interval(dice.chosen))
            chosen = QRectF(start, box.top(), max(end - start, 1.5), box.height())
            painter.fillRect(chosen, looks.color("chosen"))
        text = f"{len(dice.tokens) - index:,} more"
        wide = self._small.width(text) + looks.px(10)
        if strip.low == 0.0 and strip.high == 1.0 and wide < box.width() - looks.px(8):
            at = box.center().x() if abs(strip.x(dice.number) - box.center().x()) > wide else (
                box.right() - wide / 2 - looks.px(4)
                if strip.x(dice.number) < box.center().x()
                else box.left() + wide / 2 + looks.px(4)
            )  # fmt: skip
            plate = QRectF(at - wide / 2, box.center().y() - looks.px(8), wide, looks.px(16))
            painter.fillRect(plate, looks.color("panel", 0.85))
            painter.setPen(looks.color("muted"))
            self._small.put(painter, at, box.center().y(), text, CENTER)

    def _outline(
        self, painter: QPainter, dice: Dice, strip: Strip, index: int, color: QColor
    ) -> None:
        start, end = (min(max(number, strip.low), strip.high) for number in dice.interval(index))
        if end > start:
            pen = self._looks.pen_width(2)
            wide = max(strip.x(end) - strip.x(start) - pen, 0.5)
            left, box = strip.x(start) + pen / 2, strip.box
            painter.setPen(QPen(color, pen))
            painter.drawRect(QRectF(left, box.top() + pen / 2, wide, box.height() - pen))

    def _paint_axis(self, painter: QPainter, strip: Strip) -> None:
        looks = self._looks
        whole = strip.low == 0.0 and strip.high == 1.0
        shares = (0.0, 0.25, 0.5, 0.75, 1.0) if whole else (0.0, 1.0)
        for share in shares:
            number = strip.low + share * (strip.high - strip.low)
            x, y = strip.x(number), strip.box.bottom()
            painter.setPen(QPen(looks.color("line"), 1))
            painter.drawLine(QPointF(x, y), QPointF(x, y + looks.px(3)))
            painter.setPen(looks.color("muted"))
            align = share if share in (0.0, 1.0) else CENTER
            text = f"{number:g}" if whole else f"{number:.6f}"
            self._small.put(painter, x, y + looks.px(9), text, align)

    def _paint_link(self, painter: QPainter, whole: Strip, part: Strip) -> None:
        """From the line to its magnified part."""
        top, bottom = whole.box.bottom(), part.box.top()
        corners = [
            QPointF(whole.x(part.low), top), QPointF(whole.x(part.high), top),
            QPointF(part.box.right(), bottom), QPointF(part.box.left(), bottom),
        ]  # fmt: skip
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._looks.color("chosen", 0.10))
        painter.drawPolygon(QPolygonF(corners))

    def _paint_mark(self, painter: QPainter, dice: Dice, strips: list[Strip]) -> None:
        looks = self._looks
        for place, strip in enumerate(strips):
            x, top = strip.x(dice.number), strip.box.top()
            painter.setPen(QPen(looks.color("text"), looks.pen_width(1.6)))
            start = top - (looks.px(2) if place == 0 else 0)
            painter.drawLine(QPointF(x, start), QPointF(x, strip.box.bottom() + looks.px(2)))
        box = strips[0].box
        size = looks.px(14)
        x = min(max(strips[0].x(dice.number), size / 2), self.width() - size / 2)
        at = QPointF(x, box.top() - looks.px(2) - size / 2)
        draw_die(painter, at, size, looks.color("chosen"), looks.color("panel"))
