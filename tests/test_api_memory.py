"""The public interface of the memory workspace: what the documentation shows is true."""

from __future__ import annotations

import doctest
import subprocess
import sys

import numpy as np
import pytest

import explorer
import explorer.api_memory

CROSS = "04 04 1f 04 04"


def test_the_example_of_the_documentation_runs() -> None:
    result = doctest.testmod(explorer.api_memory)
    assert result.attempted > 5
    assert result.failed == 0


def test_it_needs_neither_torch_nor_qt(environment, tmp_path) -> None:
    code = (
        "import sys, explorer; explorer.open_memory((5, 5)).store('a', '1f 00 00 00 00').settle();"
        "print(*(name.split('.')[0] for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path, env=environment(), capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout.split()) & {"torch", "PySide6"}


def test_nothing_is_changed_in_place_and_back_repeats() -> None:
    memory = explorer.open_memory((5, 5)).store("cross", CROSS)
    spoilt = memory.spoil(kind="half", side="top", fill="zero")
    assert (memory.state != 0).all() and (spoilt.state[:2] == 0).all()
    there = spoilt.step(30)
    assert np.array_equal(there.back(30).state, spoilt.state)
    assert np.array_equal(there.back(9).step(9).state, there.state)
    assert np.array_equal(spoilt.settle().state, memory.state)


def test_a_pattern_is_given_as_words_or_as_numbers() -> None:
    memory = explorer.open_memory((5, 5))
    cells = memory.put("..#.. ..#.. ##### ..#.. ..#..").state
    assert np.array_equal(memory.put(CROSS).state, cells)
    assert np.array_equal(memory.put(cells).state, cells)
    assert np.array_equal(memory.put(cells.ravel().tolist()).state, cells)
    assert memory.put("??#.. ..#.. ##### ..#.. ..#..").state[0, 0] == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: explorer.open_memory((2, 40)), "5 x 5 to 32 x 32"),
        (lambda: explorer.open_memory((5, 5)).put("04 04"), "2 rows"),
        (lambda: explorer.open_memory((5, 5)).put("04 04 ff 04 04"), "'ff' is no row of 5 cells"),
        (lambda: explorer.open_memory((5, 5)).put("04 04 zz 04 04"), "'zz' is no row"),
        (lambda: explorer.open_memory((5, 5)).put([1, 2]), "25 neurons"),
        (lambda: explorer.open_memory((5, 5)).store("a", CROSS).store("b", CROSS), "as a"),
        (lambda: explorer.open_memory((5, 5)).spoil(share=2.0), "share"),
        (lambda: explorer.open_memory((5, 5)).dynamics(temperature=-1.0), "temperature"),
        (lambda: explorer.open_memory((5, 5)).numbers("memory_weights"), "store a pattern"),
        (lambda: explorer.open_memory((5, 5)).numbers("kitchen"), "kitchen"),
    ],
)
def test_what_cannot_be_is_a_sentence(wrong, words) -> None:
    with pytest.raises(ValueError, match=words):
        wrong()


def test_an_unknown_setting_is_refused() -> None:
    memory = explorer.open_memory()
    with pytest.raises(TypeError, match="kitchen"):
        memory.spoil(kitchen=1)
    with pytest.raises(TypeError, match="kitchen"):
        memory.dynamics(kitchen=1)
