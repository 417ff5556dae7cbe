"""The contract of every panel: every kind of snapshot, hidden or shown, light, dark, presenter."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QAccessible, QHelpEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QWidget,
)

from explorer.engine.capabilities import Capabilities, only_probabilities
from explorer.engine.edits import heads_off
from explorer.engine.partial import Partial
from explorer.engine.trace import Step, Trace
from explorer.lens.export import numbers
from explorer.lens.needs import NEEDS
from explorer.session import branches, moves, twin
from explorer.session.snapshot import Draft, Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panel import Panel
from explorer.ui.panels.table import PANELS
from explorer.ui.style import DARK, Style
from explorer.ui.worker import Worker

WHY = "This server gives <b>probabilities</b> and nothing from inside the network."


def only_the_largest(s: Snapshot, count: int = 20) -> Snapshot:
    """The story as an engine would tell it that names the most probable tokens and no more."""

    def poor(step: Step, position: int) -> Step:
        z = step.logits.astype(np.float64)
        z -= z.max()
        log_p = z - np.log(np.exp(z).sum())
        named = np.argsort(-log_p)[:count]
        logits = np.full(len(z), -np.inf, np.float32)
        logits[named] = log_p[named]
        none = np.zeros((0, 0, 0), np.float32)
        row = np.zeros((0, 0, position + 1), np.float32)
        rest = 1 - float(np.exp(log_p[named]).sum())
        return Step(step.token, logits, row, np.zeros((0, 0), np.float32), none, none, rest=rest)

    poorer = {
        step: poor(step, at)
        for node in s.timeline.nodes
        for at, step in enumerate(node.trace.steps)
    }
    nodes = tuple(
        replace(node, trace=Trace(tuple(poorer[step] for step in node.trace.steps)))
        for node in s.timeline.nodes
    )
    can = only_probabilities(WHY, f"The server names the {count} most probable tokens.")
    model = replace(s.model, layers=0, heads=0, width=0, head_width=0, can=can)
    return replace(s, model=model, timeline=replace(s.timeline, nodes=nodes))


def from_afar(s: Snapshot, *heads: tuple[int, int]) -> Snapshot:
    """The story as `explorer serve` tells it: the rows of these heads are here and no others."""

    def cut(array: np.ndarray, *places: tuple[int, ...]) -> Partial:
        return Partial(array.shape, {place: array[place] for place in places})

    there = {
        step: replace(
            step,
            attention=cut(step.attention, *heads),
            hidden=cut(step.hidden),
            queries=cut(step.queries, *heads),
            keys=cut(step.keys, *heads),
        )
        for node in s.timeline.nodes
        for step in node.trace.steps
    }
    nodes = tuple(
        replace(node, trace=Trace(tuple(there[step] for step in node.trace.steps)))
        for node in s.timeline.nodes
    )
    away = Capabilities(formulas="The weights stay on the server.")
    timeline = replace(s.timeline, nodes=nodes)
    return replace(s, model=replace(s.model, can=away), timeline=timeline)


KINDS: dict[str, Callable[..., Snapshot]] = {
    "empty": lambda story: Snapshot(),
    "loading": lambda story: moves.working(Snapshot(), "Loading the model …"),
    "loaded without text": lambda story: moves.load(Snapshot(), story(0).model),
    "begin token only": lambda story: story(0, prompt=""),
    "prompt only": lambda story: story(0),
    "mid-play": lambda story: moves.play(story(12), True),
    "gone back": lambda story: moves.back(moves.back(story(6))),
    "greedy": lambda story: moves.heat(story(4), 0.0),
    "hot": lambda story: moves.heat(story(4), 5.0),
    "narrow": lambda story: moves.sample_with(
        story(4),
        replace(story(4).sampling, top_k=5, top_p=0.5, min_p=0.2, repetition_penalty=1.3),
    ),
    "hovering": lambda story: moves.hover(story(5), 2),
    "selected": lambda story: moves.select(story(5), 3),
    "rivals": lambda story: moves.compare_keys(story(5), (1, 2)),
    "error": lambda story: moves.fail(story(3), "Something <b>broke</b>."),
    "edited": lambda story: moves.edit(story(3), heads_off((0, 0), (1, 2))),
    "twin run": lambda story: twin.compare_with(moves.heat(story(6), 2.0), 2),
    "pruned": lambda story: branches.prune(branches.rename(story(6), 2, "<b>name</b>"), 4),
    "emoji": lambda story: story(2, prompt="🙂 e\u0301 שלום\n\n\0 <img src=x>"),
    "bad draft": lambda story: moves.write(story(1), Draft("x" * 50, None, "too long")),
    "only probabilities": lambda story: only_the_largest(story(6)),
    "only probabilities, with a twin": lambda story: twin.compare_with(
        only_the_largest(moves.heat(story(6), 2.0)), 2
    ),
    "one head from afar": lambda story: from_afar(story(6), (0, 0)),
    "no head from afar, with a twin": lambda story: twin.compare_with(
        from_afar(moves.heat(story(6), 2.0)), 2
    ),
    "full context": lambda story: story(300, temperature=1.2),
}


def build(
    kind: type[Panel], snapshot: Snapshot, worker: Worker, style: Style, qtbot
) -> tuple[Panel, Controller]:
    """A panel of its own, shown, around a snapshot."""
    controller = Controller(snapshot, worker)
    panel = kind(controller, style)
    qtbot.addWidget(panel)
    panel.resize(480, 320)
    panel.show()
    qtbot.waitExposed(panel)
    return panel, controller


@pytest.mark.parametrize("kind", PANELS, ids=lambda panel: panel.id)
@pytest.mark.parametrize("state", KINDS)
def test_every_panel_draws_every_kind_of_snapshot(
    kind: type[Panel], state: str, story, worker: Worker, style: Style, qtbot
) -> None:
    snapshot = KINDS[state](story)
    panel, _ = build(kind, snapshot, worker, style, qtbot)
    picture = panel.grab().toImage()
    assert not picture.isNull()
    colours = {picture.pixel(x, y) for x in range(0, 480, 3) for y in range(0, 320, 3)}
    if snapshot.timeline:
        assert len(colours) > 3


@pytest.mark.parametrize("kind", PANELS, ids=lambda panel: panel.id)
def test_every_panel_walks_between_all_kinds(
    kind: type[Panel], story, worker: Worker, style: Style, qtbot
) -> None:
    panel, controller = build(kind, Snapshot(), worker, style, qtbot)
    for make in (*KINDS.values(), *reversed(KINDS.values())):
        old, controller.snapshot = controller.snapshot, make(story)
        controller.changed.emit(controller.snapshot, old)
        panel.grab()
    assert panel._drawn is controller.snapshot


@pytest.mark.parametrize("kind", PANELS, ids=lambda panel: panel.id)
@pytest.mark.parametrize("size", [(200, 150), (260, 160), (1400, 1000)])
def test_every_panel_survives_every_size_theme_and_scale(
    kind: type[Panel], size: tuple[int, int], story, worker: Worker, style: Style, qtbot
) -> None:
    panel, _ = build(kind, story(8), worker, style, qtbot)
    panel.resize(*size)
    panel.grab()
    style.set_theme(DARK)
    style.set_presenter(True)
    style.set_zoom(2.0)
    panel.grab()
    style.set_zoom(0.6)
    panel.grab()


@pytest.mark.parametrize("kind", PANELS, ids=lambda panel: panel.id)
def test_a_hidden_panel_draws_nothing_until_it_is_shown(
    kind: type[Panel], story, worker: Worker, style: Style, qtbot
) -> None:
    panel, controller = build(kind, story(1), worker, style, qtbot)
    panel.hide()
    drawn: list[Snapshot] = []
    draw = panel.draw
    panel.draw = lambda new, old: (drawn.append(new), draw(new, old))  # type: ignore[method-assign]
    controller.apply(moves.seek, 0)
    assert drawn == []
    panel.show()
    assert drawn == [controller.snapshot]


@pytest.mark.parametrize("kind", PANELS, ids=lambda panel: panel.id)
def test_every_panel_can_be_read_by_a_screen_reader(
    kind: type[Panel], story, worker: Worker, style: Style, qtbot
) -> None:
    panel, _ = build(kind, story(4), worker, style, qtbot)
    interface = QAccessible.queryAccessibleInterface(panel)
    assert interface.text(QAccessible.Text.Name) == kind.title
    assert len(interface.text(QAccessible.Text.Description)) > 20


@pytest.mark.parametrize("kind", PANELS, ids=lambda panel: panel.id)
def test_every_control_explains_itself_and_has_a_name(
    kind: type[Panel], story, worker: Worker, style: Style, qtbot, tips: list[str]
) -> None:
    panel, _ = build(kind, story(4), worker, style, qtbot)
    panel.resize(700, 700)
    controls = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QSlider, QAbstractSpinBox)
    for control in panel.findChildren(QWidget):
        inside = isinstance(control.parent(), (QComboBox, QAbstractSpinBox))
        if not isinstance(control, controls) or inside or not control.isVisible():
            continue
        name = QAccessible.queryAccessibleInterface(control).text(QAccessible.Text.Name)
        tips[:] = [control.toolTip()]
        if not control.toolTip():  # then it says what lies under the mouse
            middle = control.rect().center()
            asked = QHelpEvent(QEvent.Type.ToolTip, middle, control.mapToGlobal(middle))
            QApplication.sendEvent(control, asked)
        assert name and len(tips[-1]) > 10, f"{type(control).__name__} {name!r}"


def test_ids_and_titles_are_unique_and_explained() -> None:
    assert len({panel.id for panel in PANELS}) == len(PANELS)
    assert len({panel.title for panel in PANELS}) == len(PANELS)
    assert all(len(panel.help) > 20 for panel in PANELS)


@pytest.mark.parametrize("kind", PANELS, ids=lambda panel: panel.id)
def test_a_panel_that_the_engine_cannot_feed_says_why_in_place(
    kind: type[Panel], story, worker: Worker, style: Style, qtbot
) -> None:
    panel, controller = build(kind, only_the_largest(story(6)), worker, style, qtbot)
    needed = NEEDS.get(kind.id, ())
    why = "The server names the 20 most probable tokens." if needed == ("vocabulary",) else WHY
    assert panel.absence == (why if needed else "")
    if panel.absence:
        cover = panel.childAt(panel.rect().center())
        assert QAccessible.queryAccessibleInterface(cover).text(QAccessible.Text.Name) == why
        assert not any(
            child.isEnabled()
            for child in panel.children()
            if isinstance(child, QWidget) and child is not cover
        )
        with pytest.raises(ValueError, match=re.escape(why)):
            numbers(kind.id, controller.snapshot)
        said = panel.grab().toImage()
    controller.become(story(6))
    assert panel.absence == ""
    if kind.id in NEEDS:
        assert panel.grab().toImage() != said


def test_whatever_is_said_to_be_needed_is_needed_by_a_panel() -> None:
    assert set(NEEDS) <= {panel.id for panel in PANELS}
