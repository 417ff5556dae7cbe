"""How fast "Attention is a memory" answers: all four memories, sliders, steps, every pixel.

    pytest tests/benchmarks/test_bridge_speed.py --benchmark-only

Processor time of the window's thread, so that what else the machine does is left out.
"""

from __future__ import annotations

import itertools
import statistics
import time

import pytest
from PySide6.QtCore import QCoreApplication

from explorer.session.bridge import moves
from explorer.ui.window import Window

FRAME_MS = 1000 / 30


@pytest.mark.parametrize("store", ["letters", "keys"])
def test_a_slider_and_a_step_are_painted_within_a_frame(
    window: Window, store: str, benchmark
) -> None:
    window.open_workspace("bridge")
    desk = window.space.desk
    desk.apply(moves.store, store)
    sharpness = itertools.cycle([0.4, 0.5, 0.6])
    works = {
        "slider": lambda: desk.apply(moves.sharpen, next(sharpness)),
        "step": desk.step,
    }
    for name, work in works.items():
        times = []
        for _ in range(30):
            began = time.thread_time()
            work()
            QCoreApplication.processEvents()
            times.append(1e3 * (time.thread_time() - began))
        median = statistics.median(times)
        benchmark.extra_info[f"{name}_ms"] = round(median, 1)
        print(f"\n{store}, {name}: median {median:.1f} ms of processor time")
        assert median < FRAME_MS
    benchmark.pedantic(desk.step, rounds=10)
