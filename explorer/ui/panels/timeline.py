"""The timeline: how surprising each token was, how open each step, at which temperature."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from explorer.lens.surprise import describe, lit
from explorer.lens.timeline import TimelinePicture, summary, timeline
from explorer.lens.whatif import explain, pending, turn
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.paint import tip
from explorer.ui.panel import Panel
from explorer.ui.panels.timeline_chart import Chart, paint_placeholder
from explorer.ui.panels.timeline_frame import position_at
from explorer.ui.style import Style

_BY_MOUSE = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOVES = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)


class TimelineCanvas(QWidget):
    """Paints the chart.

    Signals: pointed(position or None) under the mouse or the keyboard's mark; chosen(position) on
    click, drag or Enter. The arrow keys belong to the mark only while it is shown, which is when
    the keyboard came here by Tab: after a click they still step through the story.
    """

    pointed = Signal(object)
    chosen = Signal(int)

    def __init__(self, looks: Style, explain: Callable[[int], str], parent: QWidget) -> None:
        super().__init__(parent)
        self._looks, self._explain = looks, explain
        self._picture: TimelinePicture | None = None
        self._chart = Chart()
        self._lit = -1
        self._turned: int | None = None
        self.pointer: int | None = None
        self.mark: int | None = None
        self.placeholder = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Timeline")

    def show_picture(
        self, picture: TimelinePicture | None, lit: int, turned: int | None = None
    ) -> None:
        """Show these numbers with one position lit and a die where the settings would turn it."""
        if picture is self._picture is not None and (lit, turned) == (self._lit, self._turned):
            return
        self._picture, self._lit, self._turned = picture, lit, turned
        count = len(picture.surprise) if picture else 0
        self.pointer, self.mark = (
            None if index is None or index >= count else index
            for index in (self.pointer, self.mark)
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            paint_placeholder(self, self._looks, self.placeholder)
            return
        lit = self._lit if self.pointer is None else self.pointer
        self._chart.paint(self, self._looks, self._picture, lit, self.mark, self._turned)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = self._at(event.position().x())
        self._point(position)
        if position is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self.chosen.emit(position)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._set_mark(None)
        position = self._at(event.position().x())
        if position is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(position)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            mine = () if self.mark is None else (*_MOVES, Qt.Key.Key_Escape)
            if event.key() in mine and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                event.accept()
                return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            position = self._at(event.pos().x())
            if position is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), tip(self._explain(position)), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, picture = event.key(), self._picture
        if picture is None or key not in (*_MOVES, *_ENTER, Qt.Key.Key_Escape):
            super().keyPressEvent(event)
        elif key in _ENTER:
            if self.mark is not None:
                self.chosen.emit(self.mark)
        elif key == Qt.Key.Key_Escape:
            self._set_mark(None)
        else:
            start, last = self.mark, len(picture.surprise) - 1
            start = picture.cursor if start is None else start
            self._set_mark(
                {
                    Qt.Key.Key_Left: max(0, start - 1),
                    Qt.Key.Key_Right: min(last, start + 1),
                    Qt.Key.Key_Home: 0,
                    Qt.Key.Key_End: last,
                }[Qt.Key(key)]
            )

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() not in _BY_MOUSE and self._picture is not None:
            self._set_mark(self._picture.cursor)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._set_mark(None)

    def _at(self, x: float) -> int | None:
        if self._picture is None:
            return None
        return position_at(self, self._looks, self._picture, x)

    def _set_mark(self, mark: int | None) -> None:
        if mark != self.mark:
            self.mark = mark
            self._point(mark)
            self.update()

    def _point(self, position: int | None) -> None:
        if position != self.pointer:
            self.pointer = position
            self.update()
            self.pointed.emit(position)


class TimelinePanel(Panel):
    """The whole line at a glance; a click or a drag goes to that position."""

    id = "timeline"
    title = "Timeline"
    help = (
        "Surprise −ln p of each token (bars) beside the entropy H = −Σ p ln p of the distribution "
        "it came from (line), both in nats at T = 1; below, the sampling temperature of each draw."
    )

    def __init__(self, controller: Controller, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(controller, style, parent)
        self.canvas = TimelineCanvas(style, self._explain, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)
        self.canvas.pointed.connect(self._pointed)
        self.canvas.chosen.connect(self._chosen)
        self.setFocusProxy(self.canvas)
        self._picture: TimelinePicture | None = None
        self._turned: int | None = None

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if (
            old is not None
            and new.timeline is old.timeline
            and new.look == old.look
            and new.model is old.model
            and new.busy == old.busy
            and new.sampling == old.sampling
            and new.findings.turned is old.findings.turned
        ):
            return
        if old is None or new.timeline is not old.timeline or not pending(new):
            found = turn(new)
            self._turned = None if found is None else found.position
        if old is None or new.timeline is not old.timeline or new.model is not old.model:
            self._picture = timeline(new, self._picture)
            self.canvas.setAccessibleDescription(summary(self._picture))
        self.canvas.placeholder = new.busy or "Nothing has been read yet."
        self.canvas.show_picture(self._picture, lit(new), self._turned)

    def _explain(self, position: int) -> str:
        s = self.controller.snapshot
        said, found = describe(s, position), turn(s)
        if found is None or found.position != position:
            return said
        return f"{said}\n{explain(s, found)}. Press B to start that branch."

    @Slot(object)
    def _pointed(self, position: int | None) -> None:
        self.controller.apply(moves.hover, position)

    @Slot(int)
    def _chosen(self, position: int) -> None:
        self.controller.apply(moves.seek_position, position, gesture="timeline")
