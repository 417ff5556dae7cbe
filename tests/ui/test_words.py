"""Words that are laid out once."""

from __future__ import annotations

from PySide6.QtGui import QFontMetricsF, QImage, QPainter

from explorer.ui.words import RIGHT, Letters, Words


def ink(words: Words, x: float, text: str, align: float, room: float = -1) -> list[int]:
    """The columns of a picture that a text touches."""
    picture = QImage(200, 40, QImage.Format.Format_RGB32)
    picture.fill(0xFFFFFFFF)
    painter = QPainter(picture)
    words.put(painter, x, 20, text, align, room)
    painter.end()
    white = 0xFFFFFFFF
    return [x for x in range(200) if any(picture.pixel(x, y) != white for y in range(40))]


def test_a_text_ends_where_it_is_aligned(style):
    words = Letters(style)(1.0)
    columns = ink(words, 150, "wool", RIGHT)
    assert 150 - words.width("wool") - 2 <= columns[0]
    assert columns[-1] <= 151


def test_a_text_without_room_is_shortened(style):
    words = Letters(style)(1.0)
    wide = "a long sentence about wool"
    assert max(ink(words, 0, wide, 0.0, 60)) <= 61 < words.width(wide)


def test_letters_are_kept_until_the_style_changes(style):
    letters = Letters(style)
    before = letters(0.9)
    assert letters(0.9) is before
    assert letters(0.9, bold=True) is not before
    style.set_zoom(2.0)
    after = letters(0.9)
    assert after.width("wool") > 1.5 * before.width("wool")
    assert after.width("wool") == QFontMetricsF(style.font(0.9)).horizontalAdvance("wool")
