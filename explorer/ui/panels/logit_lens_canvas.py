"""The table of the logit lens: layers down, best guesses across, the rank of one token beside."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.candidates import figure
from explorer.lens.logit_lens import Guess, Layer, LensTable, describe_guess, describe_layer
from explorer.ui.heat import Heat
from explorer.ui.paint import tip
from explorer.ui.rows import DIMMED
from explorer.ui.style import Style
from explorer.ui.words import CENTER, RIGHT, Letters

_BY_MOUSE = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
)
_ARROWS = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
}  # fmt: skip
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class LensCanvas(QWidget):
    """Paints the table.

    Signals: asked(token) when a cell is clicked or picked with Enter; marked(row) when the keyboard
    moves to a row.
    """

    asked = Signal(int)
    marked = Signal(int)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._letters = Letters(looks)
        self._heat = Heat(looks)
        self.table: LensTable | None = None
        self.note = ""
        self.waiting = False
        self.mark = (0, 0)
        self._by_keyboard = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Best guesses of each layer")

    def show_table(self, table: LensTable | None, note: str) -> None:
        """Show another table, or a sentence instead of one."""
        self.table, self.note = table, note
        self._fit()
        self.update()

    def recolor(self) -> None:
        """Take over other colours and sizes."""
        self._heat.forget()
        self._fit()
        self.update()

    def columns(self) -> tuple[float, float, float, int]:
        """Where the curve of ranks, the numbers and the cells begin, and how many cells fit."""
        px, wide = self._looks.px, self.width()
        curve = px(92)
        numbers = curve + (px(110) if wide >= px(430) else 0)
        cells = numbers + _ranks(self._looks, self._letters, self.table) + px(8)
        if self._tells_p():
            cells += px(10) + self._letters(0.88).width("0.0000 %")
        count = max(1, min(8, int((wide - cells - px(8)) // px(62))))
        return curve, numbers, cells, count

    def _tells_p(self) -> bool:
        """Whether there is room for probabilities beside the ranks."""
        return self.width() >= self._looks.px(360)

    def _fit(self) -> None:
        """Ask for the height in which the rows do not run into each other."""
        rows = len(self.table.layers) if self.table else 1
        self.setMinimumHeight(self._looks.px(26) + round(rows * self._letters(0.88).height))

    def row_box(self, row: int) -> QRectF:
        """The rectangle of a layer's row."""
        top = self._looks.px(22)
        rows = len(self.table.layers) if self.table else 1
        high = min((self.height() - top - self._looks.px(4)) / rows, self._looks.px(46))
        return QRectF(0, top + row * high, self.width(), high)

    def cell_box(self, row: int, column: int) -> QRectF:
        """The rectangle of a guess."""
        _, _, left, count = self.columns()
        wide = (self.width() - left - self._looks.px(8)) / count
        box = self.row_box(row)
        return QRectF(left + column * wide, box.top(), wide - 2, box.height() - 2)

    def at(self, point: QPointF) -> tuple[Layer, Guess | None] | None:
        """The layer under a point, and the guess if one is there."""
        if self.table is None:
            return None
        for row, layer in enumerate(self.table.layers):
            if self.row_box(row).contains(point):
                for column in range(min(self.columns()[3], len(layer.guesses))):
                    if self.cell_box(row, column).contains(point):
                        return layer, layer.guesses[column]
                return layer, None
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        if self.table is None:
            room = QRectF(self.rect()).adjusted(looks.px(10), 0, -looks.px(10), 0)
            painter.setFont(looks.font(0.92))
            painter.setPen(looks.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, int(flags), self.note)
        else:
            if self.waiting:
                painter.setOpacity(DIMMED)
            self._paint_head(painter, self.table)
            self._paint_curve(painter, self.table)
            for row, layer in enumerate(self.table.layers):
                self._paint_layer(painter, row, layer)
            if self._by_keyboard:
                painter.setPen(QPen(looks.color("accent"), looks.pen_width(2.5)))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.cell_box(*self._marked()).adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and found and found[1] is not None:
            self.asked.emit(found[1].token)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _ARROWS and self.table is not None:
            row, column = self._marked()
            down, right = _ARROWS[key]
            self.mark = (row + down, column + right)
            self.mark = self._marked()
            self._by_keyboard = True
            self.marked.emit(self.mark[0])
            self.update()
        elif key in _ENTER and self.table is not None:
            row, column = self._marked()
            self.asked.emit(self.table.layers[row].guesses[column].token)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_keyboard = event.reason() not in _BY_MOUSE
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._by_keyboard = False
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            vertical = event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, *_ENTER)
            if vertical or (event.key() in _ARROWS and self._by_keyboard):
                event.accept()
                return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.at(QPointF(event.pos()))
            if found is None or self.table is None:
                QToolTip.hideText()
            else:
                layer, guess = found
                said = describe_guess(layer, guess) if guess else describe_layer(self.table, layer)
                QToolTip.showText(event.globalPos(), tip(said), self)
            return True
        return super().event(event)

    def _marked(self) -> tuple[int, int]:
        rows = len(self.table.layers) if self.table else 1
        row, column = self.mark
        return min(max(row, 0), rows - 1), min(max(column, 0), self.columns()[3] - 1)

    def _paint_head(self, painter: QPainter, table: LensTable) -> None:
        looks, px = self._looks, self._looks.px
        curve, numbers, cells, _ = self.columns()
        small, middle = self._letters(0.8), px(11)
        painter.setPen(looks.color("muted"))
        small.put(painter, px(10), middle, "stream", room=curve - px(14))
        if numbers > curve:
            worst = f"{_worst(table):,}"
            small.put(painter, curve + px(8), middle, "1")
            small.put(painter, numbers - px(10), middle, worst, RIGHT)
            left = curve + px(8) + small.width("1")
            right = numbers - px(10) - small.width(worst)
            if right - left >= small.width("rank") + 2 * px(4):
                small.put(painter, (left + right) / 2, middle, "rank", CENTER)
        ranks = numbers + _ranks(looks, self._letters, table)
        small.put(painter, ranks, middle, "rank", RIGHT)
        if self._tells_p():
            small.put(painter, cells - px(8), middle, "p", RIGHT)
        small.put(painter, cells, middle, "most probable", room=self.width() - cells)

    def _paint_curve(self, painter: QPainter, table: LensTable) -> None:
        """The rank of the asked token through the layers, 1 on the left, on a log scale."""
        looks, px = self._looks, self._looks.px
        left, right, _, _ = self.columns()
        if right <= left:
            return
        left, right = left + px(10), right - px(12)
        whole = math.log(_worst(table))
        points = []
        for row, layer in enumerate(table.layers):
            x = left + (right - left) * min(math.log(layer.rank) / whole, 1.0)
            points.append(QPointF(x, self.row_box(row).center().y()))
        bottom = self.row_box(len(points) - 1).bottom()
        painter.setPen(QPen(looks.color("line"), 1))
        for x in (left, right):
            painter.drawLine(QPointF(x, px(20)), QPointF(x, bottom))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(looks.color("chosen"), looks.pen_width(1.5)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(looks.color("chosen"))
        painter.setPen(Qt.PenStyle.NoPen)
        for point in points:
            painter.drawEllipse(point, px(3), px(3))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_layer(self, painter: QPainter, row: int, layer: Layer) -> None:
        looks, px = self._looks, self._looks.px
        box, (curve, numbers, cells, count) = self.row_box(row), self.columns()
        plain, bold, middle = self._letters(0.88), self._letters(0.88, True), box.center().y() - 1
        painter.setPen(looks.color("text"))
        plain.put(painter, px(10), middle, layer.title, room=curve - px(14))
        ranks = numbers + _ranks(looks, self._letters, self.table)
        bold.put(painter, ranks, middle, f"{layer.rank:,}", RIGHT)
        if self._tells_p():
            painter.setPen(looks.color("muted"))
            plain.put(painter, cells - px(8), middle, figure(layer.p), RIGHT)
        for column, guess in enumerate(layer.guesses[:count]):
            self._paint_guess(painter, self.cell_box(row, column), guess)

    def _paint_guess(self, painter: QPainter, box: QRectF, guess: Guess) -> None:
        looks, px = self._looks, self._looks.px
        level = round(255 * guess.p**0.5)
        painter.fillRect(box, self._heat.color(level))
        painter.setPen(self._heat.ink(level))
        room = box.width() - px(6)
        words = self._letters(0.86, guess.asked)
        number = figure(guess.p) if room > px(86) else ""
        small = self._letters(0.76)
        taken = small.width(number) + px(6) if number else 0
        words.put(painter, box.left() + px(4), box.center().y(), guess.label, room=room - taken)
        if number:
            small.put(painter, box.right() - px(4), box.center().y(), number, RIGHT)
        if guess.asked:
            painter.setPen(QPen(looks.color("chosen"), looks.pen_width(2.0)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(1, 1, -1, -1))


def _worst(table: LensTable) -> int:
    """The right end of the scale of ranks: the next power of ten, at least 10."""
    rank = max(layer.rank for layer in table.layers)
    return int(10 ** max(1, math.ceil(math.log10(rank))))


def _ranks(looks: Style, letters: Letters, table: LensTable | None) -> float:
    """The width of the column of ranks, from the end of their curve."""
    worst = _worst(table) // 10 if table is not None else 1
    return looks.px(6) + max(letters(0.88, True).width(f"{worst:,}"), looks.px(30))
