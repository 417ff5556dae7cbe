"""Panel: free energy, entropy and heat capacity of the next token against the temperature."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.lens.heat import place
from explorer.lens.temperatures import SAMPLING
from explorer.lens.thermo import ThermoChart, describe_thermo, thermo_chart
from explorer.session.snapshot import Snapshot
from explorer.ui.axes import axes, paint_axes, paint_curve, paint_legend
from explorer.ui.controller import Controller
from explorer.ui.paint import put_text, tip
from explorer.ui.panel import Panel
from explorer.ui.style import Style

_NAMES = ("free energy F", "mean energy U", "entropy S", "heat capacity C")
_MARKS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class ThermoCanvas(QWidget):
    """Four curves over the logarithm of T, with the present T marked."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._chart: ThermoChart | None = None
        self.placeholder = ""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("State functions of the next token")

    def show_chart(self, chart: ThermoChart | None) -> None:
        """Show these curves."""
        self._chart = chart
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        if self._chart is None:
            room = QRectF(self.rect()).adjusted(looks.px(8), 0, -looks.px(8), 0)
            put_text(painter, room, self.placeholder, looks.color("muted"), font=looks.font())
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint(painter, self._chart)
        painter.end()

    def _paint(self, painter: QPainter, chart: ThermoChart) -> None:
        looks = self._looks
        known = chart.curve
        curves = (known.free_energy, known.mean_energy, known.entropy, known.heat_capacity)
        # F falls without end where it is hot; what is read off lies around the others.
        high = max(float(curve.max()) for curve in curves[1:])
        low = max(min(float(curves[0].min()), 0.0), -high)
        room = 0.06 * max(high - low, 0.5)
        at = axes(self, looks, (0.0, 1.0), (low - room, high + room), 2)
        marks = [(place(heat), f"{heat:g}") for heat in _MARKS]
        paint_axes(painter, looks, at, SAMPLING.control, "nats; S, C pure numbers", marks)
        x = np.array([place(float(heat)) for heat in known.temperatures])
        painter.setClipRect(at.plot)
        for number, curve in enumerate(curves):
            paint_curve(painter, looks, at, x, curve, number)
        painter.setClipping(False)
        paint_legend(painter, looks, at, list(enumerate(_NAMES)))
        if chart.temperature > 0:
            spot = at.point(place(chart.temperature), at.y[0])
            painter.setPen(QPen(looks.color("text"), looks.pen_width(1.6)))
            painter.drawLine(QLineF(spot.x(), at.plot.top(), spot.x(), at.plot.bottom()))
            now = chart.now
            values = (now.free_energy, now.mean_energy, now.entropy, now.heat_capacity)
            for value in values:
                if math.isfinite(value) and at.y[0] <= value <= at.y[1]:
                    painter.setBrush(looks.color("panel"))
                    painter.drawEllipse(at.point(place(chart.temperature), value), 3, 3)


class ThermoPanel(Panel):
    """One idea in one chart: sampling at T is a Boltzmann distribution over token energies."""

    id = "thermo"
    title = "Sampling as a Boltzmann machine"
    tab = "Free energy"
    help = (
        "With E = −ln p the next token is a Boltzmann distribution at the sampling temperature T: "
        "F = −T ln Z = U − T S, C = Var(E)/T² = dU/dT. The upright line is the present T."
    )

    def __init__(self, controller: Controller, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(controller, style, parent)
        self.canvas = ThermoCanvas(style)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if (
            old is not None
            and new.timeline is old.timeline
            and new.sampling.temperature == old.sampling.temperature
            and new.busy == old.busy
        ):
            return
        chart = thermo_chart(new)
        self.canvas.placeholder = new.busy or "Nothing has been read yet."
        self.canvas.show_chart(chart)
        said = describe_thermo(chart) if chart else self.canvas.placeholder
        self.setAccessibleDescription(said)
        self.canvas.setToolTip(tip(said))
