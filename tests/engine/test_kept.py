"""Rows of weights that are not in memory: fetched by one thread, drawn by another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from explorer.engine.activation import Activation
from explorer.engine.attribution import attribute
from explorer.engine.inspect import Inspection
from explorer.engine.kept import MissingError, only_here
from explorer.engine.reader import LocalReader, open_model
from explorer.engine.trace import Trace


@pytest.fixture
def mapped(family_folder: Callable[[str], Path]) -> Inspection:
    reader = open_model(family_folder("llama"), "as-stored")
    found = reader.inspect(reader.read(Trace(), [0, 4, 5, 6]), 3)
    list(found.take_apart())
    return found


def test_an_entry_waits_for_its_row_and_then_has_it(mapped: Inspection) -> None:
    one = mapped["blocks.1.mlp_pre"]
    with only_here(), pytest.raises(MissingError) as missing:
        one.fill((3,))
    missing.value.fetch()
    with only_here():
        assert one.fill((3,)).value == pytest.approx(float(one.values[3]), abs=1e-5)
    assert one.fill((4,)).left is not None


def test_a_token_waits_for_its_column(mapped: Inspection) -> None:
    with only_here(), pytest.raises(MissingError):
        attribute(mapped, 9)
    before = attribute(mapped, 9).amounts
    with only_here():
        assert attribute(mapped, 9).amounts.tolist() == before.tolist()


def test_another_thread_may_fetch_meanwhile(mapped: Inspection) -> None:
    one: Activation = mapped["blocks.0.v"]
    with only_here():
        fetching = Thread(target=one.fill, args=((0, 0),))
        fetching.start()
        fetching.join()
        assert one.fill((0, 0)).value == pytest.approx(float(one.values[0, 0]), abs=1e-5)


def test_weights_in_memory_never_wait(reader: LocalReader) -> None:
    found = reader.inspect(reader.read(Trace(), [0, 5]), 1)
    with only_here():
        assert all(one.fill(tuple(0 for _ in one.shape)) for one in found.activations)
