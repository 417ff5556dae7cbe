"""Experiments of the memory workspace: each is one step of undo, whatever happens meanwhile."""

from __future__ import annotations

import json

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from explorer.lens.capacity import plans
from explorer.session.memory import moves, steps
from explorer.ui.measuring import find_valleys, map_phases, measure_basins, measure_capacity
from explorer.ui.memory_desk import MemoryDesk


def rest(desk: MemoryDesk, qtbot) -> None:
    qtbot.waitUntil(lambda: not desk.snapshot.busy and not desk.worker.busy, timeout=30_000)


def test_undo_takes_back_a_whole_experiment_and_redo_brings_it_again(desk, qtbot) -> None:
    measure_capacity(desk, plans(("hebb",), 50, 0.0))
    rest(desk, qtbot)
    first = desk.snapshot.measured
    measure_capacity(desk, plans(("storkey",), 50, 0.0))
    rest(desk, qtbot)
    second = desk.snapshot.measured
    assert len(second.curves) == 2
    desk.undo()
    assert desk.snapshot.measured == first
    desk.undo()
    assert not desk.snapshot.measured.curves and len(desk.snapshot.pictures) == 2
    desk.redo()
    desk.redo()
    assert desk.snapshot.measured == second


def test_a_change_meanwhile_is_undone_alone_and_nothing_measured_is_lost(desk, qtbot) -> None:
    measure_capacity(desk, plans(("hebb",), 50, 0.0))
    qtbot.waitUntil(lambda: bool(desk.snapshot.measured.curves))
    desk.apply(moves.show, 0)
    rest(desk, qtbot)
    done = desk.snapshot.measured
    desk.undo()
    assert desk.snapshot.measured is done, "the state came back, the curve stayed"
    desk.undo()
    assert not desk.snapshot.measured.curves


def test_undo_ends_the_experiment_that_it_takes_back(desk, qtbot) -> None:
    map_phases(desk, 300)
    qtbot.waitUntil(lambda: desk.snapshot.measured.theory is not None)
    desk.undo()
    assert desk.snapshot.measured.theory is None and not desk.snapshot.busy
    find_valleys(desk)
    rest(desk, qtbot)
    assert desk.snapshot.measured.theory is None
    assert desk.snapshot.valleys.found.done == 1000
    desk.undo()
    assert desk.snapshot.valleys is None


def test_basins_of_a_pattern_that_comes_back_are_there_again(desk, qtbot) -> None:
    measure_basins(desk, 3)
    rest(desk, qtbot)
    wells = desk.snapshot.measured.basins
    desk.apply(moves.remove, 0)
    desk.undo()
    assert desk.snapshot.measured.basins is wells
    assert wells.network is desk.snapshot.network


def test_new_dice_recall_again_from_the_start_in_another_order(window, desk, qtbot) -> None:
    desk.apply(moves.show, 0)
    desk.apply(moves.corrupt)
    start = desk.snapshot.here.spins
    for _ in range(30):
        desk.step()
    order = desk.snapshot.track.neurons.tolist()
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_N)
    assert np.array_equal(desk.snapshot.here.spins, start) and desk.snapshot.track.length == 0
    for _ in range(30):
        desk.step()
    assert desk.snapshot.track.neurons.tolist() != order
    assert desk.snapshot.here.spins.shape == start.shape
    assert steps.to_start(desk.snapshot).here.spins.tolist() == start.tolist()


def test_the_numbers_of_a_panel_are_written(window, desk, qtbot, tmp_path) -> None:
    window.exporter.export_to("memory_energy", tmp_path / "e.json")
    qtbot.waitUntil(lambda: "Exported" in desk.snapshot.notice)
    found = json.loads((tmp_path / "e.json").read_text())
    assert found["columns"]["energy"] == [desk.snapshot.here.energy]
    window.exporter.export_to("pretraining", tmp_path / "p.csv")
    assert "compare with and without pretraining first" in desk.snapshot.notice
    window.exporter.copy_python("memory_basins")
    assert "export the table" in desk.snapshot.notice
    assert not window.exporter.has_code("memory_basins")


def test_recall_is_copied_as_python_by_key_and_runs(window, desk, qtbot) -> None:
    desk.apply(moves.corrupt)
    desk.apply(steps.step, 30)
    window.docks["memory_state"].panel.setFocus()
    qtbot.keyClick(
        window,
        Qt.Key.Key_C,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    assert "as Python" in desk.snapshot.notice
    space: dict[str, dict[str, np.ndarray]] = {}
    exec(QGuiApplication.clipboard().text(), space)
    assert np.array_equal(space["numbers"]["spin"], desk.snapshot.here.spins)
