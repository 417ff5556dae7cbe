"""The panel of the experiments, used as a person does: buttons, fields, badges."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from explorer.engine.edits import NO_EDITS, Edits, Off
from explorer.session import moves
from explorer.ui.controller import Controller
from explorer.ui.panels.experiments import ExperimentsPanel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(controller: Controller, shown) -> ExperimentsPanel:
    controller.apply(moves.look_at, 2, 1)
    return shown(ExperimentsPanel, controller, (560, 640))


def button(panel: ExperimentsPanel, text: str) -> QPushButton:
    """The visible button with this text, or the badge that begins with it and is no button."""
    found = [one for one in panel.findChildren(QPushButton) if not one.isHidden()]
    badges = (one for one in found if one.text() == f"{text}  ✕")
    return next((one for one in found if one.text() == text), None) or next(badges)


def settled(panel: ExperimentsPanel, qtbot) -> Edits:
    qtbot.waitUntil(lambda: not panel.controller.worker.busy, timeout=20_000)
    return panel.controller.snapshot.edits


def test_buttons_switch_the_chosen_head_mlp_and_layer_off_and_on(panel, qtbot) -> None:
    for text, off in (
        ("L2 · H1", Off("head", 2, 1)), ("L2 · MLP", Off("mlp", 2)), ("layer 2", Off("block", 2)),
    ):  # fmt: skip
        qtbot.mouseClick(button(panel, text), LEFT)
        assert settled(panel, qtbot).off == (off,)
        assert button(panel, text).isChecked()
        qtbot.mouseClick(button(panel, text), LEFT)
        assert settled(panel, qtbot) == NO_EDITS
        assert not button(panel, text).isChecked()


def test_means_are_chosen_by_a_button(panel, qtbot) -> None:
    qtbot.mouseClick(button(panel, "mean"), LEFT)
    assert button(panel, "mean").isChecked() and not button(panel, "zeros").isChecked()
    qtbot.mouseClick(button(panel, "L2 · H1"), LEFT)
    edits = settled(panel, qtbot)
    assert edits.off == (Off("head", 2, 1, "mean"),)
    assert edits.reference == panel.controller.snapshot.timeline.node.trace.ids


def test_a_neuron_is_typed(panel, qtbot) -> None:
    field = panel._off.neuron
    qtbot.keyClicks(field, "17")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert settled(panel, qtbot).off == (Off("neuron", 2, 17),)
    qtbot.keyClicks(field, "x")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.property("wrong")
    field.clear()
    qtbot.keyClicks(field, "99999")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "no neuron 99999" in panel.controller.snapshot.error)
    assert panel.controller.snapshot.edits.off == (Off("neuron", 2, 17),)


def test_every_edit_has_a_badge_that_takes_it_back(panel, qtbot) -> None:
    qtbot.mouseClick(button(panel, "L2 · H1"), LEFT)
    settled(panel, qtbot)
    panel.controller.lab.toggle(Off("mlp", 4))
    settled(panel, qtbot)
    qtbot.mouseClick(button(panel, "L2 · H1 off"), LEFT)
    assert settled(panel, qtbot).off == (Off("mlp", 4),)
    qtbot.mouseClick(button(panel, "Clear all"), LEFT)
    assert settled(panel, qtbot) == NO_EDITS
    assert not panel._clear.isVisible()


def test_before_and_after_stand_side_by_side_with_the_divergence(panel, qtbot) -> None:
    before = panel.controller.snapshot.timeline.node.trace.steps[-1].logits
    qtbot.mouseClick(button(panel, "layer 2"), LEFT)
    settled(panel, qtbot)
    qtbot.waitUntil(lambda: panel._bars.shown is not None)
    p = np.exp(before.astype(np.float64))
    row = panel._bars.shown.rows[0]
    assert row.before == pytest.approx((p / p.sum())[row.token], rel=1e-6)
    labels = [one.text() for one in panel.findChildren(QLabel) if one.isVisible()]
    assert any(text.startswith("KL(before || after) = ") for text in labels)
    assert "KL" in panel.accessibleDescription()


def test_steering_by_two_prompts(panel, qtbot) -> None:
    form = panel._steer
    qtbot.keyClicks(form.wanted, "The dog")
    qtbot.keyClicks(form.unwanted, "The cat")
    form.strength.clear()
    qtbot.keyClicks(form.strength, "2,5")
    qtbot.mouseClick(button(panel, "from here on"), LEFT)
    qtbot.mouseClick(button(panel, "Steer"), LEFT)
    (one,) = settled(panel, qtbot).steering
    assert (one.layer, one.strength, one.position, one.onwards) == (2, 2.5, 5, False)
    assert one.source == "“The dog” − “The cat”"
    form.strength.clear()
    qtbot.keyClicks(form.strength, "much")
    qtbot.keyClick(form.strength, Qt.Key.Key_Return)
    assert form.strength.property("wrong")
    assert len(panel.controller.snapshot.edits.steering) == 1


def test_patching_from_a_prompt_and_from_a_branch(panel, qtbot) -> None:
    controller, form = panel.controller, panel._patch
    controller.apply(moves.select, 2)
    qtbot.keyClicks(form.prompt, "The dog sat on the")
    qtbot.mouseClick(button(panel, "Patch"), LEFT)
    (patch,) = settled(panel, qtbot).patches
    assert (patch.name, patch.layer, patch.position) == ("resid_pre", 2, 2)
    assert patch.source == "“The dog sat on the”"
    form.name.setCurrentIndex(form.name.findData("z"))
    qtbot.keyClick(form.source, Qt.Key.Key_Down)  # the line without edits
    assert not form.prompt.isVisible()
    qtbot.mouseClick(button(panel, "Patch"), LEFT)
    patches = settled(panel, qtbot).patches
    assert (patches[1].name, patches[1].head, len(patches[1].values)) == ("z", 1, 40)
