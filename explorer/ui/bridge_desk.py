"""The desk of the workspace "Attention is a memory": steps, plays, follows the text while shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from explorer.lens.export import Numbers
from explorer.lens.export_bridge import bridge_numbers
from explorer.session.bridge import moves
from explorer.session.bridge.head import head_of, why_no_head
from explorer.session.bridge.snapshot import Bridge
from explorer.ui.controller import Controller
from explorer.ui.desk import Desk
from explorer.ui.worker import Worker

QUIET = (moves.follow, moves.notice, moves.fail, moves.play)


class BridgeDesk(Desk[Bridge]):
    """Every verb of the workspace; `text` is the desk whose head is shown."""

    quiet = QUIET
    tables = True

    def __init__(
        self, snapshot: Bridge, worker: Worker, text: Controller, parent: QObject | None = None
    ) -> None:
        super().__init__(snapshot, worker, moves.carry, parent)
        self.text = text
        self._watching = False
        self._awaited = snapshot
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._beat)
        text.changed.connect(self._text_changed)

    def watch(self, shown: bool) -> None:
        """Follow the text and the choice of head while somebody can see it."""
        self._watching = shown
        if shown:
            self._follow()

    @Slot()
    def step(self) -> None:
        """One update of all four memories."""
        if stopped := moves.why_stopped(self.snapshot):
            self.play(False)
            self.apply(moves.notice, stopped)
            return
        self.apply(moves.step, gesture="updates")

    def back(self) -> None:
        """One update back; stepping again repeats it exactly."""
        self.play(False)
        self.apply(moves.back, gesture="updates")

    def play(self, running: bool) -> None:
        """Update again and again at the rate of play, or pause."""
        self.apply(moves.play, running)
        if running:
            self._clock.start(round(1000 / self.snapshot.play.rate))
            self._beat()
        else:
            self._clock.stop()

    def play_at(self, rate: float) -> None:
        """Change the rate of play, in updates per second."""
        self.apply(moves.play_at, rate, gesture="rate")
        self._clock.setInterval(round(1000 / self.snapshot.play.rate))

    def settle(self) -> None:
        """Update until nothing moves, in the background, an update in each slice."""
        self.play(False)
        self._awaited = self.snapshot
        self.run(moves.settling(self.snapshot), self._settled)

    def travel(self, then: Bridge) -> None:
        """Become a snapshot of the history or of a session, with the head of the present text."""
        super().travel(then)
        if self._watching:
            self._follow()

    def numbers(self, panel: str) -> Numbers:
        """The numbers of a panel, as they are shown."""
        return bridge_numbers(panel, self.snapshot)

    def say_failure(self, sentence: str) -> None:
        """Play stops; everything else stays."""
        self._clock.stop()
        self.apply(moves.fail, sentence)

    def _settled(self, there: Bridge) -> None:
        """An update has been made; it counts only while nothing else has happened."""
        if self.snapshot is self._awaited:
            self._awaited = there
            self.become(there, gesture="updates")

    def _follow(self) -> None:
        text = self.text.snapshot
        self.apply(moves.follow, head_of(text, self.snapshot.head), why_no_head(text))

    @Slot(object, object)
    def _text_changed(self, new: object, old: object) -> None:
        if self._watching:
            self._follow()

    @Slot()
    def _beat(self) -> None:
        if not self.snapshot.play.running:
            self._clock.stop()
        elif moves.resting(self.snapshot):
            self.play(False)
            self.apply(moves.notice, "Nothing moves any more in any of the memories.")
        else:
            self.step()
