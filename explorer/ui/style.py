"""Colours, fonts, sizes and colour maps, light and dark. Panels ask here and nowhere else.

The hues are those of Okabe and Ito (2008), which colour-blind people can tell apart; colour never
carries a meaning alone, a number or a shape stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

PRESENTER_SCALE = 1.6


@dataclass(frozen=True)
class Theme:
    """The colours of one appearance, as #rrggbb."""

    dark: bool
    window: str
    panel: str
    raised: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    raw: str
    chosen: str
    hover: str
    warning: str
    on_accent: str


LIGHT = Theme(
    dark=False,
    window="#eef0f3",
    panel="#ffffff",
    raised="#f4f6f8",
    line="#d5dae1",
    text="#1b2026",
    muted="#57616d",
    faint="#c3cad3",
    accent="#0068a8",
    raw="#8ec3e6",
    chosen="#c74e00",
    hover="#e8b000",
    warning="#b3261e",
    on_accent="#ffffff",
)
DARK = Theme(
    dark=True,
    window="#14171b",
    panel="#1c2026",
    raised="#262b33",
    line="#363d47",
    text="#eceff3",
    muted="#a3adb9",
    faint="#4a535f",
    accent="#56b4e9",
    raw="#2f5f80",
    chosen="#ff9447",
    hover="#f0d040",
    warning="#ff8a80",
    on_accent="#0c1116",
)


class Style(QObject):
    """The present theme and scale; `changed` when either is another one.

    Attributes: theme, zoom (1 is normal), presenter (large type, thick lines).
    """

    changed = Signal()

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.zoom = 1.0
        self.presenter = False
        self._base = QApplication.font().pointSizeF()
        self._family = QApplication.font().family()
        self._fonts: dict[tuple[float, bool, bool], QFont] = {}
        self._colors: dict[tuple[str, int], QColor] = {}
        self._fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()

    @property
    def scale(self) -> float:
        """Factor on all type sizes and spacings."""
        return self.zoom * (PRESENTER_SCALE if self.presenter else 1.0)

    def px(self, size: float) -> int:
        """A length given for scale 1, in pixels at the present scale."""
        return max(1, round(size * self.scale))

    def pen_width(self, width: float = 1.0) -> float:
        """A line width in pixels; presenter mode doubles it."""
        return width * (2.0 if self.presenter else 1.0) * max(1.0, self.zoom)

    def font(self, size: float = 1.0, bold: bool = False, fixed: bool = False) -> QFont:
        """A font; `size` is relative to normal text, `fixed` has digits and tokens aligned."""
        key = (size, bold, fixed)
        if key not in self._fonts:
            font = QFont(self._fixed if fixed else self._family)
            font.setPointSizeF(max(5.0, self._base * self.scale * size))
            font.setBold(bold)
            self._fonts[key] = font
        return self._fonts[key]

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """A colour of the theme by its field name; shared, so copy it before changing it."""
        key = (name, round(255 * alpha))
        if key not in self._colors:
            color = QColor(str(getattr(self.theme, name)))
            color.setAlpha(key[1])
            self._colors[key] = color
        return self._colors[key]

    def set_theme(self, theme: Theme) -> None:
        """Change between light and dark."""
        if theme != self.theme:
            self.theme = theme
            self._restyle()

    def set_zoom(self, zoom: float) -> None:
        """Scale all text; kept between 0.6 and 3."""
        zoom = min(max(zoom, 0.6), 3.0)
        if zoom != self.zoom:
            self.zoom = zoom
            self._restyle()

    def set_presenter(self, presenter: bool) -> None:
        """Large type and thick lines for a hall."""
        if presenter != self.presenter:
            self.presenter = presenter
            self._restyle()

    def palette(self) -> QPalette:
        """The same colours for Qt's own widgets."""
        role, group = QPalette.ColorRole, QPalette.ColorGroup
        palette = QPalette()
        names = {
            role.Window: "window", role.Base: "panel", role.AlternateBase: "raised",
            role.Text: "text", role.WindowText: "text", role.ButtonText: "text",
            role.Button: "raised", role.ToolTipBase: "raised", role.ToolTipText: "text",
            role.PlaceholderText: "muted", role.Highlight: "accent",
            role.HighlightedText: "on_accent", role.Link: "accent", role.Mid: "line",
            role.Light: "raised", role.Dark: "line", role.Shadow: "line", role.Midlight: "line",
            role.BrightText: "warning",
        }  # fmt: skip
        for key, name in names.items():
            palette.setColor(key, self.color(name))
        for key in (role.Text, role.WindowText, role.ButtonText):
            palette.setColor(group.Disabled, key, self.color("muted", 0.6))
        return palette

    def surprise_color(self, nats: float) -> QColor:
        """Background of a token: clear for an expected one, stronger the more surprising."""
        return self.color("chosen", 0.55 * min(max(nats, 0.0) / 8.0, 1.0))

    def heat_table(self) -> NDArray[np.uint8]:
        """(256, 4) RGBA of a sequential map, 0 meeting the panel's ground: for weights 0..1."""
        stops = (
            ["#1c2026", "#173f66", "#1f6f8b", "#35a08b", "#a3d05a", "#fdf3a8"]
            if self.theme.dark
            else ["#ffffff", "#cfe3ee", "#8fc1d9", "#3f8fb8", "#1d5a91", "#141f4f"]
        )
        return color_table(stops)

    def energy_table(self) -> NDArray[np.uint8]:
        """(256, 4) RGBA for energies: low (valleys) is deep, high fades into the ground."""
        stops = (
            ["#f7d13d", "#e8682c", "#a32c61", "#4c1d6b", "#241a3c", "#1c2026"]
            if self.theme.dark
            else ["#2a1a5e", "#5b3794", "#a4639f", "#dc9f9a", "#f3d8c4", "#fdfaf4"]
        )
        return color_table(stops)

    def signed_table(self) -> NDArray[np.uint8]:
        """(256, 4) RGBA for values on both sides of 0; see the function of that name."""
        return signed_table(self.theme)

    def _restyle(self) -> None:
        self._fonts.clear()
        self._colors.clear()
        QApplication.setPalette(self.palette())
        QApplication.setFont(self.font())
        self.changed.emit()


def color_table(stops: list[str]) -> NDArray[np.uint8]:
    """(256, 4) RGBA by linear interpolation between colours at even distances."""
    rgb = np.array([QColor(stop).getRgb() for stop in stops], dtype=float)  # (n, 4)
    at = np.linspace(0, len(stops) - 1, 256)
    columns = [np.interp(at, range(len(stops)), rgb[:, channel]) for channel in range(4)]
    return np.stack(columns, axis=1).round().astype(np.uint8)


def signed_table(theme: Theme) -> NDArray[np.uint8]:
    """(256, 4) RGBA for values on both sides of 0: blue below, the ground at 0, orange above.

    Blue and orange are told apart by every kind of colour blindness (Okabe and Ito 2008).
    """
    stops = (
        ["#8fd3ff", "#2f8fd0", "#1c4a6e", "#1c2026", "#6e3c1c", "#d0702f", "#ffc08f"]
        if theme.dark
        else ["#08306b", "#2a7ab9", "#a9cfe6", "#ffffff", "#f6c79f", "#d9691e", "#7a2c04"]
    )
    return color_table(stops)
