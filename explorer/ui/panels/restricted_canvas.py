"""What a restricted machine shows while it learns: figures on the left, pictures on the right."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from explorer.lens.restricted import LearningChart, Pictures
from explorer.ui.axes import Axes, hue, legend_lines, paint_axes, paint_curve, paint_legend
from explorer.ui.paint import draw_pixels, indexed_image, put_text
from explorer.ui.style import Style, color_table


class LearningCanvas(QWidget):
    """The curves on the left, rows of pictures on the right."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._chart: LearningChart | None = None
        self._pictures: Pictures | None = None
        self._said = ""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Learning of the restricted machine")

    def show_learning(
        self, chart: LearningChart | None, pictures: Pictures | None, said: str
    ) -> None:
        """Show these figures and pictures, and a word on the free energies."""
        self._chart, self._pictures, self._said = chart, pictures, said
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        if self._pictures is not None:
            self._paint_pictures(painter, self._pictures)
        if self._chart is not None and len(self._chart.steps) > 1:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            high, split = float(self.height()), self._split()
            both = high > looks.px(260)  # else only the figure that counts
            first = QRectF(0, 0, split, 0.56 * high if both else high)
            self._paint_likelihood(painter, self._chart, first)
            if both:
                rest = QRectF(0, first.bottom(), split, high - first.bottom())
                self._paint_energies(painter, self._chart, rest)
        painter.end()

    def _split(self) -> float:
        return self.width() * 0.52

    def _frame(
        self, painter: QPainter, box: QRectF, chart: LearningChart, rows: np.ndarray, lines: int
    ) -> Axes:
        """Axes inside a box with room for a legend."""
        looks = self._looks
        painter.setFont(looks.font(0.85))
        line = painter.fontMetrics().height()
        low, high = float(np.nanmin(rows)), float(np.nanmax(rows))
        room = 0.05 * max(high - low, 0.5)
        top = lines * (line + looks.px(2)) + looks.px(4)
        plot = QRectF(
            3.2 * line, box.top() + top, max(box.width() - 3.2 * line - looks.px(10), 30.0),
            max(box.height() - top - 2 * line - looks.px(6), 20.0),
        )  # fmt: skip
        return Axes(plot, (0.0, float(chart.steps[-1])), (low - room, high + room))

    def _paint_likelihood(self, painter: QPainter, chart: LearningChart, box: QRectF) -> None:
        looks = self._looks
        rows = np.concatenate([chart.likelihood, chart.pseudo, chart.unseen, [chart.bound, 0.0]])
        how = "exact" if chart.exact else "AIS ± 3 s.e."
        names = [(0, f"log-likelihood ({how})"), (1, "pseudo-likelihood")]
        series = [(0, chart.likelihood), (1, chart.pseudo)]
        if np.isfinite(chart.unseen).any():
            names.append((2, "held out"))
            series.append((2, chart.unseen))
        at = self._frame(painter, box, chart, rows, self._lines(names))
        paint_axes(painter, looks, at, "updates", "nats a pattern")
        low, high = (np.clip(edge, *at.y) for edge in (chart.low, chart.high))
        band = [at.point(x, y) for x, y in zip(chart.steps, low, strict=True)]
        band += [at.point(x, y) for x, y in zip(chart.steps[::-1], high[::-1], strict=True)]
        shade = hue(looks, 0).toRgb()
        shade.setAlphaF(0.25)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawPolygon(QPolygonF(band))
        for number, values in series:
            paint_curve(painter, looks, at, chart.steps, values, number)
        self._paint_bound(painter, at, chart)
        self._paint_cursor(painter, at, chart)
        self._paint_names(painter, at, box.top(), names)

    def _lines(self, names: list[tuple[int, str]]) -> int:
        """Lines of a legend over a chart."""
        line = QFontMetricsF(self._looks.font(0.85)).height()
        return legend_lines(self._looks, self._split() - 3.2 * line - self._looks.px(10), names)

    def _paint_bound(self, painter: QPainter, at: Axes, chart: LearningChart) -> None:
        looks, line = self._looks, painter.fontMetrics().height()
        painter.setPen(QPen(looks.color("muted"), looks.pen_width(1.4), Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(at.point(0, chart.bound), at.point(at.x[1], chart.bound)))
        spot = at.point(0, chart.bound)
        box = QRectF(spot.x() + self._looks.px(4), spot.y() - line, at.plot.width(), line)
        put_text(painter, box, f"best possible {chart.bound:.2f}", looks.color("muted"))

    def _paint_energies(self, painter: QPainter, chart: LearningChart, box: QRectF) -> None:
        looks = self._looks
        rows = np.concatenate([chart.data_energy, chart.unseen_energy, chart.noise_energy])
        names = [(0, "data"), (3, "noise")]
        series = [(0, chart.data_energy), (3, chart.noise_energy)]
        if np.isfinite(chart.unseen_energy).any():
            names.insert(1, (2, "held out"))
            series.append((2, chart.unseen_energy))
        lines = self._lines(names)
        at = self._frame(painter, box, chart, rows, lines + 1)
        paint_axes(painter, looks, at, "updates", "free energy F, nats")
        for number, values in series:
            paint_curve(painter, looks, at, chart.steps, values, number)
        self._paint_cursor(painter, at, chart)
        self._paint_names(painter, at, box.top(), names)
        line = painter.fontMetrics().height()
        head = QRectF(
            looks.px(8),
            box.top() + lines * (line + looks.px(2)) + looks.px(2),
            box.width() - looks.px(8),
            line,
        )
        put_text(painter, head, self._said, looks.color("muted"), font=looks.font(0.82))

    def _paint_cursor(self, painter: QPainter, at: Axes, chart: LearningChart) -> None:
        if 0 < chart.cursor < chart.steps[-1]:
            pen = QPen(self._looks.color("hover"), self._looks.pen_width(1.6))
            painter.setPen(pen)
            painter.drawLine(
                QLineF(at.point(chart.cursor, at.y[0]), at.point(chart.cursor, at.y[1]))
            )

    def _paint_names(
        self, painter: QPainter, at: Axes, top: float, names: list[tuple[int, str]]
    ) -> None:
        painter.save()
        painter.translate(0, top)
        local = Axes(QRectF(at.plot.left(), 0, at.plot.width(), 1), at.x, at.y)
        paint_legend(painter, self._looks, local, names)
        painter.restore()

    def _paint_pictures(self, painter: QPainter, found: Pictures) -> None:
        looks, left = self._looks, self._split() + self._looks.px(8)
        painter.setFont(looks.font(0.85))
        line = painter.fontMetrics().height() + looks.px(2)
        wide = self.width() - left - looks.px(8)
        theme = looks.theme
        grey = color_table([theme.raised, theme.text])
        signed = color_table([theme.chosen, theme.panel, theme.accent])
        rows = (
            ("data", found.data, grey, None),
            ("reconstructions", found.rebuilt, grey, None),
            ("filters of the hidden units; bar: how often active", found.filters, signed, found),
            ("hidden activity: pictures across, units down", None, None, None),
            ("fantasies, 100 Gibbs steps from noise", found.dreams, grey, None),
        )
        high = (self.height() - looks.px(6)) / len(rows)
        for row, (name, pictures, table, filters) in enumerate(rows):
            top = row * high
            box = QRectF(left, top, wide, line)
            put_text(painter, box, name, looks.color("muted"))
            room = QRectF(left, top + line, wide, high - line - looks.px(4))
            if pictures is None or table is None:
                self._paint_activity(painter, room, found.above)
            elif len(pictures):
                self._paint_row(painter, room, pictures, table, filters)

    def _paint_activity(self, painter: QPainter, room: QRectF, above: np.ndarray) -> None:
        looks = self._looks
        levels = (255 * above.T).round().astype(np.uint8)  # (units, pictures)
        cell = min(room.height() / len(levels), room.width() / levels.shape[1], looks.px(14))
        box = QRectF(room.left(), room.top(), room.width(), cell * len(levels))
        draw_pixels(painter, box, indexed_image(levels, looks.heat_table()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawRect(box)

    def _paint_row(
        self, painter: QPainter, room: QRectF, pictures: np.ndarray, table: np.ndarray,
        filters: Pictures | None,
    ) -> None:  # fmt: skip
        """Pictures as large as fit, in one line or more."""
        looks, count, gap = self._looks, len(pictures), self._looks.px(4)
        below = looks.px(6) if filters is not None else 0.0
        tall = pictures.shape[1] / pictures.shape[2]
        side, columns = max(
            (
                min(room.width() / across - gap, (room.height() / lines - gap - below) / tall),
                across,
            )
            for lines in (1, 2, 3)
            for across in (-(-count // lines),)
        )
        side = max(side, 2.0)
        for index, picture in enumerate(pictures):
            levels = 127.5 + 127.5 * picture if filters is not None else 255 * picture
            image = indexed_image(np.clip(levels, 0, 255).round().astype(np.uint8), table)
            x = room.left() + index % columns * (side + gap)
            y = room.top() + index // columns * (side * tall + gap + below)
            place = QRectF(x, y, side, side * tall)
            draw_pixels(painter, place, image)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(looks.color("line"), 1))
            painter.drawRect(place)
            if filters is not None:
                reach = float(filters.activity[index]) * side
                bar = QRectF(x, place.bottom() + looks.px(2), reach, looks.px(3))
                painter.fillRect(bar, looks.color("chosen"))
