"""The slider of the sampling temperature: a logarithmic scale with the flips marked on it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSlider, QToolTip, QWidget

from explorer.lens.heat import TICKS, Marks, place, temperature_at
from explorer.ui.paint import tip
from explorer.ui.style import Style
from explorer.ui.words import CENTER, LEFT, RIGHT, Words

_STEPS = 1000
_HELP = (
    "Sampling temperature T: P_i = exp(log p_i / T) / sum. Below 1 likely tokens become likelier, "
    "above 1 the probabilities become more equal. Each mark above the line is a temperature at "
    "which the same dice choose another token."
)


class HeatSlider(QSlider):
    """Says `heated(temperature)` when the person moves it; painted from `show_heat`."""

    heated = Signal(float)

    def __init__(self, looks: Style, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._looks = looks
        self._temperature = 1.0
        self._marks: Marks | None = None
        self._lines: list[QLineF] = []
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setRange(0, _STEPS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Sampling temperature T")
        self.restyle()

    def restyle(self) -> None:
        """Take over colours and sizes."""
        self._words = Words(self._looks.font(0.82))
        self.setFixedHeight(self._looks.px(58))
        self._measure()

    def show_heat(self, temperature: float) -> None:
        """Put the handle at a temperature; 0 is greedy."""
        self._temperature = temperature
        self.setValue(round(_STEPS * place(temperature)))
        self.update()

    def show_marks(self, marks: Marks | None) -> None:
        """Paint these flips; None while they are not known."""
        if marks is not self._marks:
            self._marks = marks
            self._measure()

    def across(self, temperature: float) -> float:
        """Where a temperature stands, in pixels."""
        margin = self._looks.px(14)
        return margin + place(temperature) * (self.width() - 2 * margin)

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(300), self._looks.px(58))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._looks.px(120), self._looks.px(58))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._follow(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        steps = {key.Key_Up: 1, key.Key_Down: -1, key.Key_PageUp: 5, key.Key_PageDown: -5}
        if event.key() in steps:
            self._nudge(steps[key(event.key())])
        else:
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Without the focus a wheel scrolls the panel; a temperature must not change by accident.
        if self.hasFocus() and event.angleDelta().y():
            self._nudge(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), tip(self._tip_at(event.pos().x())), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QEvent) -> None:
        self._measure()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        px, track = looks.px, self._track()
        painter.fillRect(self.rect(), looks.color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._lines:
            painter.setPen(QPen(looks.color("chosen", 0.75), looks.pen_width(1.2)))
            painter.drawLines(self._lines)
        self._paint_track(painter, track)
        at = QPointF(self.across(self._temperature), track)
        radius = px(7)
        if self.hasFocus():
            painter.setPen(QPen(looks.color("accent", 0.4), px(4)))
            painter.drawEllipse(at, radius + px(2), radius + px(2))
        painter.setPen(QPen(looks.color("accent"), looks.pen_width(2)))
        painter.setBrush(looks.color("accent" if self._temperature else "panel"))
        painter.drawEllipse(at, radius, radius)
        self._paint_flips(painter)
        painter.end()

    def _paint_track(self, painter: QPainter, track: float) -> None:
        looks, px = self._looks, self._looks.px
        left, right = self.across(TICKS[0]), self.across(TICKS[-1])
        painter.setPen(self._wide_pen("line"))
        painter.drawLine(QPointF(left, track), QPointF(right, track))
        if self._temperature:
            painter.setPen(self._wide_pen("accent"))
            painter.drawLine(QPointF(left, track), QPointF(self.across(self._temperature), track))
        for tick in TICKS:
            x = self.across(tick)
            long = px(9) if tick == 1 else px(6)
            painter.setPen(QPen(looks.color("text" if tick == 1 else "faint"), looks.pen_width()))
            painter.drawLine(QPointF(x, track + px(4)), QPointF(x, track + long))
            painter.setPen(looks.color("text" if tick == 1 else "muted"))
            self._words.put(painter, x, track + px(15), f"{tick:g}", CENTER)

    def _paint_flips(self, painter: QPainter) -> None:
        """The two nearest flips in words: what the same dice would choose on either side."""
        if self._marks is None:
            return
        looks, px = self._looks, self._looks.px
        left, right = self._marks.beside(self._temperature)
        words, middle = self._words, self.height() - px(8)
        start, end = px(8), self.width() - px(8)
        painter.setPen(looks.color("muted"))
        if not left and not right:
            text = "The same choice at every temperature"
            words.put(painter, start, middle, text, room=end - start)
            return
        left, right = (f"← {left}" if left else ""), (f"{right} →" if right else "")
        half = (end - start) / 2 - px(6)
        free = end - start - px(12)
        words.put(painter, start, middle, left, LEFT, max(half, free - words.width(right)))
        words.put(painter, end, middle, right, RIGHT, max(half, free - words.width(left)))

    def _wide_pen(self, color: str) -> QPen:
        pen = QPen(self._looks.color(color), self._looks.px(4))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        return pen

    def _track(self) -> float:
        return float(self._looks.px(19))

    def _measure(self) -> None:
        px, track = self._looks.px, self._track()
        flips = self._marks.flips if self._marks else ()
        places = sorted({round(self.across(flip.temperature)) for flip in flips})
        self._lines = [QLineF(x + 0.5, track - px(16), x + 0.5, track - px(8)) for x in places]
        self.update()

    def _follow(self, event: QMouseEvent) -> None:
        margin = self._looks.px(14)
        share = (event.position().x() - margin) / max(self.width() - 2 * margin, 1)
        self.heated.emit(temperature_at(share))

    def _nudge(self, steps: int) -> None:
        self.heated.emit(temperature_at(place(self._temperature) + steps * 0.02))

    def _tip_at(self, x: float) -> str:
        flips = self._marks.flips if self._marks else ()
        near = min(flips, key=lambda flip: abs(self.across(flip.temperature) - x), default=None)
        if near is None or self._marks is None:
            return _HELP
        close = abs(self.across(near.temperature) - x) <= self._looks.px(4)
        return self._marks.tip(near) if close else _HELP
