"""Bars, percentages and columns of the terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.cli import table


@given(st.floats(0, 1), st.integers(1, 60), st.booleans())
def test_a_bar_fills_its_cells_and_nothing_above_zero_is_invisible(share, width, plain):
    drawn = table.bar(share, width, plain)
    assert len(drawn) == width
    assert (drawn.strip() == "") == (share == 0)
    assert drawn.isascii() or not plain


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_never_has_a_shorter_bar(one, other):
    low, high = sorted((one, other))

    def eighths(drawn):
        return sum(8 if cell == "█" else "▏▎▍▌▋▊▉".find(cell) + 1 for cell in drawn)

    assert eighths(table.bar(low, 12)) <= eighths(table.bar(high, 12))


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.5234, "52.3 %"),
        (0.0117, "1.17 %"),
        (0.00417, "0.417 %"),
        (0.000417, "0.0417 %"),
        (1e-6, "1.0e-04 %"),
    ],
)
def test_a_percentage_keeps_the_digits_that_count(share, shown):
    assert table.percent(share) == shown


@given(st.text(max_size=30), st.integers(2, 20), st.booleans())
def test_a_column_has_its_width_whatever_is_in_it(text, width, plain):
    assert table.cells(table.fit(table.spell(table.printable(text), plain), width, plain)) == width


@given(st.text(max_size=40))
def test_printable_text_has_no_control_characters_but_line_ends(text):
    shown = table.printable(text)
    assert all(char.isprintable() or char == "\n" for char in shown)


@given(st.text(max_size=40))
def test_spelled_text_is_ascii(text):
    assert table.spell(text, True).isascii()


def test_a_stream_is_asked_whether_it_has_blocks():
    streams = {name: io.TextIOWrapper(io.BytesIO(), encoding=name) for name in ("utf-8", "latin-1")}
    assert table.can_show_unicode(streams["utf-8"])
    assert not table.can_show_unicode(streams["latin-1"])
