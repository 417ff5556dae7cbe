"""A widget as a picture file: PNG, SVG or PDF, painted by the widget itself."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMarginsF, QPoint, QSizeF
from PySide6.QtGui import QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

_EXACT = QPageSize.SizeMatchPolicy.ExactMatch


def paint_to_file(widget: QWidget, out: Path) -> None:
    """A widget as PNG (twice the pixels), SVG or PDF, by the suffix of `out`.

    Raises ValueError for another suffix and OSError when the file cannot be written.
    """
    suffix = out.suffix.lower()
    device: QImage | QSvgGenerator | QPdfWriter
    if suffix == ".png":
        device = QImage(widget.size() * 2, QImage.Format.Format_ARGB32_Premultiplied)
        device.setDevicePixelRatio(2.0)
    elif suffix == ".svg":
        device = QSvgGenerator()
        device.setFileName(str(out))
        device.setSize(widget.size())
        device.setViewBox(widget.rect())
    elif suffix == ".pdf":
        device = QPdfWriter(str(out))
        device.setPageSize(QPageSize(QSizeF(widget.size()), QPageSize.Unit.Point, "", _EXACT))
        device.setPageMargins(QMarginsF(0, 0, 0, 0))
        device.setResolution(72)
    else:
        raise ValueError(f"{out.name} must end in .png, .svg or .pdf")
    out.parent.mkdir(parents=True, exist_ok=True)
    painter = QPainter()
    if not painter.begin(device):
        raise OSError(None, f"{out} cannot be written")
    widget.render(painter, QPoint())
    painter.end()
    if isinstance(device, QImage) and not device.save(str(out)):
        raise OSError(None, f"{out} cannot be written")
