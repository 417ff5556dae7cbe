"""What the pictures of a head's memory share: keys to point at, to walk through, to choose."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.hopfield import Memory
from explorer.ui.paint import tip
from explorer.ui.style import Style
from explorer.ui.words import CENTER, Letters

FORWARD = (Qt.Key.Key_Right, Qt.Key.Key_Down)
BACKWARD = (Qt.Key.Key_Left, Qt.Key.Key_Up)


class KeyCanvas(QWidget):
    """A picture of one memory. Signals: pointed (position of a key, or None), chosen (position).

    Subclasses paint, say which key is at a point, and describe a key in words. What does not
    depend on the lit or marked key is painted once and kept. `settle` is called before anything is
    read from the memory, so that a picture that is late catches up first.
    """

    pointed = Signal(object)
    chosen = Signal(int)

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.looks = style
        self.letters = Letters(style)
        self.memory: Memory | None = None
        self.lit: int | None = None
        self.marked: int | None = None
        self.settle: Callable[[], object] = lambda: None
        self._base: QPixmap | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(80, 60)

    def show_memory(self, memory: Memory | None) -> None:
        """Show another memory, or that there is none."""
        self.memory = memory
        if memory is None or (self.marked is not None and self.marked >= len(memory.keys)):
            self.marked = None
        self.stale()

    def stale(self) -> None:
        """Paint everything anew."""
        self._base = None
        self.update()

    def paint_base(self, painter: QPainter, labels: Labels) -> None:
        """Paint what does not depend on the lit or marked key."""

    def paint_over(self, painter: QPainter, labels: Labels) -> None:
        """Paint the lit and the marked key."""

    def paintEvent(self, event: QPaintEvent) -> None:
        self.settle()
        painter = QPainter(self)
        if self.memory is None:
            self.paint_nothing(painter)
            return
        area, ratio = QRectF(self.rect()), self.devicePixelRatioF()
        if self._base is None or self._base.size() != self.size() * ratio:
            self._base = QPixmap(self.size() * ratio)
            self._base.setDevicePixelRatio(ratio)
            below = QPainter(self._base)
            self.paint_base(below, Labels(below, self.looks, self.letters, area))
            below.end()
        painter.drawPixmap(0, 0, self._base)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_over(painter, Labels(painter, self.looks, self.letters, area))

    def ring(self, painter: QPainter, at: QPointF, radius: float, name: str) -> None:
        """A ring in a colour of the theme around a mark."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.looks.color(name), self.looks.pen_width(2.5)))
        painter.drawEllipse(at, radius + 3, radius + 3)

    def light(self, key: int | None) -> None:
        """Light the key of a token that is pointed at anywhere."""
        if key != self.lit:
            self.lit = key
            self.update()

    def key_at(self, point: QPointF) -> int | None:
        """The key at a place."""
        raise NotImplementedError

    def explain(self, key: int | None) -> str:
        """A key, or the picture as a whole, in words."""
        raise NotImplementedError

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.explain(self.key_at(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), tip(text), self)
            return True
        return super().event(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(None)
        super().leaveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(self.key_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        key = self.key_at(event.position())
        if key is not None and event.button() == Qt.MouseButton.LeftButton:
            self.marked = key
            self.chosen.emit(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self.memory is not None and key in (*FORWARD, *BACKWARD):
            self._walk(1 if key in FORWARD else -1)
        elif self.marked is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.marked)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def order(self) -> list[int]:
        """The keys in the order in which the arrows walk through them."""
        return [] if self.memory is None else list(range(len(self.memory.keys)))

    def paint_nothing(self, painter: QPainter) -> None:
        """Say what is missing."""
        painter.fillRect(self.rect(), self.looks.color("panel"))
        painter.setPen(self.looks.color("muted"))
        painter.setFont(self.looks.font())
        wrapped = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        text = "The keys of the chosen head appear here once a text has been read."
        painter.drawText(QRectF(self.rect()).adjusted(12, 4, -12, -4), wrapped, text)

    def _walk(self, by: int) -> None:
        order = self.order()
        here = order.index(self.marked) + by if self.marked in order else 0
        self.marked = order[min(max(here, 0), len(order) - 1)]
        self.setAccessibleDescription(self.explain(self.marked))
        self.pointed.emit(self.marked)
        self.update()


class Labels:
    """Writes short texts on small plates so that none covers another or leaves the area."""

    def __init__(self, painter: QPainter, style: Style, letters: Letters, area: QRectF) -> None:
        self._painter, self._area = painter, area
        self._words = letters(0.82)
        self._plate, self._text = style.color("panel", 0.82), style.color("text")
        self._taken: list[QRectF] = []

    def reserve(self, box: QRectF) -> None:
        """Keep a place free of labels."""
        self._taken.append(box)

    def write(self, at: QPointF, gap: float, text: str, color: QColor | None = None) -> bool:
        """A text beside a mark of half-width `gap`: right, left, above or below; or not at all."""
        w, h = self._words.width(text) + 6, self._words.height
        for x, y in (
            (at.x() + gap, at.y() - h / 2),
            (at.x() - gap - w, at.y() - h / 2),
            (at.x() - w / 2, at.y() - gap - h),
            (at.x() - w / 2, at.y() + gap),
        ):
            box = QRectF(x, y, w, h)
            if self._area.contains(box) and not any(box.intersects(b) for b in self._taken):
                self.plate(box, text, color)
                return True
        return False

    def plate(self, box: QRectF, text: str, color: QColor | None = None) -> None:
        """A text at a fixed place, which is then taken."""
        self._taken.append(box)
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(self._plate)
        self._painter.drawRoundedRect(box, 3, 3)
        self._painter.setPen(color or self._text)
        middle = box.center()
        self._words.put(self._painter, middle.x(), middle.y(), text, CENTER, box.width())

    def corner(self, text: str, row: int = 0) -> None:
        """A note in the lower left corner, rows counted upwards."""
        w, h = self._words.width(text) + 8, self._words.height + 2
        w = min(w, self._area.width() - 8)
        bottom = self._area.bottom() - 4 - row * (h + 2)
        self.plate(QRectF(self._area.left() + 4, bottom - h, w, h), text)
