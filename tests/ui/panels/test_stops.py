"""The list of stops: built in a form, typed, edited in place, switched, by key and mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from explorer.session import moves, stops
from explorer.session.snapshot import Snapshot
from explorer.session.stop_kinds import KINDS, defaults
from explorer.session.stop_language import parse
from explorer.session.stop_list import Stop
from explorer.ui.controller import Controller
from explorer.ui.panels.stops import StopsPanel

KEY, LEFT = Qt.Key, Qt.MouseButton.LeftButton


@pytest.fixture
def panel(controller: Controller, shown) -> StopsPanel:
    return shown(StopsPanel, controller, (420, 460))


def write(qtbot, field, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)


def items(panel: StopsPanel) -> tuple[Stop, ...]:
    return panel.controller.snapshot.stops.items


def test_a_condition_is_typed_and_enter_adds_it(panel, qtbot) -> None:
    write(qtbot, panel.form.field, 'entropy > 4 and text ~ "a|b"')
    qtbot.keyClick(panel.form.field, KEY.Key_Return)
    assert items(panel) == (Stop('entropy > 4 and text ~ "a|b"'),)
    assert panel.list.lines[0].field.text() == 'entropy > 4 and text ~ "a|b"'


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
def test_every_kind_is_built_in_the_form_and_can_be_read(panel, qtbot, kind) -> None:
    combo = panel.form.kind
    combo.setFocus()
    for _ in range(KINDS.index(kind)):
        qtbot.keyClick(combo, KEY.Key_Down)
    assert combo.currentText() == kind.title
    wanted = kind.condition(defaults(kind, panel.controller.snapshot))
    assert panel.form.field.text() == wanted
    parse(wanted)
    qtbot.mouseClick(panel.form.add, LEFT)
    assert items(panel) == (Stop(wanted),)
    assert stops.complaint(panel.controller.snapshot, items(panel)[0]) == ""


def test_a_blank_writes_into_the_condition_and_enter_adds_it(panel, qtbot) -> None:
    blank = panel.form.blanks[0]
    write(qtbot, blank, "2.5 bits")
    assert panel.form.field.text() == "entropy > 2.5 bits"
    qtbot.keyClick(blank, KEY.Key_Return)
    assert items(panel) == (Stop("entropy > 2.5 bits"),)


def test_what_cannot_be_read_is_said_at_its_column_and_not_added(panel, qtbot) -> None:
    write(qtbot, panel.form.field, "entropy > 4 and entrpy < 3")
    qtbot.keyClick(panel.form.field, KEY.Key_Return)
    assert items(panel) == ()
    assert panel.form.remark.text == "Column 17: “entrpy” is unknown; did you mean entropy?"
    assert panel.form.field.cursorPosition() == 16
    assert panel.form.field.property("wrong")
    qtbot.keyClick(panel.form.field, KEY.Key_Delete)
    assert panel.form.remark.text == "" and not panel.form.field.property("wrong")


def test_a_stop_is_edited_in_place(panel, controller, qtbot) -> None:
    controller.apply(stops.add, "entropy > 4")
    field = panel.list.lines[0].field
    write(qtbot, field, "entropy > ")
    qtbot.keyClick(field, KEY.Key_Return)
    assert items(panel) == (Stop("entropy > 4"),)
    assert panel.list.lines[0].remark.text.startswith("Column 11: A condition is missing")
    qtbot.keyClicks(field, "3")
    qtbot.keyClick(field, KEY.Key_Return)
    assert items(panel) == (Stop("entropy > 3"),)
    write(qtbot, field, "rank > 2")
    qtbot.keyClick(field, KEY.Key_Escape)
    assert field.text() == "entropy > 3"
    write(qtbot, field, "rank > 2")
    panel.form.field.setFocus()
    assert items(panel) == (Stop("rank > 2"),)


def test_a_text_that_is_being_typed_survives_a_step(panel, controller, qtbot) -> None:
    controller.apply(stops.add, "entropy > 4")
    write(qtbot, panel.list.lines[0].field, "entropy > 3")
    write(qtbot, panel.form.field, "rank > 7")
    controller.apply(stops.add, "nan")
    controller.step()
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.nodes) == 2)
    assert panel.form.field.text() == "rank > 7"


def test_a_click_or_space_on_the_box_switches_a_stop(panel, controller, qtbot) -> None:
    controller.apply(stops.add, "entropy > 4")
    box = panel.list.lines[0].box
    qtbot.keyClick(box, KEY.Key_Space)
    assert not items(panel)[0].on
    controller.undo()
    assert box.isChecked()


def test_a_stop_is_removed_and_undo_brings_it_back(panel, controller, qtbot) -> None:
    for text in ("entropy > 4", "rank > 2", "nan"):
        controller.apply(stops.add, text)
    qtbot.mouseClick(panel.list.lines[1].gone, LEFT)
    assert [stop.text for stop in items(panel)] == ["entropy > 4", "nan"]
    assert [line.field.text() for line in panel.list.lines] == ["entropy > 4", "nan"]
    controller.undo()
    assert [line.field.text() for line in panel.list.lines] == ["entropy > 4", "rank > 2", "nan"]


def test_the_buttons_run_to_a_stop_and_back(panel, controller, qtbot) -> None:
    controller.apply(stops.add, "position = 8")
    qtbot.mouseClick(panel.run, LEFT)
    qtbot.waitUntil(lambda: controller.snapshot.stops.hit is not None)
    line = panel.list.lines[0]
    assert line.hits.text() == "1×" and line.remark.text == "holds here: position 8 = 8"
    qtbot.mouseClick(panel.back, LEFT)
    assert controller.snapshot.timeline.cursor == 0 and line.remark.text == ""


def test_what_the_model_does_not_have_is_said_in_the_list(panel, controller) -> None:
    controller.apply(stops.add, "regime(9, 0) changes")
    assert "no head 9.0" in panel.list.lines[0].remark.text
    assert "no head 9.0" in panel.accessibleDescription()


def test_the_form_follows_the_head_and_the_token_that_are_looked_at(
    panel, controller, qtbot
) -> None:
    controller.apply(moves.look_at, 4, 5)
    controller.apply(moves.select, 2)
    panel.form.kind.setFocus()
    for _ in range(8):
        qtbot.keyClick(panel.form.kind, KEY.Key_Down)
    label = controller.snapshot.model.labels[controller.snapshot.timeline.node.trace.ids[2]]
    assert panel.form.field.text() == f'attention(4, 5, "{label}") > 0.5'


def test_an_empty_list_says_how_to_begin(worker, shown) -> None:
    panel = shown(StopsPanel, Controller(Snapshot(), worker), (300, 200))
    assert "entropy > 4" in panel.accessibleDescription()
    assert not panel.run.isEnabled()
