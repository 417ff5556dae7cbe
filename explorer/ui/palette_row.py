"""How a row of the command palette is painted."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from explorer.ui.paint import put_text
from explorer.ui.palette_entries import Entry
from explorer.ui.style import Style


def paint_row(
    painter: QPainter,
    box: QRect,
    entry: Entry,
    marks: tuple[int, ...],
    chosen: bool,
    looks: Style,
) -> None:
    """The name with the letters typed in bold, the keys at the right, help or reason below."""
    px = looks.px
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if chosen:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(looks.color("raised" if entry.reason else "accent"))
        painter.drawRoundedRect(QRectF(box), px(5), px(5))
    lit = chosen and not entry.reason
    ink = looks.color("on_accent" if lit else "muted" if entry.reason else "text")
    faint = looks.color("on_accent" if lit else "muted")
    whole = QRectF(box).adjusted(px(10), px(3), -px(10), -px(3))
    top = QRectF(whole.left(), whole.top(), whole.width(), whole.height() * 0.54)
    below = QRectF(whole.left(), top.bottom(), whole.width(), whole.height() * 0.46)
    keys = looks.font(0.92, fixed=True)
    room = QFontMetricsF(keys).horizontalAdvance(entry.keys) + px(12) if entry.keys else 0.0
    put_text(painter, top, entry.keys, faint, Qt.AlignmentFlag.AlignRight, keys)
    _put_marked(painter, top.adjusted(0, 0, -room, 0), entry.text, marks, ink, looks)
    put_text(painter, below, entry.reason or entry.help, faint, font=looks.font(0.82))
    painter.restore()


def _put_marked(
    painter: QPainter, box: QRectF, text: str, marks: tuple[int, ...], ink: QColor, looks: Style
) -> None:
    """A text in pieces, those at `marks` in bold and underlined."""
    left, found = box.left(), set(marks)
    start = 0
    while start < len(text) and left < box.right():
        bold = start in found
        end = start + 1
        while end < len(text) and (end in found) == bold:
            end += 1
        font = looks.font(1.0, bold=bold)
        piece = text[start:end]
        width = QFontMetricsF(font).horizontalAdvance(piece)
        part = QRectF(left, box.top(), min(width + 1, box.right() - left), box.height())
        put_text(painter, part, piece, ink, font=font)
        left += width
        start = end
