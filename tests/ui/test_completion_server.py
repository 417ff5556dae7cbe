"""The window on a completion server: the same stepping, forcing, branching, stops, dice and bars.

The server answers with the shipped model's numbers in the shape of llama.cpp, which names every
token, or of vLLM with its operator's limit of 20, so that what is shown can be held against what
the network itself would say.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLineEdit

from explorer.engine.reader import LocalReader
from explorer.engine.remote.place import Place
from explorer.engine.sampling import uniform
from explorer.engine.trace import Trace
from explorer.lens.bars import bars
from explorer.lens.dice import dice
from explorer.lens.export import numbers
from explorer.lens.needs import NEEDS
from explorer.lens.surprise import describe, outlook
from explorer.lens.tables import as_json
from explorer.resources import model_folder
from explorer.session import moves
from explorer.session.stop_language import parse
from explorer.session.stop_meaning import truth
from explorer.session.stop_values import Moment
from explorer.session.story import grow
from explorer.ui.window import Window

KEY, SHIFT = Qt.Key, Qt.KeyboardModifier.ShiftModifier
LIMIT = 20


@pytest.fixture
def joined(window: Window, completions, qtbot) -> Callable[..., Window]:
    """The window connected to a server: `joined("vllm", 20)`."""

    def join(kind: str, most: int = 0) -> Window:
        place = Place(completions.serve(kind, most).address, kind, tokenizer=str(model_folder()))
        window.models.servers.ask(place)

        def there() -> bool:
            s = window.controller.snapshot
            return s.model is not None and not s.model.layers and bool(s.timeline) and not s.busy

        qtbot.waitUntil(there, timeout=20_000)
        qtbot.waitUntil(lambda: window.models.servers.dialog is None)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    return join


def step(window: Window, qtbot, key: Qt.Key = KEY.Key_Space) -> int:
    """One step by a key; the token that came."""
    before = len(window.controller.snapshot.timeline.nodes)
    qtbot.keyClick(window, key)
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) > before)
    return window.controller.snapshot.timeline.node.trace.ids[-1]


def stop_at(window: Window, qtbot, text: str) -> None:
    """Type a stop into the panel and accept it."""
    field = window.reveal("stops").form.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, KEY.Key_Return)
    assert window.controller.snapshot.stops.items[-1].text == text
    window.setFocus()


def run(window: Window, qtbot, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(window, KEY.Key_F5, modifier)
    qtbot.waitUntil(lambda: not window.controller.snapshot.play.running, timeout=30_000)


def certain(window: Window, text: str, node: int | None = None) -> bool | None:
    s = window.controller.snapshot
    at = s.timeline.nodes[s.timeline.cursor if node is None else node]
    return truth(parse(text), Moment(at.trace, at.draw is not None, s.model))


def test_with_the_same_dice_a_server_of_all_tokens_tells_the_story_of_the_network_here(
    joined, reader: LocalReader, story, qtbot
) -> None:
    window = joined("llama.cpp")
    c = window.controller
    for _ in range(8):
        s = c.snapshot
        thrown = dice(s)
        assert thrown is not None
        assert thrown.number == uniform(s.sampling.seed, len(s.timeline.node.trace))
        assert "falls on" in window.docks["dice"].panel.accessibleDescription()
        assert step(window, qtbot) == thrown.tokens[thrown.chosen]
    here = moves.heat(story(0), c.snapshot.sampling.temperature)
    for _ in range(8):
        here = grow(reader, here)
    assert c.snapshot.timeline.node.trace.ids == here.timeline.node.trace.ids
    far = bars(c.snapshot)
    assert far.note == "" and not any(row.missing for row in far.rows)
    for one, other in zip(far.rows, bars(here).rows, strict=True):
        assert one.token == other.token and one.final == pytest.approx(other.final, abs=1e-4)


@pytest.mark.parametrize(("kind", "most"), [("llama.cpp", 0), ("vllm", LIMIT)])
def test_a_typed_stop_ends_a_run_and_shift_f5_goes_back(joined, qtbot, kind, most) -> None:
    window = joined(kind, most)
    c, text = window.controller, "surprise > 2.5"
    stop_at(window, qtbot, text)
    run(window, qtbot)
    there = c.snapshot
    assert certain(window, text) and there.stops.items[0].hits == 1
    assert "surprise" in there.stops.hit.sentence and "> 2.5" in there.stops.hit.sentence
    line = there.timeline.line()
    assert not any(certain(window, text, node) for node in line[1:-1])
    assert "holds here" in window.docks["stops"].panel.accessibleDescription()
    run(window, qtbot, SHIFT)
    assert c.snapshot.timeline.cursor == 0
    run(window, qtbot)
    assert c.snapshot.timeline.cursor == there.timeline.cursor
    assert len(c.snapshot.timeline.nodes) == len(there.timeline.nodes)


def test_stops_walk_over_forced_tokens_and_branches(joined, qtbot) -> None:
    window = joined("vllm", LIMIT)
    c = window.controller
    first = step(window, qtbot)
    other = step_forced(window, qtbot, rank=3)
    assert other != first and c.snapshot.timeline.node.draw.forced
    label = c.snapshot.model.labels[other]
    qtbot.keyClick(window, KEY.Key_F9)
    assert c.snapshot.stops.items[0].text == f'token = "{label}"'
    step(window, qtbot)
    c.apply(moves.to_start)
    run(window, qtbot)
    node = c.snapshot.timeline.node
    assert node.trace.ids[-1] == other and node.draw.forced
    assert len(c.snapshot.timeline.children(node.parent)) == 2
    assert "the token is" in c.snapshot.stops.hit.sentence


def step_forced(window: Window, qtbot, rank: int) -> int:
    """Go back, and force the token of a rank by its digit."""
    c = window.controller
    c.apply(moves.back)
    wanted = moves.token_at_rank(c.snapshot, rank)
    step(window, qtbot, getattr(KEY, f"Key_{rank}"))
    assert c.snapshot.timeline.node.trace.ids[-1] == wanted
    return wanted


def test_a_stop_that_asks_for_what_the_server_does_not_tell_says_so(joined, qtbot) -> None:
    window = joined("vllm", LIMIT)
    c = window.controller
    stop_at(window, qtbot, "attention(0, 0, 0) > 0.5")
    least = outlook(c.snapshot.timeline.node.trace.steps[-1])
    between = (least.entropy + least.most) / 2
    stop_at(window, qtbot, f"entropy > {between:.3f}")
    blind, vague = (line for line in window.docks["stops"].panel.list.lines[:2])
    assert "nothing from inside the network" in blind.remark.text
    assert "may hold here or not. Only 20 of 4,096 tokens are named" in vague.remark.text
    assert certain(window, f"entropy > {between:.3f}") is None


def test_a_token_that_the_server_did_not_name_can_be_forced_and_is_not_made_up(
    joined, reader: LocalReader, qtbot
) -> None:
    window = joined("vllm", LIMIT)
    c = window.controller
    logits = c.snapshot.timeline.node.trace.steps[-1].logits
    rare = int(np.flatnonzero(np.isneginf(logits))[7])
    before = len(c.snapshot.timeline.nodes)
    c.force(rare)
    qtbot.waitUntil(lambda: len(c.snapshot.timeline.nodes) > before)
    s = c.snapshot
    position = len(s.timeline.node.trace) - 1
    told = describe(s, position)
    assert "did not name: p ≤" in told and "nan" not in told
    exact = reader.read(Trace(), s.timeline.node.trace.ids).steps[-2].logits.astype(float)
    p = float(np.exp(exact[rare] - np.logaddexp.reduce(exact)))
    assert p <= 1 - float(np.exp(logits[np.isfinite(logits)].astype(float)).sum()) + 1e-5
    for text in ("rank > 10", "rank > 20", "surprise > 1"):
        assert certain(window, text)
    assert certain(window, "rank > 30") is None
    for name in ("tree", "history", "timeline", "text", "energy", "stops", "bars", "dice"):
        panel = window.reveal(name)
        assert not panel.grab().isNull()
        assert "nan" not in panel.accessibleDescription().lower().split()
    field = window.docks["history"].panel.findChild(QLineEdit)
    field.setFocus()
    qtbot.keyClicks(field, s.model.labels[rare])
    qtbot.keyClick(field, KEY.Key_Return)
    assert "named it nowhere" in window.docks["history"].panel.accessibleDescription()


def test_the_missing_mass_is_one_grey_bar_and_the_note_says_how_exact_the_others_are(
    joined, qtbot
) -> None:
    window = joined("vllm", LIMIT)
    c = window.controller
    c.apply(moves.heat, 0.7)
    step(window, qtbot)
    found = bars(c.snapshot)
    *named, rest = found.rows
    assert [row.missing for row in found.rows].count(True) == 1 and rest.label == "rest"
    assert sum(row.raw for row in found.rows) == pytest.approx(1, abs=1e-6)
    assert sum(row.final for row in named) == pytest.approx(1, abs=1e-6) and rest.final == 0
    assert "At T = 0.7 the exact final numbers lie between" in found.note
    panel = window.reveal("bars")
    for theme in ("light", "dark"):
        window.change_theme(theme)
        picture = panel.grab().toImage()
        shown = [picture.pixelColor(x, y) for x in range(0, picture.width(), 2)
                 for y in range(0, picture.height(), 2)]  # fmt: skip
        grey = QColor(window.looks.theme.faint)
        assert sum(near(one, grey) for one in shown) > 20
    c.apply(moves.heat, 1.0)
    exact = bars(c.snapshot)
    assert "With it the final numbers would be" in exact.note


def test_a_twin_on_a_server_says_that_tokens_are_missing(joined, qtbot) -> None:
    window = joined("vllm", LIMIT)
    qtbot.keyClick(window, KEY.Key_W)
    twin = window.reveal("twin")
    window.setFocus()
    window.controller.apply(moves.heat, 1.5)
    step(window, qtbot)
    qtbot.waitUntil(lambda: "differs most" in twin.accessibleDescription())
    assert "did not name take no part" in twin.accessibleDescription()


def test_exported_numbers_say_which_tokens_are_missing(joined, story) -> None:
    s = joined("vllm", LIMIT).controller.snapshot
    for panel in ("timeline", "bars", "dice", "energy"):
        found = numbers(panel, s)
        assert "--max-logprobs" in str(found.about["missing"])
        assert b"NaN" not in as_json(found)
    assert "missing" not in numbers("timeline", story(2)).about


def near(one: QColor, other: QColor) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True))


def test_every_panel_draws_or_says_in_its_place_why_not(joined, qtbot) -> None:
    window = joined("vllm", LIMIT)
    step(window, qtbot)
    can = window.controller.snapshot.model.can
    for name, dock in window.docks.items():
        if dock.panel not in [window.docks[one.id].panel for one in window.space.panels]:
            continue
        panel = window.reveal(name)
        assert not panel.grab().isNull()
        assert panel.absence == can.lacking(NEEDS.get(name, ()))
