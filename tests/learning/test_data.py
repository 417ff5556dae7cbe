"""Texts are read or refused in a sentence; batches are counted, not consumed."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.learning.data import (
    Mix,
    Source,
    Stream,
    encode_documents,
    parse_source,
    read_documents,
    split_documents,
)


def letters(batch: list[str]) -> list[list[int]]:
    return [[ord(letter) for letter in text] for text in batch]


def stream(text: str = "abcdefgh", weight: float = 1.0) -> Stream:
    return encode_documents("letters.txt", text.split(), letters, 0, weight)


BAD_FILES = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\t\n", "is empty"),
    "only separators": (b"<|endoftext|>\n<|endoftext|>", "is empty"),
    "binary": (b"abc\0def", "binary"),
    "latin-1": ("na\xefve".encode("latin-1"), r"not UTF-8 text \(byte 2\)"),
    "utf-16": ("hello".encode("utf-16"), "not UTF-8"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_text_that_cannot_be_trained_on_is_named(tmp_path: Path, name: str) -> None:
    data, reason = BAD_FILES[name]
    path = tmp_path / "stories.txt"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=f"stories.txt.*{reason}"):
        read_documents(path)


def test_what_is_not_a_readable_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ValueError, match="is not a file"):
            read_documents(path)
    with pytest.raises(ValueError, match="does not exist"):
        read_documents(tmp_path / "nowhere")
    broken = Path("/proc/self/mem")
    if broken.exists():
        with pytest.raises(ValueError, match="cannot be read"):
            read_documents(broken)


def test_documents_are_stripped_and_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "stories.txt"
    path.write_bytes(b"\xef\xbb\xbfone\n<|endoftext|>\n\n<|endoftext|>\ntwo\n")
    assert read_documents(path) == ["one", "two"]


def test_a_weight_follows_the_last_colon(tmp_path: Path) -> None:
    assert parse_source("a.txt") == Source(Path("a.txt"), 1.0)
    assert parse_source("a.txt:2.5") == Source(Path("a.txt"), 2.5)
    assert parse_source("c:d.txt") == Source(Path("c:d.txt"), 1.0)
    odd = tmp_path / "odd:2"
    odd.write_text("text")
    assert parse_source(str(odd)) == Source(odd, 1.0)


@pytest.mark.parametrize("weight", ["0", "-1", "nan", "inf", "1e9"])
def test_a_weight_must_be_a_positive_number(weight: str) -> None:
    with pytest.raises(ValueError, match=r"weight .* of a\.txt must be a positive number"):
        parse_source(f"a.txt:{weight}")


@given(count=st.integers(1, 300), share=st.floats(0, 1), seed=st.integers(0, 99))
def test_the_split_keeps_every_document_on_one_side(count: int, share: float, seed: int) -> None:
    documents = [str(index) for index in range(count)]
    kept, held = split_documents(documents, share, seed)
    assert kept
    assert sorted(kept + held) == sorted(documents)
    assert split_documents(documents, share, seed) == (kept, held)


def test_every_document_begins_and_ends_with_the_stop_token() -> None:
    encoded = encode_documents("x", ["ab", "c"], letters, 0)
    assert encoded.ids.tolist() == [0, 97, 98, 0, 99, 0]
    assert encoded.starts.tolist() == [0, 3]


@given(step=st.integers(0, 2**40), size=st.integers(1, 12), data=st.data())
def test_the_rows_of_a_step_depend_on_the_seed_and_the_step_only(
    step: int, size: int, data: st.DataObject
) -> None:
    mix = Mix((stream("abcdefgh ijklm nopq"), stream("rstuvwxyz", 2.0)), context=4, seed=7)
    first, last = sorted(data.draw(st.tuples(st.integers(0, size), st.integers(0, size))))
    whole = mix.batch(step, range(size), size)
    assert whole.shape == (size, 5)
    np.testing.assert_array_equal(mix.batch(step, range(first, last), size), whole[first:last])


def test_texts_are_drawn_in_proportion_to_weight_and_length() -> None:
    common, rare = stream("a" * 100, 3.0), stream("b" * 100, 1.0)
    mix = Mix((common, rare), context=8, seed=1)
    rows = np.concatenate([mix.batch(step, range(64), 64) for step in range(30)])
    share = float((rows == ord("a")).any(1).mean())
    assert share == pytest.approx(0.75, abs=3 * math.sqrt(0.75 * 0.25 / len(rows)))
    assert float((rows[:, 0] == 0).mean()) >= 0.5 - 3 * math.sqrt(0.25 / len(rows))


def test_a_text_shorter_than_the_context_is_named() -> None:
    with pytest.raises(ValueError, match=r"letters\.txt has 10 tokens .* window of 17"):
        Mix((stream(),), context=16, seed=1)
