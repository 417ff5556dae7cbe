"""Inside the pass: keys and mouse walk through it, the numbers arrive from the worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.engine.anatomy import GPT2
from explorer.engine.capabilities import Capabilities
from explorer.engine.passage import passage
from explorer.session import inside, moves
from explorer.session.inside import name_at
from explorer.ui.controller import Controller
from explorer.ui.insight import Insight
from explorer.ui.panels.inside import InsidePanel
from explorer.ui.style import DARK, Style
from explorer.ui.worker import Worker


@pytest.fixture
def show(worker: Worker, reader, shown, qtbot):
    """Show the panel around a snapshot and wait until its numbers have arrived."""

    def open_panel(s, size=(760, 520)) -> InsidePanel:
        controller = Controller(s, worker)
        controller.reader = reader
        panel = shown(InsidePanel, controller, size)
        qtbot.waitUntil(lambda: panel.picture is not None)
        return panel

    return open_panel


def here(panel: InsidePanel) -> str:
    """The activation that the controller is at."""
    return name_at(panel.controller.snapshot.inside, panel.controller.snapshot.model)


def row(panel: InsidePanel, title: str) -> QPoint:
    """The middle of the outline's row with this title."""
    index = [one.title for one in panel.outline.rows].index(title)
    return panel.outline.row_box(index).center().toPoint()


def test_the_panel_asks_for_the_pass_and_shows_it(show, story) -> None:
    panel = show(inside.go(story(6), "blocks.2.pattern"))
    assert panel.picture.activation.name == "blocks.2.pattern"
    assert panel.picture.sum.equation in panel.accessibleDescription()


def test_a_click_in_the_outline_goes_there(show, story, qtbot) -> None:
    panel = show(story(6))
    qtbot.mouseClick(panel.outline, Qt.MouseButton.LeftButton, pos=row(panel, "Logits"))
    assert here(panel) == panel.picture.activation.name == "logits"
    qtbot.mouseClick(panel.outline, Qt.MouseButton.LeftButton, pos=row(panel, "Block 3"))
    assert here(panel) == "blocks.3.resid_post"
    qtbot.mouseClick(panel.outline, Qt.MouseButton.LeftButton, pos=row(panel, "Block 3"))
    assert "Query" in [one.title for one in panel.outline.rows]
    qtbot.mouseClick(panel.outline, Qt.MouseButton.LeftButton, pos=row(panel, "Query"))
    assert here(panel) == "blocks.3.q"


def test_the_triangle_folds_without_going_there(show, story, qtbot) -> None:
    panel = show(story(6))
    point = QPoint(8, row(panel, "Block 1").y())
    qtbot.mouseClick(panel.outline, Qt.MouseButton.LeftButton, pos=point)
    assert panel.controller.snapshot.inside.open == {1}
    assert here(panel) == "embed"


def test_the_outline_is_walked_by_keys(show, story, qtbot) -> None:
    panel = show(story(6))
    panel.outline.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(panel.outline, key)
    assert here(panel) == "pos_embed"


def test_a_click_on_a_cell_explains_that_entry(show, story, qtbot) -> None:
    panel = show(inside.go(story(6), "blocks.2.q"))
    at = panel.heat.cell_box((3, 17)).center().toPoint()
    qtbot.mouseClick(panel.heat, Qt.MouseButton.LeftButton, pos=at)
    assert panel.picture.entry == (3, 17)
    assert "head h = 3, head width d = 17" in panel.formula.line
    assert inside.entry_at(panel.controller.snapshot.inside, "blocks.2.q") == (3, 17)


def test_arrow_keys_move_the_entry_and_stop_at_the_edge(show, story, qtbot) -> None:
    panel = show(inside.choose_entry(inside.go(story(6), "blocks.2.q"), "blocks.2.q", (0, 0)))
    panel.heat.setFocus(Qt.FocusReason.TabFocusReason)
    for key, expected in (
        (Qt.Key.Key_Right, (0, 1)),
        (Qt.Key.Key_Down, (1, 1)),
        (Qt.Key.Key_Left, (1, 0)),
        (Qt.Key.Key_Left, (1, 0)),
        (Qt.Key.Key_Up, (0, 0)),
    ):
        qtbot.keyClick(panel.heat, key)
        assert panel.picture.entry == expected


def test_the_exact_value_stands_under_the_mouse(show, story, qtbot, monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _, text, *rest: said.append(text))
    panel = show(inside.go(story(6), "blocks.2.q"))
    at = panel.heat.cell_box((1, 5)).center().toPoint()
    qtbot.mouseMove(panel.heat, at)
    value = f"{float(panel.picture.activation.values[1, 5]):.9g}".replace("-", "−")
    qtbot.waitUntil(lambda: value in panel.formula.line)
    event = QHelpEvent(QHelpEvent.Type.ToolTip, at, panel.heat.mapToGlobal(at))
    QApplication.sendEvent(panel.heat, event)
    assert "head h = 1, head width d = 5" in said[0]


def test_another_token_is_taken_apart_and_never_shown_under_a_wrong_name(
    show, story, qtbot
) -> None:
    panel = show(inside.go(story(6), "blocks.1.z"))
    before = panel.picture
    panel.controller.apply(moves.select, 2)
    assert panel.picture is before
    assert "at" in panel.head.line
    qtbot.waitUntil(lambda: panel.picture is not before)
    step = panel.controller.snapshot.timeline.node.trace.steps[2]
    assert Insight.of(panel.controller).find(panel.controller.snapshot).step is step
    assert panel.head.line.endswith("(2)")
    assert not panel.heat.waiting


def test_a_picture_that_waits_long_is_dimmed_until_the_next_comes(show, story, qtbot) -> None:
    panel, gate = show(story(6)), Event()

    def busy() -> Iterator[None]:
        gate.wait(10)
        yield None

    panel.controller.run(busy(), lambda _: None)
    panel.controller.apply(moves.select, 2)
    qtbot.waitUntil(lambda: panel.heat.waiting)
    gate.set()
    qtbot.waitUntil(lambda: not panel.heat.waiting)
    assert panel.head.line.endswith("(2)")


def test_walking_under_the_same_token_asks_the_network_nothing(show, story) -> None:
    panel = show(story(6))
    found = Insight.of(panel.controller).find(panel.controller.snapshot)
    for name in passage(GPT2).names(6):
        panel.controller.apply(inside.go, name)
        assert panel.picture.activation.name == name
    assert Insight.of(panel.controller).find(panel.controller.snapshot) is found


def test_without_a_network_the_panel_says_so(worker: Worker, shown, story) -> None:
    panel = shown(InsidePanel, Controller(story(3), worker), (600, 400))
    assert "network is not open" in panel.head.line


def test_a_network_whose_formulas_are_not_known_is_not_asked(
    worker: Worker, reader, shown, story
) -> None:
    s = story(3)
    can = Capabilities(formulas="Its formulas are <b>not</b> known here.")
    controller = Controller(replace(s, model=replace(s.model, can=can)), worker)
    controller.reader = reader
    panel = shown(InsidePanel, controller, (600, 400))
    assert panel.absence == "Its formulas are <b>not</b> known here."
    assert not worker.busy


def test_other_colours_are_taken_over_at_once(show, story, style: Style) -> None:
    panel = show(story(6))
    light = panel.grab().toImage()
    style.set_theme(DARK)
    assert panel.grab().toImage() != light


def test_keys_walk_through_the_pass_in_the_window(window, qtbot) -> None:
    window.arrange("debug")
    steps = (
        (Qt.Key.Key_F10, Qt.KeyboardModifier.NoModifier, "pos_embed"),
        (Qt.Key.Key_F10, Qt.KeyboardModifier.NoModifier, "blocks.0.resid_post"),
        (Qt.Key.Key_F7, Qt.KeyboardModifier.NoModifier, "blocks.0.resid_pre"),
        (Qt.Key.Key_F10, Qt.KeyboardModifier.NoModifier, "blocks.0.ln1"),
        (Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier, "blocks.0.resid_pre"),
        (Qt.Key.Key_F7, Qt.KeyboardModifier.ShiftModifier, "blocks.0.resid_post"),
        (Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier, "pos_embed"),
    )
    for key, modifier, expected in steps:
        qtbot.keyClick(window, key, modifier)
        assert (
            name_at(window.controller.snapshot.inside, window.controller.snapshot.model) == expected
        )
    assert window.docks["inside"].isVisible()


def test_the_walk_is_taken_back_as_one_gesture(window, qtbot) -> None:
    before = window.controller.snapshot.inside
    for _ in range(5):
        qtbot.keyClick(window, Qt.Key.Key_F10)
    window.controller.undo()
    assert window.controller.snapshot.inside == before
