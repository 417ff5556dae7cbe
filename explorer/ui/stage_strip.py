"""The stages of sampling as a row of chips, each with the number of candidates that leave it.

Below them one line says how much is left open. All of it is painted, so that a new text never makes
the panel lay itself out again.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.lens.candidates import Stage
from explorer.ui.paint import tip
from explorer.ui.style import Style
from explorer.ui.words import CENTER, Words


class StageStrip(QWidget):
    """Chips from left to right, in two lines when the panel is narrow."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._stages: tuple[Stage, ...] = ()
        self._chosen = ""
        self._below = ""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Stages of sampling")
        self.restyle()

    def restyle(self) -> None:
        """Take over colours and sizes."""
        self._small = Words(self._looks.font(0.82))
        self._text = self._looks.font(0.92)
        self._strong = Words(self._looks.font(0.92, bold=True))
        self._fit()

    def show_stages(self, stages: tuple[Stage, ...], chosen: str, below: str) -> None:
        """Paint these stages; `chosen` comes out of the last one, `below` stands under them."""
        if (stages, chosen, below) != (self._stages, self._chosen, self._below):
            self._stages, self._chosen, self._below = stages, chosen, below
            told = [f"{stage.name} {stage.setting}: {stage.left:,}" for stage in stages]
            drawn = [f"drawn: {chosen}"] if chosen else []
            self.setAccessibleDescription("; ".join([*told, *drawn, below]))
            self.update()

    def boxes(self) -> list[QRectF]:
        """The rectangle of each chip."""
        px, columns = self._looks.px, self._columns()
        gap, height = px(12), px(36)
        width = (self.width() - gap * (columns - 1)) / columns
        return [
            QRectF(
                (at % columns) * (width + gap), (at // columns) * (height + px(4)), width, height
            )
            for at in range(len(self._stages))
        ]

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(300), self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            for stage, box in zip(self._stages, self.boxes(), strict=True):
                if box.contains(QPointF(event.pos())):
                    text = tip(stage.help)
                    QToolTip.showText(event.globalPos(), text, self, box.toRect())
                    return True
            QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._looks.color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        boxes = self.boxes()
        for index, (stage, box) in enumerate(zip(self._stages, boxes, strict=True)):
            self._paint_chip(painter, stage, box, index == len(boxes) - 1)
        self._paint_arrows(painter, boxes[:-1])
        painter.setFont(self._text)
        painter.setPen(self._looks.color("text"))
        top = self._chips() + self._looks.px(4) if boxes else 0
        line = QRectF(0, top, self.width(), self.height() - top)
        flags = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(line, int(flags), self._below)
        painter.end()

    def _paint_chip(self, painter: QPainter, stage: Stage, box: QRectF, last: bool) -> None:
        looks, half = self._looks, box.height() / 2
        inner = box.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(looks.color("chosen" if last else "line"), 1))
        painter.setBrush(looks.color("raised") if stage.on else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(inner, looks.px(4), looks.px(4))
        name = f"{stage.name} {stage.setting}" if stage.on and stage.setting else stage.name
        x, room = box.center().x(), box.width() - 4
        painter.setPen(looks.color("muted"))
        self._small.put(painter, x, box.top() + looks.px(2) + half / 2, name, CENTER, room)
        text = self._chosen if last else (f"{stage.left:,}" if stage.on else "off")
        words = self._strong if stage.on else self._small
        painter.setPen(looks.color("text" if stage.on else "muted"))
        words.put(painter, x, box.bottom() - looks.px(1) - half / 2, text, CENTER, room)

    def _paint_arrows(self, painter: QPainter, boxes: list[QRectF]) -> None:
        px, lines = self._looks.px, []
        for box in boxes:
            x, y = box.right() + px(6), box.center().y()
            tip_ = QPointF(x + px(2), y)
            lines += [QLineF(QPointF(x - px(2), y + side * px(4)), tip_) for side in (-1, 1)]
        painter.setPen(QPen(self._looks.color("muted"), self._looks.pen_width(1.4)))
        painter.drawLines(lines)

    def _columns(self) -> int:
        return 7 if self.width() >= self._looks.px(400) else 4

    def _chips(self) -> int:
        px = self._looks.px
        return px(36) if self._columns() == 7 else px(76)

    def _fit(self) -> None:
        px = self._looks.px
        self.setFixedHeight(self._chips() + (px(22) if self._columns() == 7 else px(38)))
        self.update()
