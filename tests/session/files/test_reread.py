"""A session opened for a network: the same one, another one, with arrays and without."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

from explorer.engine.edits import Off, Patch, Steering, heads_off
from explorer.engine.reader import LocalReader
from explorer.session import moves
from explorer.session.files.archive import read_session, write_session
from explorer.session.files.manifest import SessionError, check
from explorer.session.files.reread import Opened, open_session, prepare
from explorer.session.snapshot import Snapshot
from explorer.session.stop_list import Hit, Stop
from explorer.session.story import grow, open_story
from explorer.session.twin import Twin

GOLDEN = Path(__file__).parent / "golden-version-1.explorer"


@pytest.fixture(scope="module")
def told(reader: LocalReader) -> Snapshot:
    """Three tokens, then a head switched off and two more, then one back."""
    s = open_story(reader, Snapshot(), "The cat sat on the")
    for _ in range(3):
        s = grow(reader, s)
    s = moves.edit(s, heads_off((1, 4)))
    return moves.back(grow(reader, grow(reader, s)))


@pytest.fixture
def other(reader: LocalReader) -> SimpleNamespace:
    """A network that is not the one of the session."""
    facts = dataclasses.replace(reader.facts, name="other", fingerprint="f" * 64)
    return SimpleNamespace(facts=facts, encode=reader.encode, read=reader.read)


def opened(path: Path, reader) -> Opened:
    *_, last = open_session(path, reader)
    assert isinstance(last, Opened)
    return last


def saved(s: Snapshot, folder: Path, arrays: bool) -> Path:
    path = folder / "a.explorer"
    for _ in write_session(path, s, arrays):
        pass
    return path


def test_stored_arrays_are_taken_over_and_nothing_is_computed(told, reader, tmp_path) -> None:
    path = saved(told, tmp_path, arrays=True)
    forwards = reader.engine.forwards
    s = opened(path, reader).snapshot
    assert reader.engine.forwards == forwards
    assert s.model is reader.facts
    assert s.timeline.node.trace.ids == told.timeline.node.trace.ids


def test_without_arrays_everything_is_computed_again_and_equal(told, reader, tmp_path) -> None:
    s = opened(saved(told, tmp_path, arrays=False), reader).snapshot
    for mine, again in zip(told.timeline.nodes, s.timeline.nodes, strict=True):
        assert mine.draw == again.draw
        assert (mine.trace.ids, mine.trace.edits) == (again.trace.ids, again.trace.edits)
        logits = mine.trace.steps[-1].logits
        assert again.trace.steps[-1].logits == pytest.approx(logits, abs=1e-4)


def test_a_session_goes_on_where_it_was_left(told, reader, tmp_path) -> None:
    s = opened(saved(told, tmp_path, arrays=True), reader).snapshot
    assert grow(reader, s).timeline.node.trace.ids == grow(reader, told).timeline.node.trace.ids


def test_with_another_model_it_can_be_looked_at_but_not_read_on(told, other, tmp_path) -> None:
    found = opened(saved(told, tmp_path, arrays=True), other)
    assert "not the open one" in found.notice
    assert moves.why_stopped(found.snapshot) == found.notice
    assert grow(other, found.snapshot) is found.snapshot
    assert found.snapshot.model == told.model


def test_without_arrays_and_with_another_model_the_text_still_opens(told, other, tmp_path) -> None:
    found = opened(saved(told, tmp_path, arrays=False), other)
    assert "was read by “other” as a new prompt" in found.notice
    ids = found.snapshot.timeline.node.trace.ids
    assert ids == told.timeline.node.trace.ids
    assert moves.why_stopped(found.snapshot) == ""


@pytest.mark.parametrize("name", ["layers", "heads", "width", "head_width"])
@pytest.mark.parametrize("arrays", [True, False])
def test_a_file_that_tells_other_sizes_of_the_open_model_is_a_sentence(
    name, arrays, told, reader, tmp_path
) -> None:
    path = saved(told, tmp_path, arrays)
    *_, stored = read_session(path)
    model = dataclasses.replace(stored.manifest.model, **{name: 3})
    manifest = dataclasses.replace(stored.manifest, model=model)
    with pytest.raises(SessionError, match=f"the {name.replace('_', ' ')} of .* is 3; it is "):
        list(prepare(dataclasses.replace(stored, manifest=manifest), reader))


def test_a_text_beyond_the_context_of_the_same_model_is_a_sentence(told, reader, tmp_path) -> None:
    *_, stored = read_session(saved(told, tmp_path, arrays=False))
    tree = stored.manifest.tree
    long = dataclasses.replace(tree.nodes[0], steps=tuple(range(300)))
    tree = dataclasses.replace(tree, nodes=(long,), tokens=(5,) * 300, cursor=0, tip=0)
    manifest = dataclasses.replace(stored.manifest, tree=tree)
    with pytest.raises(SessionError, match="longer than the 256 tokens"):
        list(prepare(dataclasses.replace(stored, manifest=manifest), reader))


@pytest.mark.parametrize("kind", ["one prompt", "one after another", "all from the prompt"])
def test_a_long_session_of_a_model_that_is_not_here_opens_as_its_text(kind, told, tmp_path) -> None:
    *_, stored = read_session(saved(told, tmp_path, arrays=False))
    tree, size = stored.manifest.tree, 100_000 if kind == "one prompt" else 4000
    first, second = tree.nodes[:2]
    model = dataclasses.replace(stored.manifest.model, context=1 << 20)
    nodes = [dataclasses.replace(first, steps=tuple(range(size)))]
    if kind != "one prompt":
        onto = (lambda index: index) if kind == "one after another" else (lambda index: 0)
        nodes = [dataclasses.replace(first, steps=(0,))] + [
            dataclasses.replace(second, parent=onto(index), steps=(index + 1,))
            for index in range(size - 1)
        ]
    last = len(nodes) - 1
    tree = dataclasses.replace(
        tree, nodes=tuple(nodes), tokens=(300,) * size, cursor=last, tip=last, names=(), pruned=()
    )
    manifest = dataclasses.replace(stored.manifest, model=model, tree=tree)
    check(model, tree, manifest.state)
    *_, found = prepare(dataclasses.replace(stored, manifest=manifest), None)
    length = 2 if kind == "all from the prompt" else size
    assert len(found.snapshot.draft.text) == length * len(model.pieces[300].decode())


def test_a_text_that_the_other_model_cannot_read_is_a_sentence(told, other, tmp_path) -> None:
    other.facts = dataclasses.replace(other.facts, context=4)
    with pytest.raises(SessionError, match="too long"):
        opened(saved(told, tmp_path, arrays=False), other)


def test_a_file_of_version_1_opens_for_ever(reader) -> None:
    """The file was written by the first version that had sessions; it is never written again."""
    found = opened(GOLDEN, reader)
    s = found.snapshot
    assert "model “toy”" in found.notice
    assert [node.parent for node in s.timeline.nodes] == [None, 0, 1, 1, 3]
    assert s.timeline.nodes[0].trace.ids == (0, 2, 3)
    assert s.timeline.nodes[4].trace.ids == (0, 2, 3, 2, 4, 0)
    assert [node.draw is not None and node.draw.forced for node in s.timeline.nodes[1:]] == [
        False, False, True, False,
    ]  # fmt: skip
    assert s.timeline.nodes[4].trace.edits == heads_off((0, 0))
    assert s.timeline.nodes[0].prompt == "CD"
    # The head was off when the last token was read: these are the logits of that second reading.
    assert s.timeline.node.trace.steps[0].logits.tolist() == pytest.approx(
        [0.691168, 1.643236, 0.660874, -2.606314, 1.810712, 0.892749], abs=1e-6
    )
    assert (s.sampling.temperature, s.sampling.top_k, s.sampling.seed) == (0.9, 5, 11)
    assert (s.look.position, s.look.bars, s.limit, s.play.rate) == (2, 12, 8, 6.0)
    assert (s.draft.text, s.notes) == ("CD", "a note “kept”")


def test_a_file_of_version_2_opens_for_ever(reader) -> None:
    """As above; version 2 has edits of any kind, names, cut branches, stops and twins."""
    s = opened(GOLDEN.with_name("golden-version-2.explorer"), reader).snapshot
    timeline = s.timeline
    assert [node.parent for node in timeline.nodes] == [None, 0, 1, 1, 3]
    assert timeline.nodes[4].trace.ids == (0, 2, 3, 2, 4, 5)
    assert (timeline.names, timeline.pruned, timeline.cursor) == ({1: "fork"}, frozenset({2}), 4)
    edits = timeline.nodes[4].trace.edits
    assert edits.off == (Off("head", 0, 0, "mean"),)
    assert edits.reference == (0, 2, 3)
    assert edits.steering == (Steering(0, (1.0, -0.5, 0.25, 0.0), 2.0, 1),)
    assert edits.patches == (Patch("resid_post", 0, 1, (0.0, 1.0, 2.0, 3.0)),)
    assert s.stops.items == (Stop("entropy > 2", hits=3), Stop("rank > 5", on=False))
    assert s.stops.hit == Hit(1, "because")
    assert (s.twin, s.asked.token) == (Twin(2, s.sampling), 3)
