"""The laws of the session, on a toy network and against a simple model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.edits import Edits, heads_off
from explorer.engine.sampling import Sampling
from explorer.engine.trace import Trace
from explorer.session import moves
from explorer.session.snapshot import Draft, Snapshot

Read = Callable[..., Trace]


def take(s: Snapshot, read: Read, token: int | None = None) -> Snapshot:
    """One step as the controller takes it: by dice, or by hand with `token`."""
    if moves.why_stopped(s):
        return s
    draw = moves.next_draw(s) if token is None else moves.forced_draw(s, token)
    if (here := moves.known(s, draw)) is not None:
        return here
    trace = read(s.timeline.node.trace, [draw.token], s.edits)
    return moves.advance(s, s.timeline.cursor, trace, draw)


def text_of(s: Snapshot) -> tuple[int, ...]:
    return s.timeline.node.trace.ids


def seeded(opening: Snapshot, read: Read, steps: int) -> Snapshot:
    """A story of at least `steps` tokens: the first seed that does not stop earlier."""
    for seed in range(200):
        s = moves.sample_with(opening, Sampling(temperature=1.5, seed=seed))
        for _ in range(steps):
            s = take(s, read)
        if len(s.timeline.nodes) == steps + 1 and not moves.why_stopped(s):
            return s
    raise AssertionError("no seed tells a story that long")


def test_back_and_then_step_repeats_the_token_and_adds_no_node(
    opening: Snapshot, read: Read
) -> None:
    s = seeded(opening, read, 4)
    again = take(moves.back(s), read)
    assert text_of(again) == text_of(s)
    assert len(again.timeline.nodes) == len(s.timeline.nodes)


def test_a_draw_made_twice_before_is_found_among_other_draws_of_its_token(
    opening: Snapshot, read: Read
) -> None:
    cold = moves.heat(opening, 1.0)
    s = take(cold, read)
    warm = moves.heat(moves.back(s), 1.01)
    assert moves.next_draw(warm).token == moves.next_draw(cold).token
    s = take(warm, read)
    count = len(s.timeline.nodes)
    assert count == 3
    s = take(moves.back(s), read)
    assert len(s.timeline.nodes) == count
    assert s.timeline.node.draw.sampling.temperature == 1.01


def test_the_same_token_drawn_otherwise_shares_what_was_computed(
    opening: Snapshot, read: Read
) -> None:
    first = take(moves.heat(opening, 1.0), read)
    second = take(moves.heat(moves.back(first), 1.01), read)
    assert second.timeline.node.trace is first.timeline.node.trace


def test_a_forced_token_starts_a_branch_and_the_old_one_is_kept(
    opening: Snapshot, read: Read
) -> None:
    s = seeded(opening, read, 3)
    start = moves.to_start(s)
    drawn = moves.next_draw(start).token
    other = next(token for token in range(2, 6) if token != drawn)
    forced = take(start, read, other)
    assert text_of(forced) == (*text_of(start), other)
    assert forced.timeline.node.draw.forced
    assert forced.timeline.nodes[:4] == s.timeline.nodes
    assert len(forced.timeline.children(0)) == 2
    assert text_of(moves.seek(forced, s.timeline.cursor)) == text_of(s)


def test_forcing_what_was_drawn_enters_the_old_branch(opening: Snapshot, read: Read) -> None:
    s = seeded(opening, read, 3)
    start = moves.to_start(s)
    again = take(start, read, moves.next_draw(start).token)
    assert len(again.timeline.nodes) == len(s.timeline.nodes)
    assert again.timeline.tip == s.timeline.tip


def test_after_an_edit_inside_the_network_the_token_is_read_again(
    opening: Snapshot, read: Read
) -> None:
    s = moves.back(seeded(opening, read, 1))
    edited = moves.edit(s, heads_off((0, 0)))
    assert moves.known(edited, moves.next_draw(edited)) is None


def test_forward_retraces_the_line(opening: Snapshot, read: Read) -> None:
    s = seeded(opening, read, 4)
    start = moves.to_start(s)
    walked = start
    for _ in range(4):
        walked = moves.forward(walked)
    assert walked.timeline.cursor == s.timeline.cursor
    assert moves.forward(walked) is walked
    assert moves.to_end(start).timeline.cursor == s.timeline.cursor


@pytest.mark.parametrize("position", [3, 4, 5, 6])
def test_seeking_a_position_goes_to_the_moment_it_was_read(
    opening: Snapshot, read: Read, position: int
) -> None:
    s = moves.seek_position(seeded(opening, read, 4), position)
    assert len(s.timeline.node.trace) == position + 1
    assert s.look.position is None


@pytest.mark.parametrize(("position", "lit"), [(0, 0), (1, 1), (-7, 0)])
def test_seeking_into_the_prompt_goes_to_its_end_and_lights_the_token(
    opening: Snapshot, read: Read, position: int, lit: int
) -> None:
    s = moves.seek_position(seeded(opening, read, 2), position)
    assert s.timeline.node.parent is None
    assert s.look.position == lit


def test_seeking_beyond_the_end_goes_to_the_end(opening: Snapshot, read: Read) -> None:
    s = seeded(opening, read, 2)
    assert moves.seek_position(moves.to_start(s), 999).timeline.cursor == s.timeline.cursor


def test_only_positions_that_were_read_can_be_lit(opening: Snapshot) -> None:
    for move in (moves.select, moves.hover):
        assert move(opening, 3) is opening
        assert move(opening, -1) is opening
        assert move(Snapshot(), 0).look == Snapshot().look
    assert moves.select(opening, 2).look.position == 2
    assert moves.hover(opening, 2).look.hover == 2


def test_the_stop_token_ends_the_text_and_says_so(opening: Snapshot, read: Read) -> None:
    s = take(opening, read, opening.model.end_token)
    assert "stop token" in moves.why_stopped(s)
    assert take(s, read) is s
    assert moves.why_stopped(moves.back(s)) == ""


def test_a_stop_token_in_the_prompt_stops_nothing(opening: Snapshot, read: Read) -> None:
    s = moves.begin(opening, "B", read(Trace(), (0, 1)))
    assert moves.why_stopped(s) == ""


def test_the_limit_is_said_with_its_number(opening: Snapshot, read: Read) -> None:
    s = seeded(opening, read, 2)
    assert "limit of 2 new tokens" in moves.why_stopped(moves.limit_to(s, 2))
    assert moves.why_stopped(moves.limit_to(s, 3)) == ""
    assert moves.why_stopped(moves.back(moves.limit_to(s, 2))) == ""
    assert moves.limit_to(s, -5) is s


def test_a_full_context_is_said_with_its_size(opening: Snapshot, read: Read) -> None:
    s = moves.begin(opening, "", read(Trace(), (0, *[2] * 11)))
    assert "12 tokens" in moves.why_stopped(s)


def test_without_model_or_text_the_reason_is_said() -> None:
    assert "loading" in moves.why_stopped(Snapshot())


def test_nothing_read_yet_is_said(opening: Snapshot) -> None:
    assert "Nothing" in moves.why_stopped(moves.load(opening, opening.model))


def test_a_move_that_changes_nothing_returns_the_same_snapshot(
    opening: Snapshot, read: Read
) -> None:
    s = seeded(opening, read, 2)
    idle = [
        moves.forward(s),
        moves.to_end(s),
        moves.seek(s, s.timeline.cursor),
        moves.seek_position(s, len(s.timeline.node.trace) - 1),
        moves.select(s, None),
        moves.hover(s, None),
        moves.look_at(s, 0, 0),
        moves.look_at(s, 1, 1),
        moves.compare_keys(s, None),
        moves.show_bars(s, 20),
        moves.sample_with(s, replace(s.sampling)),
        moves.heat(s, s.sampling.temperature),
        moves.play(s, False),
        moves.play_at(s, s.play.rate),
        moves.limit_to(s, 0),
        moves.edit(s, Edits()),
        moves.write(s, Draft(s.draft.text)),
        moves.notice(s, ""),
        moves.working(s, ""),
    ]
    assert all(same is s for same in idle)
    failed = moves.fail(s, "no")
    assert moves.fail(failed, "no") is failed
    start = moves.to_start(s)
    assert moves.back(start) is start
    assert moves.to_start(start) is start


def test_moves_survive_an_empty_story() -> None:
    s = Snapshot()
    for move in (moves.back, moves.forward, moves.to_start, moves.to_end):
        assert move(s) is s
    assert moves.seek_position(s, 3) is s
    assert moves.token_at_rank(s, 1) is None


@pytest.mark.parametrize("rank", [0, -1, 7])
def test_a_rank_outside_the_vocabulary_has_no_token(opening: Snapshot, rank: int) -> None:
    assert moves.token_at_rank(opening, rank) is None


def test_ranks_count_the_whole_vocabulary_once(opening: Snapshot) -> None:
    assert {moves.token_at_rank(opening, rank) for rank in range(1, 7)} == set(range(6))


def test_a_failure_stops_play_and_keeps_the_story(opening: Snapshot) -> None:
    s = moves.fail(moves.play(opening, True), "The worker failed.")
    assert not s.play.running
    assert s.timeline is opening.timeline


class Tree:
    """The simplest model of the session: texts by node, a cursor, and the line ahead of it."""

    def __init__(self, text: tuple[int, ...]) -> None:
        self.start = len(text)
        self.texts = [text]
        self.parents: list[int | None] = [None]
        self.line = [0]
        self.cursor = 0

    def go(self, index: int) -> None:
        self.cursor = index
        if index in self.line:
            return
        above = [index]
        while self.parents[above[0]] is not None:
            above.insert(0, self.parents[above[0]])
        while index in self.parents:
            index = max(child for child, parent in enumerate(self.parents) if parent == index)
            above.append(index)
        self.line = above

    def grow(self, token: int) -> None:
        self.texts.append((*self.texts[self.cursor], token))
        self.parents.append(self.cursor)
        self.line = [*self.line[: self.line.index(self.cursor) + 1], len(self.texts) - 1]
        self.cursor = len(self.texts) - 1


ACTS = st.one_of(
    st.tuples(st.just("step"), st.sampled_from([0.0, 0.7, 2.0])),
    st.tuples(st.just("force"), st.integers(1, 5)),
    st.tuples(st.sampled_from(["back", "forward", "to_start", "to_end"]), st.none()),
    st.tuples(st.just("seek_position"), st.integers(-1, 13)),
    st.tuples(st.just("seek"), st.integers(0, 30)),
)


def follow(tree: Tree, act: str, value: float | None) -> None:
    """What a walking move does, on the model."""
    place = tree.line.index(tree.cursor)
    if act == "back":
        tree.go(tree.line[max(0, place - 1)])
    elif act == "forward":
        tree.go(tree.line[min(place + 1, len(tree.line) - 1)])
    elif act == "to_start":
        tree.go(tree.line[0])
    elif act == "to_end":
        tree.go(tree.line[-1])
    elif act == "seek_position":
        tree.go(tree.line[min(max(0, int(value) + 1 - tree.start), len(tree.line) - 1)])
    else:
        tree.go(int(value) % len(tree.texts))


@settings(max_examples=120, deadline=None, database=None)
@given(acts=st.lists(ACTS, max_size=30), seed=st.integers(0, 5))
def test_any_walk_agrees_with_a_simple_tree(
    opening: Snapshot, read: Read, acts: list[tuple[str, float | None]], seed: int
) -> None:
    s = moves.sample_with(opening, Sampling(seed=seed))
    tree = Tree(text_of(s))
    for act, value in acts:
        before = s
        if act in ("step", "force"):
            s = moves.heat(s, value) if act == "step" else s
            new = take(s, read, None if act == "step" else int(value))
            if len(new.timeline.nodes) > len(tree.texts):
                tree.grow(text_of(new)[-1])
            elif new is not s:
                tree.go(new.timeline.cursor)
                assert new.timeline.node.parent == before.timeline.cursor
            s = new
        else:
            follow(tree, act, value)
            argument = () if value is None else (value,)
            if act == "seek":
                argument = (int(value) % len(tree.texts),)
            s = getattr(moves, act)(s, *argument)
        assert [node.trace.ids for node in s.timeline.nodes] == tree.texts
        assert s.timeline.cursor == tree.cursor
        assert list(s.timeline.line()) == tree.line
        assert s.timeline.nodes[: len(before.timeline.nodes)] == before.timeline.nodes
        if tree.cursor != 0:
            repeated = moves.known(moves.back(s), s.timeline.node.draw)
            assert repeated.timeline.cursor == s.timeline.cursor
            assert len(repeated.timeline.nodes) == len(s.timeline.nodes)
