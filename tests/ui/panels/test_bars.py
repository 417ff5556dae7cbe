"""The probability bars: a click, Enter and the spin box act; the picture follows the draw."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QSpinBox

from explorer.engine.sampling import Sampling
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.bars import BarsPanel
from explorer.ui.panels.bars_canvas import BarsCanvas
from explorer.ui.panels.bars_ink import rank_text
from explorer.ui.style import DARK
from explorer.ui.worker import Worker

SIZE = (448, 430)


@pytest.fixture
def panel(controller: Controller, shown) -> BarsPanel:
    return shown(BarsPanel, controller, SIZE)


def canvas(panel: BarsPanel) -> BarsCanvas:
    return panel.findChild(QScrollArea).widget()


def rest(panel: BarsPanel) -> BarsCanvas:
    return next(one for one in panel.findChildren(BarsCanvas) if one is not canvas(panel))


def middle(panel: BarsPanel, row: int) -> QPoint:
    return canvas(panel).row_box(row).center().toPoint()


def picture(panel: BarsPanel):
    return panel.grab().toImage()


def test_a_click_on_a_bar_forces_its_token(panel, controller, qtbot) -> None:
    token = canvas(panel).bars.rows[3].token
    qtbot.mouseClick(canvas(panel), Qt.MouseButton.LeftButton, pos=middle(panel, 3))
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.nodes) == 2)
    draw = controller.snapshot.timeline.node.draw
    assert (draw.token, draw.forced) == (token, True)


def test_arrows_move_the_mark_and_enter_forces(panel, controller, qtbot) -> None:
    view = canvas(panel)
    view.setFocus()
    before = picture(panel)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(view, key)
    assert picture(panel) != before
    token = view.bars.rows[2].token
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.nodes) == 2)
    assert controller.snapshot.timeline.node.draw.token == token


def test_the_rest_of_the_vocabulary_cannot_be_forced(panel, controller, qtbot) -> None:
    before = controller.snapshot
    qtbot.mouseClick(rest(panel), Qt.MouseButton.LeftButton, pos=rest(panel).rect().center())
    assert controller.snapshot is before


@pytest.mark.parametrize("size", [(448, 430), (300, 170)])
def test_the_rest_stays_in_view_and_all_rows_add_up_to_one(panel, controller, size) -> None:
    panel.resize(*size)
    for number in (3, 20, 100):
        controller.apply(moves.show_bars, number)
        (row,) = rest(panel).bars.rows
        assert row.token is None and row.label == f"{4096 - number:,} others"
        assert rest(panel).isVisible() and rest(panel).geometry().bottom() < panel.height()
        rows = [*canvas(panel).bars.rows, row]
        assert sum(one.raw for one in rows) == pytest.approx(1)
        assert sum(one.final for one in rows) == pytest.approx(1)


def test_a_press_that_ends_on_another_row_forces_nothing(panel, controller, qtbot) -> None:
    before = controller.snapshot
    qtbot.mousePress(canvas(panel), Qt.MouseButton.LeftButton, pos=middle(panel, 1))
    qtbot.mouseRelease(canvas(panel), Qt.MouseButton.LeftButton, pos=middle(panel, 4))
    assert controller.snapshot is before


def test_the_spin_box_sets_how_many_bars_there_are(panel, controller, qtbot) -> None:
    spin = panel.findChild(QSpinBox)
    qtbot.keyClick(spin, Qt.Key.Key_Down)
    assert controller.snapshot.look.bars == 19
    controller.apply(moves.show_bars, 50)
    assert spin.value() == 50
    assert len(canvas(panel).bars.rows) >= 50


def test_rows_that_do_not_fit_scroll_and_the_mark_stays_in_view(panel, qtbot) -> None:
    panel.resize(300, 170)
    area, view = panel.findChild(QScrollArea), canvas(panel)
    assert view.height() > area.viewport().height()
    view.setFocus()
    for _ in range(3):
        qtbot.keyClick(view, Qt.Key.Key_PageDown)
    last = view.row_box(len(view.bars.rows) - 1)
    top = area.verticalScrollBar().value()
    assert top <= last.top() and last.bottom() <= top + area.viewport().height() + 1


def test_hovering_a_row_tells_exact_values(panel, tips) -> None:
    where = middle(panel, 2)
    QApplication.sendEvent(
        canvas(panel),
        QHelpEvent(QHelpEvent.Type.ToolTip, where, canvas(panel).mapToGlobal(where)),
    )
    label = canvas(panel).bars.rows[2].label
    assert label in tips[-1] and "raw" in tips[-1]


def test_a_change_of_temperature_paints_other_bars_and_a_hover_elsewhere_none(
    panel, controller
) -> None:
    controller.apply(moves.heat, 1.0)
    before, rows = picture(panel), canvas(panel).bars
    controller.apply(moves.hover, 1)
    assert canvas(panel).bars is rows and picture(panel) == before
    controller.apply(moves.heat, 0.5)
    assert picture(panel) != before


def test_each_kind_of_mark_changes_the_picture(story, worker: Worker, shown) -> None:
    s = story(3)
    controller = Controller(s, worker)
    panel = shown(BarsPanel, controller, SIZE)
    pictures = [picture(panel)]
    for change in (
        lambda: controller.apply(moves.back),
        lambda: controller.apply(moves.sample_with, replace(s.sampling, seed=12)),
        lambda: controller.apply(moves.sample_with, Sampling(top_p=0.3, seed=12)),
        lambda: controller.apply(moves.heat, 0.0),
    ):
        change()
        pictures.append(picture(panel))
    assert all(new != old for new, old in zip(pictures[1:], pictures, strict=False))


def test_the_description_for_screen_readers_follows_the_draw(panel, controller) -> None:
    before = panel.accessibleDescription()
    controller.apply(moves.heat, 0.0)
    assert panel.accessibleDescription() != before
    assert "1 candidate is left" in panel.accessibleDescription()


@pytest.mark.parametrize("size", [(260, 160), (420, 300), (900, 600)])
def test_every_state_is_painted_at_every_size(story, worker, style, shown, size) -> None:
    panel = shown(BarsPanel, Controller(Snapshot(), worker), size)
    told = story(2)
    for s in (told, moves.heat(told, 0.0), moves.fail(moves.back(told), "broken"), Snapshot()):
        panel.controller.apply(lambda _, s=s: s)
        assert not picture(panel).isNull()
        style.set_presenter(not style.presenter)
        assert not picture(panel).isNull()
    style.set_theme(DARK)
    assert not picture(panel).isNull()


def test_r_rolls_and_the_rolls_are_painted_until_the_next_step(window, qtbot) -> None:
    c, panel = window.controller, window.docks["bars"].panel
    before = picture(panel)
    qtbot.keyClick(window, Qt.Key.Key_R)
    once = picture(panel)
    assert once != before and "1,000 rolls" in panel.accessibleDescription()
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert picture(panel) != once
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert picture(panel) == once
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(c.snapshot.timeline.nodes) == 2)
    assert "1,000 rolls" not in panel.accessibleDescription()


def test_a_rank_of_a_large_vocabulary_leaves_room_for_the_die() -> None:
    assert [rank_text(rank) for rank in (1, 9_999, 29_807, 150_000)] == [
        "1", "9999", "30k", "150k"
    ]  # fmt: skip
