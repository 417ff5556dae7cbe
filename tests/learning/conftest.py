"""A small text, and one thread so that a busy machine does not slow the tests down."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from explorer.learning.group import Group


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Let torch use one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def corpus_file(tmp_path: Path) -> Path:
    """Two hundred documents of sixty words from a random language of eighty."""
    chance, path = random.Random(1), tmp_path / "stories.txt"
    words = ["".join(chance.choices("etaoinshrdlu", k=5)) for _ in range(80)]
    documents = (" ".join(chance.choices(words, k=60)) + "." for _ in range(200))
    path.write_text("\n<|endoftext|>\n".join(documents), encoding="utf-8")
    return path


@pytest.fixture
def alone() -> Group:
    """A group of one process on the CPU."""
    return Group(0, 1, torch.device("cpu"))
