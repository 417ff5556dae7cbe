"""The desk of the text workspace: steps, reads prompts and plays with a Reader.

Verbs that need the network hand a job to the worker and apply the move when the answer arrives. An
answer to a question that is no longer asked is dropped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from explorer.engine.capabilities import Capabilities
from explorer.engine.sampling import Draw, after
from explorer.engine.trace import Trace
from explorer.lens.surprise import foresee, outlook
from explorer.session import moves, stops
from explorer.session.reader import Reader
from explorer.session.snapshot import Draft, Snapshot
from explorer.session.story import describe_draft, read_prompt
from explorer.session.timeline import Timeline
from explorer.ui.desk import Desk
from explorer.ui.examiner import Examiner
from explorer.ui.foresight import Foresight
from explorer.ui.laboratory import Laboratory
from explorer.ui.worker import Job, Worker

# Seconds by which play may run behind and still keep its beat.
_CATCH_UP = 0.1
QUIET = (moves.hover, moves.notice, moves.write, moves.working, moves.fail, moves.load, moves.play)


class Controller(Desk[Snapshot]):
    """Every verb of the text workspace; `reader` is None until a network is open."""

    quiet = QUIET

    def __init__(self, snapshot: Snapshot, worker: Worker, parent: QObject | None = None) -> None:
        super().__init__(snapshot, worker, moves.carry, parent)
        self.reader: Reader | None = None
        self.lab, self.examiner = Laboratory(self), Examiner(self)
        Foresight(self)
        self._reading: Job | None = None
        self._drafting: Job | None = None
        self._again = False
        self._stepped = 0.0
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self.step)

    def start(self, opening: Iterator[Reader]) -> None:
        """Load a network in the background, then read the prompt of the draft."""
        self.apply(moves.working, "Loading the model …")
        self.run(opening, self.adopt)

    @Slot()
    def step(self) -> None:
        """Draw the next token; a step asked for while one is under way is kept, but only one."""
        if self._reading is not None:
            self._again = True
            return
        if stopped := moves.why_stopped(self.snapshot):
            self.become(stops.ended(self.snapshot, stopped), quiet=True)
            return
        self._take(moves.next_draw(self.snapshot))

    def force(self, token: int) -> None:
        """Choose a token by hand; it starts a branch when it differs from what is there."""
        if self._reading is not None:
            return
        if stopped := moves.why_stopped(self.snapshot):
            self.apply(moves.notice, stopped)
            return
        self._take(moves.forced_draw(self.snapshot, token))

    def read(self, prompt: str) -> None:
        """Read an edited prompt from its beginning; what was there stays in the tree."""
        if self.reader is None:
            self.apply(moves.write, Draft(prompt))
            return
        self._drop_reading()
        self._clock.stop()
        if self.snapshot.locked:
            # Texts of another model cannot stand in one tree with those of this one.
            self.history.clear()
            self.apply(moves.load, self.reader.facts)
        self.apply(moves.play, False)
        self.apply(moves.working, "Reading the prompt …")
        self._reading = self.run(_read_prompt(self.reader, prompt, self.snapshot), self._begun)

    def draft(self, text: str) -> None:
        """Show the tokens of a prompt while it is typed; the last text wins."""
        self.apply(moves.write, replace(self.snapshot.draft, text=text))
        if self._drafting is not None:
            self.worker.cancel(self._drafting)
            self._drafting = None
        if self.reader is not None:
            job = _encode_draft(self.reader, text)
            self._drafting = self.run(job, self._drafted)

    def play(self, running: bool) -> None:
        """Step again and again at the rate of play, or pause."""
        self.apply(moves.play, running)
        if running and self.snapshot.play.running:
            self.step()
        else:
            self._clock.stop()

    def play_at(self, rate: float) -> None:
        """Change the rate of play, in tokens per second."""
        self.apply(moves.play_at, rate, gesture="rate")

    def reader_for(self, missing: str, cannot: Callable[[Capabilities], str]) -> Reader | None:
        """The network, for work on the text at the cursor.

        None, and the reason in the status line, where there is no text (`missing`), where it is
        another network's, or where the engine cannot do it.
        """
        s = self.snapshot
        if self.reader is None or not s.timeline:
            why = missing
        else:
            why = s.locked or cannot(self.reader.facts.can)
        if why:
            self.apply(moves.notice, why)
        return None if why else self.reader

    def travel(self, then: Snapshot) -> None:
        """Become a snapshot of the history; a step under way is dropped."""
        if then is not self.snapshot:
            self._drop_reading()
            self.lab.drop()
            self._clock.stop()
        super().travel(then)

    def say_failure(self, sentence: str) -> None:
        """Play stops, a step under way is dropped, the text stays."""
        self._drop_reading()
        self._clock.stop()
        self.apply(moves.fail, sentence)

    def _take(self, draw: Draw) -> None:
        now, due = time.monotonic(), self._stepped + 1 / self.snapshot.play.rate
        # A step that comes late in play does not delay the ones after it.
        in_time = self.snapshot.play.running and 0 <= now - due < _CATCH_UP
        self._stepped = due if in_time else now
        here = moves.known(self.snapshot, draw)
        if here is not None:
            self.become(here)
            self._arrived()
            return
        assert self.reader is not None
        timeline = self.snapshot.timeline
        self._reading = self.run(
            _read_token(self.reader, timeline.node.trace, draw, self.snapshot),
            lambda trace: self._advance(timeline, trace, draw),
        )

    def _advance(self, asked: Timeline, trace: Trace, draw: Draw) -> None:
        self._reading = None
        now = self.snapshot.timeline
        if now.cursor == asked.cursor and now and now.node is asked.node:
            self.become(moves.advance(self.snapshot, asked.cursor, trace, draw))
        self._arrived()

    def _arrived(self) -> None:
        if self.snapshot.play.running:
            self.become(stops.arrive(self.snapshot), quiet=True)
        play = self.snapshot.play
        if play.running and play.to_stop:
            self._again = False
            self._clock.start(0)
        elif play.running:
            self._again = False
            wait = 1 / play.rate - (time.monotonic() - self._stepped)
            self._clock.start(max(0, round(wait * 1000)))
        elif self._again:
            self._again = False
            self.step()

    def _drop_reading(self) -> None:
        if self._reading is not None:
            self.worker.cancel(self._reading)
        self._reading, self._again = None, False

    def adopt(self, reader: Reader) -> None:
        """Tell from now on with another network; the draft is read again by it."""
        self._drop_reading()
        self._clock.stop()
        if self.reader is not None and self.reader is not reader:
            self.reader.close()
        self.reader = reader
        self.history.clear()
        self.apply(moves.load, reader.facts)
        self.draft(self.snapshot.draft.text)
        if not self.snapshot.timeline:
            self.read(self.snapshot.draft.text)

    def _begun(self, answer: tuple[Draft, Trace | None] | None) -> None:
        if answer is None:
            return
        self._reading = None
        draft, trace = answer
        s = moves.working(moves.write(self.snapshot, draft), "")
        if trace is None:
            self.become(moves.notice(s, draft.note), quiet=True)
        else:
            first = not s.timeline
            self.become(moves.begin(s, draft.text, trace), quiet=first)

    def _drafted(self, draft: Draft) -> None:
        self._drafting = None
        self.apply(moves.write, draft)


def _encode_draft(reader: Reader, text: str) -> Iterator[Draft]:
    yield describe_draft(reader, text)


def _read_prompt(
    reader: Reader, text: str, s: Snapshot
) -> Iterator[tuple[Draft, Trace | None] | None]:
    draft, trace = read_prompt(reader, s, text)
    yield from foresee(() if trace is None else trace.steps)
    yield draft, trace


def _read_token(reader: Reader, trace: Trace, draw: Draw, s: Snapshot) -> Iterator[Trace]:
    read = reader.read(trace, [draw.token], s.edits)
    # What every panel asks of a new step is found here, not in the time of the screen.
    outlook(read.steps[-1])
    after(read.steps[-1], s.sampling, read.ids)
    yield read
