"""How fast the memory workspace is painted, offscreen at 1600 x 900 with its panels showing.

Recall of 1,024 neurons plays a sweep in each beat; a frame counts when the grid of the state has
been painted. CPU time is that of the thread that paints: a busy machine makes fewer frames of it,
so the rate is reported and the CPU time is what a test can promise.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject

from explorer.session.memory import beats, moves, steps
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.window import Window

FRAME_MS = 1000 / 60


class Frames(QObject):
    """Counts when a widget is painted."""

    def __init__(self, widget: QObject) -> None:
        super().__init__()
        self.times: list[float] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.times.append(time.monotonic())
        return False


@pytest.fixture
def desk(window: Window) -> Iterator[MemoryDesk]:
    """1,024 neurons that store ten patterns, the first one spoilt, under Glauber's noise."""
    window.open_workspace("memory")
    desk = window.space.desk
    assert isinstance(desk, MemoryDesk)
    desk.apply(moves.resize, 32, 32)
    dice = np.random.default_rng(0)
    for _ in range(10):
        desk.apply(moves.put, dice.choice([-1, 1], 1024))
        desk.apply(moves.store)
    desk.apply(moves.show, 0)
    desk.apply(moves.corrupt)
    how = replace(desk.snapshot.how, kind="glauber", temperature=0.3)
    desk.apply(steps.use_dynamics, how)
    yield desk
    desk.play(False)


@pytest.mark.parametrize("stride", [1, 10, 100, 0])
def test_a_beat_of_1024_neurons_is_painted_within_a_frame(desk, stride: int, benchmark) -> None:
    desk.apply(beats.use_stride, stride)
    for _ in range(600 if stride else 10):  # a chart of as many steps as it shows
        desk.step()
    QCoreApplication.processEvents()
    times = []
    for _ in range(60):
        began = time.thread_time()
        desk.step()
        QCoreApplication.processEvents()
        times.append(1e3 * (time.thread_time() - began))
    benchmark.extra_info["cpu_ms"] = round(statistics.median(times), 2)
    print(f"\nstride {stride}: {statistics.median(times):.1f} ms of CPU for a beat")
    benchmark.pedantic(lambda: None)
    assert statistics.median(times) < FRAME_MS


def test_recall_of_1024_neurons_plays_at_60_painted_frames_a_second(
    window: Window, desk, qtbot, benchmark
) -> None:
    desk.apply(beats.use_stride, 0)
    desk.play_at(60)
    frames = Frames(window.docks["memory_state"].panel.grid)
    heard: list[float] = []
    desk.changed.connect(lambda new, old: heard.append(new.here is not old.here))
    desk.play(True)
    began, spent = time.monotonic(), time.thread_time()
    qtbot.waitUntil(lambda: time.monotonic() - began > 4, timeout=10_000)
    spent = 1e3 * (time.thread_time() - spent)
    desk.play(False)
    at = np.array(frames.times) - began
    # The best second: others may use this machine at the same time.
    rate = max(int(((at >= s) & (at < s + 1)).sum()) for s in np.arange(0, 3, 0.1))
    benchmark.extra_info.update(frames_per_second=rate, cpu_ms=round(spent / len(at), 2))
    print(f"\n{rate} frames in the best second, {spent / len(at):.1f} ms of CPU for each")
    benchmark.pedantic(lambda: None)
    assert len(at) >= 0.98 * sum(heard), "a beat was not painted"
    assert spent / len(at) < FRAME_MS, "the thread that paints cannot keep up"
