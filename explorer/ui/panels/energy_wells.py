"""Paints the wells of the token energies: ground, wells, balls, levels of free and mean energy."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.candidates import figure
from explorer.lens.energy import TokenEnergies, Well
from explorer.ui.paint import put_text, tip
from explorer.ui.panels.energy_frame import Frame, formula, is_closed, nats, shortest
from explorer.ui.panels.energy_ground import CENTRE, RIGHT, paint_axis, paint_earth, paint_token
from explorer.ui.style import Style

MOST = 16


class Wells(QWidget):
    """The wells; arrows move the focus mark from well to well, hovering explains one.

    What a turn of the temperature leaves as it is (ground, axis, tokens) is painted once and kept.
    """

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._looks = style
        self._picture: TokenEnergies | None = None
        self._marked = 0
        self._base: tuple[object, QPixmap] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 100)
        self.setAccessibleName("Token energies")

    def show_picture(self, picture: TokenEnergies | None) -> None:
        """Show other wells."""
        self._picture = picture
        self.update()
        if self.hasFocus():
            self._describe()

    @property
    def marked(self) -> int:
        """The index of the well with the focus mark."""
        return max(0, min(self._marked, len(self.shown()) - 1))

    def shown(self) -> tuple[Well, ...]:
        """The wells that fit into the width; the one of the dice always does."""
        return self._frame(self._picture).shown if self._picture is not None else ()

    def explain(self, index: int) -> str:
        """One well in words, with the formula."""
        assert self._picture is not None
        well, t = self.shown()[index], self._picture.temperature
        lines = [f"{well.label}   rank {well.rank}", formula(well, t)]
        if is_closed(well):
            lines.append(f"{well.removed} removed it: its energy counts as infinite, its weight 0.")
        if well.model_energy != well.energy:
            lines.append(f"Before the repetition penalty E = {well.model_energy:.4f} nats.")
        if well.dice:
            lines.append("The dice of this position fall on it.")
        return "\n".join(lines)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tip(self._tip_at(event.pos().x())), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last, here = len(self.shown()) - 1, self.marked
        places = {
            Qt.Key.Key_Left: here - 1,
            Qt.Key.Key_Right: here + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if last < 0 or event.key() not in places:
            super().keyPressEvent(event)
            return
        self._mark(min(max(places[Qt.Key(event.key())], 0), last))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._picture is not None:
            column = self._frame(self._picture).column(event.position().x())
            self._mark(self.marked if column is None else column)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._describe()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._picture is None:
            painter.fillRect(self.rect(), self._looks.color("panel"))
            painter.setPen(self._looks.color("muted"))
            painter.setFont(self._looks.font())
            wrapped = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            text = "The candidates appear here as wells once a text has been read."
            painter.drawText(QRectF(self.rect()).adjusted(12, 4, -12, -4), wrapped, text)
            return
        frame, base = self._ground(self._picture)
        painter.drawPixmap(0, 0, base)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_state(painter, self._picture)
        self._paint_levels(painter, frame, self._picture)
        for index, well in enumerate(frame.shown):
            if not is_closed(well):
                self._paint_ball(painter, frame, frame.x(index), well)
        if frame.percents:
            self._paint_percents(painter, frame)
        if self.hasFocus():
            self._paint_mark(painter, frame)

    def _tip_at(self, x: float) -> str:
        if self._picture is None:
            return "Nothing has been read yet."
        column = self._frame(self._picture).column(x)
        if column is not None:
            return self.explain(column)
        state, t = self._picture.state, self._picture.temperature
        return (
            f"Free energy F = −T ln Z = U − T S = {state.mean_energy:.4f} − {t:g} × "
            f"{state.entropy:.4f} = {state.free_energy:.4f} nats,\nover the "
            f"{self._picture.left} tokens that may be drawn. U is the mean energy, S the entropy."
            f"{self._picture.missing}"
        )

    def _mark(self, index: int) -> None:
        self._marked = index
        self._describe()
        self.update()

    def _describe(self) -> None:
        if self.shown():
            self.setAccessibleDescription(self.explain(self.marked).replace("\n", "; "))

    def _frame(self, picture: TokenEnergies) -> Frame:
        return Frame(self._looks, self.width(), self.height(), picture)

    def _ground(self, picture: TokenEnergies) -> tuple[Frame, QPixmap]:
        """What the temperature does not move, painted when something else did."""
        looks, ratio = self._looks, self.devicePixelRatioF()
        place = (self.width(), self.height(), ratio, looks.theme, looks.scale, looks.presenter)
        key = place, [(w.label, w.energy, w.model_energy, w.removed, w.dice) for w in picture.wells]
        frame = self._frame(picture)
        if self._base is not None and self._base[0] == key:
            return frame, self._base[1]
        base = QPixmap(self.size() * ratio)
        base.setDevicePixelRatio(ratio)
        base.fill(looks.color("panel"))
        painter = QPainter(base)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_earth(painter, looks, frame)
        for index, well in enumerate(frame.shown):
            paint_token(painter, looks, frame, frame.x(index), well)
        paint_axis(painter, looks, frame)
        painter.end()
        self._base = (key, base)
        return frame, base

    def _paint_state(self, painter: QPainter, picture: TokenEnergies) -> None:
        state, t, px = picture.state, picture.temperature, self._looks.px
        long = f"Sampling temperature T = {t:.3g}" if t else "Sampling temperature T = 0 (greedy)"
        if picture.unnamed:
            long = f"T = {t:.3g}, named tokens alone"
        free, mean, spread = map(nats, (state.free_energy, state.mean_energy, state.entropy))
        sums = f"F {free} = U {mean} − T · S {spread}"
        font = self._looks.font(1.0)
        metrics = QFontMetricsF(font)
        box = QRectF(px(10), px(4), self.width() - px(20), metrics.height() * 1.2)
        room = box.width() - metrics.horizontalAdvance(sums + " nats") - px(16)
        if room >= metrics.horizontalAdvance(long):
            put_text(painter, box, long, self._looks.color("muted"), font=font)
            put_text(painter, box, sums + " nats", self._looks.color("text"), RIGHT, font)
            return
        short = [f"T {t:.3g}   {sums}", f"T {t:.3g}   F {free}   U {mean}   S {spread}"]
        fits = next((x for x in short if metrics.horizontalAdvance(x) <= box.width()), short[-1])
        small = fits == short[-1]
        font = self._looks.font(0.85 if small else 1.0)
        put_text(painter, box, fits, self._looks.color("text"), font=font)

    def _paint_levels(self, painter: QPainter, frame: Frame, picture: TokenEnergies) -> None:
        looks, state = self._looks, picture.state
        rows = (
            ("F", state.free_energy, looks.color("accent"), Qt.PenStyle.DashLine),
            ("U", state.mean_energy, looks.color("muted"), Qt.PenStyle.DotLine),
        )
        places = [frame.y(row[1]) for row in rows]
        texts = list(places)
        if abs(places[0] - places[1]) < frame.row:
            middle = min(sum(places) / 2, frame.floor - 0.8 * frame.row)
            texts = [middle + 0.5 * frame.row, middle - 0.5 * frame.row]
        for (name, value, color, line), y, at in zip(rows, places, texts, strict=True):
            painter.setPen(QPen(color, looks.pen_width(1.2), line))
            painter.drawLine(QPointF(frame.left, y), QPointF(frame.edge, y))
            arrow = "↓" if value < frame.low else "↑" if value > frame.high else ""
            at = min(at, frame.floor - 0.3 * frame.row)
            box = QRectF(frame.edge + 4, at - 0.5 * frame.row, self.width(), frame.row)
            put_text(painter, box, f"{name} {nats(value)}{arrow}", color, font=looks.font(0.82))

    def _paint_ball(self, painter: QPainter, frame: Frame, x: float, well: Well) -> None:
        looks, bottom = self._looks, frame.y(well.energy)
        largest = min(0.5 * frame.pitch - 2.0, 0.3 * (frame.floor - frame.ground))
        ball, ring = largest * math.sqrt(well.final), largest * math.sqrt(well.raw)
        if well.final > 0.0:
            ball = max(ball, 1.2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(looks.color("chosen" if well.dice else "accent"))
            painter.drawEllipse(QPointF(x, bottom - ball), ball, ball)
        painter.setPen(QPen(looks.color("raw"), looks.pen_width(1.4)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x, bottom - ring), ring, ring)

    def _paint_percents(self, painter: QPainter, frame: Frame) -> None:
        font, color = self._looks.font(0.82), self._looks.color("muted")
        room, width = frame.pitch - self._looks.px(6), QFontMetricsF(font).horizontalAdvance
        for index, well in enumerate(frame.shown):
            x = frame.x(index) - 0.5 * frame.pitch
            box = QRectF(x, frame.labels + frame.row, frame.pitch, frame.row)
            text = well.removed if is_closed(well) else figure(well.final)
            if not is_closed(well) and width(text) > room:
                text = shortest(well.final)
            put_text(painter, box, text, color, CENTRE, font)

    def _paint_mark(self, painter: QPainter, frame: Frame) -> None:
        height = frame.row * (2 if frame.percents else 1)
        x = frame.x(self.marked) - 0.5 * frame.pitch
        painter.setPen(QPen(self._looks.color("accent"), self._looks.pen_width(1.2)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(x + 1, frame.labels, frame.pitch - 2, height), 3, 3)
