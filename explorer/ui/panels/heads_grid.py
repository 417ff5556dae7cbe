"""The grid of heads: where its tiles stand, and what is drawn around and over them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.engine.facts import ModelFacts
from explorer.lens.attention import chosen_head
from explorer.lens.heatmap import first_pixel
from explorer.session.snapshot import Snapshot
from explorer.ui.paint import put_text
from explorer.ui.style import Style

_SMALLEST = 3


@dataclass(frozen=True)
class Grid:
    """Where the tiles stand: L rows, H columns, lengths in pixels of the screen.

    ratio is the number of screen pixels in a unit of the widget's coordinates; the heads of each of
    `groups` sets share their keys.
    """

    layers: int
    heads: int
    left: float
    top: float
    side: int
    gap: int
    ratio: float
    groups: int

    @property
    def pitch(self) -> int:
        """From one tile to the next."""
        return self.side + self.gap

    def tile(self, layer: int, head: int) -> QRectF:
        """The place of a tile in the widget's coordinates."""
        ratio = self.ratio
        x, y = self.left + head * self.pitch, self.top + layer * self.pitch
        return QRectF(x / ratio, y / ratio, self.side / ratio, self.side / ratio)

    def at(self, point: QPointF) -> tuple[int, int] | None:
        """The layer and head under a point of the widget."""
        head = int((point.x() * self.ratio - self.left) // self.pitch)
        layer = int((point.y() * self.ratio - self.top) // self.pitch)
        if 0 <= head < self.heads and 0 <= layer < self.layers:
            return layer, head
        return None


def place_grid(widget: QWidget, looks: Style, model: ModelFacts, legend: float) -> Grid | None:
    """The largest grid of square tiles with its headings and legend; None without room."""
    px, ratio = looks.px, widget.devicePixelRatioF()
    metrics = QFontMetricsF(looks.font(0.8, bold=True))
    left = metrics.horizontalAdvance(f"L{model.layers - 1}") + px(14)
    top = metrics.height() + px(8)
    bottom = legend + px(12 if legend else 6)
    wide = (widget.width() - left - px(10)) * ratio
    high = (widget.height() - top - bottom) * ratio
    pitch = int(min(wide / model.heads, high / model.layers))
    gap = max(2, round(min(px(5) * ratio, pitch * 0.14)))
    if pitch - gap < _SMALLEST:
        return None
    x = left * ratio + max(0.0, (wide - pitch * model.heads + gap) / 2)
    y = top * ratio + max(0.0, (high - pitch * model.layers + gap) / 2)
    return Grid(model.layers, model.heads, int(x), int(y), pitch - gap, gap, ratio, model.groups)


def paint_headings(painter: QPainter, looks: Style, grid: Grid, chosen: tuple[int, int]) -> None:
    """L0, L1, ... beside the rows and H0, H1, ... above the columns, those of the chosen bold.

    A line joins the heads that share their keys.
    """
    metrics = QFontMetricsF(looks.font(0.8, bold=True))
    high, wide = metrics.height(), metrics.horizontalAdvance("H00")
    across = max(1, -(-int(wide * grid.ratio) // grid.pitch))
    down = max(1, -(-int(high * grid.ratio) // grid.pitch))
    for head in range(grid.heads):
        near = 0 < abs(head - chosen[1]) < across  # its name would run into the chosen one
        if head == chosen[1] or (head % across == 0 and not near):
            tile = grid.tile(0, head)
            box = QRectF(tile.center().x() - wide, tile.top() - high - 3, 2 * wide, high)
            align = Qt.AlignmentFlag.AlignHCenter
            _heading(painter, looks, box, f"H{head}", align, head == chosen[1])
    each = grid.heads // grid.groups
    for first in range(0, grid.heads if each > 1 else 0, each):
        left, right = grid.tile(0, first), grid.tile(0, first + each - 1)
        shared = QRectF(left.left(), left.top() - 4, right.right() - left.left(), 2)
        painter.fillRect(shared, looks.color("muted"))
    for layer in range(grid.layers):
        near = 0 < abs(layer - chosen[0]) < down  # its name would run into the chosen one
        if layer == chosen[0] or (layer % down == 0 and not near):
            tile = grid.tile(layer, 0)
            x = tile.left() - wide - looks.px(6)
            box = QRectF(x, tile.center().y() - high / 2, wide, high)
            align = Qt.AlignmentFlag.AlignRight
            _heading(painter, looks, box, f"L{layer}", align, layer == chosen[0])


def paint_lit_rows(painter: QPainter, looks: Style, grid: Grid, row: int, span: int) -> None:
    """A frame around one query's row in every tile; tiles span `span` tokens."""
    top = first_pixel(row, grid.side, span)
    end = max(top + 1, first_pixel(row + 1, grid.side, span))
    pen = QPen(looks.color("hover"), looks.pen_width(1.0))
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    boxes = []
    for layer in range(grid.layers):
        for head in range(grid.heads):
            tile = grid.tile(layer, head)
            y = tile.top() + top / grid.ratio
            height, width = (end - top) / grid.ratio, end / grid.ratio
            boxes.append(QRectF(tile.left() - 1.5, y - 0.5, width + 2, height + 0.5))
    painter.drawRects(boxes)


def paint_marks(painter: QPainter, looks: Style, grid: Grid, s: Snapshot, *, strong: bool) -> None:
    """Crosses over the heads that are switched off, a frame around the chosen one."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = looks.font(0.8, bold=True)
    for layer, head in s.edits.heads_off:
        if layer >= grid.layers or head >= grid.heads:
            continue
        tile = grid.tile(layer, head)
        painter.setPen(QPen(looks.color("warning"), looks.pen_width(1.5)))
        painter.drawLine(tile.topLeft(), tile.bottomRight())
        painter.drawLine(tile.topRight(), tile.bottomLeft())
        metrics = QFontMetricsF(font)
        if metrics.horizontalAdvance("off") < tile.width():
            box = QRectF(0, 0, metrics.horizontalAdvance("off") + 6, metrics.height())
            box.moveCenter(tile.center())
            painter.fillRect(box, looks.color("panel"))
            middle = Qt.AlignmentFlag.AlignHCenter
            put_text(painter, box, "off", looks.color("warning"), middle, font)
    tile = grid.tile(*chosen_head(s))
    painter.setPen(QPen(looks.color("accent"), looks.pen_width(3.0 if strong else 2.0)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(tile.adjusted(-2, -2, 2, 2), 3, 3)


def _heading(
    painter: QPainter, looks: Style, box: QRectF, text: str, align: Qt.AlignmentFlag, chosen: bool
) -> None:
    color = looks.color("text" if chosen else "muted")
    put_text(painter, box, text, color, align, looks.font(0.8, bold=chosen))
