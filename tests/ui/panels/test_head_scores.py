"""The panel of head scores: sorting, searching, looking at a head, rollout."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from explorer.lens.head_scores import COLUMNS, head_scores
from explorer.session import moves
from explorer.session.inside import HeadSearch
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.head_scores import HeadScoresPanel
from explorer.ui.panels.head_scores_table import ALL
from explorer.ui.worker import Worker


@pytest.fixture
def show(worker: Worker, shown):
    """Show the panel around a snapshot."""

    def open_panel(s: Snapshot, size=(660, 420)) -> HeadScoresPanel:
        return shown(HeadScoresPanel, Controller(s, worker), size)

    return open_panel


def heading(panel: HeadScoresPanel, column: str) -> QPoint:
    """A place in the header of a column."""
    places = panel.header.edges()
    return QPoint(int(places[ALL.index(column)]) - 5, 8)


def search_for(panel: HeadScoresPanel, qtbot, words: str) -> None:
    """Type into the search."""
    panel.search.setFocus()
    panel.search.clear()
    qtbot.keyClicks(panel.search, words)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_click_on_a_heading_sorts_and_a_second_one_turns_round(
    show, story, qtbot, column: str
) -> None:
    panel = show(story(30))
    panel.controller.apply(lambda s: s)
    for _ in range(2):
        qtbot.mouseClick(panel.header, Qt.MouseButton.LeftButton, pos=heading(panel, column))
        search = panel.controller.snapshot.inside.heads
        values = [line.scores[COLUMNS.index(column)] for line in panel.table.lines]
        assert search.order == column
        assert values == sorted(values, reverse=not search.rising)


def test_the_keyboard_changes_the_column_and_turns_it_round(show, story, qtbot) -> None:
    panel = show(story(30))
    panel.header.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(panel.header, Qt.Key.Key_Left)
    assert panel.controller.snapshot.inside.heads == HeadSearch("duplicate", False)
    qtbot.keyClick(panel.header, Qt.Key.Key_Return)
    assert panel.controller.snapshot.inside.heads == HeadSearch("duplicate", True)


def test_words_leave_the_heads_that_they_name(show, story, qtbot) -> None:
    panel = show(story(30))
    search_for(panel, qtbot, "L2 H1")
    assert [(line.layer, line.head) for line in panel.table.lines] == [(2, 1)]
    search_for(panel, qtbot, "previous > 0.1")
    assert panel.table.lines
    assert all(line.scores[COLUMNS.index("previous")] > 0.1 for line in panel.table.lines)
    assert f"{len(panel.table.lines)} of 48" in panel.note.text()
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert len(panel.table.lines) == 48


def test_words_that_cannot_be_read_are_named(show, story, qtbot) -> None:
    panel = show(story(30))
    search_for(panel, qtbot, "banana")
    assert "“banana” cannot be read" in panel.note.text()


def test_a_click_or_enter_on_a_row_looks_at_that_head(show, story, qtbot) -> None:
    panel = show(story(30))
    at = panel.table.row_box(3).center().toPoint()
    qtbot.mouseClick(panel.table, Qt.MouseButton.LeftButton, pos=at)
    line, look = panel.table.lines[3], panel.controller.snapshot.look
    assert (look.layer, look.head) == (line.layer, line.head)
    panel.table.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    line, look = panel.table.lines[4], panel.controller.snapshot.look
    assert (look.layer, look.head) == (line.layer, line.head)


def test_the_map_shows_the_column_of_the_order(show, story, qtbot) -> None:
    panel = show(story(30))
    qtbot.mouseClick(panel.header, Qt.MouseButton.LeftButton, pos=heading(panel, "entropy"))
    assert panel.map.values[2, 3] == panel.scores.score("entropy")[2, 3]
    qtbot.mouseClick(
        panel.map, Qt.MouseButton.LeftButton, pos=panel.map.tile(2, 3).center().toPoint()
    )
    look = panel.controller.snapshot.look
    assert (look.layer, look.head) == (2, 3)


def test_rollout_is_that_of_the_lit_token(show, story) -> None:
    panel = show(story(12))
    panel.controller.apply(moves.select, 4)
    assert len(panel.rollout.shares) == 5
    assert panel.rollout.shares.sum() == pytest.approx(1, abs=1e-5)
    assert "ignores values" in panel.rollout.accessibleDescription()


def test_before_a_token_comes_twice_the_panel_says_that_nothing_is_defined(show, story) -> None:
    panel = show(story(0, prompt="Hello"))
    assert "no token came twice" in panel.note.text()


def test_walking_shows_what_a_new_panel_shows(show, story) -> None:
    panel = show(story(20))
    for move in (moves.back, moves.back, moves.to_start, moves.to_end):
        panel.controller.apply(move)
        fresh = show(panel.controller.snapshot)
        # Compared as text: where a score is not defined it is NaN, which equals nothing.
        assert str(panel.table.lines) == str(fresh.table.lines)


def test_a_long_text_is_looked_through_in_the_background(show, story, reader, qtbot) -> None:
    long = story(90)
    assert len(long.timeline.node.trace) > 90
    panel = show(long)
    assert panel.scores is None and "all heads" in panel.note.text()
    panel.controller.apply(moves.look_at, 1, 2)
    qtbot.waitUntil(lambda: panel.scores is not None)
    fresh = head_scores(long.timeline.node.trace)
    assert np.array_equal(panel.scores.means, fresh.means, equal_nan=True)
    assert "heads; induction" in panel.note.text()
    back = moves.back(long)
    panel.controller.become(back)
    assert panel.scores.steps == back.timeline.node.trace.steps
