"""The panel of token energies: keys, hints, what it keeps, every kind of snapshot."""

import pytest
from PySide6.QtCore import QPoint, Qt

from explorer.engine.sampling import Sampling
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.energy import EnergyPanel
from explorer.ui.panels.energy_frame import shortest
from explorer.ui.style import DARK


@pytest.fixture
def panel(controller, style, qtbot):
    panel = EnergyPanel(controller, style)
    qtbot.addWidget(panel)
    panel.resize(640, 420)
    panel.show()
    return panel


def picture(panel):
    return panel.grab().toImage()


def test_turning_the_temperature_changes_the_picture(panel, controller):
    controller.apply(moves.heat, 0.4)
    before = picture(panel)
    controller.apply(moves.heat, 2.0)
    assert picture(panel) != before
    assert "sampling temperature 2" in panel.accessibleDescription()


def test_after_a_turn_of_the_temperature_every_number_is_the_present_one(
    panel, controller, style, qtbot
):
    controller.apply(moves.heat, 1.0)
    picture(panel)
    for temperature in (0.9, 0.7, 1.1):
        controller.apply(moves.heat, temperature)
        fresh = EnergyPanel(controller, style)
        qtbot.addWidget(fresh)
        fresh.resize(panel.size())
        fresh.show()
        for one in (panel, fresh):
            one.canvas.clearFocus()
        assert picture(panel) == picture(fresh)


def test_hovering_a_token_elsewhere_paints_nothing_anew(panel, controller):
    before = panel.canvas.shown()
    controller.apply(moves.hover, 2)
    assert all(new is old for new, old in zip(panel.canvas.shown(), before, strict=True))


def test_arrows_move_the_mark_and_stop_at_the_ends(panel, qtbot):
    canvas = panel.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert canvas.marked == 0
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.marked == 1
    qtbot.keyClick(canvas, Qt.Key.Key_End)
    assert canvas.marked == len(canvas.shown()) - 1
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.marked == len(canvas.shown()) - 1


def test_the_marked_well_is_read_out(panel, qtbot):
    canvas = panel.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    well = canvas.shown()[1]
    assert f"rank {well.rank}" in canvas.accessibleDescription()
    assert f"{well.energy:.4f} nats" in canvas.accessibleDescription()


def test_a_click_marks_a_well_and_chooses_nothing(panel, controller, qtbot):
    before = controller.snapshot
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    assert panel.canvas.marked > 0
    assert controller.snapshot is before


def test_a_removed_token_says_which_stage_removed_it(panel, controller):
    controller.apply(moves.sample_with, Sampling(temperature=1.0, top_k=2))
    assert "top-k removed it" in panel.canvas.explain(3)
    assert "infinite" in panel.canvas.explain(3)


@pytest.mark.parametrize("size", [(260, 160), (420, 300), (900, 600)])
def test_the_well_of_the_dice_is_shown_at_every_size(panel, controller, size):
    controller.apply(moves.sample_with, Sampling(temperature=5.0, seed=4))
    panel.resize(*size)
    assert sum(well.dice for well in panel.canvas.shown()) == 1


@pytest.mark.parametrize("size", [(160, 100), (260, 160), (1200, 700)])
@pytest.mark.parametrize("temperature", [0.0, 0.05, 1.0, 5.0])
def test_any_temperature_can_be_painted_at_any_size(panel, controller, size, temperature):
    controller.apply(moves.heat, temperature)
    panel.resize(*size)
    assert not picture(panel).isNull()


def test_without_a_text_it_says_what_is_missing(style, worker, qtbot):
    panel = EnergyPanel(Controller(Snapshot(), worker), style)
    qtbot.addWidget(panel)
    panel.show()
    assert "nothing has been read" in panel.accessibleDescription().lower()
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Right)
    assert not picture(panel).isNull()


def test_another_theme_repaints_the_ground(panel, style):
    light = picture(panel)
    style.set_theme(DARK)
    assert picture(panel) != light


def test_a_weight_too_wide_for_its_well_is_told_by_its_power_of_ten():
    assert [shortest(p) for p in (0.00015, 1.6e-5, 3e-12)] == ["1e-4", "2e-5", "3e-12"]
