"""Small things that every painted panel needs. Text is always plain: a token is never HTML."""

from __future__ import annotations

import html

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, qRgba

# Pixels of the widest letter for each point of type size, at up to 96 dots per inch.
_WIDEST = 1.5


def tip(text: str) -> str:
    """A tool tip that shows `text` as it is, line by line."""
    return "<p style='white-space:pre-wrap'>" + html.escape(text) + "</p>"


def put_text(
    painter: QPainter,
    box: QRectF,
    text: str,
    color: QColor,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    font: QFont | None = None,
) -> None:
    """Text in one line, vertically centred, shortened with an ellipsis where it does not fit."""
    if font is not None:
        painter.setFont(font)
    # Measuring is the dearest part of painting text: what is surely short enough is not.
    if box.width() < len(text) * painter.font().pointSizeF() * _WIDEST:
        metrics = QFontMetricsF(painter.font())
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.setPen(color)
    painter.drawText(box, int(align | Qt.AlignmentFlag.AlignVCenter), text)


def indexed_image(levels: NDArray[np.uint8], table: NDArray[np.uint8]) -> QImage:
    """An image of indices (h, w) into a colour table (n, 4) RGBA; it owns its memory."""
    levels = np.ascontiguousarray(levels)
    height, width = levels.shape
    image = QImage(levels.data, width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable([qRgba(*(int(part) for part in color)) for color in table])
    return image.copy()


def draw_pixels(painter: QPainter, box: QRectF, image: QImage) -> None:
    """An image stretched over `box` without smoothing, so that each value stays one rectangle."""
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(box, image)
