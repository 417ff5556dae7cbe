"""The moves of "Attention is a memory": settings, updates, the head of the text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.engine.edits import NO_EDITS, Sharpening
from explorer.engine.reader import open_model
from explorer.physics.one_update import cosine
from explorer.session import moves as text_moves
from explorer.session.bridge import moves
from explorer.session.bridge.head import head_of, key_names
from explorer.session.bridge.letters import NAMES, letters
from explorer.session.bridge.lines import kept_keys, temperature
from explorer.session.bridge.snapshot import ALL, Bridge, Setting
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow, open_story


def with_head(text: Snapshot) -> Bridge:
    return moves.follow(moves.opened(), head_of(text))


def line(s: Bridge, kind: str):
    return next(one for one in s.lines if one.kind == kind)


def test_letters_are_all_different_and_never_change() -> None:
    assert letters().shape == (26, 256) and len(set(map(bytes, letters()))) == 26
    ink = letters()[NAMES.index("I")].reshape(16, 16)
    assert (ink[2:14, 7] == 1).all() and (ink[:, 0] == -1).all()


def test_at_first_three_memories_hold_all_letters_and_the_head_is_missing() -> None:
    s = moves.opened()
    assert [one.kind for one in s.lines] == ["hopfield", "dense", "modern"]
    starts = {one.updates[0].before.tobytes() for one in s.lines}
    assert len(starts) == 1
    flipped = int((line(s, "modern").updates[0].before != letters()[0]).sum())
    assert flipped == round(0.2 * 256)


def test_26_letters_are_too_many_for_hopfield_and_few_for_the_modern_network() -> None:
    s = moves.opened()
    recalled = {one.kind: cosine(one.updates[0].after, one.patterns[0]) for one in s.lines}
    assert recalled["hopfield"] < 0.6 and recalled["modern"] > 0.99 and recalled["dense"] > 0.99
    few = moves.use(s, replace(s.setting, count=3))
    there = line(few, "hopfield").updates[0].after
    assert np.array_equal(there, letters()[0])


@pytest.mark.parametrize("steps", [0, 4, 9])
def test_one_update_of_the_modern_network_is_the_heads_attention_row(story, steps: int) -> None:
    # the issue: with beta = 1 / sqrt(d), to 1e-6, for every head of the model
    text = story(steps)
    for layer in range(text.model.layers):
        for head in range(text.model.heads):
            s = moves.as_trained(with_head(text_moves.look_at(text, layer, head)))
            row = text.timeline.node.trace.steps[-1].attention[layer, head]
            update = line(s, "head").updates[0]
            assert np.abs(update.weights - row).max() < 1e-6
            # SCIENCE 3.3: E fell for every head and position, the bound |d|^2 / 2 kept
            assert update.drop >= 0.5 * ((update.before - update.after) ** 2).sum() - 1e-9


def test_with_the_keys_stored_the_modern_row_is_the_heads_row(story) -> None:
    s = moves.as_trained(moves.store(with_head(story(5)), "keys"))
    modern, head = line(s, "modern").updates[0], line(s, "head").updates[0]
    assert np.array_equal(modern.weights, head.weights)
    assert np.array_equal(modern.after, head.after)
    signs = line(s, "hopfield").patterns
    assert np.array_equal(signs, np.where(line(s, "head").patterns < 0, -1.0, 1.0))


@pytest.mark.parametrize("family", ["llama", "mistral", "qwen3", "gemma3"])
def test_rotary_grouped_and_windowed_heads_are_memories_too(family, family_folder) -> None:
    # SCIENCE 3.3: rotate first; heads of a group share keys; what a window hides drops out
    reader = open_model(family_folder(family))
    text = open_story(reader, Snapshot(), "there was a cat where the slough")
    for _ in range(4):
        text = grow(reader, text)
    for layer in range(text.model.layers):
        for head in range(text.model.heads):
            s = moves.as_trained(with_head(text_moves.look_at(text, layer, head)))
            assert np.abs(line(s, "head").updates[0].weights - s.head.attention).max() < 1e-6
            assert s.head.attention.sum() == pytest.approx(1.0, abs=1e-5)


def test_a_head_that_was_sharpened_is_the_memory_of_its_own_sharpness(reader) -> None:
    sharp = replace(NO_EDITS, sharpening=(Sharpening(2, 1, 3.0),))
    text = open_story(reader, replace(Snapshot(), edits=sharp), "The cat sat on the")
    s = moves.as_trained(with_head(text_moves.look_at(text, 2, 1)))
    assert s.head.beta == pytest.approx(3.0 / 40**0.5) and s.head.scaled
    assert np.abs(line(s, "head").updates[0].weights - s.head.attention).max() < 1e-6


def test_a_capped_head_is_not_quite_a_memory_and_says_so(family_folder) -> None:
    reader = open_model(family_folder("gemma2"))
    text = open_story(reader, Snapshot(), "there was a cat where the slough")
    s = moves.as_trained(with_head(text))
    assert s.head.cap == 2.0


def test_back_is_exact_and_a_step_repeats_what_was_there(story) -> None:
    s = moves.sharpen(with_head(story(3)), 0.2)  # so warm that the dice matter
    there = moves.step(moves.step(s))
    again = moves.step(moves.step(moves.back(moves.back(there))))
    assert again.lines == there.lines and again.cursor == 2
    for one, other in zip(moves.back(there).lines, moves.step(s).lines, strict=True):
        before, after = one.updates[1], other.updates[1]
        assert np.array_equal(before.after, after.after)
        assert np.array_equal(before.before, one.updates[0].after)


def test_steps_from_the_start_are_the_same_every_time() -> None:
    warm = Setting(sharpness=0.1, count=3, power=2)
    one, other = (moves.use(moves.opened(), warm) for _ in range(2))
    for _ in range(3):
        one, other = moves.step(one), moves.step(other)
    for a, b in zip(one.lines, other.lines, strict=True):
        assert a.updates[-1].after.tobytes() == b.updates[-1].after.tobytes()


def test_the_first_two_rows_agree_at_the_power_two() -> None:
    s = moves.use(moves.opened(), Setting(power=2, sharpness=0.2, count=5))
    for _ in range(3):
        s = moves.step(s)
    classical, dense = line(s, "hopfield").updates[-1], line(s, "dense").updates[-1]
    assert np.array_equal(classical.after, dense.after)


def test_other_dice_flip_other_cells_and_the_same_number_of_them() -> None:
    s = moves.opened()
    other = moves.throw(s)
    one, two = (line(x, "modern").updates[0].before for x in (s, other))
    assert not np.array_equal(one, two)
    assert (one != letters()[0]).sum() == (two != letters()[0]).sum()


def test_noise_turns_the_query_to_the_overlap_of_the_letters(story) -> None:
    s = moves.use(with_head(story(3)), Setting(noise=0.3))
    query = line(s, "head").updates[0].before
    assert cosine(query, s.head.query) == pytest.approx(0.4)
    clean = moves.use(s, Setting(noise=0.0))
    assert np.array_equal(line(clean, "head").updates[0].before, s.head.query)


def test_fewer_patterns_leave_the_head_its_heaviest_keys(story) -> None:
    s = moves.use(with_head(story(9)), Setting(count=4))
    kept = kept_keys(s.setting, s.head)
    assert len(kept) == 4 and list(kept) == sorted(kept)
    lost = np.delete(s.head.attention, kept)
    assert s.head.attention[list(kept)].min() >= lost.max()
    assert len(kept_keys(Setting(count=ALL), s.head)) == len(s.head.labels)


def test_the_glauber_temperature_is_the_bridges() -> None:
    # tau = 1 / (beta N) with beta = sharpness / sqrt(N)
    assert temperature(Setting(sharpness=2.0), 256) == pytest.approx(1 / (2.0 / 16 * 256))


BAD = [
    ({"sharpness": float("nan")}, "sharpness"), ({"sharpness": 0.0}, "sharpness"),
    ({"sharpness": -1.0}, "sharpness"), ({"noise": 0.7}, "noise"),
    ({"noise": float("nan")}, "noise"), ({"count": 0}, "patterns"), ({"count": 99}, "patterns"),
    ({"power": 7}, "power"), ({"power": 1}, "power"), ({"seed": -1}, "seed"),
    ({"store": "keys"}, "No text has been read"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), BAD)
def test_what_cannot_be_is_refused_in_a_sentence_and_nothing_is_lost(change, said: str) -> None:
    s = moves.step(moves.opened())
    after = moves.use(s, replace(s.setting, **change))
    assert said in after.error and after.error.endswith(".")
    assert after.lines is s.lines and after.setting == s.setting and after.cursor == 1


def test_moves_that_change_nothing_return_the_same_snapshot(story) -> None:
    s = with_head(story(2))
    for move, arguments in (
        (moves.use, (s.setting,)), (moves.choose, (s.setting.goal,)), (moves.back, ()),
        (moves.to_start, ()), (moves.to_end, ()), (moves.play, (False,)), (moves.notice, ("",)),
        (moves.follow, (s.head,)), (moves.play_at, (s.play.rate,)), (moves.sharpen, (1.0,)),
    ):  # fmt: skip
        assert move(s, *arguments) is s


def test_a_letter_that_is_no_longer_stored_is_not_spoilt() -> None:
    s = moves.choose(moves.opened(), 20)
    assert moves.use(s, replace(s.setting, count=5)).setting.goal == 4
    assert "no letter 99" in moves.choose(s, 98).error


def test_the_head_is_read_again_only_when_it_is_another_one(story) -> None:
    text = story(3)
    head = head_of(text)
    assert head_of(text_moves.hover(text, 1), head) is head
    assert head_of(text_moves.select(text, 1), head).where[2] == 1
    assert head_of(Snapshot()) is None
    assert len(set(key_names(head))) == len(head.labels)


def test_travelling_in_time_keeps_the_head_of_the_present(story) -> None:
    then, now = moves.step(with_head(story(2))), with_head(story(5))
    there = moves.carry(now, then)
    assert there.head is now.head and there.cursor == 0
    assert len(line(there, "head").names) == len(now.head.labels)


def test_without_a_head_letters_are_stored_again(story) -> None:
    s = moves.follow(moves.store(with_head(story(2)), "keys"), None)
    assert s.setting.store == "letters" and len(s.lines) == 3


@given(st.floats(0.01, 10.0), st.floats(0.0, 0.5), st.integers(2, 26))
def test_the_energy_of_the_modern_row_falls_at_every_setting(sharpness, noise, count) -> None:
    s = moves.use(moves.opened(), Setting(sharpness=sharpness, noise=noise, count=count))
    for one in moves.settling(s, 3):
        s = one
    drops = [update.drop for update in line(s, "modern").updates]
    assert min(drops) > -1e-9
