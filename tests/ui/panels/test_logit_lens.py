"""The panel of the logit lens: tokens are asked about, the norm goes on and off."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

from explorer.session import inside, moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.logit_lens import LogitLensPanel
from explorer.ui.worker import Worker


@pytest.fixture
def show(worker: Worker, reader, shown, qtbot):
    """Show the panel around a snapshot and wait until its numbers have arrived."""

    def open_panel(s: Snapshot, size=(660, 330)) -> LogitLensPanel:
        controller = Controller(s, worker)
        controller.reader = reader
        panel = shown(LogitLensPanel, controller, size)
        qtbot.waitUntil(lambda: panel.canvas.table is not None)
        return panel

    return open_panel


def test_a_click_on_a_guess_asks_about_it(show, story, qtbot) -> None:
    panel = show(story(6))
    guess = panel.canvas.table.layers[3].guesses[1]
    at = panel.canvas.cell_box(3, 1).center().toPoint()
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=at)
    assert panel.controller.snapshot.inside.token == guess.token
    assert panel.canvas.table.token == guess.token
    assert panel.canvas.table.layers[3].rank == 2
    assert panel.token.text() == guess.label


def test_keys_walk_over_the_guesses_and_enter_asks(show, story, qtbot) -> None:
    panel = show(story(6))
    panel.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(panel.canvas, key)
    assert panel.controller.snapshot.inside.token == panel.canvas.table.layers[1].guesses[1].token


def test_a_token_is_asked_about_by_its_text_and_an_empty_field_by_itself(
    show, story, qtbot
) -> None:
    panel = show(story(6))
    model = panel.controller.snapshot.model
    panel.token.setFocus()
    qtbot.keyClicks(panel.token, "dog")
    qtbot.keyClick(panel.token, Qt.Key.Key_Return)
    assert model.pieces[panel.controller.snapshot.inside.token].strip() == b"dog"
    panel.token.selectAll()
    qtbot.keyClick(panel.token, Qt.Key.Key_Delete)
    qtbot.keyClick(panel.token, Qt.Key.Key_Return)
    assert panel.controller.snapshot.inside.token is None


def test_a_text_that_is_no_token_is_refused_in_words(show, story, qtbot) -> None:
    panel = show(story(6))
    panel.token.setFocus()
    qtbot.keyClicks(panel.token, "notatokenatall")
    qtbot.keyClick(panel.token, Qt.Key.Key_Return)
    assert "no token “notatokenatall”" in panel.where.text()
    assert panel.controller.snapshot.inside.token is None
    qtbot.keyClick(panel.token, Qt.Key.Key_Escape)
    assert panel.token.text() == ""


def test_the_norm_is_named_as_it_is(show, story, qtbot) -> None:
    panel = show(story(6))
    normed = panel.canvas.table
    assert panel.norm.text() == "Final norm applied"
    qtbot.mouseClick(panel.norm, Qt.MouseButton.LeftButton)
    assert panel.norm.text() == "Final norm not applied"
    assert panel.canvas.table.normed is False
    assert panel.canvas.table.layers[2].p != normed.layers[2].p


def test_the_table_belongs_to_the_token_that_is_named_beside_it(show, story, qtbot) -> None:
    panel = show(story(6))
    panel.controller.apply(moves.select, 3)
    qtbot.waitUntil(lambda: panel.canvas.table.position == 3)
    assert panel.where.text().endswith("(3)")
    steps = panel.controller.snapshot.timeline.node.trace.steps
    assert panel.canvas.table.token == steps[4].token


def test_a_temperature_that_changes_the_next_token_changes_the_question(show, story) -> None:
    s = story(6)
    panel = show(s)
    for temperature in (0.0, 5.0):
        panel.controller.apply(moves.heat, temperature)
        token = moves.next_draw(panel.controller.snapshot).token
        assert panel.canvas.table.token == token


def test_the_command_turns_the_norm_round_and_shows_the_panel(window, qtbot) -> None:
    window.arrange("debug")
    window.commands["inside_norm"].trigger()
    assert window.controller.snapshot.inside.final_norm is False
    panel = window.docks["logitlens"].panel
    assert isinstance(panel, LogitLensPanel)
    qtbot.waitUntil(lambda: panel.canvas.table is not None and not panel.canvas.table.normed)
    assert (
        window.controller.snapshot.inside
        == inside.norm_lens(window.controller.snapshot, False).inside
    )


@pytest.mark.parametrize("presenter", [False, True])
@pytest.mark.parametrize("wide", [330, 620, 1100])
def test_ranks_of_a_large_vocabulary_stand_apart_from_their_neighbours(
    show, story, presenter: bool, wide: int
) -> None:
    panel = show(story(6), (wide, 400))
    canvas, looks = panel.canvas, panel.looks
    looks.set_presenter(presenter)
    layers = tuple(replace(one, rank=148_321) for one in canvas.table.layers)
    canvas.show_table(replace(canvas.table, layers=layers), "")
    image, row = canvas.grab().toImage(), canvas.row_box(2)
    _, numbers, cells, _ = canvas.columns()
    rank = QFontMetricsF(looks.font(0.88, bold=True)).horizontalAdvance("148,321")
    assert cells - numbers >= rank + looks.px(8)
    ground = looks.color("panel")
    for x in (round(numbers) + 2, round(cells) - looks.px(4)):
        for y in range(int(row.top()) + 2, int(row.bottom()) - 3):
            assert image.pixelColor(x, y) == ground


def test_rows_that_do_not_fit_can_be_scrolled_to(show, story, qtbot) -> None:
    panel = show(story(6), (500, 130))
    line = QFontMetricsF(panel.looks.font(0.88)).height()
    assert panel.canvas.row_box(1).height() >= line - 1
    panel.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in panel.canvas.table.layers:
        qtbot.keyClick(panel.canvas, Qt.Key.Key_Down)
    last = panel.canvas.row_box(len(panel.canvas.table.layers) - 1)
    middle = panel.canvas.mapTo(panel, last.center().toPoint()).y()
    assert 0 < middle < panel.height()
