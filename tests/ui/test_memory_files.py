"""The memory workspace is in the session of the window: saved, opened, kept by itself, undone."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from explorer.session.files.archive import read_session
from explorer.session.files.journal import read_kept
from explorer.session.memory import moves, steps
from explorer.session.memory.snapshot import empty
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.pixels import letter
from explorer.ui.window import Window


@pytest.fixture
def desk(window: Window) -> MemoryDesk:
    """The desk of the memory workspace, which is shown."""
    window.open_workspace("memory")
    desk = window.space.desk
    assert isinstance(desk, MemoryDesk)
    return desk


def store(desk: MemoryDesk, letters: str) -> None:
    for one in letters:
        desk.apply(moves.put, letter(one, desk.snapshot.shape))
        desk.apply(moves.store, one)


def rest(window: Window, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.controller.worker.busy)


def save(window: Window, qtbot, path: Path) -> Path:
    window.files.save_to(path)
    rest(window, qtbot)
    qtbot.waitUntil(lambda: not window.isWindowModified())
    return path


def test_patterns_are_in_the_file_and_come_back(window, desk, qtbot, tmp_path) -> None:
    assert not window.isWindowModified()
    store(desk, "AX")
    assert window.isWindowModified()
    desk.apply(moves.show, 0)
    desk.apply(moves.corrupt)
    for _ in range(7):
        desk.step()
    before = desk.snapshot
    path = save(window, qtbot, tmp_path / "a.explorer")
    desk.apply(moves.remove, 0)
    desk.apply(moves.clear)
    assert window.isWindowModified()
    window.files._saved_others = window.files.neighbours.content()  # as if it need not be asked
    window.files.open_path(path)
    qtbot.waitUntil(lambda: len(desk.snapshot.pictures) == 2)
    rest(window, qtbot)
    assert np.array_equal(desk.snapshot.here.spins, before.here.spins)
    assert desk.snapshot.track.cursor == 7
    assert not window.isWindowModified()
    desk.undo()
    assert len(desk.snapshot.pictures) == 1, "what was there before is not lost"


def test_a_session_without_one_empties_it_and_undo_brings_it_back(
    window, desk, qtbot, tmp_path
) -> None:
    path = save(window, qtbot, tmp_path / "a.explorer")
    store(desk, "A")
    window.files._saved_others = window.files.neighbours.content()
    window.files.open_path(path)
    qtbot.waitUntil(lambda: not desk.snapshot.pictures)
    desk.undo()
    assert [one.name for one in desk.snapshot.pictures] == ["A"]


def test_it_is_kept_by_itself(window, desk, qtbot, tmp_path) -> None:
    window.files.keep_in(tmp_path)
    store(desk, "AX")
    journals = lambda: list(tmp_path.rglob("*.journal"))  # noqa: E731
    qtbot.waitUntil(lambda: bool(journals()) and bool(read_kept(journals()[0]).others))
    rest(window, qtbot)
    kept = read_kept(journals()[0]).others["memory"]
    assert [one.name for one in kept.pictures] == ["A", "X"]
    desk.apply(moves.remove, 0)
    qtbot.waitUntil(lambda: len(read_kept(journals()[0]).others["memory"].pictures) == 1)


def test_a_damaged_file_says_so_and_nothing_is_lost(window, desk, qtbot, tmp_path) -> None:
    store(desk, "AX")
    path = save(window, qtbot, tmp_path / "a.explorer")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data.replace(b'"rule": "hebb"', b'"rule": "hebx"'))
    here = desk.snapshot
    window.files.open_path(path)
    qtbot.waitUntil(lambda: "cannot be opened" in window.controller.snapshot.error)
    assert "memory workspace is damaged" in window.controller.snapshot.error
    assert desk.snapshot.pictures is here.pictures


def test_what_was_opened_before_the_workspace_is_there_waits_for_it(window, desk, qtbot) -> None:
    neighbours = type(window.files.neighbours)(window)
    s = moves.store(moves.put(empty(), letter("Q", (10, 10))), "Q")
    neighbours.open({"memory": s})
    assert neighbours.touched() and neighbours.snapshots()["memory"] is s
    neighbours.take_in("memory", desk)
    assert desk.snapshot is s
    neighbours.take_in("text", window.controller)
    assert "text" not in neighbours.snapshots()


def test_keys_save_what_is_in_both_workspaces(window, desk, qtbot, tmp_path) -> None:
    store(desk, "A")
    path = save(window, qtbot, tmp_path / "a.explorer")
    desk.apply(steps.heat, 0.5)
    assert window.isWindowModified()
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not window.isWindowModified())
    rest(window, qtbot)
    *_, stored = read_session(path)
    assert stored.others["memory"].how.temperature == 0.5
