"""Garbage is collected in the GUI thread only, for as long as there is another one."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from explorer.ui.sweeper import Sweeper, for_good
from explorer.ui.worker import Worker


class Ring:
    """A circle that only the collection can free; it writes down in which thread."""

    def __init__(self, freed: list[threading.Thread]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: freed.append(threading.current_thread()))


def rings(count: int, freed: list[threading.Thread]) -> Iterator[int]:
    """A job that leaves circles behind, far more than Python bears before it collects."""
    for index in range(count):
        for _ in range(1000):
            Ring(freed)
        yield index


def test_circles_made_in_the_worker_are_freed_in_the_gui_thread(worker: Worker, qtbot) -> None:
    freed: list[threading.Thread] = []
    worker.run(rings(20, freed), lambda value: None, lambda error: None)
    qtbot.waitUntil(lambda: not worker.busy)
    qtbot.waitUntil(lambda: len(freed) >= 1000)
    assert set(freed) == {threading.main_thread()}


@pytest.mark.parametrize("automatic", [True, False])
def test_afterwards_python_collects_as_it_did_before(qapp, automatic: bool) -> None:
    before = gc.isenabled()
    try:
        gc.enable() if automatic else gc.disable()
        worker = Worker()
        assert not gc.isenabled()
        assert worker.close()
        assert gc.isenabled() is automatic
    finally:
        gc.enable() if before else gc.disable()


def test_every_hundredth_sweep_looks_at_everything(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    monkeypatch.setattr(gc, "get_count", lambda: (10**6, 0, 0))
    monkeypatch.setattr(gc, "collect", looked.append)
    sweeper = Sweeper(worker)
    for _ in range(200):
        sweeper.sweep()
    sweeper.stop()
    assert [looked.count(generation) for generation in (0, 1, 2)] == [180, 18, 2]


def test_little_garbage_is_left_for_later(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr(gc, "get_count", lambda: (3, 0, 0))
    monkeypatch.setattr(gc, "collect", looked.append)
    worker._sweeper.sweep()
    assert looked == []


def test_what_is_loaded_for_good_is_handed_on_and_not_looked_through_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(gc, "freeze", lambda: told.append("frozen"))
    for value in for_good(iter(["a model"])):
        told.append(value)
    assert told == ["a model", "frozen"]
