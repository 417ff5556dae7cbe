"""Copy as Python: the lines run, and give the numbers that are on the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import explorer
from explorer.engine.checks import at_most
from explorer.engine.edits import EVERY, Edits, Off, Sharpening, Steering, heads_off
from explorer.lens.export import NUMBERS, READ, numbers
from explorer.lens.snippet import LONGEST, snippet
from explorer.session import experiments, moves, sharpness
from explorer.session.asked_list import Asked
from explorer.session.files.archive import write_session
from explorer.session.findings import Proof
from explorer.session.snapshot import Snapshot
from explorer.session.stop_list import Stop, Stops
from explorer.session.story import grow
from explorer.session.twin import Twin
from explorer.ui.panels.table import PANELS


def run(code: str) -> dict[str, np.ndarray]:
    """The numbers that a snippet ends with."""
    space: dict[str, object] = {}
    exec(compile(code, "<copied>", "exec"), space)
    return space["numbers"]


@pytest.fixture(autouse=True)
def one_model(reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped model is opened once for all snippets."""
    model = explorer.Model(reader)
    monkeypatch.setattr("explorer.api.open_model", lambda folder=None: model)


def with_force(reader, story) -> Snapshot:
    s = moves.back(moves.heat(story(3), 1.5))
    draw = moves.forced_draw(s, 300)
    s = moves.advance(s, s.timeline.cursor, reader.read(s.timeline.node.trace, [300]), draw)
    s = moves.sample_with(s, replace(s.sampling, top_k=7, seed=5))
    return grow(reader, grow(reader, s))


def with_edits(reader, story) -> Snapshot:
    s = grow(reader, moves.edit(story(2), heads_off((2, 1), (0, 7))))
    means = Edits((Off("mlp", 3, how="mean"), Off("head", 1, 1)), reference=(0, 5, 9))
    return grow(reader, moves.edit(s, means))


def with_sharpness(reader, story) -> Snapshot:
    both = Edits(sharpening=(Sharpening(2, 1, 3.0), Sharpening(EVERY, EVERY, 1.5)))
    return grow(reader, moves.edit(story(1), both))


STORIES: dict[str, Callable[..., Snapshot]] = {
    "drawn": lambda reader, story: story(6),
    "prompt only": lambda reader, story: story(0),
    "odd prompt": lambda reader, story: story(2, prompt="“it's”\n\t\\ 🙂 {x}"),
    "gone back": lambda reader, story: moves.back(moves.back(story(6))),
    "looked at": lambda reader, story: moves.select(moves.look_at(story(5), 3, 2), 4),
    "averaged": lambda reader, story: moves.average(story(5), True),
    "forced": with_force,
    "edited": with_edits,
    "sharper": with_sharpness,
    "tried out": lambda reader, story: sharpness.turn(moves.look_at(story(2), 2, 1), 4.0),
    "followed": lambda reader, story: replace(story(5), asked=Asked(token=300)),
}


def tried(reader, story) -> Snapshot:
    """Two heads switched off for the whole text, compared with before, and a sweep made."""
    api = explorer.Model(reader).read("The cat sat on the").step(3)
    return api.edit(heads_off((2, 1), (1, 3))).again().sweep(300, measure="KL").snapshot


CASES = [
    *((panel, kind) for panel in NUMBERS for kind in STORIES
      if panel not in ("sweep", "experiments", "tree", "history", "twin", "proof", "whynot")),
    *((panel, kind) for panel in READ for kind in ("drawn", "looked at")),
    ("temperatures", "tried out"),
    ("sweep", "tried"), ("experiments", "tried"), ("attention", "tried"),
    ("history", "followed"), ("whynot", "followed"), ("tree", "drawn"),
    ("tree", "prompt only"),
]  # fmt: skip


@pytest.mark.parametrize(("panel", "kind"), CASES)
def test_the_snippet_of_every_panel_gives_its_numbers(panel, kind, reader, story, capsys) -> None:
    s = tried(reader, story) if kind == "tried" else STORIES[kind](reader, story)
    code = snippet(panel, s)
    assert len(code.splitlines()) <= LONGEST
    again = {name: np.asarray(column) for name, column in run(code).items()}
    expected = numbers(panel, s, reader).columns
    assert list(again) == list(expected)
    for name, column in expected.items():
        if column.dtype.kind == "f":
            np.testing.assert_allclose(again[name], column, atol=1e-4, rtol=1e-4)
        elif panel != "bars" or name == "removed":
            assert again[name].tolist() == column.tolist()


def test_all_heads_turned_at_once_are_refused_in_words(story) -> None:
    with pytest.raises(ValueError, match="export the table"):
        snippet("temperatures", sharpness.widen(story(2), True))


def test_no_panel_is_without_numbers(reader, story) -> None:
    s = replace(tried(reader, story), asked=Asked(token=5))
    checks = (at_most("sums", 0.0, 1.0),)
    proof = Proof(ids=s.timeline.node.trace.ids, edits=s.edits, position=3, token=5, checks=checks)
    s = experiments.prove(replace(s, twin=Twin(0, s.sampling)), proof)
    for panel in PANELS:
        columns = numbers(panel.id, s, reader).columns
        assert columns
        assert len({len(column) for column in columns.values()}) == 1


def test_a_story_with_vectors_is_opened_from_its_file(reader, story, tmp_path: Path) -> None:
    steering = Steering(2, tuple(np.linspace(-1, 1, reader.facts.width).tolist()), 0.5)
    s = grow(reader, moves.edit(story(2), Edits(steering=(steering,))))
    with pytest.raises(ValueError, match="save the session"):
        snippet("attention", s)
    path = tmp_path / "it's.explorer"
    for _ in write_session(path, s):
        pass
    again = run(snippet("attention", s, path))
    assert again["weight"].tolist() == numbers("attention", s).columns["weight"].tolist()


@pytest.mark.parametrize(("panel", "change"), [
    ("tree", lambda s, reader: with_force(reader, lambda n: s)),
    ("twin", lambda s, reader: replace(s, twin=Twin(2))),
    ("stops", lambda s, reader: replace(s, stops=Stops((Stop("entropy > 2"),)))),
])  # fmt: skip
def test_what_is_more_than_one_line_of_text_is_opened_from_its_file(
    panel, change, reader, story, tmp_path: Path
) -> None:
    s = change(story(3), reader)
    with pytest.raises(ValueError, match="save the session"):
        snippet(panel, s)
    for _ in write_session(tmp_path / "a.explorer", s):
        pass
    again = run(snippet(panel, s, tmp_path / "a.explorer"))
    for name, column in numbers(panel, s).columns.items():
        assert again[name].tolist() == column.tolist()


def test_a_story_that_turned_too_often_is_opened_from_its_file(reader, story) -> None:
    s = story(0)
    for index in range(70):
        s = grow(reader, moves.heat(s, 0.5 + index % 7 / 10))
    with pytest.raises(ValueError, match="ten lines"):
        snippet("bars", s)


def test_a_proof_says_where_it_can_be_made_instead(story) -> None:
    with pytest.raises(ValueError, match="explorer doctor"):
        snippet("proof", story(1))


def test_before_a_text_there_is_nothing_to_copy() -> None:
    with pytest.raises(ValueError, match="nothing to copy"):
        snippet("bars", Snapshot())
