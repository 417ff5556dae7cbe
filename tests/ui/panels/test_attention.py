"""The chosen head: rows by mouse and key, exact values, nothing drawn where nothing exists."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.engine.reader import LocalReader
from explorer.engine.trace import Trace
from explorer.lens.attention import weight_text
from explorer.lens.heatmap import LINEAR, ROOT
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.attention import AttentionPanel
from explorer.ui.style import DARK, Style
from explorer.ui.worker import Worker


@pytest.fixture
def show(worker: Worker, shown):
    """Show the panel around a snapshot."""
    return lambda s, size=(480, 420): shown(AttentionPanel, Controller(s, worker), size)


@pytest.fixture(scope="module")
def full(story, reader: LocalReader) -> Snapshot:
    """A text that fills the context."""
    m = reader.facts
    ids = [m.begin_token, *((37 * i) % 900 + 5 for i in range(1, m.context))]
    return moves.begin(story(0), "long", reader.read(Trace(), ids))


def cell(panel: AttentionPanel, query: int, key: int) -> QPoint:
    """The middle of a cell."""
    where = panel.canvas.picture.plan(panel.canvas.size())
    half = where.cell / 2
    return QPointF(where.left(key) + half, where.top(query) + half).toPoint()


def wheel(panel: AttentionPanel, at: QPoint, turns: int) -> None:
    """Turn the wheel over a place; positive is towards the picture."""
    for _ in range(abs(turns)):
        event = QWheelEvent(
            QPointF(at), QPointF(panel.canvas.mapToGlobal(at)), QPoint(),
            QPoint(0, 120 if turns > 0 else -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(panel.canvas, event)


def test_the_mouse_over_a_cell_lights_its_query_everywhere(show, story, qtbot) -> None:
    panel = show(story(5))
    qtbot.mouseMove(panel.canvas, cell(panel, 4, 1))
    assert panel.controller.snapshot.look.hover == 4
    qtbot.mouseMove(panel.canvas, QPoint(panel.canvas.width() - 2, 2))
    assert panel.controller.snapshot.look.hover is None


def test_a_click_selects_the_row(show, story, qtbot) -> None:
    panel = show(story(5))
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=cell(panel, 3, 0))
    assert panel.controller.snapshot.look.position == 3
    assert panel.canvas.picture.row.position == 3


def test_a_click_on_a_label_selects_its_row(show, story, qtbot) -> None:
    panel = show(story(5))
    rows = panel.canvas.picture.plan(panel.canvas.size()).rows
    at = QPoint(int(rows.center().x()), cell(panel, 2, 0).y())
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=at)
    assert panel.controller.snapshot.look.position == 2


def test_the_tool_tip_gives_the_exact_value(show, story, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _, text, widget: said.append(text))
    panel = show(moves.look_at(story(5), 2, 5))
    for at in (cell(panel, 4, 1), cell(panel, 1, 4)):
        event = QHelpEvent(QHelpEvent.Type.ToolTip, at, panel.canvas.mapToGlobal(at))
        QApplication.sendEvent(panel.canvas, event)
    weight = panel.controller.snapshot.timeline.node.trace.steps[4].attention[2, 5, 1]
    assert f"attention {weight_text(weight)} of query" in said[0]
    assert "no value" in said[1]


def test_the_future_has_the_ground_colour(show, story) -> None:
    panel = show(story(20))
    image, ground = panel.canvas.grab().toImage(), panel.looks.color("panel").name()
    assert image.pixelColor(cell(panel, 5, 9)).name() == ground
    for key in range(5):
        assert image.pixelColor(cell(panel, 5, key)).name() != ground


def test_up_and_down_walk_over_the_rows_and_stop_at_the_ends(show, story, qtbot) -> None:
    panel = show(story(2))
    last = len(panel.controller.snapshot.timeline.node.trace) - 1
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Down)
    assert panel.canvas.picture.row.position == last
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Up)
    assert panel.controller.snapshot.look.position == last - 1
    for _ in range(last + 3):
        qtbot.keyClick(panel.canvas, Qt.Key.Key_Up)
    assert panel.controller.snapshot.look.position == 0


def test_left_and_right_mark_a_key_and_enter_selects_it(show, story, qtbot) -> None:
    panel = show(story(5))
    panel.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Right)
    for _ in range(30):
        qtbot.keyClick(panel.canvas, Qt.Key.Key_Left)
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Right)
    last = len(panel.controller.snapshot.timeline.node.trace) - 1
    assert panel.canvas.cell == (last, 1)
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Return)
    assert panel.controller.snapshot.look.position == 1


def test_the_chooser_and_its_buttons_walk_through_all_heads(show, story, qtbot) -> None:
    panel = show(moves.look_at(story(1), 0, 7))
    assert panel.head.count() == 48
    assert panel.head.currentText() == "Layer 0 · head 7"
    qtbot.mouseClick(panel.after, Qt.MouseButton.LeftButton)
    assert panel.head.currentText() == "Layer 1 · head 0"
    qtbot.mouseClick(panel.before, Qt.MouseButton.LeftButton)
    qtbot.keyClick(panel.head, Qt.Key.Key_Up)
    look = panel.controller.snapshot.look
    assert (look.layer, look.head) == (0, 6)
    assert (panel.canvas.picture.matrix.layer, panel.canvas.picture.matrix.head) == (0, 6)


def test_hovering_does_not_draw_the_matrix_again(show, story) -> None:
    panel = show(story(8))
    panel.canvas.grab()
    matrix = panel.canvas.picture.matrix
    before = panel.canvas.grab().toImage()
    panel.controller.apply(moves.hover, 2)
    assert panel.canvas.picture.matrix is matrix
    assert panel.canvas.grab().toImage() != before
    panel.controller.apply(moves.hover, None)
    assert panel.canvas.grab().toImage() == before


def test_walking_draws_what_a_new_panel_draws(show, story) -> None:
    walked = show(story(12))
    for move in (moves.back, moves.to_start, moves.forward, moves.forward, moves.to_end):
        walked.controller.apply(move)
        fresh = show(walked.controller.snapshot)
        assert walked.canvas.grab().toImage() == fresh.canvas.grab().toImage()


def test_the_wheel_zooms_around_the_mouse_and_a_double_click_shows_all(
    show, full: Snapshot, qtbot
) -> None:
    panel = show(full)
    picture, at = panel.canvas.picture, cell(panel, 150, 60)
    assert picture.zoom.span == 256
    under = picture.cell_at(QPointF(at), panel.canvas.size())
    wheel(panel, at, 6)
    assert picture.zoom.span < 90
    now = picture.cell_at(QPointF(at), panel.canvas.size())
    assert max(abs(now[0] - under[0]), abs(now[1] - under[1])) <= 4
    qtbot.mouseDClick(panel.canvas, Qt.MouseButton.LeftButton, pos=at)
    assert picture.zoom.span == 256
    wheel(panel, at, -3)
    assert picture.zoom.span == 256


def test_dragging_moves_the_zoomed_part(show, full: Snapshot, qtbot) -> None:
    panel = show(full)
    picture, at = panel.canvas.picture, cell(panel, 150, 60)
    wheel(panel, at, 6)
    qtbot.mousePress(panel.canvas, Qt.MouseButton.LeftButton, pos=at)
    start = picture.zoom
    qtbot.mouseMove(panel.canvas, at - QPoint(30, 20))
    assert picture.zoom.key > start.key
    assert picture.zoom.query > start.query
    qtbot.mouseRelease(panel.canvas, Qt.MouseButton.LeftButton, pos=at)


def test_the_zoom_follows_a_row_that_is_selected_elsewhere(show, full: Snapshot) -> None:
    panel = show(full)
    wheel(panel, cell(panel, 150, 60), 8)
    panel.controller.apply(moves.select, 20)
    zoom = panel.canvas.picture.zoom
    assert zoom.query <= 20 < zoom.query + zoom.span


def test_a_full_context_is_drawn_and_its_last_cell_can_be_read(show, full: Snapshot) -> None:
    panel = show(full, (460, 420))
    where = panel.canvas.picture.plan(panel.canvas.size())
    last = where.matrix.bottomRight() - QPointF(0.1, 0.1)
    assert panel.canvas.picture.cell_at(last, panel.canvas.size()) == (255, 255)
    assert not panel.canvas.grab().isNull()


def test_the_scale_can_be_linear_or_leave_the_first_key_out(show, story, qtbot) -> None:
    panel = show(story(8), (700, 420))
    root = panel.canvas.grab().toImage()
    assert panel.canvas.picture.scale.gamma == ROOT
    panel.root.trigger()
    assert panel.canvas.picture.scale.gamma == LINEAR
    assert panel.canvas.grab().toImage() != root
    panel.without_begin.trigger()
    panel.canvas.grab()
    weights = panel.canvas.picture.matrix.weights
    largest = max(weights[i, j] for i in range(len(weights)) for j in range(1, i + 1))
    assert panel.canvas.picture.scale.ceiling == pytest.approx(largest)
    panel.without_begin.trigger()
    panel.root.trigger()
    assert panel.canvas.grab().toImage() == root


def test_the_description_follows_the_lit_row(show, story) -> None:
    panel = show(story(5))
    panel.controller.apply(moves.select, 2)
    assert "(2) puts" in panel.canvas.accessibleDescription()


def test_options_give_way_where_the_panel_is_narrow(show, story) -> None:
    assert not all(choice.isVisible() for choice in show(story(1), (260, 160))._choices)
    assert all(choice.isVisible() for choice in show(story(1), (900, 500))._choices)


@pytest.mark.parametrize("size", [(40, 30), (200, 150), (260, 160), (1300, 200), (220, 900)])
def test_every_size_and_an_empty_story_are_survived(
    show, story, style: Style, size: tuple[int, int]
) -> None:
    for s in (Snapshot(), moves.load(Snapshot(), story(0).model), story(0, prompt=""), story(2)):
        assert not show(s, size).grab().isNull()
    style.set_theme(DARK)
    style.set_presenter(True)
    assert not show(story(2), size).grab().isNull()
