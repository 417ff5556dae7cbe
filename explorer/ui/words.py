"""Short texts that are painted again and again: laid out once, kept, drawn in half the time.

Qt lays a text out at every drawText; a QStaticText keeps the result.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QStaticText

from explorer.ui.style import Style

_MOST = 4000
LEFT, CENTER, RIGHT = 0.0, 0.5, 1.0


class Words:
    """Paints plain texts in one font; the painter's pen gives the colour.

    Attributes: font, height (of a line, in pixels).
    """

    def __init__(self, font: QFont) -> None:
        self.font = font
        self._metrics = QFontMetricsF(font)
        self.height = self._metrics.height()
        self._half = self.height / 2
        self._kept: dict[tuple[str, int], tuple[QStaticText, float]] = {}

    def width(self, text: str) -> float:
        """The width of a text, in pixels."""
        return self._find(text, -1)[1]

    def put(
        self,
        painter: QPainter,
        x: float,
        middle: float,
        text: str,
        align: float = LEFT,
        room: float = -1,
    ) -> None:
        """A line of text around the height `middle`.

        x is its left end, centre or right end by `align`. Longer than `room` it is shortened with
        an ellipsis; a negative room is endless.
        """
        static, width = self._find(text, int(room) if room >= 0 else -1)
        painter.setFont(self.font)
        painter.drawStaticText(QPointF(x - align * width, middle - self._half), static)

    def _find(self, text: str, room: int) -> tuple[QStaticText, float]:
        found = self._kept.get((text, room))
        if found is None:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            shown = text
            if room >= 0:
                shown = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            static = QStaticText(shown)
            static.setTextFormat(Qt.TextFormat.PlainText)
            static.prepare(font=self.font)
            found = static, self._metrics.horizontalAdvance(shown)
            self._kept[text, room] = found
        return found


class Letters:
    """The words of a style, one Words for each size of type; other sizes when the style changes."""

    def __init__(self, looks: Style) -> None:
        self._looks = looks
        self._kept: dict[tuple[float, bool], Words] = {}

    def __call__(self, size: float, bold: bool = False) -> Words:
        """Words in the style's font; `size` is relative to normal text."""
        font = self._looks.font(size, bold)
        found = self._kept.get((size, bold))
        if found is None or found.font is not font:
            found = self._kept[size, bold] = Words(font)
        return found
