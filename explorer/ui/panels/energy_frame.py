"""Where the wells of the token energies stand: axis, columns and rows, all in pixels."""

from __future__ import annotations

import math

from PySide6.QtGui import QFontMetricsF

from explorer.lens.energy import TokenEnergies, Well
from explorer.ui.style import Style


class Frame:
    """Places for one size of the widget and one picture.

    ground is the line into which the wells are cut, floor the lowest line of the axis. The axis
    spans the shown energies only, so it does not move while the temperature is turned.
    """

    def __init__(self, style: Style, width: float, height: float, picture: TokenEnergies) -> None:
        px = style.px
        small = QFontMetricsF(style.font(0.85))
        self.row = small.height() * 1.1
        top = QFontMetricsF(style.font(1.0)).height() * 1.25 + px(8)
        self.percents = height >= 9 * self.row
        self.left = px(10) + small.horizontalAdvance("00 ")
        self.right = width - px(10) - small.horizontalAdvance("F −00.00↓")
        self.labels = height - (2 if self.percents else 1) * self.row - px(5)
        self.ground = top + px(6)
        self.floor = max(self.labels - px(10), self.ground + px(12))
        least = max(px(40), small.horizontalAdvance("0.00 %") + px(4))
        room = max(self.right - self.left, least)
        wells = picture.wells
        count = max(1, min(len(wells), int(room // least)))
        self.pitch = room / count
        self.shown: tuple[Well, ...] = wells[:count]
        if not any(well.dice for well in self.shown):
            self.shown = (*self.shown[:-1], next(well for well in wells if well.dice))
        self.edge = self.left + count * self.pitch
        span = max(picture.highest - picture.lowest, 1.0)
        self.high = picture.highest + 0.12 * span
        self.low = min(picture.lowest, 0.0) - 0.1 * span
        self.values = self.pitch > small.horizontalAdvance("00.00")

    def y(self, energy: float) -> float:
        """The height of an energy, kept between ground and floor."""
        share = (self.high - energy) / (self.high - self.low)
        return self.ground + min(max(share, 0.0), 1.0) * (self.floor - self.ground)

    def x(self, index: int) -> float:
        """The middle of a column."""
        return self.left + (index + 0.5) * self.pitch

    def column(self, x: float) -> int | None:
        """The column at a place, None beside them."""
        index = math.floor((x - self.left) / self.pitch)
        return index if 0 <= index < len(self.shown) else None

    def ticks(self) -> list[float]:
        """Round energies for the axis, as dense as their text allows."""
        step = _nice((self.high - self.low) * 2.2 * self.row / (self.floor - self.ground))
        first = math.ceil(self.low / step)
        return [step * n for n in range(first, math.floor(self.high / step) + 1)]


def is_closed(well: Well) -> bool:
    """Whether a stage raised the energy to infinity; greedy only empties the wells."""
    return well.removed not in ("", "greedy") or math.isinf(well.energy)


def nats(value: float) -> str:
    """Two decimals with a true minus sign, and no negative zero."""
    return f"{value if abs(value) >= 0.005 else 0.0:.2f}".replace("-", "−")


def shortest(p: float) -> str:
    """A probability below 1 % by its power of ten, 2e-4: cut off with an ellipsis it would lie."""
    return f"{p:.0e}".replace("e-0", "e-")


def formula(well: Well, temperature: float) -> str:
    """The energy and the weight of a well, as formulas."""
    depth = f"E = −ln p = {well.energy:.4f} nats"
    if temperature == 0.0:
        weight = "the deepest well takes all at T = 0"
    else:
        weight = f"weight exp(−E/T)/Z = {well.final:.6g} at T = {temperature:g}"
    return f"{depth}; {weight} (model: p = {well.raw:.6g})"


def _nice(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * m for m in (1.0, 2.0, 5.0, 10.0) if power * m >= step * 0.999)
