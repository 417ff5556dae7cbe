"""Panel: one token through the whole story, its probability and rank at every step."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from explorer.lens.token_history import TokenHistory, describe, summary, token_history
from explorer.session import asked, moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.paint import tip
from explorer.ui.panel import Panel
from explorer.ui.panels.history_chart import paint_history, places
from explorer.ui.panels.sampling_form import Form, ground
from explorer.ui.panels.timeline_chart import paint_placeholder
from explorer.ui.panels.token_field import TokenField
from explorer.ui.style import Style

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOVES = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)
_BY_MOUSE = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
)


class HistoryCanvas(QWidget):
    """Paints the chart.

    Signals: pointed(position or None) under the mouse; chosen(position) on click or Enter. The
    arrow keys belong to the mark only while it is shown: when the keyboard came here by Tab.
    """

    pointed = Signal(object)
    chosen = Signal(int)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self.history: TokenHistory | None = None
        self.pointer: int | None = None
        self.mark: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("History of a token")

    def show_history(self, history: TokenHistory | None) -> None:
        """Paint this history; None paints how to begin."""
        self.history = history
        last = len(history.nats) - 1 if history else 0
        self.mark = min(self.mark, last) if self.mark is not None and last else None
        self.pointer = self.pointer if self.pointer is not None and self.pointer <= last else None
        self.setAccessibleDescription(summary(history))
        self.update()

    def position_at(self, x: float) -> int | None:
        """The position under a pixel column, None outside the chart."""
        if self.history is None:
            return None
        at = places(self, self._looks, self.history)
        position = math.floor((x - at.top.left()) / at.step)
        return position if 1 <= position < len(self.history.nats) else None

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.history is None:
            paint_placeholder(self, self._looks, summary(None))
            return
        lit = self.mark if self.mark is not None else self.pointer
        paint_history(self, self._looks, self.history, lit, self.mark)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = self.position_at(event.position().x())
        if position != self.pointer:
            self.pointer = position
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        position = self.position_at(event.position().x())
        self.mark = None
        if position is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(position)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointer = None
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            mine = () if self.mark is None else (*_MOVES, Qt.Key.Key_Escape)
            if event.key() in mine and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                event.accept()
                return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            position = self.position_at(event.pos().x())
            if position is None or self.history is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), tip(describe(self.history, position)), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, history = event.key(), self.history
        if history is None or key not in (*_MOVES, *_ENTER, Qt.Key.Key_Escape):
            super().keyPressEvent(event)
        elif key in _ENTER:
            if self.mark is not None:
                self.chosen.emit(self.mark)
        elif key == Qt.Key.Key_Escape:
            self._set_mark(None)
        else:
            last = len(history.nats) - 1
            start = history.open if self.mark is None else self.mark
            to = {_MOVES[0]: start - 1, _MOVES[1]: start + 1, _MOVES[2]: 1, _MOVES[3]: last}
            self._set_mark(min(max(to[Qt.Key(key)], 1), last))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() not in _BY_MOUSE and self.history is not None:
            self._set_mark(self.history.open)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._set_mark(None)

    def _set_mark(self, mark: int | None) -> None:
        if mark != self.mark:
            self.mark = mark
            self.update()


class HistoryPanel(Panel):
    """A field for the token above the chart."""

    id = "history"
    title = "Token history"
    tab = "History"
    help = (
        "For any token its −ln p and its rank before every position of this line at T = 1, chosen "
        "or not. Type a token, or ask for it from its bar; a click goes to where it was open."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        self.field = TokenField("Token", style)
        self.field.named.connect(self._name)
        self.canvas = HistoryCanvas(style)
        self.canvas.chosen.connect(self._go)
        self._head, self._top = ground()
        self._top.addWidget(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self.canvas, 1)
        self.setFocusProxy(self.field)
        self._history: TokenHistory | None = None
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if (
            old is not None
            and new.timeline is old.timeline
            and new.model is old.model
            and new.asked.token == old.asked.token
        ):
            return
        self._history = token_history(new, self._history)
        self.field.show_token(new, asked.named(new))
        self.canvas.show_history(self._history)
        self.setAccessibleDescription(summary(self._history))

    def restyle(self) -> None:
        px = self.looks.px
        self._top.setContentsMargins(px(10), px(5), px(10), px(3))
        self._head.setStyleSheet(Form.sheet(self.looks))
        self.field.restyle()
        self.canvas.update()

    @Slot(int)
    def _name(self, token: int) -> None:
        self.controller.apply(asked.name, token)

    @Slot(int)
    def _go(self, position: int) -> None:
        self.controller.apply(moves.seek_position, position - 1, gesture="history")
