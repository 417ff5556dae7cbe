"""How fluent the window is with a network of GPT-2's small size: steps, temperatures, gaps.

    pytest tests/benchmarks/test_large_window_speed.py --benchmark-only -s

Times are those of the screen's thread, so that other programs disturb them less; gaps of the event
loop are told in both clocks. The floor is one plain fill of a picture of the window's size in the
same run: a ratio to it holds on a slower machine, too.
"""

from __future__ import annotations

import gc
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QCoreApplication, QEventLoop, QSize, QTimer
from PySide6.QtGui import QColor, QImage

from explorer.app import build
from explorer.engine.reader import LocalReader, open_model
from explorer.engine.sampling import Draw, after
from explorer.engine.trace import Trace
from explorer.lens.surprise import outlook
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow
from explorer.ui.sweeper import for_good
from explorer.ui.window import Window
from explorer.ui.worker import Worker

SIZE = QSize(1920, 1080)
LENGTH, STEPS, PROMPT = 1008, 12, 8
VOCABULARY = 150_000
STEP_MS, HEAT_MS, GAP_MS = 33.0, 16.0, 50.0


@pytest.fixture(scope="module")
def wide(
    tmp_path_factory: pytest.TempPathFactory, write_gpt2: Callable[..., Path]
) -> Iterator[LocalReader]:
    """GPT-2's small size with a vocabulary of 150,000."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = write_gpt2(tmp_path_factory.mktemp("wide"), torch.float32, VOCABULARY)
    # As in a start: what is there once a model is open is spared by every later sweep.
    (reader,) = for_good(iter([open_model(folder, "as-stored")]))
    yield reader
    gc.unfreeze()
    shutil.rmtree(folder)
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def story(wide: LocalReader) -> Snapshot:
    """A text of LENGTH - STEPS tokens, written token by token after a short prompt."""
    ids = np.random.default_rng(0).integers(1, 4000, LENGTH - STEPS)
    trace = wide.read(Trace(), ids.tolist())
    s = moves.begin(moves.load(Snapshot(), wide.facts), "", Trace(trace.steps[:PROMPT]))
    random = np.random.default_rng(0)
    for at in range(PROMPT, len(trace)):
        draw = Draw(trace.steps[at].token, 1e-5, 1e-5, float(random.random()), s.sampling)
        s = moves.advance(s, s.timeline.cursor, Trace(trace.steps[: at + 1]), draw)
    return s


@pytest.fixture
def window(
    wide: LocalReader, story: Snapshot, worker: Worker, looks_of_the_application: None, qtbot
) -> Window:
    window = build(worker, "light", snapshot=story)
    window.controller.reader = wide
    qtbot.addWidget(window)
    window.resize(SIZE)
    window.show()
    return window


def arranged(window: Window, layout: str, further: str = "") -> None:
    """The window in a layout with some of its further panels on top, at rest."""
    window.arrange(layout)
    window.later.finish()
    for name in further.split():
        window.reveal(name)
    window.setFocus()
    until(lambda: not window.controller.worker.busy)
    gc.collect()  # the windows of earlier measurements


def until(done: Callable[[], bool]) -> None:
    """Let the event loop run until something has come true."""
    loop, ticks = QEventLoop(), QTimer()
    ticks.timeout.connect(lambda: loop.quit() if done() else None)
    ticks.start(5)
    loop.exec()


def painted(work: Callable[[], object]) -> float:
    """Milliseconds of this thread until nothing is left to paint; the worker's come later."""
    began = time.thread_time()
    work()
    for _ in range(5):
        QCoreApplication.processEvents()
    return 1e3 * (time.thread_time() - began)


def floor() -> float:
    """Milliseconds of this thread for plain fills of a picture of the window's size, one by one."""
    image, taken = QImage(SIZE, QImage.Format.Format_RGB32), []
    for shade in range(40):
        began = time.thread_time()
        image.fill(QColor(shade, shade, shade))
        taken.append(1e3 * (time.thread_time() - began))
    return min(taken)


def report(what: str, taken: list[float], benchmark) -> float:
    """The median, told beside the least and the floor."""
    took, plain = statistics.median(taken), floor()
    benchmark.extra_info.update(ms=round(took, 1), of_floor=round(took / plain, 1))
    print(f"\n{what}: median {took:.1f}, least {min(taken):.1f} ms of the thread, "
          f"{took / plain:.0f} plain fills of {plain:.2f} ms")  # fmt: skip
    return took


@pytest.mark.parametrize("layout", ["explore", "lecture", "debug"])
def test_a_step_at_1008_tokens_is_painted_within_its_budget(
    window: Window, wide: LocalReader, layout: str, benchmark
) -> None:
    """Every panel drawn and painted; then what the worker finds for it: landscape and flips."""
    arranged(window, layout)
    states = [window.controller.snapshot]
    for _ in range(STEPS):
        states.append(grow(wide, states[-1]))
    taken, whole = [], []
    for state in states[1:]:
        trace = state.timeline.node.trace
        outlook(trace.steps[-1])  # as in the worker's reading of a step
        after(trace.steps[-1], state.sampling, trace.ids)
        now = replace(state, findings=window.controller.snapshot.findings)
        taken.append(painted(lambda state=now: window.controller.become(state)))
        follows = painted(lambda: until(lambda: not window.controller.worker.busy))
        whole.append(taken[-1] + follows)
    benchmark.pedantic(lambda: None)
    report(f"{layout}, a step with what follows it", whole[1:], benchmark)
    assert report(f"{layout}, a step", taken[1:], benchmark) <= STEP_MS


@pytest.mark.parametrize("layout", ["explore", "lecture", "debug"])
def test_a_temperature_change_with_150_000_tokens_is_painted_in_a_frame(
    window: Window, layout: str, benchmark
) -> None:
    arranged(window, layout)
    controller, taken = window.controller, []
    for temperature in np.geomspace(0.4, 2.0, 25):
        taken.append(painted(lambda t=float(temperature): controller.apply(moves.heat, t)))
    benchmark.pedantic(lambda: None)
    assert report(f"{layout}, a temperature", taken[2:], benchmark) <= HEAT_MS


class Gaps:
    """The gaps between the ticks of a timer of 1 ms, by the wall's clock and by the thread's."""

    def __init__(self) -> None:
        self._ticks = QTimer()
        self._ticks.setInterval(1)
        self._ticks.timeout.connect(self._tick)
        self.wall: list[float] = []
        self.own: list[float] = []

    def __enter__(self) -> Gaps:
        self._last = time.perf_counter(), time.thread_time()
        self._ticks.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ticks.stop()

    def _tick(self) -> None:
        now = time.perf_counter(), time.thread_time()
        self.wall.append(1e3 * (now[0] - self._last[0]))
        self.own.append(1e3 * (now[1] - self._last[1]))
        self._last = now

    def report(self, what: str, benchmark) -> float:
        """Tell both; the largest gap that this thread made itself."""
        told = []
        for name, gaps in (("wall", self.wall), ("own", self.own)):
            p50, p99 = np.percentile(gaps, (50, 99))
            told.append(f"{name} p50 {p50:.1f}, p99 {p99:.1f}, max {max(gaps):.1f}")
            benchmark.extra_info[f"{what} {name}"] = [round(x, 1) for x in (p50, p99, max(gaps))]
        print(f"\n{what}: gaps in ms, {'; '.join(told)} ({len(self.own)} ticks)")
        return max(self.own)


@pytest.mark.parametrize(
    ("layout", "further"),
    [
        ("explore", ""),
        ("lecture", ""),
        ("debug", ""),
        ("debug", "logitlens headscores whynot"),
        ("debug", "attribution temperatures thermo history"),
    ],
)
def test_stepping_playing_and_turning_leave_the_window_alive(
    window: Window, layout: str, further: str, benchmark
) -> None:
    arranged(window, layout, further)
    controller = window.controller

    def length() -> int:
        return len(controller.snapshot.timeline.node.trace)

    largest = []
    with Gaps() as gaps:
        for _ in range(4):
            before = length()
            controller.step()
            until(lambda n=before: length() > n and not controller.worker.busy)
    largest.append(gaps.report(f"{layout} {further} stepping", benchmark))
    with Gaps() as gaps:
        controller.play(True)
        until(lambda: length() >= LENGTH - 2)
        controller.play(False)
        until(lambda: not controller.worker.busy)
    largest.append(gaps.report(f"{layout} {further} playing", benchmark))
    left = np.geomspace(0.5, 1.6, 40).tolist()
    turn = QTimer()
    turn.timeout.connect(
        lambda: (
            controller.apply(moves.heat, float(left.pop()), gesture="temperature") if left else None
        )
    )
    with Gaps() as gaps:
        turn.start(16)
        until(lambda: not left and not controller.worker.busy)
    largest.append(gaps.report(f"{layout} {further} turning", benchmark))
    benchmark.pedantic(lambda: None)
    assert max(largest) <= GAP_MS
