"""The four memories below each other, painted; the mouse asks and chooses."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.bridge import EMPTY, NAMES, Row, describe_bar
from explorer.session.bridge.snapshot import KINDS
from explorer.ui.paint import put_text, tip
from explorer.ui.panels.bridge_ink import (
    Bars,
    Columns,
    columns,
    paint_arrow,
    paint_cells,
    paint_outcome,
    paint_words,
)
from explorer.ui.style import Style

_CENTRE = Qt.AlignmentFlag.AlignHCenter
_LEAST = 58
_HEADS = ("the memory", "query", "stored patterns: how much each weighs", "retrieved", "outcome")
_ASIDE = (
    "Left: the state before this update. Middle: how much each stored pattern weighs; orange is "
    "the one that was spoilt. Right: the mix of the patterns by these weights, which is the next "
    "query. Energies compare within a row only."
)


class BridgeCanvas(QWidget):
    """Four rows of the same columns. Signal: chosen(pattern) on a click on a stored letter."""

    chosen = Signal(int)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._rows: tuple[Row | None, ...] = ()
        self._absent = EMPTY
        self._lit = (-1, -1)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Four memories")
        self.restyle()

    def show_rows(self, rows: tuple[Row | None, ...], absent: str) -> None:
        """Show these; where one is missing, `absent` says why."""
        self._rows, self._absent = rows, absent
        self.update()

    def restyle(self) -> None:
        """Take over sizes."""
        self.setMinimumHeight(round(self._head() + len(KINDS) * self._looks.px(_LEAST)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(700), self.minimumHeight())

    def bar_box(self, row: int) -> QRectF:
        """Where the bars of a row stand."""
        box, where = self._row_box(row), self._columns()
        inset = self._looks.px(6)
        left, right = where.bars
        return QRectF(left, box.top() + inset, right - left, box.height() - 2 * inset)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        where = self._columns()
        spans = (where.name, where.query, where.bars, where.retrieved, where.outcome)
        for number, ((left, right), text) in enumerate(zip(spans, _HEADS, strict=True)):
            grow = 0 if number in (0, 4) else looks.px(14)
            box = QRectF(left - grow, 0, right - left + 2 * grow, self._head())
            align = Qt.AlignmentFlag.AlignLeft if number in (0, 4) else _CENTRE
            put_text(painter, box, text, looks.color("muted"), align, looks.font(0.86))
        for number, row in enumerate(self._rows):
            box = self._row_box(number)
            painter.setPen(QPen(looks.color("line"), 1))
            painter.drawLine(QLineF(box.left(), box.top(), box.right(), box.top()))
            if row is None:
                self._paint_empty(painter, box, number)
            else:
                self._paint_row(painter, box, where, number, row)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        lit = self._at(event.position())
        if lit != self._lit:
            self._lit = lit
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._lit = (-1, -1)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number, index = self._at(event.position())
        row = self._rows[number] if 0 <= number < len(self._rows) else None
        left = event.button() == Qt.MouseButton.LeftButton
        if left and index >= 0 and row is not None and row.ink:
            self.chosen.emit(index)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), tip(self.explain(QPointF(event.pos()))), self)
            return True
        return super().event(event)

    def explain(self, point: QPointF) -> str:
        """What lies at a place, in words."""
        number, index = self._at(point)
        row = self._rows[number] if 0 <= number < len(self._rows) else None
        if row is None:
            return self._absent if self._rows else _ASIDE
        said = "\n".join((row.title, *row.facts))
        if index < 0:
            return f"{said}\n\n{_ASIDE}"
        click = "\nClick to spoil this letter." if row.ink else ""
        return f"{row.title}\n{describe_bar(row, index)}{click}"

    def _paint_row(
        self, painter: QPainter, box: QRectF, where: Columns, number: int, row: Row
    ) -> None:
        looks, middle = self._looks, box.center().y()
        inset = looks.px(5)

        def part(span: tuple[float, float]) -> QRectF:
            return QRectF(span[0], box.top() + inset, span[1] - span[0], box.height() - 2 * inset)

        paint_words(painter, looks, part(where.name), row)
        paint_cells(painter, looks, part(where.query), row.query, row.ink)
        paint_arrow(painter, looks, where.query[1] + inset, where.bars[0] - inset, middle)
        bars = Bars(looks, self.bar_box(number), row)
        bars.paint(painter, self._lit[1] if self._lit[0] == number else -1)
        paint_arrow(painter, looks, where.bars[1] + inset, where.retrieved[0] - inset, middle)
        paint_cells(painter, looks, part(where.retrieved), row.retrieved, row.ink)
        paint_outcome(painter, looks, part(where.outcome), row)

    def _paint_empty(self, painter: QPainter, box: QRectF, number: int) -> None:
        looks = self._looks
        room = box.adjusted(looks.px(10), 0, -looks.px(10), 0)
        text = f"{NAMES[KINDS[number]]}: {self._absent}"
        painter.setFont(looks.font())
        painter.setPen(looks.color("muted"))
        painter.drawText(
            room, int(_CENTRE | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap), text
        )

    def _head(self) -> float:
        return QFontMetricsF(self._looks.font(0.86)).height() + self._looks.px(6)

    def _row_box(self, number: int) -> QRectF:
        high = (self.height() - self._head()) / len(KINDS)
        return QRectF(0, self._head() + number * high, self.width(), high)

    def _columns(self) -> Columns:
        return columns(self.width(), self._row_box(0).height(), self._looks)

    def _at(self, point: QPointF) -> tuple[int, int]:
        """(row, pattern) under a point, -1 where there is none."""
        for number, row in enumerate(self._rows):
            if self._row_box(number).contains(point):
                if row is None:
                    return number, -1
                return number, Bars(self._looks, self.bar_box(number), row).bar_at(point)
        return -1, -1
