"""Panel: a widget that draws Snapshots when it can be seen and when something changed."""

from __future__ import annotations

import time
from typing import Any, ClassVar, Generic, TypeVar

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from explorer.lens.needs import absent
from explorer.session.snapshot import Snapshot
from explorer.ui.absence import Absence
from explorer.ui.controller import Controller
from explorer.ui.desk import Desk
from explorer.ui.style import Style

D = TypeVar("D", bound=Desk[Any])


class DeskPanel(QWidget, Generic[D]):
    """Reads its desk's snapshots, writes its own widgets, asks for moves on gestures.

    Subclasses set `id`, `title`, `help` (one sentence, with the formula if there is one) and, where
    the title is too long for a tab, `tab`, and implement `draw(new, old)`; `old` is the snapshot
    that this panel drew last, None at first. A hidden panel draws nothing and catches up when it is
    shown. `restyle` is called when colours or sizes are other ones. `wanted(id)` asks the window to
    show another panel. `calm` is the least time in seconds between two draws while play runs, for
    charts that no eye follows at 60 beats a second; what is shown when play stops is always the
    present.
    """

    wanted = Signal(str)

    id: ClassVar[str]
    title: ClassVar[str]
    tab: ClassVar[str] = ""
    help: ClassVar[str]
    calm: ClassVar[float] = 0.0

    def __init__(self, controller: D, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.controller = controller
        self.looks = style
        self._drawn: Any = None
        self._covered = False
        self._last = 0.0
        self._absence: Absence | None = None
        self.setAccessibleName(self.title)
        self.setAccessibleDescription(self.help)
        controller.changed.connect(self._receive)
        style.changed.connect(self._restyled)

    def draw(self, new: Any, old: Any) -> None:
        """Write the widgets from `new`; whatever equals `old` may stay as it is."""
        raise NotImplementedError

    def restyle(self) -> None:
        """Take over new colours and sizes; the next draw has old = None."""

    def catch_up(self) -> None:
        """Draw the current snapshot if it is not the one on screen."""
        new, old = self.controller.snapshot, self._drawn
        if new is old:
            return
        self._drawn = new
        missing = self.missing(new)
        if missing:
            self._absence = self._absence or Absence(self, self.looks)
            self._absence.say(missing)
            return
        if self._absence is not None and self._absence.lift():
            old = None
        self.draw(new, old)

    def missing(self, s: Any) -> str:
        """Why the engine of a snapshot cannot feed this panel; it is painted instead of it."""
        return ""

    def cover(self, covered: bool) -> None:
        """Rest while another tab lies on top: Qt only moves such a panel out of the window."""
        self._covered = covered
        if self.is_seen:
            self.catch_up()

    @property
    def absence(self) -> str:
        """The sentence that covers the panel, empty where it draws."""
        return self._absence.text if self._absence is not None else ""

    @property
    def is_seen(self) -> bool:
        """Shown, and not under another tab."""
        return self.isVisible() and not self._covered

    def minimumSizeHint(self) -> QSize:
        """Small, so that nine panels fit on a small screen; a panel scrolls what does not fit."""
        return QSize(self.looks.px(150), self.looks.px(70))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.is_seen:
            self.catch_up()

    @Slot(object, object)
    def _receive(self, new: object, old: object) -> None:
        if self.is_seen and not self._is_calm():
            self.catch_up()

    @Slot()
    def _restyled(self) -> None:
        self.restyle()
        self._drawn = None
        if self.is_seen:
            self.catch_up()
        self.update()

    def _is_calm(self) -> bool:
        """Play runs, and what is on screen is still fresh."""
        if not (self.calm and self.controller.snapshot.play.running):
            return False
        now = time.monotonic()
        if now - self._last < self.calm:
            return True
        self._last = now
        return False


class Panel(DeskPanel[Controller]):
    """A panel of the text workspace; its snapshots are `session.snapshot.Snapshot`."""

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        """Write the widgets from `new`; whatever equals `old` may stay as it is."""
        raise NotImplementedError

    def missing(self, s: Snapshot) -> str:
        """What `lens.needs` says about this panel."""
        return absent(self.id, s)
