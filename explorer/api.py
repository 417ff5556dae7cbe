"""The public interface: open a model, read, step, inspect, edit, look, and get every number.

    >>> import explorer
    >>> model = explorer.open_model()
    >>> story = model.read("The cat sat on the").sample(temperature=0.8, seed=1)
    >>> story = story.step(5)
    >>> len(story.ids) - len(model.read("The cat sat on the").ids)
    5
    >>> bool(abs(story.probabilities.sum() - 1) < 1e-9)
    True
    >>> head = story.attention(2, 1)          # (T, T), NaN where a token cannot look
    >>> bool(abs(head[-1].sum() - 1) < 1e-5)
    True
    >>> off = story.edit(explorer.heads_off((2, 1))).again()
    >>> bool(abs(off.logits - story.logits).max() > 0)
    True
    >>> sorted(story.numbers("dice"))
    ['chosen', 'end', 'label', 'start', 'token']

Every method of a story returns another story or numbers; nothing is changed in place. Numbers are
numpy arrays. Loading this module loads torch; `import explorer` alone loads neither torch nor Qt.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.engine.edits import Edits as Edits
from explorer.engine.edits import How
from explorer.engine.edits import Off as Off
from explorer.engine.edits import Sharpening as Sharpening
from explorer.engine.edits import heads_off as heads_off
from explorer.engine.effects import Effect
from explorer.engine.inspect import Inspection
from explorer.engine.reader import LocalReader
from explorer.engine.reader import open_model as open_reader
from explorer.engine.sampling import Sampling
from explorer.engine.trace import Trace
from explorer.lens import export
from explorer.lens.candidates import chances
from explorer.resources import model_folder
from explorer.session import experiments, moves
from explorer.session.files.archive import write_session
from explorer.session.files.reread import Opened
from explorer.session.files.reread import open_session as opening
from explorer.session.findings import Before, Measure, Sweep
from explorer.session.inside import RUNNER_UP
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow, open_story

Floats = NDArray[np.float64]


class Model:
    """A network with its tokenizer."""

    def __init__(self, reader: LocalReader) -> None:
        self.reader = reader

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.reader.facts.name

    def read(self, prompt: str) -> Story:
        """The story that begins with a prompt, at temperature 1 until `sample` says otherwise.

        Raises ValueError with a sentence.
        """
        return Story(self, open_story(self.reader, Snapshot(sampling=Sampling()), prompt))

    def open_session(self, path: str | Path) -> Story:
        """A saved session where it was left; raises ValueError with a sentence."""
        *_, last = opening(Path(path), self.reader)
        assert isinstance(last, Opened)
        return Story(self, last.snapshot)


class Story:
    """A text, how it came about, and everything that was computed for it. Frozen."""

    def __init__(self, model: Model, snapshot: Snapshot) -> None:
        self.model = model
        self.snapshot = snapshot

    @property
    def ids(self) -> tuple[int, ...]:
        """The token ids, the begin token first."""
        return self.snapshot.timeline.node.trace.ids

    @property
    def text(self) -> str:
        """The text without the begin token."""
        facts = self.model.reader.facts
        return b"".join(facts.pieces[token] for token in self.ids[1:]).decode("utf-8", "replace")

    @property
    def logits(self) -> NDArray[np.float32]:
        """The logits (V,) of the next token, before any temperature."""
        return self.snapshot.timeline.node.trace.steps[-1].logits

    @property
    def probabilities(self) -> Floats:
        """The probability (V,) of each next token, all stages of sampling applied."""
        found = chances(self.snapshot)
        assert found is not None
        return found.distribution.final

    @property
    def hidden(self) -> NDArray[np.float32]:
        """The residual stream (T, L + 1, C) after the embedding and after each block."""
        return np.stack([step.hidden for step in self.snapshot.timeline.node.trace.steps])

    def attention(self, layer: int, head: int) -> NDArray[np.float32]:
        """The attention (T, T) of one head, query by key; NaN where a key comes later."""
        return self.snapshot.timeline.node.trace.attention(layer, head)

    def inspect(self, position: int = -1) -> Inspection:
        """The pass at a position taken apart: `.values("blocks.2.pattern")` and so on."""
        trace = self.snapshot.timeline.node.trace
        return self.model.reader.inspect(trace, range(len(trace))[position])

    def step(self, count: int = 1) -> Story:
        """So many tokens further, drawn with the dice of their positions; stops where it must."""
        s = self.snapshot
        for _ in range(count):
            s = grow(self.model.reader, s)
        return Story(self.model, s)

    def force(self, *tokens: int) -> Story:
        """These tokens chosen by hand; raises ValueError where nothing more can be read."""
        s = self.snapshot
        for token in tokens:
            if stopped := moves.why_stopped(s):
                raise ValueError(stopped)
            draw = moves.forced_draw(s, token)
            trace = self.model.reader.read(s.timeline.node.trace, [token], s.edits)
            s = moves.advance(s, s.timeline.cursor, trace, draw)
        return Story(self.model, s)

    def back(self, count: int = 1) -> Story:
        """So many tokens back, the prompt at most; what was written can be stepped into again."""
        s = self.snapshot
        for _ in range(count):
            s = moves.back(s)
        return Story(self.model, s)

    def sample(self, **settings: float) -> Story:
        """Other settings from here on: temperature, top_k, top_p, min_p, repetition_penalty, seed.

        Raises TypeError for an unknown one, ValueError for one out of range.
        """
        sampling = replace(self.snapshot.sampling, **settings)  # type: ignore[arg-type]
        return Story(self.model, moves.sample_with(self.snapshot, sampling))

    def edit(self, edits: Edits) -> Story:
        """Change something inside the network for the tokens read from now on."""
        return Story(self.model, moves.edit(self.snapshot, edits))

    def again(self) -> Story:
        """The same tokens read again from the first, under the edits that hold now."""
        s, reader = self.snapshot, self.model.reader
        *_, answer = experiments.reread(reader, s, s.edits)
        assert answer is not None
        again = experiments.branch(s, answer)
        if s.edits:
            unchanged = reader.read(Trace(), self.ids).steps[-1].logits
            again = experiments.compare(again, Before(self.ids, unchanged))
        return Story(self.model, again)

    def ask(
        self, token: int | None = None, versus: int | None = RUNNER_UP, final_norm: bool = True
    ) -> Story:
        """Choose the token that logit lens and attribution are about, and what it is held against.

        None is the token that comes next; versus RUNNER_UP (-1) is the most probable other one.
        """
        inside = self.snapshot.inside
        asked = replace(inside, token=token, versus=versus, final_norm=final_norm)
        return Story(self.model, replace(self.snapshot, inside=asked))

    def follow(self, token: int) -> Story:
        """Choose the token whose course through the story the numbers of "history" are."""
        asked = replace(self.snapshot.asked, token=token)
        return Story(self.model, replace(self.snapshot, asked=asked))

    def sweep(
        self, token: int | None = None, how: How = "zero", measure: Measure = "log p"
    ) -> Story:
        """Switch off every head and MLP in turn and see what that does to a token.

        The numbers of "sweep" are then its map; None is the token that comes next.
        """
        s, found = self.snapshot, list[Effect]()
        wanted = experiments.asked_token(s) if token is None else token
        for effects in self.model.reader.sweep(self.ids, wanted, s.edits, how):
            found += effects
        done = Sweep(self.ids, s.edits, wanted, how, len(found), tuple(found), running=False)
        findings = replace(s.findings, how=how, measure=measure, sweep=done)
        return Story(self.model, replace(s, findings=findings))

    def look(
        self, layer: int, head: int, position: int | None = None, whole: bool = False
    ) -> Story:
        """Choose the head and the token that pictures and numbers are about.

        whole averages over the text up to it, where a panel can.
        """
        s = moves.select(moves.look_at(self.snapshot, layer, head), position)
        return Story(self.model, moves.average(s, whole))

    def numbers(self, panel: str) -> export.Columns:
        """The numbers behind a panel of the window, as columns of equal length."""
        return export.numbers(panel, self.snapshot, self.model.reader).columns

    def save(self, path: str | Path) -> None:
        """Write the session; raises OSError when the disk refuses."""
        for _ in write_session(Path(path), self.snapshot):
            pass


def open_model(folder: str | Path | None = None) -> Model:
    """A model folder, the shipped one for None; raises ValueError with a sentence."""
    return Model(open_reader(Path(folder) if folder is not None else model_folder()))


def open_session(path: str | Path, folder: str | Path | None = None) -> Story:
    """A saved session with its model, the shipped one if none is named."""
    return open_model(folder).open_session(path)
