"""The twin: it grows beside us with the same dice, keeps its settings, overwrites nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.sampling import Sampling
from explorer.engine.trace import Trace
from explorer.session import branches, moves, twin
from explorer.session.snapshot import Snapshot

Read = Callable[..., Trace]


def take(s: Snapshot, read: Read) -> Snapshot:
    if moves.why_stopped(s):
        return s
    draw = moves.next_draw(s)
    if (here := moves.known(s, draw)) is not None:
        return here
    trace = read(s.timeline.node.trace, [draw.token], s.edits)
    return moves.advance(s, s.timeline.cursor, trace, draw)


def follow(s: Snapshot, read: Read) -> Snapshot:
    """Let B become as long as A, as the window does."""
    while (draw := twin.wanted(s)) is not None:
        here = twin.known(s, draw)
        if here is None:
            parent = twin.aligned(s)
            trace = s.timeline.nodes[parent].trace
            here = twin.advance(s, parent, read(trace, [draw.token], trace.edits), draw)
        s = here
    return s


def b_ids(s: Snapshot) -> tuple[int, ...]:
    return s.timeline.nodes[twin.aligned(s)].trace.ids


def test_b_is_what_we_would_have_written_with_its_settings(opening: Snapshot, read: Read) -> None:
    cold = moves.sample_with(opening, Sampling(temperature=0.3, seed=4))
    alone = cold
    for _ in range(5):
        alone = take(alone, read)
    s = moves.heat(twin.toggle(cold), 3.0)
    for _ in range(5):
        s = follow(take(s, read), read)
    size = len(b_ids(s))
    assert b_ids(s) == alone.timeline.node.trace.ids[:size]
    ours = s.timeline.node
    assert ours.draw is None or ours.draw.sampling.temperature == 3.0


def test_with_the_same_settings_both_texts_are_one(opening: Snapshot, read: Read) -> None:
    s = twin.toggle(opening)
    for _ in range(4):
        s = follow(take(s, read), read)
    assert twin.aligned(s) == s.timeline.cursor
    assert len(s.timeline.nodes) == len(s.timeline.line())


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 5), st.floats(0.05, 5), st.integers(0, 99), st.data())
def test_growing_b_changes_nothing_of_ours(
    opening: Snapshot, read: Read, a: float, b: float, seed: int, data: st.DataObject
) -> None:
    s = twin.toggle(moves.sample_with(opening, Sampling(temperature=b, seed=seed)))
    s = moves.heat(s, a)
    for _ in range(6):
        s = data.draw(st.sampled_from([take(s, read), moves.back(s), moves.to_end(s)]))
        grown = follow(s, read)
        assert grown.timeline.cursor == s.timeline.cursor
        assert grown.timeline.tip == s.timeline.tip
        assert grown.timeline.nodes[: len(s.timeline.nodes)] == s.timeline.nodes
        s = grown
        assert len(b_ids(s)) <= len(s.timeline.node.trace)


def test_going_back_shows_b_at_the_same_length_and_forward_draws_nothing_again(
    opening: Snapshot, read: Read
) -> None:
    s = moves.heat(twin.toggle(moves.heat(opening, 0.5)), 4.0)
    for _ in range(3):
        s = follow(take(s, read), read)
    count = len(s.timeline.nodes)
    before = moves.back(s)
    assert len(b_ids(before)) <= len(before.timeline.node.trace)
    assert len(follow(moves.forward(before), read).timeline.nodes) == count


def test_other_settings_act_from_where_we_stand(opening: Snapshot, read: Read) -> None:
    s = twin.toggle(opening)
    for _ in range(2):
        s = follow(take(s, read), read)
    here = twin.aligned(s)
    other = twin.sample_with(s, Sampling(temperature=0.0))
    assert other.twin.other == here
    assert twin.sample_with(other, Sampling(temperature=0.0)) is other


def test_an_existing_branch_stands_still(opening: Snapshot, read: Read) -> None:
    s = take(take(opening, read), read)
    s = twin.compare_with(s, 1)
    assert twin.wanted(s) is None
    assert twin.compare_with(s, 1) is s
    assert twin.compare_with(s, 99) is s
    assert b_ids(s) == s.timeline.nodes[1].trace.ids


def test_the_twin_ends_and_survives_an_empty_story_and_a_new_tree(
    opening: Snapshot, read: Read
) -> None:
    assert twin.toggle(Snapshot()).twin == Snapshot().twin
    s = twin.toggle(take(opening, read))
    assert twin.is_on(s)
    assert not twin.is_on(twin.toggle(s))
    assert not twin.is_on(moves.load(s, replace(s.model, fingerprint="another")))
    gone = replace(s, timeline=opening.timeline)
    assert not twin.is_on(gone)
    assert twin.aligned(gone) is None
    assert twin.wanted(gone) is None
    assert branches.segments(gone.timeline)
