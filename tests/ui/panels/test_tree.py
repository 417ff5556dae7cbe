"""The tree panel as people use it: keys and mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication

from explorer.lens.tree import tree
from explorer.session import moves
from explorer.ui.panels.tree import TreePanel
from explorer.ui.panels.tree_canvas import TreeCanvas
from explorer.ui.window import Window

ALT, LEFT = Qt.KeyboardModifier.AltModifier, Qt.MouseButton.LeftButton


@pytest.fixture
def forked(window: Window, qtbot) -> Window:
    """The window with three branches: the demo's draws, candidate 2 and candidate 3."""
    controller = window.controller
    window.arrange("debug")
    window.activateWindow()
    for rank in (None, 2, 3):
        controller.apply(moves.to_start)
        count = len(controller.snapshot.timeline.nodes)
        for _ in range(3):
            if rank is not None and len(controller.snapshot.timeline.nodes) == count:
                qtbot.keyClick(window, Qt.Key(Qt.Key.Key_0 + rank))
            else:
                qtbot.keyClick(window, Qt.Key.Key_Space)
            seen = len(controller.snapshot.timeline.nodes)
            qtbot.waitUntil(lambda n=seen: len(controller.snapshot.timeline.nodes) > n or not
                            controller.worker.busy)  # fmt: skip
    assert len(controller.snapshot.timeline.nodes) == 10
    return window


def panel_of(window: Window) -> TreePanel:
    panel = window.docks["tree"].panel
    assert isinstance(panel, TreePanel)
    return panel


def cursor(window: Window) -> int:
    return window.controller.snapshot.timeline.cursor


def point(window: Window, row: int) -> QPoint:
    canvas = panel_of(window).canvas
    canvas.reveal(row)
    return canvas.box(row).center()


def test_forcing_after_going_back_made_a_branch_each_time(forked: Window) -> None:
    rows = tree(forked.controller.snapshot).rows
    assert len(rows) == 4
    assert [row.kind for row in rows].count("forced") == 2


def test_a_click_on_a_row_goes_to_its_end(forked: Window, qtbot) -> None:
    rows = tree(forked.controller.snapshot).rows
    for index, row in enumerate(rows):
        qtbot.mouseClick(panel_of(forked).canvas.viewport(), LEFT, pos=point(forked, index))
        assert cursor(forked) == row.segment.end


def test_alt_and_arrows_walk_the_tree(forked: Window, qtbot) -> None:
    rows = tree(forked.controller.snapshot).rows
    qtbot.keyClick(forked, Qt.Key.Key_Left, ALT)
    assert cursor(forked) == rows[0].segment.end == 0
    for row in rows[1:]:
        qtbot.keyClick(forked, Qt.Key.Key_Down, ALT)
        assert cursor(forked) == row.segment.end
    qtbot.keyClick(forked, Qt.Key.Key_Up, ALT)
    assert cursor(forked) == rows[-2].segment.end
    qtbot.keyClick(forked, Qt.Key.Key_Left, ALT)
    qtbot.keyClick(forked, Qt.Key.Key_Right, ALT)
    assert cursor(forked) == rows[-2].segment.end


def test_up_down_and_enter_choose_a_row_with_the_keyboard(forked: Window, qtbot) -> None:
    canvas = panel_of(forked).canvas
    forked.reveal("tree")
    rows = tree(forked.controller.snapshot).rows
    for _ in range(5):
        qtbot.keyClick(canvas, Qt.Key.Key_Up)
    qtbot.keyClick(canvas, Qt.Key.Key_Down)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert cursor(forked) == rows[1].segment.end


def test_f2_names_the_branch_we_are_on_and_escape_leaves_it(forked: Window, qtbot) -> None:
    head = tree(forked.controller.snapshot).rows[1].segment.head
    forked.controller.apply(moves.seek, head)
    qtbot.keyClick(forked, Qt.Key.Key_F2)
    editor = panel_of(forked).editor
    assert editor.isVisible()
    qtbot.keyClicks(editor, "the mat 1")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert not editor.isVisible()
    assert dict(forked.controller.snapshot.timeline.names) == {head: "the mat 1"}
    qtbot.keyClick(forked, Qt.Key.Key_F2)
    assert editor.text() == "the mat 1"
    qtbot.keyClicks(editor, "other")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert not editor.isVisible()
    assert dict(forked.controller.snapshot.timeline.names) == {head: "the mat 1"}
    forked.controller.undo()
    assert not forked.controller.snapshot.timeline.names


def test_a_double_click_names_a_row(forked: Window, qtbot) -> None:
    viewport = panel_of(forked).canvas.viewport()
    qtbot.mouseDClick(viewport, LEFT, pos=point(forked, 2))
    editor = panel_of(forked).editor
    qtbot.keyClicks(editor, "second")
    qtbot.keyClick(editor, Qt.Key.Key_Enter)
    row = tree(forked.controller.snapshot).rows[2]
    assert row.name == "second"


def test_delete_prunes_and_undo_brings_it_back(forked: Window, qtbot) -> None:
    before = forked.controller.snapshot.timeline
    qtbot.keyClick(forked, Qt.Key.Key_Delete)
    after = forked.controller.snapshot.timeline
    assert len(tree(forked.controller.snapshot).rows) == 3
    assert after.cursor == 0
    qtbot.keyClick(forked, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert forked.controller.snapshot.timeline is before


def test_the_mouse_prunes_over_the_menu(forked: Window, qtbot) -> None:
    panel = panel_of(forked)
    head = tree(forked.controller.snapshot).rows[1].segment.head
    (action,) = [one for one in panel.menu_of(1).actions() if one.text() == "Prune it"]
    action.trigger()
    assert head in forked.controller.snapshot.timeline.pruned


def test_the_mouse_compares_a_branch_over_the_menu(forked: Window, qtbot) -> None:
    picture = tree(forked.controller.snapshot)
    other = picture.on_line.index(False)
    row, menu = picture.rows[other], panel_of(forked).menu_of(other)
    next(one for one in menu.actions() if one.text() == "Compare with it").trigger()
    assert forked.controller.snapshot.twin.other == row.segment.end
    forked.reveal("twin")
    picture = forked.docks["twin"].panel.canvas.picture
    assert picture.first is not None


def ask(canvas: TreeCanvas, at: QPoint) -> None:
    """Rest the mouse over a point."""
    where = canvas.viewport().mapToGlobal(at)
    QApplication.sendEvent(canvas.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, where))


def test_tool_tips_hold_formulas_and_numbers(forked: Window, qtbot, tips: list[str]) -> None:
    forked.maximiser.toggle(forked.docks["tree"])
    canvas = panel_of(forked).canvas
    qtbot.waitUntil(lambda: canvas.places.wide)
    for end in canvas.places.numbers:
        ask(canvas, QPoint(int(end) - 2, 4))
    assert len(set(tips)) == 3
    assert any("Σ max ln p" in said for said in tips)
    ask(canvas, canvas.box(1).center())
    assert "ln p(path) = Σ ln p" in tips[-1]


def test_a_name_is_plain_text(forked: Window, qtbot) -> None:
    qtbot.keyClick(forked, Qt.Key.Key_F2)
    editor = panel_of(forked).editor
    qtbot.keyClicks(editor, "<b>x</b>")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    panel_of(forked).grab()
    assert "<b>x</b>" in forked.controller.snapshot.timeline.names.values()
