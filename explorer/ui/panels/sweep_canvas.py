"""The map of a sweep as a widget: layers x heads and MLP. Knows no controller."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.sweep import NAMES, Cell, Map, figure
from explorer.ui.paint import put_text, tip
from explorer.ui.style import Style
from explorer.ui.words import CENTER, LEFT, RIGHT, Letters

_TURNS = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}  # fmt: skip
_EMPTY = "S switches every head and MLP off in turn and shows what each does to the next token."


class SweepCanvas(QWidget):
    """Paints the map; chosen(layer, column) on click, turned(layers, heads) by the arrow keys."""

    chosen = Signal(int, int)
    turned = Signal(int, int)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks, self._letters = looks, Letters(looks)
        self._map: Map | None = None
        self._head, self._hover = (0, 0), (-1, -1)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Map of layers and heads")

    def show_map(self, found: Map | None, head: tuple[int, int]) -> None:
        """Show this map and frame the head that is looked at."""
        self._map, self._head = found, head
        self.update()

    def box(self, layer: int, column: int) -> QRectF:
        """The place of a cell; empty while there is no map."""
        found, px = self._map, self._looks.px
        if found is None:
            return QRectF()
        left, top, bottom = px(34), px(22), px(34)
        gap = px(8)  # between heads and MLP
        wide = (self.width() - left - px(12) - gap) / (found.heads + 1)
        high = min((self.height() - top - bottom) / found.layers, wide * 1.1)
        x = left + column * wide + (gap if column == found.heads else 0)
        return QRectF(x + 1, top + layer * high + 1, wide - 2, high - 2)

    def cell_at(self, point: QPointF) -> Cell | None:
        """The cell under a point."""
        cells = self._map.cells if self._map is not None else ()
        return next((one for one in cells if self.box(one.layer, one.column).contains(point)), None)

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, painter = self._looks, QPainter(self)
        painter.fillRect(self.rect(), looks.color("panel"))
        found = self._map
        if found is None or self.box(0, 0).height() < 4 or self.box(0, 0).width() < 6:
            painter.setPen(looks.color("muted"))
            painter.setFont(looks.font(0.92))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            text = _EMPTY if found is None else "Too small to draw."
            painter.drawText(self.rect().adjusted(12, 0, -12, 0), int(flags), text)
            painter.end()
            return
        self._paint_headings(painter, found)
        for cell in found.cells:
            self._paint_cell(painter, cell)
        self._paint_frame(painter, self._head, "accent", 2.0)
        if self._hover[0] >= 0:
            self._paint_frame(painter, self._hover, "hover", 2.0)
        self._paint_legend(painter, found)
        painter.end()

    def _paint_headings(self, painter: QPainter, found: Map) -> None:
        small = self._letters(0.8)
        bold = self._letters(0.8, bold=True)
        for column in range(found.heads + 1):
            box = self.box(0, column)
            text = "MLP" if column == found.heads else f"H{column}"
            chosen = column == self._head[1]
            painter.setPen(self._looks.color("text" if chosen else "muted"))
            words = bold if chosen else small
            if words.width(text) <= box.width() + 6 or column == found.heads:
                words.put(painter, box.center().x(), box.top() - self._looks.px(11), text, CENTER)
        for layer in range(found.layers):
            box, chosen = self.box(layer, 0), layer == self._head[0]
            painter.setPen(self._looks.color("text" if chosen else "muted"))
            words = bold if chosen else small
            x = box.left() - self._looks.px(7)
            words.put(painter, x, box.center().y(), f"L{layer}", RIGHT)

    def _paint_cell(self, painter: QPainter, cell: Cell) -> None:
        box, looks = self.box(cell.layer, cell.column), self._looks
        if cell.value is None:
            painter.fillRect(box, looks.color("raised"))
        else:
            painter.fillRect(box, looks.color("raised"))
            painter.fillRect(box, self._tint(cell.share))
            words, text = self._letters(0.84), figure(cell.value)
            if words.width(text) <= box.width() and words.height <= box.height() + 4:
                strong = abs(cell.share) > 0.55
                painter.setPen(looks.color("on_accent" if strong else "text"))
                words.put(painter, box.center().x(), box.center().y(), text, CENTER)
        if cell.off:
            painter.setPen(QPen(looks.color("warning"), looks.pen_width(1.5)))
            painter.drawLine(box.topLeft(), box.bottomRight())
            painter.drawLine(box.topRight(), box.bottomLeft())

    def _tint(self, share: float) -> QColor:
        """Blue where the part helps the token, orange where it stands in its way."""
        return self._looks.color("accent" if share < 0 else "chosen", min(abs(share), 1.0) ** 0.7)

    def _paint_frame(
        self, painter: QPainter, place: tuple[int, int], name: str, width: float
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._looks.color(name), self._looks.pen_width(width)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self.box(*place).adjusted(-1, -1, 1, 1), 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_legend(self, painter: QPainter, found: Map) -> None:
        looks, px = self._looks, self._looks.px
        last = self.box(found.layers - 1, 0)
        y, small = last.bottom() + px(17), self._letters(0.8)
        x = last.left()
        painter.setPen(looks.color("muted"))
        parts: tuple[tuple[float, str], ...] = ((-1.0, "helps the token"), (1.0, "hinders it"))
        if found.measure == "KL":
            parts = ((1.0, "changes the distribution"),)
        for share, text in parts:
            painter.fillRect(QRectF(x, y - px(5), px(10), px(10)), self._tint(share))
            small.put(painter, x + px(14), y, text, LEFT)
            x += px(14) + small.width(text) + px(14)
        text = f"{NAMES[found.measure]}; full colour ±{found.largest:.2f}"
        box = QRectF(x, y - px(9), self.width() - x - px(12), px(18))
        right = Qt.AlignmentFlag.AlignRight
        put_text(painter, box, text, looks.color("muted"), right, looks.font(0.8))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(cell.layer, cell.column)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        place = (-1, -1) if cell is None else (cell.layer, cell.column)
        if place != self._hover:
            self._hover = place
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = (-1, -1)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        turn = _TURNS.get(Qt.Key(event.key()))
        if turn is None or self._map is None:
            super().keyPressEvent(event)
        else:
            self.turned.emit(*turn)

    def event(self, event: QEvent) -> bool:
        vertical = (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            if event.key() in vertical:
                event.accept()
                return True
        elif isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(QPointF(event.pos()))
            if cell is not None:
                QToolTip.showText(event.globalPos(), tip(cell.tip), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
