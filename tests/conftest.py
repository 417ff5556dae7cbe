"""What the tests share: the shipped model, stories told by it, a window's parts. Offscreen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import torch

from explorer.engine.edits import NO_EDITS
from explorer.engine.reader import LocalReader, open_model
from explorer.engine.trace import Trace
from explorer.resources import model_folder
from explorer.session import moves
from explorer.session.snapshot import DEMO_PROMPT, Draft, Snapshot
from explorer.ui.controller import Controller
from explorer.ui.style import LIGHT, Style
from explorer.ui.worker import Worker

Story = Callable[..., Snapshot]


@pytest.fixture(scope="session")
def reader() -> LocalReader:
    """The shipped model; tests only read with it."""
    torch.set_num_threads(2)
    return open_model(model_folder())


@pytest.fixture(scope="session")
def story(reader: LocalReader) -> Story:
    """Tell a story: `story(steps=5, prompt=..., temperature=...)` is a Snapshot after 5 steps."""

    def tell(steps: int = 0, prompt: str = DEMO_PROMPT, temperature: float = 0.8) -> Snapshot:
        encoding = reader.encode(prompt)
        s = moves.load(Snapshot(draft=Draft(prompt, encoding)), reader.facts)
        ids = (reader.facts.begin_token, *encoding.ids)
        s = moves.begin(s, prompt, reader.read(Trace(), ids, NO_EDITS))
        s = moves.heat(s, temperature)
        for _ in range(steps):
            if moves.why_stopped(s):
                break
            draw = moves.next_draw(s)
            trace = reader.read(s.timeline.node.trace, [draw.token], NO_EDITS)
            s = moves.advance(s, s.timeline.cursor, trace, draw)
        return s

    return tell


@pytest.fixture
def worker(qapp: object) -> Iterator[Worker]:
    """A background thread that ends with the test."""
    worker = Worker()
    yield worker
    worker.close()


@pytest.fixture
def style(qapp: object) -> Style:
    """The light theme at normal size."""
    return Style(LIGHT)


@pytest.fixture
def controller(worker: Worker, reader: LocalReader, qtbot: object) -> Controller:
    """A controller that has loaded the shipped model and read the demo prompt."""
    controller = Controller(Snapshot(), worker)
    controller.start(iter([reader]))
    qtbot.waitUntil(lambda: bool(controller.snapshot.timeline), timeout=5000)  # type: ignore[attr-defined]
    return controller
