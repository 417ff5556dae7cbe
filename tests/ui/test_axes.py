"""Axes: whatever range they are given, they can be drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QPainter

from explorer.lens.recall import round_ticks
from explorer.ui.axes import axes, paint_axes, paint_curve, paint_points, paint_upright, sound
from explorer.ui.canvas import Canvas
from explorer.ui.style import Style


@given(st.floats(), st.floats(), st.integers(1, 20))
def test_any_range_becomes_one_with_ticks(low: float, high: float, most: int) -> None:
    low, high = sound(low, high)
    assert math.isfinite(low) and math.isfinite(high) and low < high
    assert len(round_ticks(low, high, most)) <= most + 2


@given(st.floats(-1e9, 1e9), st.floats(0.001, 1e9))
def test_a_range_that_can_be_drawn_stays(low: float, width: float) -> None:
    assert sound(low, low + width) == (low, low + width)


class Chart(Canvas):
    """A curve, points with error bars and a mark in a range."""

    x, y = (0.0, 1.0), (0.0, 1.0)
    values = np.array([0.0, 1.0])

    def paint(self, painter: QPainter) -> None:
        at = axes(self, self._looks, self.x, self.y)
        paint_axes(painter, self._looks, at, "x", "y")
        paint_curve(painter, self._looks, at, self.values, self.values, 0)
        paint_points(painter, self._looks, at, self.values, self.values, self.values, 1)
        paint_upright(painter, self._looks, at, [("here", float(self.values[0]))])


@pytest.mark.parametrize("high", [math.inf, math.nan, 0.0, -1.0, 1e-320, 1e308, -math.inf])
@pytest.mark.parametrize(
    "values", [[], [math.nan], [math.inf, -math.inf], [1e308, -1e308], [5, 5], [np.int64(2**62), 0]]
)
def test_any_range_and_any_values_are_painted(
    high: float, values: list[float], style: Style, qtbot
) -> None:
    chart = Chart(style, "A chart")
    qtbot.addWidget(chart)
    chart.resize(300, 200)
    chart.x = chart.y = (0.0, high)
    chart.values = np.array(values or [0.5])
    assert not chart.grab().toImage().isNull()
