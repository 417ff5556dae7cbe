"""The bars of the attribution, the strongest part first, around a line at zero."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPen

from explorer.lens.attribution import Amount, AttributionPicture
from explorer.ui.rows import Rows
from explorer.ui.style import Style
from explorer.ui.words import RIGHT, Letters


class AttributionBars(Rows):
    """One row for each part of the network."""

    def __init__(self, looks: Style) -> None:
        super().__init__(looks, "Parts of the network by what they add", 18)
        self._letters = Letters(looks)
        self.picture: AttributionPicture | None = None
        self.chosen: tuple[int, int] | None = None

    def show_picture(
        self, picture: AttributionPicture | None, chosen: tuple[int, int] | None
    ) -> None:
        """Other bars; the row of the chosen head is framed."""
        self.picture, self.chosen = picture, chosen
        self.fit()

    def count(self) -> int:
        return len(self.picture.bars) if self.picture else 0

    def explain(self, row: int, x: float) -> str:
        return self.picture.bars[row].tip if self.picture else ""

    def paint_rows(self, painter: QPainter, seen: range) -> None:
        if self.picture is None or not seen:
            return
        looks, px = self._looks, self._looks.px
        label, number = px(100), px(62)
        left, right = label, self.width() - number - px(10)
        middle = (left + right) / 2
        painter.setPen(QPen(looks.color("line"), 1))
        top, bottom = self.row_box(seen[0]).top(), self.row_box(seen[-1]).bottom()
        painter.drawLine(int(middle), int(top), int(middle), int(bottom))
        for index in seen:
            bar, box = self.picture.bars[index], self.row_box(index)
            if bar.head is not None and bar.head == self.chosen:
                painter.fillRect(box, looks.color("accent", 0.14))
            self._paint_bar(painter, box, bar, middle, (right - left) / 2)

    def _paint_bar(
        self, painter: QPainter, box: QRectF, bar: Amount, middle: float, room: float
    ) -> None:
        assert self.picture is not None
        looks, px = self._looks, self._looks.px
        plain, bold = self._letters(0.88), self._letters(0.88, bar.head == self.chosen)
        wide = max(abs(bar.amount) / self.picture.scale * room, 1.0)
        x = middle if bar.amount >= 0 else middle - wide
        color = looks.color("chosen" if bar.amount >= 0 else "accent")
        inset = max(2, box.height() * 0.2)
        painter.fillRect(QRectF(x, box.top() + inset, wide, box.height() - 2 * inset), color)
        painter.setPen(looks.color("text" if bar.head else "muted"))
        bold.put(painter, px(10), box.center().y(), bar.label, room=px(88))
        painter.setPen(looks.color("text"))
        amount = f"{bar.amount:+.3f}".replace("-", "−")
        plain.put(painter, box.right() - px(10), box.center().y(), amount, RIGHT)
