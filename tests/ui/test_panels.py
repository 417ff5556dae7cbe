"""The contract of every panel of every workspace: all kinds of snapshots, sizes, colours, readers.

A new panel is in it once it stands in the table of its workspace.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QHelpEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
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
from explorer.physics.capacity import Plan, sweep
from explorer.physics.capacity_growth import GrowthPlan, measure_growth
from explorer.physics.fine_tuning import Tuning
from explorer.physics.hopfield_basins import basins
from explorer.physics.pretraining_contest import COURSE, Contest, contest
from explorer.physics.restricted_learning import Course
from explorer.session import branches, moves, twin
from explorer.session.bridge import moves as bridge_moves
from explorer.session.bridge.head import head_of, why_no_head
from explorer.session.bridge.snapshot import Bridge
from explorer.session.memory import experiments, lessons, machines, steps, studies, teaching
from explorer.session.memory import moves as memory_moves
from explorer.session.memory.snapshot import Memory, empty
from explorer.session.memory.study import advanced, sampled
from explorer.session.snapshot import Draft, Snapshot
from explorer.ui.bridge_desk import BridgeDesk
from explorer.ui.bridge_workspace import BRIDGE_PANELS
from explorer.ui.controller import Controller
from explorer.ui.desk import Desk
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.memory_workspace import MEMORY_PANELS
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.table import PANELS
from explorer.ui.pixels import letter
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


@functools.cache
def machines_at_work() -> Memory:
    """Every machine has learned a little."""
    s = empty((6, 6))
    *_, study = sampled(list(advanced(s.machines.study, 4))[-1], 12)
    s = studies.ask(studies.keep_study(s, study), 0, 1)
    course = Course("pcd", steps=6, chains=10)
    for plan in (teaching.Plan("bars 4", 24, course), teaching.Plan("bars 3", 6, course, 0.3)):
        *_, found = lessons.study(teaching.prepare(s, plan))
        s = teaching.keep_learned(s, found)
    letters = np.stack([letter(one, (6, 6)) for one in "AX"])
    plan = Contest((6,), replace(COURSE, steps=4), Tuning(steps=4), 4, 1, seeds=2, every=2)
    for task in ("classification", "reconstruction"):
        *_, curves = contest(letters, (6, 6), plan, task)
        s = machines.keep_contest(s, curves)
    return s


@functools.cache
def measured() -> Memory:
    """Two letters are stored, and everything that can be measured is, beside the machines."""
    s = machines_at_work()
    for one in "AX":
        s = memory_moves.store(memory_moves.put(s, letter(one, s.shape)), one)
    plan = Plan(60, "hebb", (0.05, 0.2), nets=1, starts=1)
    *_, curve = sweep(plan)
    s = experiments.keep_curve(s, plan, curve)
    growth = next(one for one in measure_growth(GrowthPlan(networks=1)) if one.points)
    s = experiments.keep_growth(s, growth)
    *_, wells = basins(s.network, s.patterns, trials=3)
    return experiments.keep_basins(s, s.network, wells)


def stored() -> Memory:
    """One pattern is stored, and is the state."""
    return memory_moves.store(memory_moves.draw(empty(), range(12), 1), "a")


MEMORY_KINDS: dict[str, Callable[..., Memory]] = {
    "empty": lambda _: empty(),
    "small": lambda _: empty((5, 7)),
    "one": lambda _: stored(),
    "spoilt": lambda _: memory_moves.corrupt(stored()),
    "walked": lambda _: steps.step(memory_moves.corrupt(stored()), 30),
    "large": lambda _: memory_moves.resize(stored(), 32, 32),
    "machines": lambda _: machines_at_work(),
    "measured": lambda _: measured(),
    "playing": lambda _: memory_moves.play(memory_moves.corrupt(stored()), True),
    "error": lambda _: memory_moves.fail(stored(), "Something <b>broke</b>."),
}


def with_head(text: Snapshot) -> Bridge:
    """The bridge as it shows the chosen head of a text."""
    return bridge_moves.follow(bridge_moves.opened(), head_of(text), why_no_head(text))


def knobs(text: Snapshot, **values: float) -> Bridge:
    """The bridge with other sliders."""
    s = with_head(text)
    return bridge_moves.use(s, replace(s.setting, **values))


BRIDGE_KINDS: dict[str, Callable[..., Bridge]] = {
    "nothing at all": lambda _: Bridge(),
    "empty": lambda _: bridge_moves.opened(),
    "read": lambda story: with_head(story(6)),
    "stepped": lambda story: bridge_moves.step(bridge_moves.step(with_head(story(6)))),
    "keys": lambda story: bridge_moves.store(with_head(story(6)), "keys"),
    "two patterns": lambda story: knobs(story(6), count=2),
    "soft": lambda story: bridge_moves.sharpen(with_head(story(6)), 0.01),
    "sharp": lambda story: bridge_moves.sharpen(with_head(story(6)), 10.0),
    "no head": lambda story: with_head(only_the_largest(story(6))),
    "error": lambda story: bridge_moves.fail(with_head(story(6)), "Something <b>broke</b>."),
}


def bridge_desk(s: Bridge, worker: Worker, story: Callable[..., Snapshot]) -> BridgeDesk:
    """A desk over the text that the bridge has its head from."""
    text = Snapshot()
    if s.head is not None:
        text = story(6)
    elif s.missing:
        text = only_the_largest(story(6))
    return BridgeDesk(s, worker, Controller(text, worker))


@dataclass(frozen=True)
class Subject:
    """What the contract knows of a workspace: its panels, and the kinds of its snapshots.

    desk(snapshot, worker, story) holds one of them; `usual` names one that shows much; change is
    a move that every panel may draw.
    """

    panels: tuple[type[DeskPanel[Any]], ...]
    kinds: dict[str, Callable[..., Any]]
    desk: Callable[..., Desk[Any]]
    usual: str
    change: tuple[Any, ...]


SUBJECTS = (
    Subject(
        PANELS, KINDS, lambda s, worker, _: Controller(s, worker), "gone back", (moves.seek, 0)
    ),
    Subject(
        MEMORY_PANELS,
        MEMORY_KINDS,
        lambda s, worker, _: MemoryDesk(s, worker),
        "measured",
        (memory_moves.use_bias, 0.5),
    ),
    Subject(BRIDGE_PANELS, BRIDGE_KINDS, bridge_desk, "stepped", (bridge_moves.throw,)),
)
OF = {panel: subject for subject in SUBJECTS for panel in subject.panels}
every_panel = pytest.mark.parametrize("kind", OF, ids=lambda panel: panel.id)


def build(
    kind: type[DeskPanel[Any]], snapshot: Any, worker: Worker, style: Style, story, qtbot
) -> tuple[DeskPanel[Any], Desk[Any]]:
    """A panel of its own, shown, around a snapshot of its workspace."""
    desk = OF[kind].desk(snapshot, worker, story)
    panel = kind(desk, style)
    qtbot.addWidget(panel)
    panel.resize(480, 320)
    panel.show()
    qtbot.waitExposed(panel)
    return panel, desk


def usual(kind: type[DeskPanel[Any]], story) -> Any:
    """A snapshot with which a panel shows much."""
    subject = OF[kind]
    return subject.kinds[subject.usual](story)


def become(desk: Desk[Any], snapshot: Any) -> None:
    """Go to a snapshot without an entry of undo."""
    old, desk.snapshot = desk.snapshot, snapshot
    desk.changed.emit(snapshot, old)


def controls(panel: QWidget) -> Iterator[QWidget]:
    """What can be pushed, chosen, typed into or slid, and is to be seen."""
    kinds = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QSlider, QAbstractSpinBox)
    for control in panel.findChildren(QWidget):
        inside = isinstance(control.parent(), (QComboBox, QAbstractSpinBox))
        if isinstance(control, kinds) and not inside and control.isVisible():
            yield control


def name_of(widget: QWidget) -> str:
    """What a screen reader calls it."""
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


@pytest.mark.parametrize(
    ("kind", "state"),
    [(panel, state) for subject in SUBJECTS for panel in subject.panels for state in subject.kinds],
    ids=lambda one: one if isinstance(one, str) else one.id,
)
def test_every_panel_draws_every_kind_of_snapshot(
    kind: type[DeskPanel[Any]], state: str, story, worker: Worker, style: Style, qtbot
) -> None:
    snapshot = OF[kind].kinds[state](story)
    panel, _ = build(kind, snapshot, worker, style, story, qtbot)
    picture = panel.grab().toImage()
    assert not picture.isNull()
    colours = {picture.pixel(x, y) for x in range(0, 480, 3) for y in range(0, 320, 3)}
    if not isinstance(snapshot, Snapshot) or snapshot.timeline:
        assert len(colours) > 3


@every_panel
def test_every_panel_walks_between_all_kinds(
    kind: type[DeskPanel[Any]], story, worker: Worker, style: Style, qtbot
) -> None:
    kinds = OF[kind].kinds
    panel, desk = build(kind, next(iter(kinds.values()))(story), worker, style, story, qtbot)
    for make in (*kinds.values(), *reversed(kinds.values())):
        become(desk, make(story))
        panel.grab()
    assert panel._drawn is desk.snapshot


@every_panel
@pytest.mark.parametrize("size", [(200, 150), (260, 160), (1400, 1000)])
def test_every_panel_survives_every_size_theme_and_scale(
    kind: type[DeskPanel[Any]], size: tuple[int, int], story, worker: Worker, style: Style, qtbot
) -> None:
    panel, _ = build(kind, usual(kind, story), worker, style, story, qtbot)
    panel.resize(*size)
    panel.grab()
    style.set_theme(DARK)
    style.set_presenter(True)
    style.set_zoom(2.0)
    panel.grab()
    style.set_zoom(0.6)
    panel.grab()


@every_panel
def test_a_hidden_panel_draws_nothing_until_it_is_shown(
    kind: type[DeskPanel[Any]], story, worker: Worker, style: Style, qtbot
) -> None:
    panel, desk = build(kind, usual(kind, story), worker, style, story, qtbot)
    panel.hide()
    drawn: list[Any] = []
    draw = panel.draw
    panel.draw = lambda new, old: (drawn.append(new), draw(new, old))  # type: ignore[method-assign]
    before = desk.snapshot
    desk.apply(*OF[kind].change)
    assert desk.snapshot is not before and drawn == []
    panel.show()
    assert drawn == [desk.snapshot]


# Panels that no layout puts under a tab.
ALONE = BRIDGE_PANELS


@every_panel
def test_every_panel_can_be_read_by_a_screen_reader(
    kind: type[DeskPanel[Any]], story, worker: Worker, style: Style, qtbot
) -> None:
    panel, _ = build(kind, usual(kind, story), worker, style, story, qtbot)
    interface = QAccessible.queryAccessibleInterface(panel)
    assert interface.text(QAccessible.Text.Name) == kind.title
    assert len(interface.text(QAccessible.Text.Description)) > 20


@every_panel
def test_every_control_explains_itself_and_has_a_name(
    kind: type[DeskPanel[Any]], story, worker: Worker, style: Style, qtbot, tips: list[str]
) -> None:
    kinds = OF[kind].kinds
    panel, desk = build(kind, usual(kind, story), worker, style, story, qtbot)
    panel.resize(700, 700)
    for make in kinds.values():
        become(desk, make(story))
        for control in controls(panel):
            tips[:] = [control.toolTip()]
            if not control.toolTip():  # then it says what lies under the mouse
                middle = control.rect().center()
                asked = QHelpEvent(QEvent.Type.ToolTip, middle, control.mapToGlobal(middle))
                QApplication.sendEvent(control, asked)
            name = name_of(control)
            assert name and len(tips[-1]) > 10, f"{type(control).__name__} {name!r}"


# What these take from the mouse has a key elsewhere.
KEYS_ELSEWHERE = {
    "The rest of the vocabulary",  # one bar that explains itself and does nothing
    "Heads and MLPs by what they add",  # the rows beside it
    "Map of the score over layers and heads",  # the table beside it
    "Energy and overlaps",  # Left, Right, Home and End
    "Four memories",  # 1 to 9 and G choose a letter
    "x and tanh(βx)",  # [ and ]
    "Fixed points against τ",
}


@every_panel
def test_everything_that_takes_the_mouse_can_be_reached_by_tab_and_is_named(
    kind: type[DeskPanel[Any]], story, worker: Worker, style: Style, qtbot
) -> None:
    panel, desk = build(kind, usual(kind, story), worker, style, story, qtbot)
    panel.resize(700, 700)
    for make in OF[kind].kinds.values():
        become(desk, make(story))
        for control in controls(panel):
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, name_of(control)
        for widget in filter(QWidget.isVisible, panel.findChildren(QWidget)):
            by_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
            ours = [one for one in type(widget).__mro__ if one.__module__.startswith("explorer.")]
            by_mouse = any("mousePressEvent" in vars(one) for one in ours)
            assert name_of(widget) or not by_tab, f"{type(widget).__name__} has no name"
            if by_mouse and not by_tab:
                assert name_of(widget) in KEYS_ELSEWHERE, name_of(widget)


def test_ids_and_titles_are_unique_and_explained() -> None:
    assert len({panel.id for panel in OF}) == len(OF)
    assert len({panel.title for panel in OF}) == len(OF)
    assert all(len(panel.help) > 20 for panel in OF)
    assert all(len(panel.tab or panel.title) <= 13 for panel in OF if panel not in ALONE)


@pytest.mark.parametrize("kind", PANELS, ids=lambda panel: panel.id)
def test_a_panel_that_the_engine_cannot_feed_says_why_in_place(
    kind: type[DeskPanel[Any]], story, worker: Worker, style: Style, qtbot
) -> None:
    panel, controller = build(kind, only_the_largest(story(6)), worker, style, story, qtbot)
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


def told(panel: QWidget) -> str:
    """Everything that a panel says, to the eye or to a screen reader, but for its tool tips."""
    seen = [one for one in panel.findChildren(QWidget) if one.isVisible()]
    labels = [one.text() for one in seen if isinstance(one, QLabel)]
    return "\n".join([*labels, *(one.accessibleDescription() for one in (panel, *seen))])


@pytest.mark.parametrize(
    ("panel", "state", "words"),
    [
        ("patterns", "empty", "Type a letter above"),
        ("memory_state", "empty", "Nothing is stored"),
        ("memory_landscape", "empty", "Store two different patterns"),
        ("memory_landscape", "one", "Store two different patterns"),
        ("memory_weights", "empty", "Nothing is stored"),
        ("memory_basins", "empty", "Store a pattern first"),
        ("memory_capacity", "empty", "press Measure"),
        ("memory_growth", "empty", "Press Measure"),
        ("boltzmann_machine", "empty", "has learned nothing yet"),
        ("boltzmann_law", "empty", "Draw data and learn"),
        ("restricted", "empty", "press Learn"),
        ("pretraining", "empty", "Press Compare"),
        ("bridge", "empty", "Read a text in the workspace Text"),
        ("bridge", "no head", WHY),
    ],
)
def test_a_panel_with_nothing_to_show_says_what_is_missing_until_it_is_there(
    panel: str, state: str, words: str, story, worker: Worker, style: Style, qtbot
) -> None:
    kind = next(one for one in OF if one.id == panel)
    shown, desk = build(kind, OF[kind].kinds[state](story), worker, style, story, qtbot)
    assert words in told(shown)
    become(desk, usual(kind, story))
    assert words not in told(shown)


def test_whatever_is_said_to_be_needed_is_needed_by_a_panel() -> None:
    assert set(NEEDS) <= {panel.id for panel in PANELS}
