"""A scrolling canvas of token chips: it paints, and says what is pointed at and chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from explorer.ui.paint import put_text, tip
from explorer.ui.panels.text_chips import Chip, Inks, paint_chip, paint_mark
from explorer.ui.panels.text_flow import Flow
from explorer.ui.style import Style

_ROUND = 4.0
_BY_MOUSE = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ACROSS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)
_UPWARDS = (Qt.Key.Key_Up, Qt.Key.Key_Down)


class TokenFlow(QAbstractScrollArea):
    """Chips in flowing text.

    Signals: pointed(index or None) when the mouse or the keyboard's mark moves over the chips;
    chosen(index) on a click or Enter. `explain` gives the tool tip of a chip. The left and right
    arrows belong to the mark only while it is shown, which is when the keyboard came here by Tab
    or Up and Down were pressed: after a click they still step through the story.
    """

    pointed = Signal(object)
    chosen = Signal(int)

    def __init__(
        self, looks: Style, explain: Callable[[int], str], size: float, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._looks, self._explain, self._size = looks, explain, size
        self._chips: tuple[Chip, ...] = ()
        self._cursor: int | None = None
        self._lit: int | None = None
        self._pointer: int | None = None
        self.mark: int | None = None
        self.placeholder = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.restyle()

    def restyle(self) -> None:
        """Take over the type and the width; everything is laid out anew."""
        self._font = self._looks.font(self._size)
        self._margin = self._looks.px(8)
        # The bar's place is always kept free, or the text would jump when the bar appears.
        room = self.width() - 2 * self._margin - self.verticalScrollBar().sizeHint().width()
        self.flow = Flow(self._font, room, self._looks.scale)
        self.flow.lay(tuple(chip.word for chip in self._chips))
        _set_range(self, self.flow, self._margin)
        self.viewport().update()

    def show_chips(
        self, chips: tuple[Chip, ...], cursor: int | None = None, lit: int | None = None
    ) -> None:
        """Show these chips with the cursor's and the lit one marked; paint what differs."""
        old, before = self._chips, self.flow.boxes[:]
        shifted = self._cursor != cursor or len(old) != len(chips)
        self._touch((self._cursor, self._lit))
        self._chips, self._cursor, self._lit = chips, cursor, lit
        if chips is old:
            self._touch((cursor, lit))
            return
        self.mark, self._pointer = (
            None if index is None or index >= len(chips) else index
            for index in (self.mark, self._pointer)
        )
        pairs = zip(self._chips, old, strict=False)
        same = [mine is other or mine == other for mine, other in pairs]
        if shifted or not all(same):
            self._touch(range(len(chips), len(old)))
            self.flow.lay(tuple(chip.word for chip in self._chips))
            _set_range(self, self.flow, self._margin)
            now = self.flow.boxes
            boxes = enumerate(zip(before, now, same, strict=False))
            changed = [i for i, (mine, other, kept) in boxes if mine is not other or not kept]
            self._touch(changed, before)
            self._touch((*changed, *range(len(old), len(chips))))
        self._touch((cursor, lit))
        if shifted and cursor is not None:
            self.reveal(cursor)
        if not old or not chips:
            self.viewport().update()

    def reveal(self, index: int) -> None:
        """Scroll as little as needed to see a chip whole."""
        bar, box = self.verticalScrollBar(), self.flow.boxes[index]
        low = int(box.bottom()) + 2 * self._margin - self.viewport().height()
        bar.setValue(max(low, min(bar.value(), int(box.top()))))

    def box(self, index: int) -> QRectF:
        """Where a chip stands in the viewport, in pixels."""
        shift = self._margin - self.verticalScrollBar().value()
        return self.flow.boxes[index].translated(self._margin, shift)

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, painter = self._looks, QPainter(self.viewport())
        painter.fillRect(event.rect(), looks.color("panel"))
        if not self._chips:
            room = QRectF(self.viewport().rect()).adjusted(self._margin, 0, -self._margin, 0)
            painter.setFont(looks.font(1.0))
            put_text(painter, room, self.placeholder, looks.color("muted"))
            painter.end()
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        shift = self._margin - self.verticalScrollBar().value()
        painter.translate(self._margin, shift)
        area = QRectF(event.rect()).translated(-self._margin, -shift).adjusted(-4, -4, 4, 4)
        boxes = self.flow.boxes
        seen = [i for i in self.flow.within(area.top(), area.bottom()) if boxes[i].intersects(area)]
        inks = Inks.of(looks)
        for index in seen:
            paint_chip(painter, looks, inks, self.flow, boxes[index], self._chips[index])
        lit = self._lit if self._pointer is None else self._pointer
        for place, kind in ((lit, "lit"), (self._cursor, "cursor"), (self.mark, "mark")):
            if place is not None and place in seen:
                paint_mark(painter, looks, boxes[place], kind, self.flow.pad)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self.restyle()
        _set_range(self, self.flow, self._margin)
        if self._cursor is not None:
            self.reveal(self._cursor)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(dx, dy)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._index(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._set_mark(None)
        index = self._index(event.position())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(index)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._point(None)
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index(QPointF(event.pos()))
            if index is None:
                QToolTip.hideText()
            else:
                area = self.box(index).toRect()
                QToolTip.showText(
                    event.globalPos(), tip(self._explain(index)), self.viewport(), area
                )
            return True
        return super().viewportEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            mine = (*_UPWARDS, *(() if self.mark is None else (*_ACROSS, Qt.Key.Key_Escape)))
            if event.key() in mine and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = event.key(), len(self._chips) - 1
        if last < 0 or key not in (*_ACROSS, *_UPWARDS, *_ENTER, Qt.Key.Key_Escape):
            super().keyPressEvent(event)
        elif key in _ENTER:
            if self.mark is not None:
                self.chosen.emit(self.mark)
        elif key == Qt.Key.Key_Escape or self.mark is None:
            self._set_mark(None if key == Qt.Key.Key_Escape else self._first_mark())
        else:
            self._set_mark(
                {
                    Qt.Key.Key_Left: max(0, self.mark - 1),
                    Qt.Key.Key_Right: min(last, self.mark + 1),
                    Qt.Key.Key_Home: 0,
                    Qt.Key.Key_End: last,
                    Qt.Key.Key_Up: self.flow.beside(self.mark, -1),
                    Qt.Key.Key_Down: self.flow.beside(self.mark, 1),
                }[Qt.Key(key)]
            )

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() not in _BY_MOUSE and self._chips:
            self._set_mark(self._first_mark())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._set_mark(None)

    def _first_mark(self) -> int:
        return len(self._chips) - 1 if self._cursor is None else self._cursor

    def _set_mark(self, mark: int | None) -> None:
        if mark == self.mark:
            return
        self._touch((self.mark, mark))
        self.mark = mark
        if mark is not None:
            self.reveal(mark)
        self._point(mark)

    def _point(self, index: int | None) -> None:
        if index != self._pointer:
            self._touch((self._pointer, index))
            self._pointer = index
            self.pointed.emit(index)

    def _index(self, point: QPointF) -> int | None:
        shift = self._margin - self.verticalScrollBar().value()
        return self.flow.at(point - QPointF(self._margin, shift))

    def _touch(self, indices: Iterable[int | None], boxes: Sequence[QRectF] | None = None) -> None:
        """Have these chips painted again, where they stand or where `boxes` had them."""
        boxes = self.flow.boxes if boxes is None else boxes
        shift = self._margin - self.verticalScrollBar().value()
        edge = _ROUND * self._looks.scale
        for index in indices:
            if index is not None and index < len(boxes):
                box = boxes[index].translated(self._margin, shift)
                self.viewport().update(box.adjusted(-edge, -edge, edge, edge).toAlignedRect())


def _set_range(area: QAbstractScrollArea, flow: Flow, margin: int) -> None:
    """Let the bar reach the end of the text."""
    high, bar = area.viewport().height(), area.verticalScrollBar()
    bar.setRange(0, max(0, int(flow.bottom) + 2 * margin - high))
    bar.setPageStep(high)
    bar.setSingleStep(int(flow.line))
