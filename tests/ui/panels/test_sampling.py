"""The sampling panel: slider, fields, presets, flips; nothing here runs the network."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QLineEdit, QPushButton

from explorer.engine.sampling import PRESETS, Sampling
from explorer.lens.heat import marks
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.flips import Flips
from explorer.ui.heat_slider import HeatSlider
from explorer.ui.panels.sampling import SamplingPanel
from explorer.ui.stage_strip import StageStrip
from explorer.ui.style import DARK

SIZE = (448, 300)


@pytest.fixture
def panel(controller: Controller, shown) -> SamplingPanel:
    return shown(SamplingPanel, controller, SIZE)


def field(panel: SamplingPanel, name: str) -> QLineEdit:
    (found,) = [edit for edit in panel.findChildren(QLineEdit) if edit.accessibleName() == name]
    return found


def button(panel: SamplingPanel, text: str) -> QPushButton:
    (found,) = [push for push in panel.findChildren(QPushButton) if push.text() == text]
    return found


def enter(qtbot, edit: QLineEdit, text: str) -> None:
    """Type over what stands in a field and press Enter."""
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    qtbot.keyClick(edit, Qt.Key.Key_Return)


def sentences(panel: SamplingPanel) -> list[str]:
    return [
        label.text()
        for label in panel.findChildren(QLabel)
        if label.property("warning") and label.isVisible()
    ]


def slider(panel: SamplingPanel) -> HeatSlider:
    return panel.findChild(HeatSlider)


def on_scale(panel: SamplingPanel, temperature: float) -> QPoint:
    return QPointF(slider(panel).across(temperature), 19).toPoint()


def test_dragging_the_slider_turns_the_temperature_and_is_undone_at_once(
    panel, controller, qtbot
) -> None:
    before = controller.snapshot.sampling
    qtbot.mousePress(slider(panel), Qt.MouseButton.LeftButton, pos=on_scale(panel, 0.5))
    for temperature in (0.8, 1.5, 2.0):
        qtbot.mouseMove(slider(panel), on_scale(panel, temperature))
    qtbot.mouseRelease(slider(panel), Qt.MouseButton.LeftButton, pos=on_scale(panel, 2.0))
    assert controller.snapshot.sampling.temperature == pytest.approx(2.0, rel=0.02)
    assert float(field(panel, "Sampling temperature T").text()) == pytest.approx(2.0, rel=0.02)
    controller.undo()
    assert controller.snapshot.sampling == before


def test_turning_anything_reads_nothing_and_keeps_the_dice(
    panel, controller, reader, monkeypatch, qtbot
) -> None:
    calls = []
    monkeypatch.setattr(type(reader), "read", lambda *given: calls.append(given))
    numbers = {moves.next_draw(controller.snapshot).uniform}
    timeline = controller.snapshot.timeline
    qtbot.mouseClick(slider(panel), Qt.MouseButton.LeftButton, pos=on_scale(panel, 2.0))
    numbers.add(moves.next_draw(controller.snapshot).uniform)
    for name in ("top-k", "top-p", "min-p", "penalty"):
        enter(qtbot, field(panel, name), "1")
        numbers.add(moves.next_draw(controller.snapshot).uniform)
    for name in PRESETS:
        qtbot.mouseClick(button(panel, name), Qt.MouseButton.LeftButton)
        numbers.add(moves.next_draw(controller.snapshot).uniform)
    assert len(numbers) == 1
    assert controller.snapshot.timeline is timeline
    assert calls == []


@pytest.mark.parametrize(("typed", "value"), [("1,5", 1.5), ("1.5", 1.5), ("0", 0.0), ("5", 5.0)])
def test_a_typed_temperature_counts_with_point_or_comma(
    panel, controller, qtbot, typed, value
) -> None:
    enter(qtbot, field(panel, "Sampling temperature T"), typed)
    assert controller.snapshot.sampling.temperature == value
    assert sentences(panel) == []


@pytest.mark.parametrize("typed", ["nan", "inf", "-1", "9", "0.01", "hot"])
def test_a_wrong_temperature_is_refused_with_a_sentence_under_the_field(
    panel, controller, qtbot, typed
) -> None:
    before = controller.snapshot
    enter(qtbot, field(panel, "Sampling temperature T"), typed)
    assert controller.snapshot is before
    (sentence,) = sentences(panel)
    assert sentence.endswith(".") and "emperature" in sentence
    enter(qtbot, field(panel, "Sampling temperature T"), "0.9")
    assert sentences(panel) == []
    assert controller.snapshot.sampling.temperature == 0.9


@pytest.mark.parametrize(
    ("name", "typed", "attribute", "value"),
    [
        ("top-k", "40", "top_k", 40),
        ("top-p", "0,9", "top_p", 0.9),
        ("min-p", "0.05", "min_p", 0.05),
        ("penalty", "1.2", "repetition_penalty", 1.2),
        ("seed", "123", "seed", 123),
    ],
)
def test_each_field_sets_its_stage(panel, controller, qtbot, name, typed, attribute, value) -> None:
    before = controller.snapshot.sampling
    enter(qtbot, field(panel, name), typed)
    assert controller.snapshot.sampling == replace(before, **{attribute: value})


@pytest.mark.parametrize(
    ("name", "typed"),
    [("top-k", "-3"), ("top-k", "2.5"), ("top-p", "1.1"), ("min-p", "nan"), ("seed", "x")],
)
def test_a_wrong_setting_is_refused_with_a_sentence(panel, controller, qtbot, name, typed) -> None:
    before = controller.snapshot
    enter(qtbot, field(panel, name), typed)
    assert controller.snapshot is before
    (sentence,) = sentences(panel)
    assert name in sentence
    enter(qtbot, field(panel, name), "1")
    assert sentences(panel) == []


def test_the_greedy_switch_goes_to_zero_and_back(panel, controller, qtbot) -> None:
    controller.apply(moves.heat, 0.6)
    switch = panel.findChild(QCheckBox)
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton, pos=QPoint(8, switch.height() // 2))
    assert controller.snapshot.sampling.temperature == 0
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton, pos=QPoint(8, switch.height() // 2))
    assert controller.snapshot.sampling.temperature == 0.6
    controller.apply(moves.heat, 0.0)
    assert switch.isChecked()


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_sets_everything_but_the_seed(panel, controller, qtbot, name) -> None:
    controller.apply(moves.sample_with, Sampling(temperature=3, top_k=7, min_p=0.3, seed=55))
    qtbot.mouseClick(button(panel, name), Qt.MouseButton.LeftButton)
    assert controller.snapshot.sampling == replace(PRESETS[name], seed=55)
    assert [n for n in PRESETS if button(panel, n).isChecked()] == [name]
    qtbot.mouseClick(button(panel, name), Qt.MouseButton.LeftButton)
    assert button(panel, name).isChecked()


def test_new_dice_change_the_seed_and_nothing_else(panel, controller, qtbot) -> None:
    before = controller.snapshot.sampling
    qtbot.mouseClick(button(panel, "New dice"), Qt.MouseButton.LeftButton)
    after = controller.snapshot.sampling
    assert after.seed != before.seed and replace(after, seed=before.seed) == before
    assert field(panel, "seed").text() == str(after.seed)


def test_arrows_and_wheel_on_the_slider_turn_by_small_steps(panel, controller, qtbot) -> None:
    controller.apply(moves.heat, 0.5)
    slider(panel).setFocus()
    qtbot.keyClick(slider(panel), Qt.Key.Key_Up)
    warmer = controller.snapshot.sampling.temperature
    assert 0.5 < warmer < 0.6
    qtbot.keyClick(slider(panel), Qt.Key.Key_PageDown)
    assert controller.snapshot.sampling.temperature < 0.5


def test_the_flips_are_marked_and_survive_a_drag_without_being_found_again(
    panel, controller, qtbot
) -> None:
    controller.apply(moves.sample_with, Sampling(top_k=8, seed=3))
    qtbot.waitUntil(lambda: bool(marks(controller.snapshot).flips) and shows_flips(panel))
    asked = []
    Flips.of(controller).changed.connect(lambda: asked.append(Flips.of(controller).marks))
    for temperature in (0.3, 0.9, 2.5):
        controller.apply(moves.heat, temperature)
    qtbot.waitUntil(lambda: not controller.worker.busy)
    assert asked == [] and shows_flips(panel)
    controller.apply(moves.sample_with, Sampling(top_k=8, seed=4))
    qtbot.waitUntil(lambda: bool(asked))


def shows_flips(panel: SamplingPanel) -> bool:
    """Whether the colour of the marks stands above the line of the slider."""
    image = slider(panel).grab().toImage()
    ground = image.pixelColor(1, 1)
    return any(image.pixelColor(x, 5) != ground for x in range(16, image.width() - 16))


def test_a_mark_names_its_tokens_and_the_line_its_formula(panel, controller, qtbot, tips) -> None:
    controller.apply(moves.sample_with, Sampling(top_k=8, seed=3))
    found = marks(controller.snapshot)
    qtbot.waitUntil(lambda: shows_flips(panel))
    flip = found.flips[0]
    hover(slider(panel), on_scale(panel, flip.temperature))
    assert found.labels[flip.below] in tips[-1]
    assert found.labels[flip.above] in tips[-1]
    hover(slider(panel), QPoint(1, 19))
    assert "exp(log p_i / T)" in tips[-1]


def hover(widget, where: QPoint) -> None:
    event = QHelpEvent(QHelpEvent.Type.ToolTip, where, widget.mapToGlobal(where))
    QApplication.sendEvent(widget, event)


def test_the_strip_tells_how_many_candidates_leave_each_stage(panel, controller, tips) -> None:
    controller.apply(moves.sample_with, Sampling(top_k=40, seed=3))
    strip = panel.findChild(StageStrip)
    assert "top-k 40: 40" in strip.accessibleDescription()
    assert "effective choices" in strip.accessibleDescription()
    for box in strip.boxes():
        hover(strip, box.center().toPoint())
    assert len(tips) == len(strip.boxes()) == 7
    assert all(tips)


def test_every_control_explains_itself(panel) -> None:
    controls = [
        *panel.findChildren(QLineEdit),
        *panel.findChildren(QPushButton),
        *panel.findChildren(QCheckBox),
    ]
    assert len(controls) == 6 + 6 + 1
    assert all(control.toolTip() for control in controls)


def test_a_narrow_panel_shows_every_control_without_cutting_it(panel, qtbot) -> None:
    panel.resize(270, 420)
    QApplication.processEvents()
    for control in (*panel.findChildren(QLineEdit), *panel.findChildren(QPushButton)):
        right = control.mapTo(panel, QPoint(control.width(), 0)).x()
        assert right <= panel.width()


@pytest.mark.parametrize("size", [(260, 160), (448, 265), (900, 600)])
def test_every_state_is_painted_at_every_size(story, worker, style, shown, size) -> None:
    panel = shown(SamplingPanel, Controller(Snapshot(), worker), size)
    told = story(2)
    for s in (told, moves.heat(told, 0.0), moves.fail(moves.back(told), "broken"), Snapshot()):
        panel.controller.apply(lambda _, s=s: s)
        QApplication.processEvents()
        assert not panel.grab().isNull()
        style.set_presenter(not style.presenter)
        assert not panel.grab().isNull()
    style.set_theme(DARK)
    assert not panel.grab().isNull()
