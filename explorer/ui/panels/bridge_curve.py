"""Panel: the curve on which Hopfield's network and attention meet."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.lens.bridge_curve import HOTTEST, BridgeCurve, bridge_curve, sharpness_at
from explorer.session.bridge import moves
from explorer.session.bridge.snapshot import Bridge
from explorer.ui.axes import (
    Axes,
    axes,
    paint_axes,
    paint_curve,
    paint_legend,
)
from explorer.ui.bridge_desk import BridgeDesk
from explorer.ui.paint import put_text
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.sampling_form import ground, label
from explorer.ui.style import Style

_COLDEST = 0.005


class CurveCanvas(QWidget):
    """One of the two charts. Signals: heated(T) on press and drag in the second, rested()."""

    heated = Signal(float)
    rested = Signal()

    def __init__(self, looks: Style, fixed: bool) -> None:
        super().__init__()
        self._looks, self._fixed = looks, fixed
        self._curve: BridgeCurve | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Fixed points against τ" if fixed else "x and tanh(βx)")

    def show_curve(self, curve: BridgeCurve) -> None:
        """Show this."""
        self._curve = curve
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._looks.color("panel"))
        if self._curve is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._fixed:
                self._paint_fixed(painter, self._curve)
            else:
                self._paint_update(painter, self._curve)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._heat(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._heat(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.rested.emit()

    def axes(self) -> Axes:
        """Where the chart stands and what it shows."""
        across = (0.0, HOTTEST) if self._fixed else (-1.25, 1.25)
        return axes(self, self._looks, across, (-1.15, 1.15), 2)

    def _heat(self, x: float) -> None:
        if self._fixed:
            at = self.axes()
            heat = (x - at.plot.left()) / at.plot.width() * HOTTEST
            self.heated.emit(min(max(heat, _COLDEST), HOTTEST))

    def _paint_update(self, painter: QPainter, curve: BridgeCurve) -> None:
        looks, at = self._looks, self.axes()
        paint_axes(painter, looks, at, "state x", "next state")
        paint_legend(painter, looks, at, [(0, f"tanh(βx), β = {curve.beta:.3g}"), (1, "x")])
        painter.setClipRect(at.plot)
        paint_curve(painter, looks, at, curve.x, curve.x, 1)
        paint_curve(painter, looks, at, curve.x, curve.update, 0)
        painter.setClipping(False)
        self._paint_points(painter, at, [(m, m) for m in (-curve.kept, curve.kept)])
        if curve.kept:
            self._paint_points(painter, at, [(0.0, 0.0)], hollow=True)

    def _paint_fixed(self, painter: QPainter, curve: BridgeCurve) -> None:
        looks, at = self._looks, self.axes()
        paint_axes(painter, looks, at, "τ = 1/β", "kept x = m")
        paint_legend(painter, looks, at, [(0, "kept"), (2, "0, not kept below τ = 1")])
        heat, fixed = curve.temperatures, curve.fixed
        zero = np.where(heat <= 1.0, 0.0, np.nan)
        paint_curve(painter, looks, at, heat, fixed, 0)
        paint_curve(painter, looks, at, heat, -fixed, 0)
        paint_curve(painter, looks, at, heat, zero, 2)
        fork = at.point(1.0, at.y[1])
        painter.setPen(QPen(looks.color("muted"), looks.pen_width(1.2), Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(fork, at.point(1.0, at.y[0])))
        line = painter.fontMetrics().height()
        beside = QRectF(fork.x() + looks.px(5), fork.y(), at.plot.right() - fork.x(), line)
        put_text(painter, beside, "it forks at τ = 1", looks.color("muted"))
        if curve.temperature <= HOTTEST:
            foot = at.point(curve.temperature, at.y[0])
            painter.setPen(QPen(looks.color("text"), looks.pen_width(1.6)))
            painter.drawLine(QLineF(foot, at.point(curve.temperature, at.y[1])))
            marks = [(curve.temperature, m) for m in (-curve.kept, curve.kept)]
            self._paint_points(painter, at, marks)

    def _paint_points(
        self, painter: QPainter, at: Axes, places: list[tuple[float, float]], hollow: bool = False
    ) -> None:
        looks, size = self._looks, float(self._looks.px(4))
        painter.setPen(QPen(looks.color("chosen"), looks.pen_width(1.8)))
        painter.setBrush(looks.color("panel" if hollow else "chosen"))
        for x, y in places:
            middle = at.point(x, y)
            painter.drawEllipse(QRectF(middle.x() - size, middle.y() - size, 2 * size, 2 * size))


class BridgeCurvePanel(DeskPanel[BridgeDesk]):
    """x = tanh(βx) of attention and m = tanh(m/τ) of Hopfield's network: one curve."""

    id = "bridge_curve"
    title = "Where they meet"
    help = (
        "Two patterns ±1: the modern network's update is x ← tanh(βx), Hopfield's mean field is "
        "m = tanh(m/τ): the same with τ = 1/β. Below τ = 1 the patterns are kept, above they melt "
        "into 0. Drag in the lower chart to change β."
    )

    def __init__(self, desk: BridgeDesk, style: Style) -> None:
        super().__init__(desk, style)
        self._idea = label(
            "Store only a pattern and its inverse. Attention then computes x ← tanh(βx); "
            "Hopfield's network at Glauber temperature τ has m = tanh(m/τ). One equation, τ = 1/β."
        )
        self._now = label("")
        self._idea.setWordWrap(True)
        self._now.setWordWrap(True)
        self.charts = CurveCanvas(style, fixed=False), CurveCanvas(style, fixed=True)
        for chart in self.charts:
            chart.setToolTip(self.help)
            chart.heated.connect(self._heat)
            chart.rested.connect(desk.history.rest)
        body, self._column = ground()
        self._body = body
        for text in (self._idea, self._now):
            self._column.addWidget(text)
        for chart in self.charts:
            self._column.addWidget(chart, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(body)
        self.restyle()

    def draw(self, new: Bridge, old: Bridge | None) -> None:
        if old is not None and new.setting == old.setting and new.head is old.head:
            return
        curve = bridge_curve(new)
        self._now.setText(curve.sentence)
        self.setAccessibleDescription(curve.sentence)
        for chart in self.charts:
            chart.show_curve(curve)

    def restyle(self) -> None:
        px, looks = self.looks.px, self.looks
        self._column.setContentsMargins(px(10), px(6), px(10), px(6))
        self._body.setStyleSheet(f"#body {{ background: {looks.theme.panel}; }}")
        self._idea.setFont(looks.font(0.92))
        self._now.setFont(looks.font(0.92, bold=True))

    def _heat(self, temperature: float) -> None:
        desk = self.controller
        sharpness = sharpness_at(desk.snapshot, temperature)
        desk.apply(moves.sharpen, sharpness, gesture="sharpness")
