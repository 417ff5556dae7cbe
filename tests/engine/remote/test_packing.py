"""Records as bytes: what goes in comes out, and what is damaged is refused."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from explorer.engine.edits import Edits, Off, Patch, Steering
from explorer.engine.facts import ModelFacts
from explorer.engine.network.description import Description
from explorer.engine.partial import Rows
from explorer.engine.reader import open_model
from explorer.engine.remote.packing import PackingError, pack, unpack
from explorer.engine.remote.questions import Asked, Read
from explorer.engine.trace import Step

Table = dict[str, NDArray[np.float32]]


def whole(value: object) -> bytes:
    return b"".join(bytes(part) for part in pack(value))


@given(
    st.dictionaries(st.text(max_size=9), arrays(np.float32, array_shapes(min_side=0, max_dims=4)))
)
def test_arrays_of_any_shape_come_back_bit_by_bit(table: Table) -> None:
    back = unpack(whole(table), Table)
    assert back.keys() == table.keys()
    for name, array in table.items():
        assert back[name].shape == array.shape and not back[name].flags.writeable
        assert back[name].tobytes() == array.tobytes()


def test_facts_steps_and_weights_come_back(story, reader) -> None:
    s = story(3)
    assert unpack(whole(s.model), ModelFacts) == s.model
    steps = s.timeline.node.trace.steps
    for mine, back in zip(steps, unpack(whole(steps), tuple[Step, ...]), strict=True):
        assert mine.token == back.token and mine.rest == back.rest
        for name in ("logits", "attention", "hidden", "queries", "keys"):
            assert np.array_equal(getattr(mine, name), getattr(back, name))


@pytest.mark.parametrize("name", ["gpt2", "gemma2", "yarn rotary", "phi3 longrope"])
def test_what_a_network_looks_like_comes_back(
    name: str, family_folder: Callable[[str], Path]
) -> None:
    d = open_model(family_folder(name)).engine.parameters.description
    assert unpack(whole(d), Description) == d


def test_questions_come_back_with_their_edits() -> None:
    edits = Edits(
        (Off("mlp", 1),), (Steering(2, (0.5, -1.0)),), (Patch("z", 0, 3, (1.0,), head=2),)
    )
    question = Read((0, 5, 7), 2, edits, Rows(((1, 2),), (), True))
    assert unpack(whole(question), Asked) == question


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_refused(data: bytes) -> None:
    for kind in (Asked, tuple[Step, ...], Table):
        with contextlib.suppress(PackingError):
            unpack(data, kind)


@given(st.data())
def test_a_record_that_is_cut_or_changed_is_read_within_its_bytes_or_refused(data) -> None:
    good = whole({"a": np.ones((3, 5), np.float32), "b": np.zeros((2, 2), np.float32)})
    place = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255))
    for bad in (good[:place], good[:place] + bytes([byte]) + good[place + 1 :]):
        try:
            found = unpack(bad, Table)
        except PackingError:
            continue
        assert sum(array.nbytes for array in found.values()) <= len(bad)


def test_another_record_than_expected_is_refused() -> None:
    with pytest.raises(PackingError, match="not what was asked for"):
        unpack(whole({"a": 1}), Table)
