"""The dice: segments slide under a mark that stays; keys and mouse reach every segment."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication

from explorer.engine.sampling import Sampling
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.dice import DicePanel
from explorer.ui.panels.dice_canvas import DiceCanvas
from explorer.ui.style import DARK

SIZE = (448, 200)


@pytest.fixture
def panel(controller: Controller, shown) -> DicePanel:
    return shown(DicePanel, controller, SIZE)


def canvas(panel: DicePanel) -> DiceCanvas:
    return panel.findChild(DiceCanvas)


def at(panel: DicePanel, number: float) -> QPoint:
    strip = canvas(panel).strips()[0]
    return QPointF(strip.x(number), strip.box.center().y()).toPoint()


def test_the_mark_stays_while_the_segments_slide(panel, controller) -> None:
    controller.apply(moves.sample_with, Sampling(temperature=0.4))
    view = canvas(panel)
    where = view.strips()[0].x(view.dice.number)
    ends, before = view.dice.ends, panel.grab().toImage()
    controller.apply(moves.heat, 1.5)
    assert view.strips()[0].x(view.dice.number) == where
    assert view.dice.ends[0] < ends[0]
    assert panel.grab().toImage() != before


def test_a_place_on_the_strip_and_its_number_are_inverse(panel) -> None:
    strip = canvas(panel).strips()[0]
    for number in (0.0, 0.25, 0.9):
        assert strip.number(strip.x(number)) == pytest.approx(number)


def test_hovering_a_segment_tells_token_interval_and_probability(panel, controller, tips) -> None:
    controller.apply(moves.sample_with, Sampling(top_k=3))
    view = canvas(panel)
    where = at(panel, view.dice.ends[0] / 2)
    event = QHelpEvent(QHelpEvent.Type.ToolTip, where, view.mapToGlobal(where))
    QApplication.sendEvent(view, event)
    assert view.dice.label(0) in tips[-1]
    assert f"{view.dice.ends[0]:.6g}" in tips[-1]


def test_the_segment_under_the_mouse_is_outlined(panel, controller, qtbot) -> None:
    controller.apply(moves.sample_with, Sampling(top_k=4))
    before = panel.grab().toImage()
    qtbot.mouseMove(canvas(panel), at(panel, 0.99))
    assert canvas(panel).segment_at(QPointF(at(panel, 0.99))) == 3
    assert panel.grab().toImage() != before


def test_arrows_walk_over_the_segments_and_enter_forces_one(panel, controller, qtbot) -> None:
    controller.apply(moves.sample_with, Sampling(top_k=5))
    view = canvas(panel)
    view.setFocus()
    for _ in range(9):
        qtbot.keyClick(view, Qt.Key.Key_Up)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.dice.label(2) in view.accessibleDescription()
    token = int(view.dice.tokens[2])
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.nodes) == 2)
    draw = controller.snapshot.timeline.node.draw
    assert (draw.token, draw.forced) == (token, True)


def test_a_narrow_segment_is_magnified_where_there_is_room(panel, controller) -> None:
    controller.apply(moves.sample_with, Sampling(temperature=5))
    view = canvas(panel)
    _, part = view.strips()
    start, end = view.dice.interval(view.dice.chosen)
    wide = part.x(end) - part.x(start)
    assert wide == pytest.approx(part.box.width() / 5, rel=1e-6)
    inside = QPointF((part.x(start) + part.x(end)) / 2, part.box.center().y())
    assert view.segment_at(inside) == view.dice.chosen
    panel.resize(448, 110)
    assert len(view.strips()) == 1


def test_the_description_names_the_number_and_the_token(panel, controller) -> None:
    number = canvas(panel).dice.number
    assert f"{number:.4f}" in panel.accessibleDescription()
    controller.apply(moves.heat, 0.0)
    assert "Greedy" in panel.accessibleDescription()


@pytest.mark.parametrize("size", [(260, 160), (448, 110), (900, 600)])
def test_every_state_is_painted_at_every_size(story, worker, style, shown, size) -> None:
    panel = shown(DicePanel, Controller(Snapshot(), worker), size)
    told = story(2)
    hot = moves.sample_with(told, Sampling(temperature=5, seed=3))
    for s in (told, hot, moves.heat(told, 0.0), moves.fail(moves.back(told), "broken"), Snapshot()):
        panel.controller.apply(lambda _, s=s: s)
        assert not panel.grab().isNull()
        style.set_presenter(not style.presenter)
        assert not panel.grab().isNull()
    style.set_theme(DARK)
    assert not panel.grab().isNull()
