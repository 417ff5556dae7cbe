"""Panel: the weight matrix; the rows of the neuron looked at are framed."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from explorer.lens.recall import state_picture
from explorer.lens.weights import (
    WeightPicture,
    describe_weight,
    describe_weights,
    weight_picture,
)
from explorer.session.memory import moves
from explorer.session.memory.snapshot import Memory
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.paint import draw_pixels, indexed_image, put_text, tip
from explorer.ui.panel import DeskPanel
from explorer.ui.style import Style, color_table


class WeightCanvas(QWidget):
    """Signals: pointed(neuron of the row or None)."""

    pointed = Signal(object)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._picture: WeightPicture | None = None
        self._image = QImage()
        self._neuron: int | None = None
        self.snapshot: Memory | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Weights")

    def show_weights(self, picture: WeightPicture, s: Memory) -> None:
        """Show another matrix."""
        self._picture, self.snapshot = picture, s
        theme = self._looks.theme
        table = color_table([theme.chosen, theme.panel, theme.accent])
        self._image = indexed_image(picture.levels, table)
        self.update()

    def show_neuron(self, neuron: int | None) -> None:
        """Frame the row of one neuron."""
        if neuron != self._neuron:
            self._neuron = neuron
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        if self._picture is not None:
            box, size = self._box(), len(self._picture.levels)
            draw_pixels(painter, box, self._image)
            painter.setPen(QPen(looks.color("line"), 1))
            painter.drawRect(box)
            if self._neuron is not None and self._neuron < size:
                side = box.height() / size
                painter.setPen(QPen(looks.color("hover"), looks.pen_width(1.6)))
                row = QRectF(box.left(), box.top() + self._neuron * side, box.width(), side)
                painter.drawRect(row.adjusted(-1, -1, 1, 1))
            line = painter.fontMetrics().height()
            below = QRectF(box.left(), box.bottom() + looks.px(2), box.width(), line + looks.px(2))
            self._paint_scale(painter, below, self._picture.largest)
        painter.end()

    def _paint_scale(self, painter: QPainter, box: QRectF, largest: float) -> None:
        looks, font = self._looks, self._looks.font(0.85)
        if not largest:
            whole = QRectF(0, box.top(), self.width(), box.height())
            middle = Qt.AlignmentFlag.AlignHCenter
            put_text(
                painter, whole, self.accessibleDescription(), looks.color("muted"), middle, font
            )
            return
        put_text(painter, box, f"orange −{largest:.3g}", looks.color("chosen"), font=font)
        right = Qt.AlignmentFlag.AlignRight
        put_text(painter, box, f"blue +{largest:.3g}", looks.color("accent"), right, font)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._at(event.position())
        self.pointed.emit(None if at is None else at[0])

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(None)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self._at(QPointF(event.pos()))
            if at is None or self.snapshot is None:
                QToolTip.hideText()
            else:
                text = tip(describe_weight(self.snapshot, *at))
                QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _box(self) -> QRectF:
        assert self._picture is not None
        px, size = self._looks.px, len(self._picture.levels)
        side = min(self.width() - px(16), self.height() - px(28))
        if side > size:  # whole pixels for each weight, so that none is wider than another
            side = side // size * size
        side = max(side, 10)
        return QRectF((self.width() - side) // 2, px(4), side, side)

    def _at(self, point: QPointF) -> tuple[int, int] | None:
        if self._picture is None:
            return None
        box, size = self._box(), len(self._picture.levels)
        row = math.floor((point.y() - box.top()) / box.height() * size)
        column = math.floor((point.x() - box.left()) / box.width() * size)
        return (row, column) if 0 <= row < size and 0 <= column < size else None


class MemoryWeightsPanel(DeskPanel[MemoryDesk]):
    """All weights at once: blue pulls two neurons to be alike, orange to be unlike."""

    id = "memory_weights"
    title = "Weights"
    help = (
        "W, symmetric with a zero diagonal: blue weights pull two neurons to be alike, orange ones "
        "to be unlike. Row i is all that neuron i hears: h_i = Σ_j w_ij s_j + b."
    )

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        self.canvas = WeightCanvas(style)
        self.canvas.pointed.connect(self._point)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)

    def draw(self, new: Memory, old: Memory | None) -> None:
        if old is None or new.network is not old.network:
            picture = weight_picture(new)
            self.canvas.show_weights(picture, new)
            self.canvas.setAccessibleDescription(describe_weights(new))
        looked = new.look.neuron
        self.canvas.show_neuron(state_picture(new).next if looked is None else looked)

    @Slot(object)
    def _point(self, neuron: int | None) -> None:
        look = self.controller.snapshot.look
        self.controller.apply(moves.look_at, replace(look, neuron=neuron))
