"""The grid of heads: one tile per head, a click chooses, the lit row and crosses are seen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.engine.edits import heads_off
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.heads import HeadsPanel
from explorer.ui.style import DARK, Style
from explorer.ui.worker import Worker


@pytest.fixture
def show(worker: Worker, shown):
    """Show the panel around a snapshot."""
    return lambda s, size=(420, 400): shown(HeadsPanel, Controller(s, worker), size)


def middle(panel: HeadsPanel, layer: int, head: int) -> QPoint:
    """The centre of a tile."""
    return panel.canvas.grid().tile(layer, head).center().toPoint()


def colours(panel: HeadsPanel, layer: int, head: int) -> set[str]:
    """The colours inside a tile."""
    image, box = panel.canvas.grab().toImage(), panel.canvas.grid().tile(layer, head).toRect()
    xs, ys = range(box.left(), box.right()), range(box.top(), box.bottom())
    return {image.pixelColor(x, y).name() for x in xs for y in ys}


def test_a_click_on_a_tile_looks_at_that_head(show, story, qtbot) -> None:
    panel = show(story(3))
    for layer, head in ((0, 0), (3, 6), (5, 7)):
        qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=middle(panel, layer, head))
        look = panel.controller.snapshot.look
        assert (look.layer, look.head) == (layer, head)


def test_a_click_beside_the_tiles_changes_nothing(show, story, qtbot) -> None:
    panel = show(story(3))
    before = panel.controller.snapshot
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert panel.controller.snapshot is before


def test_arrows_move_the_choice_and_wrap_around(show, story, qtbot) -> None:
    panel = show(moves.look_at(story(1), 0, 0))
    panel.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    for key, expected in (
        (Qt.Key.Key_Right, (0, 1)),
        (Qt.Key.Key_Down, (1, 1)),
        (Qt.Key.Key_Left, (1, 0)),
        (Qt.Key.Key_Up, (0, 0)),
        (Qt.Key.Key_Up, (5, 0)),
    ):
        qtbot.keyClick(panel.canvas, key)
        look = panel.controller.snapshot.look
        assert (look.layer, look.head) == expected


def test_the_future_has_the_ground_colour_and_the_past_has_not(show, story) -> None:
    panel = show(story(20))
    grid, image = panel.canvas.grid(), panel.canvas.grab().toImage()
    ground = panel.looks.color("panel").name()
    box = grid.tile(3, 3)
    right_top = QPoint(int(box.right()) - 3, int(box.top()) + 3)
    left_middle = QPoint(int(box.left()) + 2, int(box.center().y()))
    assert image.pixelColor(right_top).name() == ground
    assert image.pixelColor(left_middle).name() != ground


def test_the_row_under_the_mouse_elsewhere_is_lit_in_every_tile(show, story) -> None:
    panel = show(story(6), (900, 760))
    hover = panel.looks.color("hover").name()
    size = len(panel.controller.snapshot.timeline.node.trace)
    assert all(hover in colours(panel, layer, 4) for layer in range(6))
    panel.controller.apply(moves.hover, 2)
    grid, image = panel.canvas.grid(), panel.canvas.grab().toImage()
    box = grid.tile(1, 1)
    x = round(box.left()) - 1
    lit = [y for y in range(round(box.top()), round(box.bottom()))
           if image.pixelColor(x, y).name() == hover]  # fmt: skip
    assert lit
    assert max(lit) < box.top() + box.height() * 4 / size


def test_a_head_that_is_switched_off_is_crossed(show, story) -> None:
    s = story(3)
    panel = show(moves.edit(s, heads_off((2, 2))))
    warning = panel.looks.color("warning").name()
    assert warning in colours(panel, 2, 2)
    assert warning not in colours(panel, 2, 3)


def test_stepping_and_going_back_draws_what_a_new_panel_draws(show, story) -> None:
    s = story(12)
    walked = show(s)
    for move in (moves.back, moves.back, moves.to_start, moves.forward, moves.to_end):
        walked.controller.apply(move)
        fresh = show(walked.controller.snapshot)
        assert walked.canvas.grab().toImage() == fresh.canvas.grab().toImage()


def test_the_tool_tip_names_the_head(show, story, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _, text, widget: said.append(text))
    panel = show(story(3))
    at = middle(panel, 4, 1)
    event = QHelpEvent(QHelpEvent.Type.ToolTip, at, panel.canvas.mapToGlobal(at))
    QApplication.sendEvent(panel.canvas, event)
    assert len(said) == 1
    assert "layer 4, head 1" in said[0]


def test_the_description_follows_the_chosen_head(show, story) -> None:
    panel = show(story(3))
    panel.controller.apply(moves.look_at, 3, 2)
    assert "layer 3, head 2" in panel.canvas.accessibleDescription()
    assert "6 layers of 8 heads" in panel.canvas.accessibleDescription()


def test_other_colours_are_taken_over_at_once(show, story, style: Style) -> None:
    panel = show(story(3))
    light = panel.canvas.grab().toImage()
    style.set_theme(DARK)
    assert panel.canvas.grab().toImage() != light
    assert panel.canvas.grab().toImage().pixelColor(1, 1).name() == DARK.panel


@pytest.mark.parametrize("size", [(30, 20), (260, 160), (1200, 200)])
def test_no_text_and_no_room_are_survived(show, story, size: tuple[int, int]) -> None:
    for s in (Snapshot(), moves.load(Snapshot(), story(0).model), story(0, prompt="")):
        assert not show(s, size).canvas.grab().isNull()
