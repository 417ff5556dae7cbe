"""Pictures as patterns: letters of a font and picture files, made black and white on a small grid.

A pattern is (rows x columns,) int8, row after row: +1 is ink, -1 is paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QImageReader, QPainter, QPainterPath, QTransform

_FINE = 8  # samples on a side of one cell
_MOST_PIXELS = 100_000_000
# Pictures of pixels. A drawing such as SVG can make Qt open other files and run for long.
_KINDS = ("png", "jpg", "jpeg", "bmp", "gif", "webp", "tiff", "pbm", "pgm", "ppm", "xbm", "ico")
_INK = 0.4  # share of a cell that a stroke must cover


def letter(text: str, shape: tuple[int, int], font: QFont | None = None) -> NDArray[np.int8]:
    """A typed character, as large as the grid allows.

    Raises ValueError when there is nothing to see of it.
    """
    rows, columns = shape
    path = QPainterPath()
    face = QFont(font or QFont())
    face.setBold(True)
    face.setPixelSize(64)
    path.addText(QPointF(0, 0), face, text)
    box = path.boundingRect()
    if box.isEmpty():
        raise ValueError(f"{text!r} has no ink in this font; type another letter")
    margin = 1 if min(rows, columns) >= 8 else 0
    width, height = (columns - 2 * margin) * _FINE, (rows - 2 * margin) * _FINE
    factor = min(width / box.width(), height / box.height())
    move = QTransform()
    move.translate(columns * _FINE / 2, rows * _FINE / 2)
    move.scale(factor, factor)
    move.translate(-box.center().x(), -box.center().y())
    image = QImage(columns * _FINE, rows * _FINE, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(move.map(path), QColor("white"))
    painter.end()
    grey = _grey(image).reshape(rows, _FINE, columns, _FINE).mean(axis=(1, 3)) / 255
    if not (grey > _INK).any():  # strokes thinner than a cell
        grey = grey / grey.max() * 0.99
    return _pattern(grey > _INK)


def read_picture(path: Path, shape: tuple[int, int]) -> Iterator[NDArray[np.int8]]:
    """A picture file on the grid, dark parts as ink; a job of one slice.

    The threshold is Otsu's (1979): it splits the grey levels into the two classes that differ most.
    Raises ValueError with a sentence when it cannot be read or is too large.
    """
    if not path.is_file():
        raise ValueError(f"{path} is not a file; choose a PNG, JPEG or other picture")
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    reader.setDecideFormatFromContent(True)
    kind = bytes(reader.format().data()).decode("ascii", "replace")
    if kind and kind not in _KINDS:
        raise ValueError(
            f"{path.name} is a picture of the kind {kind}, which may name other files; save it as "
            "a PNG"
        )
    size = reader.size()
    if size.isValid() and size.width() * size.height() > _MOST_PIXELS:
        raise ValueError(
            f"{path.name} has {size.width():,} x {size.height():,} pixels, more than a picture "
            "for a small grid needs; save a smaller copy"
        )
    image = reader.read()
    if image.isNull():
        raise ValueError(f"{path.name} cannot be read as a picture: {reader.errorString()}")
    rows, columns = shape
    ground = QImage(image.size(), QImage.Format.Format_RGB32)
    ground.fill(Qt.GlobalColor.white)  # what is transparent is paper
    painter = QPainter(ground)
    painter.drawImage(0, 0, image)
    painter.end()
    small = ground.convertToFormat(QImage.Format.Format_Grayscale8).scaled(
        QSize(columns, rows),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    grey = _grey(small)
    if grey.max() == grey.min():
        raise ValueError(f"{path.name} is one even grey on this grid: there is nothing to remember")
    yield _pattern(grey <= otsu(grey))


def otsu(grey: NDArray[np.uint8]) -> int:
    """The grey level that splits (h, w) into the two classes of largest variance between them."""
    counts = np.bincount(grey.ravel(), minlength=256).astype(float)  # (256,)
    below = counts.cumsum()
    mass = (counts * np.arange(256)).cumsum()
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (mass / below - (mass[-1] - mass) / above) ** 2
    return int(np.nanargmax(np.where(above > 0, between, np.nan)))


def _grey(image: QImage) -> NDArray[np.uint8]:
    stride = image.bytesPerLine()
    raw = np.frombuffer(image.constBits(), np.uint8)[: stride * image.height()]
    return raw.reshape(image.height(), stride)[:, : image.width()].copy()


def _pattern(ink: NDArray[np.bool_]) -> NDArray[np.int8]:
    return np.where(ink, 1, -1).astype(np.int8).ravel()
