"""The spans of tokens, found from their bytes, are those that the tokenizer itself gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from explorer.engine.remote.spans import encoding


@given(text=st.text(max_size=40))
def test_spans_from_bytes_are_those_of_the_tokenizer(reader, text):
    exact = reader.encode(text)
    pieces = [reader.facts.pieces[one] for one in exact.ids]
    assert encoding(exact.text, exact.ids, pieces) == exact


def test_a_space_that_a_tokenizer_puts_in_front_belongs_to_no_letter():
    found = encoding("cat", (1, 2), [b" c", b"at"])
    assert found.spans == ((0, 1), (1, 3))
    assert found.text == "cat"


def test_a_tokenizer_that_changes_letters_is_shown_as_it_reads():
    found = encoding("Ｃat", (1, 2), [b"C", b"at"])
    assert found.text == "Cat"
    assert found.spans == ((0, 1), (1, 3))


@given(st.text(max_size=10), st.lists(st.binary(max_size=4), max_size=8))
def test_any_pieces_have_spans_within_the_text(text, pieces):
    found = encoding(text, range(len(pieces)), pieces)
    assert len(found.spans) == len(pieces)
    assert all(0 <= start <= end <= len(found.text) for start, end in found.spans)
