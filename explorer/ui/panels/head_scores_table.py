"""The table of heads: a header that sorts, and a row of scores for each head."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.head_scores import COLUMNS, MEANINGS, TITLES, HeadLine, score_text
from explorer.session.inside import HeadSearch
from explorer.ui.paint import tip
from explorer.ui.rows import Rows
from explorer.ui.style import Style
from explorer.ui.words import RIGHT, Letters

ALL = ("head", *COLUMNS)
SHORT = {**TITLES, "previous": "prev.", "duplicate": "dupl.", "induction": "induct."}
_SIDES = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


def edges(looks: Style, width: float) -> list[float]:
    """The right edge of each column of ALL."""
    first = looks.px(54)
    each = (width - first - looks.px(10)) / len(COLUMNS)
    return [first, *(first + each * (at + 1) for at in range(len(COLUMNS)))]


class Header(QWidget):
    """Column names; a click sorts. With the keyboard here, Left and Right change the column and
    Enter turns the order round. Signal: ordered(column)."""

    ordered = Signal(str)

    def __init__(self, looks: Style, over: QWidget) -> None:
        super().__init__()
        self._looks, self._letters, self._over = looks, Letters(looks), over
        self.search = HeadSearch()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Columns of the table of heads")

    def show_search(self, search: HeadSearch) -> None:
        """Mark the column of the order."""
        self.search = search
        self.setAccessibleDescription(f"ordered by {search.order}")
        self.update()

    def edges(self) -> list[float]:
        """The right edges of the columns, over those of the rows beside their scroll bar."""
        return edges(self._looks, self._over.width())

    def column_at(self, x: float) -> str:
        """The column at a place."""
        for column, edge in zip(ALL, self.edges(), strict=True):
            if x <= edge:
                return column
        return ALL[-1]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("raised"))
        places = self.edges()
        titles = TITLES if places[-1] >= looks.px(420) else SHORT
        left = 0.0
        for column, edge in zip(ALL, places, strict=True):
            chosen = column == self.search.order
            mark = (" ▴" if self.search.rising else " ▾") if chosen else ""
            painter.setPen(looks.color("accent" if chosen else "muted"))
            words = self._letters(0.82, chosen)
            room = edge - left
            x = edge if column != "head" else looks.px(10) + words.width(titles[column] + mark)
            words.put(painter, x, self.height() / 2, titles[column] + mark, RIGHT, room)
            left = edge
        if self.hasFocus():
            painter.setPen(looks.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.ordered.emit(self.column_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _SIDES:
            at = ALL.index(self.search.order) if self.search.order in ALL else 0
            self.ordered.emit(ALL[(at + _SIDES[key]) % len(ALL)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.ordered.emit(self.search.order)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            if event.key() in (*_SIDES, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                event.accept()
                return True
        elif isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            said = MEANINGS[self.column_at(event.pos().x())]
            QToolTip.showText(event.globalPos(), tip(said), self)
            return True
        return super().event(event)


class HeadTable(Rows):
    """One row for each head that the search leaves."""

    def __init__(self, looks: Style) -> None:
        super().__init__(looks, "Attention heads", 18)
        self._letters = Letters(looks)
        self.lines: tuple[HeadLine, ...] = ()
        self.order = ""
        self._chosen = (0, 0)
        self._highest: tuple[float, ...] = ()

    def show_lines(self, lines: tuple[HeadLine, ...], order: str, chosen: tuple[int, int]) -> None:
        """Other heads, the column of the order, the head that is drawn large."""
        self.lines, self.order, self._chosen = lines, order, chosen
        self.fit()

    def count(self) -> int:
        return len(self.lines)

    def explain(self, row: int, x: float) -> str:
        line = self.lines[row]
        scores = zip(COLUMNS, line.scores, strict=True)
        said = "\n".join(f"{TITLES[name]}: {score_text(name, value)}" for name, value in scores)
        return f"layer {line.layer}, head {line.head}\n{said}\nClick to look at this head."

    def paint_rows(self, painter: QPainter, seen: range) -> None:
        looks, px = self._looks, self._looks.px
        plain, bold = self._letters(0.88), self._letters(0.88, True)
        places = edges(looks, self.width())
        ink = [looks.color(name) for name in ("text", "muted", "raw")]
        gap, low, thick = px(9), px(4), px(3)
        for index in seen:
            line, box = self.lines[index], self.row_box(index)
            chosen = (line.layer, line.head) == self._chosen
            if chosen:
                painter.fillRect(box, looks.color("accent", 0.14))
            middle = box.center().y()
            painter.setPen(looks.color("text"))
            words = bold if chosen else plain
            words.put(painter, px(10), middle, f"L{line.layer} H{line.head}")
            for at, (name, value) in enumerate(zip(COLUMNS, line.scores, strict=True)):
                left, right = places[at], places[at + 1]
                if at and value > 0:
                    # A bar of the weight itself, full at 1; the entropy is none.
                    wide = (right - left - gap) * min(value, 1.0)
                    painter.fillRect(QRectF(right - wide, box.bottom() - low, wide, thick), ink[2])
                painter.setPen(ink[0] if name == self.order else ink[1])
                words = bold if name == self.order else plain
                words.put(painter, right, middle - 1, score_text(name, value), RIGHT)
