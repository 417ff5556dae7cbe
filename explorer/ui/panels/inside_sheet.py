"""Above and below the heatmap: what the activation is, and the formula of one entry in numbers."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.lens.inside import Inspector, Sum, figure
from explorer.ui.paint import put_text
from explorer.ui.rows import DIMMED
from explorer.ui.style import Style

_RIGHT = Qt.AlignmentFlag.AlignRight
_TALL = 150


class Sheet(QWidget):
    """A painted part of the inspector; `waiting` dims it."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self.picture: Inspector | None = None
        self.waiting = False
        self.line = ""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_picture(self, picture: Inspector | None, line: str = "") -> None:
        """Show another activation or entry; `line` is a further line of text."""
        self.picture, self.line = picture, line
        self.update()

    def paint(self, painter: QPainter, picture: Inspector) -> None:
        """Paint an activation."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._looks.color("panel"))
        if self.picture is not None:
            if self.waiting:
                painter.setOpacity(DIMMED)
            self.paint(painter, self.picture)
        elif self.line:
            room = QRectF(self.rect()).adjusted(self._looks.px(10), 0, -self._looks.px(10), 0)
            painter.setFont(self._looks.font(0.92))
            painter.setPen(self._looks.color("muted"))
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, int(flags), self.line)
        painter.end()

    def high(self, size: float = 0.9) -> float:
        """The height of a line of text."""
        return QFontMetricsF(self._looks.font(size)).height() * 1.12


class Head(Sheet):
    """Three lines about the activation, and its histogram."""

    def restyle(self) -> None:
        """Take over other sizes."""
        self.setFixedHeight(round(self.high(1.0) + 2 * self.high(0.86) + self._looks.px(8)))

    def paint(self, painter: QPainter, picture: Inspector) -> None:
        looks, px = self._looks, self._looks.px
        wide = px(118) if self.width() >= px(330) else 0
        room = self.width() - px(20) - wide
        top = QRectF(px(10), px(3), room, self.high(1.0))
        title = looks.font(1.0, bold=True)
        put_text(painter, top, picture.heading, looks.color("text"), font=title)
        used = QFontMetricsF(title).horizontalAdvance(picture.heading) + px(10)
        put_text(
            painter, top.adjusted(used, 0, 0, 0), self.line, looks.color("muted"),
            font=looks.font(0.86),
        )  # fmt: skip
        line = QRectF(px(10), top.bottom(), room, self.high(0.86))
        name = picture.activation.name
        fixed = looks.font(0.86, fixed=True)
        put_text(painter, line, name, looks.color("accent"), font=fixed)
        used = QFontMetricsF(fixed).horizontalAdvance(name) + px(12)
        symbol = picture.activation.stage.symbol
        put_text(
            painter, line.adjusted(used, 0, 0, 0), symbol, looks.color("text"),
            font=looks.font(0.9),
        )  # fmt: skip
        line.translate(0, line.height())
        facts = "   ".join(f"{name} {value}" for name, value in picture.facts)
        put_text(painter, line, facts, looks.color("muted"), font=looks.font(0.86))
        if wide:
            self._paint_histogram(painter, picture, QRectF(self.width() - wide, px(4), wide, 0))

    def _paint_histogram(self, painter: QPainter, picture: Inspector, place: QRectF) -> None:
        looks, px = self._looks, self._looks.px
        base = self.height() - px(15)
        bins = place.adjusted(0, 0, -px(10), 0)
        wide, most = bins.width() / len(picture.counts), max(1, int(picture.counts.max()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(looks.color("raw"))
        room = base - bins.top()
        # The root lets a single outlier be seen beside thousands.
        heights = [room * (count / most) ** 0.5 for count in picture.counts.tolist()]
        painter.drawRects(
            [
                QRectF(bins.left() + at * wide, base - high, max(wide - 0.5, 1.0), high)
                for at, high in enumerate(heights)
                if high
            ]
        )
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawLine(int(bins.left()), int(base), int(bins.right()), int(base))
        if picture.low < 0 < picture.high:
            x = bins.left() + bins.width() * -picture.low / (picture.high - picture.low)
            painter.setPen(QPen(looks.color("text"), 1))
            painter.drawLine(int(x), int(bins.top()), int(x), int(base))
        font = looks.font(0.74)
        box = QRectF(bins.left() - px(10), base + 1, bins.width() + px(10), px(13))
        low = box.adjusted(px(10), 0, 0, 0)
        put_text(painter, low, figure(picture.low, 2), looks.color("muted"), font=font)
        put_text(painter, box, figure(picture.high, 2), looks.color("muted"), _RIGHT, font)


class Formula(Sheet):
    """The chosen entry: its value, the formula, the formula in numbers, the largest addends."""

    _lines = 2

    def room_for(self, width: int, height: int) -> None:
        """Take as much as the panel's size and the formula need."""
        self._lines = 3 if width < self._looks.px(560) else 2
        lines = round(2 * self.high(0.9) + self._lines * self.high(0.86) + self._looks.px(8))
        tall = height >= self._looks.px(390)
        tall &= self.picture is None or bool(self.picture.sum.addends)
        self.setFixedHeight(lines + (self._looks.px(_TALL) if tall else 0))

    def paint(self, painter: QPainter, picture: Inspector) -> None:
        looks, px = self._looks, self._looks.px
        box = QRectF(px(10), px(4), self.width() - px(20), self.high(0.9))
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawLine(px(10), 0, self.width() - px(10), 0)
        bold = looks.font(0.9, bold=True)
        put_text(painter, box, self.line, looks.color("text"), font=bold)
        box.translate(0, box.height())
        put_text(painter, box, picture.formula, looks.color("accent"), font=looks.font(0.9))
        box.translate(0, box.height())
        box.setHeight(self._lines * self.high(0.86))
        painter.setFont(looks.font(0.86))
        painter.setPen(looks.color("text"))
        flags = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(box, int(flags), picture.sum.equation)
        if self.height() > box.bottom() + px(60):
            self._paint_addends(painter, picture.sum, box.bottom() + px(4))

    def _paint_addends(self, painter: QPainter, found: Sum, top: float) -> None:
        """The largest addends as bars around zero, then the rest and the offset."""
        px = self._looks.px
        rows = [(one.name, one.text, one.amount) for one in found.addends]
        if found.others:
            rows.append((f"{found.others:,} more", "", found.rest))
        if found.offset is not None and found.addends:
            rows.append(("bias", "", found.offset))
        high = min(px(18), (self.height() - top - px(4)) / max(len(rows), 1))
        scale = max((abs(amount) for _, _, amount in rows), default=1.0) or 1.0
        for name, text, amount in rows:
            self._paint_addend(painter, QRectF(px(10), top, self.width() - px(20), high),
                               (name, text, amount), scale)  # fmt: skip
            top += high

    def _paint_addend(
        self, painter: QPainter, box: QRectF, row: tuple[str, str, float], scale: float
    ) -> None:
        looks, px = self._looks, self._looks.px
        name, text, amount = row
        font = looks.font(0.84)
        label = min(px(130), box.width() * 0.25)
        factors = min(px(170), box.width() * 0.3)
        put_text(painter, QRectF(box.left(), box.top(), label, box.height()), name,
                 looks.color("text"), font=font)  # fmt: skip
        put_text(painter, QRectF(box.left() + label, box.top(), factors, box.height()), text,
                 looks.color("muted"), font=font)  # fmt: skip
        number = px(64)
        bars = QRectF(box.left() + label + factors + px(6), box.top(), 0, box.height())
        bars.setRight(box.right() - number)
        middle = bars.center().x()
        wide = abs(amount) / scale * bars.width() / 2
        left = middle if amount >= 0 else middle - wide
        color = looks.color("chosen" if amount >= 0 else "accent")
        painter.fillRect(QRectF(left, box.top() + px(3), wide, box.height() - px(6)), color)
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawLine(int(middle), int(box.top()), int(middle), int(box.bottom()))
        value = QRectF(box.right() - number, box.top(), number, box.height())
        put_text(painter, value, f"{amount:+.4f}", looks.color("text"), _RIGHT, font)
