"""Letters and picture files become patterns of ink and paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage, QPainter

from explorer.ui.pixels import letter, otsu, read_picture


@pytest.mark.parametrize("shape", [(5, 5), (7, 5), (10, 10), (32, 32)])
@pytest.mark.parametrize("text", ["A", "i", "ß", "Ж", "."])
def test_a_letter_has_ink_and_paper_on_every_grid(qapp, text: str, shape) -> None:
    spins = letter(text, shape)
    assert spins.shape == (shape[0] * shape[1],)
    assert set(np.unique(spins)) <= {-1, 1}
    assert (spins == 1).any()


def test_different_letters_are_different_patterns(qapp) -> None:
    patterns = {letter(text, (10, 10)).tobytes() for text in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    assert len(patterns) == 26


def test_a_space_is_refused_in_a_sentence(qapp) -> None:
    with pytest.raises(ValueError, match="no ink"):
        letter(" ", (10, 10))


def picture(path: Path, size: tuple[int, int] = (80, 80)) -> Path:
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.fillRect(0, 0, size[0] // 2, size[1], QColor("#222222"))
    painter.end()
    assert image.save(str(path))
    return path


def test_dark_parts_of_a_picture_are_ink(qapp, tmp_path: Path) -> None:
    spins = next(read_picture(picture(tmp_path / "half.png"), (8, 8))).reshape(8, 8)
    assert (spins[:, :4] == 1).all()
    assert (spins[:, 4:] == -1).all()


def test_transparent_parts_are_paper(qapp, tmp_path: Path) -> None:
    image = QImage(20, 20, QImage.Format.Format_ARGB32)
    image.fill(0)
    image.setPixelColor(3, 3, QColor("black"))
    for x in range(6):
        for y in range(6):
            image.setPixelColor(x, y, QColor("black"))
    image.save(str(tmp_path / "clear.png"))
    spins = next(read_picture(tmp_path / "clear.png", (10, 10))).reshape(10, 10)
    assert (spins[:3, :3] == 1).all()
    assert (spins[5:, 5:] == -1).all()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.png", None, "is not a file"),
        ("text.png", b"this is no picture", "cannot be read as a picture"),
        ("empty.png", b"", "cannot be read as a picture"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "cannot be read as a picture"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(
    qapp, tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=reason):
        next(read_picture(path, (8, 8)))


def test_a_huge_picture_is_refused_before_it_is_unpacked(qapp, tmp_path: Path) -> None:
    # A PNG header that announces 60,000 x 60,000 pixels and holds none of them.
    import struct
    import zlib

    body = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    path = tmp_path / "huge.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    )
    with pytest.raises(ValueError, match=r"huge.png"):
        next(read_picture(path, (8, 8)))


def test_a_drawing_that_names_other_files_is_not_opened(qapp, tmp_path: Path) -> None:
    secret = picture(tmp_path / "secret.png")
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="80" height="80"><image xlink:href="{secret}" width="80" height="80"/></svg>'
    )
    for name in ("drawing.svg", "drawing.png"):
        (tmp_path / name).write_text(text)
        with pytest.raises(ValueError, match=r"drawing.*(kind svg|cannot be read as a picture)"):
            next(read_picture(tmp_path / name, (8, 8)))


@pytest.mark.parametrize(
    "form",
    ["Format_Mono", "Format_Indexed8", "Format_Grayscale16", "Format_RGBA64", "Format_RGB16",
     "Format_Grayscale8", "Format_ARGB32"],
)  # fmt: skip
def test_pictures_of_any_depth_are_read(qapp, tmp_path: Path, form: str) -> None:
    image = QImage(str(picture(tmp_path / "plain.png")))
    wanted = next(read_picture(tmp_path / "plain.png", (8, 8)))
    assert image.convertToFormat(getattr(QImage.Format, form)).save(str(tmp_path / "deep.png"))
    assert (next(read_picture(tmp_path / "deep.png", (8, 8))) == wanted).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (3, 2)])
def test_a_picture_of_any_shape_is_a_pattern_or_a_sentence(qapp, tmp_path: Path, size) -> None:
    try:
        spins = next(read_picture(picture(tmp_path / "thin.png", size), (8, 8)))
    except ValueError as error:
        assert "one even grey" in str(error)
    else:
        assert set(np.unique(spins)) == {-1, 1}


def test_one_even_grey_has_nothing_to_remember(qapp, tmp_path: Path) -> None:
    image = QImage(30, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("gray"))
    image.save(str(tmp_path / "grey.png"))
    with pytest.raises(ValueError, match="one even grey"):
        next(read_picture(tmp_path / "grey.png", (8, 8)))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 255), min_size=2, max_size=60).filter(lambda v: len(set(v)) > 1))
def test_the_threshold_leaves_something_on_both_sides(values: list[int]) -> None:
    grey = np.array(values, np.uint8)[None]
    level = otsu(grey)
    assert (grey <= level).any() and (grey > level).any()
