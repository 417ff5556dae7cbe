"""How a token is painted: a chip with its text, its surprise as tint and as bar, its marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from explorer.lens.text import Word
from explorer.ui.marks import draw_die
from explorer.ui.paint import put_text
from explorer.ui.panels.text_flow import Flow
from explorer.ui.style import Style

MOST = 8.0
_FAINT = 0.45


class Chip(NamedTuple):
    """One token as it is painted.

    nats is its surprise, None where none is shown; forced puts a diamond on it; faint is for what
    lies beyond the cursor, quiet for marks that are no text; turned puts a die on it: under the
    present settings the dice would choose another token here.
    """

    word: Word
    nats: float | None = None
    forced: bool = False
    faint: bool = False
    quiet: bool = False
    turned: bool = False


@dataclass(frozen=True)
class Inks:
    """The colours of one painting, looked up once; [True] is for what is faint."""

    line: tuple[QPen, QPen]
    text: tuple[QColor, QColor]
    muted: tuple[QColor, QColor]
    bar: tuple[QColor, QColor]
    thick: float

    @classmethod
    def of(cls, looks: Style) -> Inks:
        """The inks of a style."""

        def two(name: str) -> tuple[QColor, QColor]:
            return looks.color(name), looks.color(name, _FAINT)

        lines = two("line")
        pens = (QPen(lines[0], 1), QPen(lines[1], 1))
        return cls(pens, two("text"), two("muted"), two("chosen"), looks.pen_width(2.0))


def paint_chip(
    painter: QPainter, looks: Style, inks: Inks, flow: Flow, box: QRectF, chip: Chip
) -> None:
    """One chip in its box; the painter has the flow's font and antialiasing."""
    painter.setPen(inks.line[chip.faint])
    if chip.nats is None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
    else:
        tint = looks.surprise_color(chip.nats)
        if chip.faint:
            tint = QColor(tint)
            tint.setAlphaF(tint.alphaF() * _FAINT)
        painter.setBrush(tint)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), flow.pad, flow.pad)
    if chip.nats is not None:
        length = (box.width() - 2 * flow.pad) * min(chip.nats / MOST, 1.0)
        top = box.bottom() - inks.thick - 0.5
        painter.fillRect(
            QRectF(box.left() + flow.pad, top, length, inks.thick), inks.bar[chip.faint]
        )
    _paint_text(painter, inks, flow, box, chip)
    if chip.forced:
        painter.setPen(QPen(looks.color("panel"), 1))
        painter.setBrush(looks.color("accent", _FAINT if chip.faint else 1.0))
        painter.drawPolygon(diamond(box.topRight() + QPointF(-flow.pad, 0.5), flow.pad))
    if chip.turned:
        size, edge = flow.pad * 2.6, looks.color("chosen")
        at = box.topLeft() + QPointF(size * 0.35, size * 0.2)
        draw_die(painter, at, size, edge, looks.color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def paint_mark(painter: QPainter, looks: Style, box: QRectF, kind: str, radius: float) -> None:
    """The outline of a chip: "cursor", "lit", or the keyboard's "mark", which is dashed."""
    if kind == "lit":
        painter.setBrush(looks.color("hover", 0.3))
        painter.setPen(QPen(looks.color("hover"), looks.pen_width(2.0)))
    else:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        name, width = ("accent", 2.2) if kind == "cursor" else ("text", 1.2)
        pen = QPen(looks.color(name), looks.pen_width(width))
        if kind == "mark":
            pen.setStyle(Qt.PenStyle.DashLine)
            box = box.adjusted(3, 3, -3, -3)
        painter.setPen(pen)
    painter.drawRoundedRect(box, radius, radius)


def diamond(at: QPointF, size: float) -> QPolygonF:
    """The shape of what was forced by hand, centred at a point."""
    return QPolygonF(
        [
            at + QPointF(0, -size), at + QPointF(size, 0),
            at + QPointF(0, size), at + QPointF(-size, 0),
        ]
    )  # fmt: skip


class SurpriseKey(QWidget):
    """The legend of the chips: the tint and the bar from 0 to 8 nats, and the diamond."""

    def __init__(self, looks: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._looks = looks
        self.setAccessibleName("Legend")
        self.setAccessibleDescription(
            "A generated token is tinted by its surprise, from 0 to 8 nats or more; a diamond "
            "marks a token that was forced by hand."
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, painter = self._looks, QPainter(self)
        painter.fillRect(self.rect(), looks.color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(looks.font(0.85))
        metrics = painter.fontMetrics()
        muted, x, height = looks.color("muted"), float(looks.px(8)), float(self.height())
        cell = QRectF(0, height / 2 - looks.px(5), looks.px(13), looks.px(10))
        parts = ("surprise −ln p", "0", "8+ nats", "forced by hand")
        for number, part in enumerate(parts):
            wide = metrics.horizontalAdvance(part) + looks.px(6)
            if number == 2:
                for nats in range(0, 9, 2):
                    painter.setPen(QPen(looks.color("line"), 1))
                    painter.setBrush(looks.surprise_color(nats))
                    painter.drawRect(cell.translated(x, 0))
                    thick = looks.pen_width(2.0)
                    bar = QRectF(x, cell.bottom() - thick, cell.width() * nats / MOST, thick)
                    painter.fillRect(bar, looks.color("chosen"))
                    x += cell.width() + looks.px(2)
                x += looks.px(4)
            if number == 3:
                x += looks.px(12)
                if x + looks.px(16) + wide > self.width():
                    break
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(looks.color("accent"))
                painter.drawPolygon(diamond(QPointF(x + looks.px(4), height / 2), looks.px(4)))
                x += looks.px(14)
            put_text(painter, QRectF(x, 0, min(wide, self.width() - x), height), part, muted)
            x += wide
        painter.end()


def _paint_text(painter: QPainter, inks: Inks, flow: Flow, box: QRectF, chip: Chip) -> None:
    word, left, base = chip.word, box.left() + flow.pad, box.top() + flow.baseline
    if word.lead:
        painter.setPen(inks.muted[chip.faint])
        painter.drawText(QPointF(left, base), word.lead)
        left += flow.text_width(word.lead)
    color = (inks.muted if chip.quiet else inks.text)[chip.faint]
    room = box.right() - flow.pad - left
    if flow.text_width(word.text) <= room + 0.5:
        painter.setPen(color)
        painter.drawText(QPointF(left, base), word.text)
    else:
        put_text(painter, QRectF(left, box.top(), room, box.height()), word.text, color)
