"""Walking through a pass: over and back, into and out undo each other exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.anatomy import GPT2, Anatomy
from explorer.engine.passage import passage
from explorer.session import inside, moves
from explorer.session.inside import RUNNER_UP, HeadSearch, Inside, name_at, places
from explorer.session.snapshot import Snapshot

NAMES = passage(GPT2).names(6)
GEMMA = Anatomy(
    norm="rms", post_norm=True, positions="rotary", grouped=True, qk_norm="head", gated=True
)
WALK = {"over": inside.over, "back": inside.back, "into": inside.into, "out": inside.out}
REVERSE = {"over": "back", "back": "over", "into": "out", "out": "into"}


def of(s: Snapshot, anatomy: Anatomy) -> Snapshot:
    """The same with a network of another family."""
    assert s.model is not None
    return replace(s, model=replace(s.model, anatomy=anatomy))


def walked(s: Snapshot, way: list[str]) -> Snapshot:
    """After these moves."""
    for move in way:
        s = WALK[move](s)
    return s


@settings(max_examples=300, deadline=None)
@given(
    way=st.lists(st.sampled_from(list(WALK)), max_size=60),
    last=st.sampled_from(list(WALK)),
    anatomy=st.sampled_from([GPT2, GEMMA]),
    data=st.data(),
)
def test_every_step_is_undone_by_its_reverse(
    story, way: list[str], last: str, anatomy: Anatomy, data: st.DataObject
) -> None:
    s = of(story(0), anatomy)
    jump = data.draw(st.none() | st.sampled_from(passage(anatomy).names(6)))
    s = walked(s if jump is None else inside.go(s, jump), way)
    there = WALK[last](s)
    if there is not s:
        assert WALK[REVERSE[last]](there).inside == s.inside


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(list(WALK)), max_size=80), st.sampled_from([GPT2, GEMMA]))
def test_every_way_stays_inside_the_pass(story, way: list[str], anatomy: Anatomy) -> None:
    s = walked(of(story(0), anatomy), way)
    assert name_at(s.inside, s.model) in passage(s.model.anatomy).names(s.model.layers)
    assert 0 <= s.inside.place < places(s.model)


def test_over_outside_of_the_blocks_goes_from_block_to_block(story) -> None:
    s, seen = story(0), []
    while True:
        seen.append(name_at(s.inside, s.model))
        longer = inside.over(s)
        if longer is s:
            break
        s = longer
    results = [f"blocks.{layer}.resid_post" for layer in range(6)]
    assert seen == ["embed", "pos_embed", *results, "ln_final", "unembed", "logits"]


def test_over_inside_goes_through_every_activation_in_the_order_of_computation(story) -> None:
    s = walked(story(0), ["over", "over", "into"])
    seen = []
    while inside.over(s) is not s:
        seen.append(name_at(s.inside, s.model))
        s = inside.over(s)
    assert [*seen, name_at(s.inside, s.model)] == list(NAMES)[2:]


def test_back_at_the_beginning_and_into_outside_of_a_block_change_nothing(story) -> None:
    s = story(0)
    assert inside.back(s) is s
    assert inside.into(s) is s
    assert inside.out(s) is s
    assert inside.over(Snapshot()).inside.place == 0


def test_going_out_and_into_the_next_block_shows_the_same_stage(story) -> None:
    s = inside.go(story(0), "blocks.1.pattern")
    s = walked(s, ["out", "over", "into"])
    assert name_at(s.inside, s.model) == "blocks.2.pattern"


@pytest.mark.parametrize("name", NAMES)
def test_every_activation_can_be_gone_to(story, name: str) -> None:
    s = inside.go(story(0), name)
    assert name_at(s.inside, s.model) == name
    assert inside.go(s, name) is s


@pytest.mark.parametrize("name", passage(GEMMA).names(6))
def test_the_stages_of_another_family_can_be_gone_to(story, name: str) -> None:
    s = inside.go(of(story(0), GEMMA), name)
    assert name_at(s.inside, s.model) == name


def test_a_place_of_another_family_is_brought_into_the_pass(story) -> None:
    """A session may tell a stage that this network does not have."""
    deep = inside.go(of(story(0), GEMMA), "blocks.5.resid_post")
    s = of(deep, GPT2)
    assert name_at(s.inside, s.model) in NAMES
    assert name_at(inside.back(s).inside, s.model) in NAMES


def test_a_name_that_the_pass_does_not_have_is_refused(story) -> None:
    with pytest.raises(KeyError):
        inside.go(story(0), "blocks.1.nothing")


def test_an_entry_is_kept_for_the_same_stage_of_other_blocks(story) -> None:
    s = inside.choose_entry(story(0), "blocks.1.q", (2, 3))
    assert inside.entry_at(s.inside, "blocks.5.q") == (2, 3)
    assert inside.entry_at(s.inside, "blocks.5.k") is None
    assert inside.choose_entry(s, "blocks.4.q", (2, 3)) is s
    assert inside.entry_at(inside.choose_entry(s, "blocks.0.q", None).inside, "blocks.1.q") is None


def test_a_block_unfolds_and_folds(story) -> None:
    s = inside.fold(story(0), 3)
    assert s.inside.open == {3}
    assert inside.fold(s, 3).inside.open == frozenset()
    assert name_at(inside.go_to_block(s, 3).inside, s.model) == "blocks.3.resid_post"


def test_tokens_that_the_model_does_not_know_are_not_asked_about(story) -> None:
    s = story(0)
    assert inside.ask_token(s, 99_999) is s
    assert inside.ask_versus(s, 99_999) is s
    assert inside.ask_token(s, 7).inside.token == 7
    assert inside.ask_versus(s, None).inside.versus is None
    assert inside.ask_versus(inside.ask_versus(s, 9), RUNNER_UP).inside == s.inside


def test_another_model_keeps_how_to_look_and_forgets_where(story) -> None:
    s = inside.norm_lens(inside.go(story(0), "blocks.5.z"), False)
    s = inside.search_heads(inside.ask_token(s, 7), HeadSearch("entropy"))
    loaded = moves.load(s, s.model)
    assert loaded.inside == Inside(final_norm=False, heads=HeadSearch("entropy"))
