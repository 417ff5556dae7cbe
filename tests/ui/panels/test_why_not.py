"""“Why not” in the window: Y asks, the table answers, a click applies the remedy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt

from explorer.lens.candidates import chances
from explorer.session import asked, moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.why_not import WhyNotPanel

KEY = Qt.Key


@pytest.fixture
def panel(controller: Controller, shown, qtbot) -> WhyNotPanel:
    """At the demo prompt under a narrow top-k, asked about the 30th candidate."""
    s = controller.snapshot
    controller.apply(moves.sample_with, replace(s.sampling, top_k=10))
    controller.apply(asked.name, moves.token_at_rank(s, 30))
    panel = shown(WhyNotPanel, controller, (480, 600))
    qtbot.waitUntil(lambda: any(line.sampling for line in panel.rows.lines))
    return panel


def row(panel: WhyNotPanel, name: str) -> int:
    return next(i for i, line in enumerate(panel.rows.lines) if line.name == name)


def click(panel: WhyNotPanel, qtbot, index: int) -> None:
    at = panel.rows.row_box(index).center().toPoint()
    qtbot.mouseClick(panel.rows, Qt.MouseButton.LeftButton, pos=QPoint(40, at.y()))


def test_the_answer_is_a_sentence_and_a_table(panel) -> None:
    assert "let in by top-k 30" in panel.said.text()
    assert panel.accessibleDescription() == panel.said.text()
    assert panel.rows.lines[row(panel, "top-k to")].gap == "30"


def test_a_click_on_a_remedy_applies_it_and_undo_takes_it_back(panel, controller, qtbot) -> None:
    token = controller.snapshot.asked.token
    click(panel, qtbot, row(panel, "top-k to"))
    assert controller.snapshot.sampling.top_k == 30
    assert chances(controller.snapshot).distribution.final[token] > 0
    controller.undo()
    assert controller.snapshot.sampling.top_k == 10


def test_enter_applies_the_marked_remedy(panel, controller, qtbot) -> None:
    panel.rows.setFocus()
    for _ in range(row(panel, "top-k to")):
        qtbot.keyClick(panel.rows, KEY.Key_Down)
    qtbot.keyClick(panel.rows, KEY.Key_Return)
    assert controller.snapshot.sampling.top_k == 30


def test_layers_and_components_follow_and_a_head_can_be_looked_at(panel, controller, qtbot) -> None:
    qtbot.waitUntil(lambda: any(line.head for line in panel.rows.lines))
    names = [line.name for line in panel.rows.lines if line.title]
    assert names[-3:] == ["Sampling", "Down the layers", "By component"]
    index = next(i for i, line in enumerate(panel.rows.lines) if line.head)
    click(panel, qtbot, index)
    look = controller.snapshot.look
    assert (look.layer, look.head) == panel.rows.lines[index].head


def test_a_step_asks_anew(panel, controller, qtbot) -> None:
    before = panel.said.text()
    controller.step()
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.nodes) == 2)
    assert panel.said.text() != before
    qtbot.waitUntil(lambda: panel._answer is not None)


def test_y_opens_the_panel_and_the_name_is_typed(window, qtbot) -> None:
    qtbot.keyClick(window, KEY.Key_Y)
    panel = window.docks["whynot"].panel
    assert panel.isVisible() and panel.field.line.hasFocus()
    qtbot.keyClicks(panel.field.line, "mat")
    qtbot.keyClick(panel.field.line, KEY.Key_Return)
    assert "mat" in panel.said.text()
    qtbot.waitUntil(lambda: panel._answer is not None)


def test_the_menu_of_a_bar_asks_why_not(window, qtbot) -> None:
    bars = window.docks["bars"].panel
    bars.menu_of(4).actions()[1].trigger()
    panel = window.docks["whynot"].panel
    label = window.controller.snapshot.model.labels[bars._canvas.bars.rows[4].token]
    assert f"“{label}”" in panel.said.text()
    qtbot.waitUntil(lambda: panel._answer is not None)


def test_without_a_token_the_panel_says_how_to_begin(worker, shown, story) -> None:
    panel = shown(WhyNotPanel, Controller(Snapshot(), worker))
    assert "Nothing has been read" in panel.said.text()
    panel.controller.apply(lambda _: story(2))
    assert "Name a token" in panel.said.text()


def test_enter_in_an_empty_table_does_nothing(worker, shown, qtbot) -> None:
    empty = shown(WhyNotPanel, Controller(Snapshot(), worker), (480, 600))
    empty.activateWindow()
    empty.rows.setFocus()
    qtbot.waitUntil(empty.rows.hasFocus)
    before = empty.controller.snapshot
    for key in (KEY.Key_Return, KEY.Key_Down, KEY.Key_PageUp, KEY.Key_Enter):
        qtbot.keyClick(empty.rows, key)
    assert empty.controller.snapshot is before
