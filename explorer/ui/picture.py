"""A widget as a picture: PNG, SVG or PDF, painted by the widget itself.

Painting needs the GUI thread; encoding and writing do not, and are done where the caller likes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPoint, QSizeF
from PySide6.QtGui import QImage, QImageWriter, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from explorer.disk import replace_file
from explorer.ui.focus_frame import FocusFrame

PICTURES = (".png", ".svg", ".pdf")
MOST_PIXELS = 16384
_EXACT = QPageSize.SizeMatchPolicy.ExactMatch
_NOTHING: Mapping[str, object] = {}


def paint(
    widget: QWidget, suffix: str, width: int = 0, about: Mapping[str, object] = _NOTHING
) -> QImage | bytes:
    """A widget as a QImage (.png) or the bytes of a file (.svg, .pdf), with what made it inside.

    `width` is that of a PNG in pixels, 0 for twice the widget's; the height follows. Raises
    ValueError for another suffix.
    """
    if suffix == ".png":
        scale = min(width or 2 * widget.width(), MOST_PIXELS) / widget.width()
        image = QImage(widget.size() * scale, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(scale)
        for name, value in about.items():
            image.setText(name, value if isinstance(value, str) else json.dumps(value))
        _render(widget, image)
        return image
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if suffix == ".svg":
        drawing = QSvgGenerator()
        drawing.setOutputDevice(buffer)
        drawing.setSize(widget.size())
        drawing.setViewBox(widget.rect())
        drawing.setTitle(widget.accessibleName() or "Explorer")
        drawing.setDescription(json.dumps(dict(about), ensure_ascii=False) if about else "")
        _render(widget, drawing)
    elif suffix == ".pdf":
        page = QPdfWriter(buffer)
        page.setPageSize(QPageSize(QSizeF(widget.size()), QPageSize.Unit.Point, "", _EXACT))
        page.setPageMargins(QMarginsF(0, 0, 0, 0))
        page.setResolution(72)
        page.setTitle(widget.accessibleName() or "Explorer")
        if about:
            facts = json.dumps(dict(about), ensure_ascii=False, indent=1).encode()
            page.addFileAttachment("about.json", QByteArray(facts), "application/json")
        _render(widget, page)
    else:
        raise ValueError(f"a picture must end in {', '.join(PICTURES)}, not in {suffix!r}")
    buffer.close()
    return bytes(data.data())


def write_picture(picture: QImage | bytes, out: Path) -> None:
    """Write what was painted, whole or not at all; raises OSError."""
    if isinstance(picture, QImage):
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(picture)
        buffer.close()
        picture = bytes(data.data())
    whole = picture
    replace_file(out, lambda part: part.write_bytes(whole))


def paint_to_file(widget: QWidget, out: Path) -> None:
    """A widget as PNG (twice the pixels), SVG or PDF, by the suffix of `out`.

    Raises ValueError for another suffix and OSError when the file cannot be written.
    """
    picture = paint(widget, out.suffix.lower())
    out.parent.mkdir(parents=True, exist_ok=True)
    write_picture(picture, out)


def _render(widget: QWidget, device: QImage | QSvgGenerator | QPdfWriter) -> None:
    # Where the keyboard is says nothing to those who look at the picture.
    frames = [one for one in widget.findChildren(FocusFrame) if one.isVisible()]
    for one in frames:
        one.hide()
    painter = QPainter(device)
    widget.render(painter, QPoint())
    painter.end()
    for one in frames:
        one.show()
