"""Boltzmann machines in the real window, by mouse and by key."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from explorer.session.memory import moves, studies
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.pixels import letter
from explorer.ui.window import Window

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def desk(window: Window) -> MemoryDesk:
    """The desk of the memory workspace, its machines shown large."""
    window.open_workspace("memory")
    window.arrange("machines")
    desk = window.space.desk
    assert isinstance(desk, MemoryDesk)
    return desk


@pytest.fixture
def taught(window: Window, desk: MemoryDesk, qtbot):
    """The panel of the Boltzmann machine once its phases are measured."""
    panel = window.reveal("boltzmann_machine")
    qtbot.waitUntil(lambda: desk.snapshot.machines.study.ready)
    assert desk.snapshot.walks == "boltzmann"
    return panel


def push(panel, text: str):
    """The button of a panel with this text."""
    return next(one for one in panel._pushes if one.text() == text)


def middle(grid, cell: int) -> QPoint:
    return grid.cell(cell).center().toPoint()


def idle(desk: MemoryDesk, qtbot) -> None:
    qtbot.waitUntil(lambda: not desk.worker.busy and not desk.snapshot.busy, timeout=30_000)


def enter(panel, name: str, text: str, qtbot) -> None:
    field = panel._fields[name]
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_a_data_set_is_drawn_learned_and_completed(window, desk, taught, qtbot) -> None:
    window.grab()
    qtbot.mouseClick(push(taught, "Clear"), LEFT)
    assert len(desk.snapshot.machines.study.patterns) == 0
    assert not push(taught, "Learn").isEnabled()
    for row in ((0, 1), (2, 3)):  # two stripes
        for cell in range(4):
            button = LEFT if cell in row else RIGHT
            if bool(desk.snapshot.machines.study.entry[cell]) != (cell in row):
                qtbot.mouseClick(taught.grid, button, pos=middle(taught.grid, cell))
        qtbot.mouseClick(push(taught, "Add"), LEFT)
    assert desk.snapshot.machines.study.patterns.tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]
    qtbot.mouseClick(push(taught, "Learn"), LEFT)
    qtbot.waitUntil(
        lambda: (here := desk.snapshot.machines.study.here) is not None and here.step == 2000,
        timeout=30_000,
    )
    idle(desk, qtbot)
    assert desk.snapshot.machines.study.here.divergence < 0.05
    law = window.docks["boltzmann_law"].panel
    qtbot.mouseClick(law.grid, LEFT, pos=middle(law.grid, 0))  # held at ink
    assert law.grid._found.exact[[1, 2, 3]] == pytest.approx([1, 0, 0], abs=0.05)
    qtbot.mouseClick(push(law, "Sample"), LEFT)
    qtbot.waitUntil(lambda: (one := desk.snapshot.machines.study.sampled) is not None
                    and one.cursor == 100, timeout=30_000)  # fmt: skip
    idle(desk, qtbot)
    assert law.grid._found.found[[1, 2, 3]] == pytest.approx([1, 0, 0], abs=0.1)
    assert "total variation" in law._facts.text()
    qtbot.mouseClick(law.grid, LEFT, pos=middle(law.grid, 0))  # held at paper
    assert law.grid._found.exact[[1, 2, 3]] == pytest.approx([0, 1, 1], abs=0.05)
    qtbot.mouseClick(law.grid, LEFT, pos=middle(law.grid, 0))  # free
    assert not desk.snapshot.machines.study.known.any()


def test_a_picture_is_drawn_and_a_cell_clamped_by_keyboard(window, desk, taught, qtbot) -> None:
    window.activateWindow()
    window.setFocus()
    taught.grid.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(taught.grid, key)
    assert desk.snapshot.machines.study.entry.tolist() == [0, 0, 0, 1]
    law = window.docks["boltzmann_law"].panel
    law.grid.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Return):
        qtbot.keyClick(law.grid, key)
    study = desk.snapshot.machines.study
    assert study.known.tolist() == [False, True, False, False] and study.pattern[1] == 0
    strip = taught.strip
    strip.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(strip, Qt.Key.Key_Down)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    before = desk.snapshot.machines.study.patterns
    assert np.array_equal(desk.snapshot.machines.study.entry, before[1])
    qtbot.keyClick(strip, Qt.Key.Key_Delete)
    assert np.array_equal(desk.snapshot.machines.study.patterns, np.delete(before, 1, axis=0))


def test_an_update_is_taken_back_and_made_again_by_the_keys_of_recall(
    window, desk, taught, qtbot
) -> None:
    window.setFocus()

    def steps() -> int:
        return desk.snapshot.machines.study.here.step

    for count in (1, 2, 3):
        qtbot.keyClick(window, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda count=count: steps() == count)
        idle(desk, qtbot)
    there = desk.snapshot.machines.study.here
    qtbot.keyClick(window, Qt.Key.Key_Left)
    assert steps() == 2
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: steps() == 3)
    assert desk.snapshot.machines.study.here is there
    qtbot.keyClick(window, Qt.Key.Key_Home)
    assert steps() == 0
    qtbot.keyClick(window, Qt.Key.Key_End)
    assert steps() == 3
    assert not desk.snapshot.track.length
    desk.play_at(60)
    qtbot.keyClick(window, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: steps() > 6)
    qtbot.keyClick(window, Qt.Key.Key_P)
    idle(desk, qtbot)


def test_learning_is_undone_as_one_change(window, desk, taught, qtbot) -> None:
    before = desk.snapshot.machines.study
    enter(taught, "steps", "60", qtbot)
    qtbot.mouseClick(push(taught, "Learn"), LEFT)
    qtbot.waitUntil(lambda: desk.snapshot.machines.study.here.step == 60)
    idle(desk, qtbot)
    desk.undo()
    assert desk.snapshot.machines.study.here.step == 0
    desk.redo()
    assert desk.snapshot.machines.study.here.step == 60
    desk.undo()
    desk.undo()
    assert desk.snapshot.machines.study.lesson == before.lesson


def test_learning_stops_where_it_is_and_a_drawing_meanwhile_stays(
    window, desk, taught, qtbot
) -> None:
    enter(taught, "rows", "4", qtbot)
    enter(taught, "columns", "4", qtbot)
    qtbot.mouseClick(push(taught, "Learn"), LEFT)
    qtbot.waitUntil(lambda: (here := desk.snapshot.machines.study.here) is not None
                    and here.step > 5, timeout=30_000)  # fmt: skip
    taught.grid.painted.emit([15], 1)
    at = desk.snapshot.machines.study.here.step
    qtbot.waitUntil(lambda: desk.snapshot.machines.study.here.step > at, timeout=30_000)
    assert "Learning" in desk.snapshot.busy
    qtbot.mouseClick(push(taught, "Stop"), LEFT)
    stopped = desk.snapshot.machines.study
    assert stopped.entry[15] == 1 and stopped.here.step < 2000 and not desk.snapshot.busy


def test_other_data_end_the_lesson_under_way(window, desk, taught, qtbot) -> None:
    enter(taught, "rows", "4", qtbot)
    enter(taught, "columns", "4", qtbot)
    qtbot.mouseClick(push(taught, "Learn"), LEFT)
    qtbot.waitUntil(lambda: (here := desk.snapshot.machines.study.here) is not None
                    and here.step > 2, timeout=30_000)  # fmt: skip
    qtbot.mouseClick(push(taught, "Add"), LEFT)
    qtbot.waitUntil(lambda: desk.snapshot.machines.study.ready, timeout=10_000)
    idle(desk, qtbot)
    assert desk.snapshot.machines.study.here.step == 0


def test_numbers_that_cannot_be_are_refused_in_a_sentence(window, desk, taught, qtbot) -> None:
    taught._fields["samples"].setEnabled(True)
    for name, text in (
        ("rows", "0"), ("rows", "9"), ("columns", "x"), ("hidden", "13"), ("hidden", "-1"),
        ("rate", "0"), ("rate", "nan"), ("rate", "inf"), ("momentum", "1"), ("steps", "0"),
        ("steps", "99999"), ("samples", "0"), ("seed", "1.5"), ("seed", "-1"),
        ("seed", "9" * 40), ("samples", "9" * 9), ("rows", "9" * 30), ("rate", "1e999"),
    ):  # fmt: skip
        before = desk.snapshot.machines.study
        enter(taught, name, text, qtbot)
        assert taught._note.text().endswith("."), (name, text)
        assert desk.snapshot.machines.study is before, (name, text)
    enter(taught, "rate", "0.25", qtbot)
    assert not taught._note.isVisible()
    assert desk.snapshot.machines.study.lesson.rate == 0.25


def test_the_keys_walk_the_machine_whose_tab_is_raised(window, desk, qtbot) -> None:
    window.arrange("explore")
    qtbot.waitUntil(lambda: desk.snapshot.walks == "recall")
    for panel, walks in (
        ("boltzmann_machine", "boltzmann"), ("restricted", "restricted"), ("memory_state", "recall")
    ):  # fmt: skip
        window.reveal(panel)
        qtbot.waitUntil(lambda walks=walks: desk.snapshot.walks == walks)
    window.reveal("restricted")
    window.open_workspace("text")
    qtbot.waitUntil(lambda: desk.snapshot.walks == "recall")


def test_machines_are_found_in_the_menu(window, desk, qtbot) -> None:
    for name, panel in (
        ("machine_boltzmann", "boltzmann_machine"), ("machine_law", "boltzmann_law"),
        ("machine_restricted", "restricted"), ("machine_pretraining", "pretraining"),
    ):  # fmt: skip
        window.commands[name].trigger()
        assert window.docks[panel].panel.isVisible()


def test_a_restricted_machine_is_walked_both_ways(window, desk, qtbot) -> None:
    panel = window.reveal("restricted")
    for name, text in (("steps", "80"), ("hidden", "6"), ("held_out", "20")):
        panel._fields[name].setText(text)
    qtbot.mouseClick(panel._learn, LEFT)

    def learned():
        return desk.snapshot.machines.learned

    qtbot.waitUntil(lambda: learned() is not None and learned().done == 80, timeout=20_000)
    idle(desk, qtbot)
    end = learned().stand.machine.weights
    assert "held out" in panel._facts.text() and "mislead" in panel._facts.text()
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: learned().done == 79)
    idle(desk, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: learned().done == 80)
    assert np.array_equal(learned().stand.machine.weights, end)
    idle(desk, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: learned().done == 0)
    idle(desk, qtbot)
    qtbot.mouseClick(panel._more[1], LEFT)  # Go on
    qtbot.waitUntil(lambda: learned().done == 80, timeout=20_000)
    idle(desk, qtbot)
    assert np.array_equal(learned().stand.machine.weights, end)
    desk.undo()
    assert learned().done == 0


def test_letters_of_the_workspace_are_learned_by_mini_batches(window, desk, qtbot) -> None:
    for one in "AX":
        desk.apply(moves.put, letter(one, desk.snapshot.shape))
        desk.apply(moves.store, one)
    panel = window.reveal("restricted")
    panel._choices[0].setCurrentIndex(3)
    panel._choices[0].activated.emit(3)
    panel._choices[1].activated.emit(1)  # PCD
    assert panel._fields["chains"].isEnabled()
    for name, text in (("steps", "40"), ("hidden", "8"), ("batch", "5"), ("chains", "20")):
        panel._fields[name].setText(text)
    qtbot.mouseClick(panel._learn, LEFT)
    qtbot.waitUntil(lambda: (one := desk.snapshot.machines.learned) is not None
                    and one.done == 40, timeout=20_000)  # fmt: skip
    idle(desk, qtbot)
    lesson = desk.snapshot.machines.learned.lesson
    assert (lesson.course.method, lesson.course.batch, lesson.course.chains) == ("pcd", 5, 20)
    assert lesson.patterns.shape[1] == 100 and len(lesson.unseen) >= 5


def test_both_networks_are_compared_while_the_window_lives(window, desk, qtbot) -> None:
    panel = window.reveal("pretraining")
    for name, text in (
        ("letters", "ABC"), ("layers", "12, 8"), ("labels", "2"), ("pictures", "8"),
        ("pretrain", "30"), ("steps", "40"), ("seeds", "2"),
    ):  # fmt: skip
        panel._fields[name].setText(text)
    qtbot.mouseClick(push(panel, "Compare"), LEFT)
    qtbot.waitUntil(
        lambda: (
            len(desk.snapshot.machines.contests) == 2
            and all(one.done == one.total for one in desk.snapshot.machines.contests)
        ),
        timeout=30_000,
    )
    idle(desk, qtbot)
    tasks = [one.task for one in desk.snapshot.machines.contests]
    assert tasks == ["classification", "reconstruction"]
    assert len(panel.canvas._charts) == 2
    assert all("2 seeds" in one.verdict for one in panel.canvas._charts)
    qtbot.mouseClick(push(panel, "Clear"), LEFT)
    assert not desk.snapshot.machines.contests


def test_a_comparison_can_be_stopped_and_what_came_stays(window, desk, qtbot) -> None:
    panel = window.reveal("pretraining")
    qtbot.mouseClick(push(panel, "Compare"), LEFT)
    qtbot.waitUntil(lambda: bool(desk.snapshot.machines.contests), timeout=20_000)
    assert desk.snapshot.busy.startswith("Comparing")
    qtbot.mouseClick(push(panel, "Stop"), LEFT)
    assert not desk.snapshot.busy and desk.snapshot.machines.contests


def test_a_comparison_that_cannot_be_is_refused_in_a_sentence(window, desk, qtbot) -> None:
    panel = window.reveal("pretraining")
    for name, text in (
        ("letters", "A"), ("letters", ""), ("layers", "0"), ("layers", "x"), ("layers", "9999"),
        ("labels", "99"), ("labels", "0"), ("noise", "80"), ("seeds", "nan"), ("steps", "-1"),
    ):  # fmt: skip
        before = panel._fields[name].text()
        panel._fields[name].setText(text)
        qtbot.mouseClick(push(panel, "Compare"), LEFT)
        assert panel._note.text().endswith("."), (name, text)
        panel._fields[name].setText(before)
    panel._choices[1].activated.emit(1)  # stored patterns, of which there are none
    qtbot.mouseClick(push(panel, "Compare"), LEFT)
    assert "Store two" in panel._note.text()
    assert not desk.snapshot.machines.contests and not desk.snapshot.busy


def test_the_probabilities_follow_the_data_whatever_is_walked(window, desk, qtbot) -> None:
    window.reveal("pretraining")
    law = window.docks["boltzmann_law"].panel
    qtbot.waitUntil(lambda: desk.snapshot.walks == "recall" and law.grid._found is not None)
    desk.apply(studies.use_grid, 3, 2)
    qtbot.waitUntil(lambda: law.grid._found is not None and law.grid._found.shape == (3, 2))
    desk.apply(studies.clear_patterns)
    assert law.grid._found is None and not push(law, "Sample").isEnabled()
    window.grab()
    qtbot.mouseClick(law.grid, LEFT, pos=law.grid.rect().center())
    assert not desk.snapshot.machines.study.known.any()
