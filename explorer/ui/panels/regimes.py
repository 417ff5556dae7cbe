"""Panel: every head coloured by how many tokens carry its attention."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QToolTip, QVBoxLayout, QWidget

from explorer.lens.regimes import RegimeMap, count_regimes, describe_regime, regimes
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.paint import put_text, tip
from explorer.ui.panel import Panel
from explorer.ui.panels.sampling_form import Form, button, label
from explorer.ui.style import Style

_CENTRE = Qt.AlignmentFlag.AlignHCenter


class RegimeCanvas(QWidget):
    """`chosen(layer, head)` on a click; H J K L walk the heads from anywhere."""

    chosen = Signal(int, int)

    def __init__(self, looks: Style, explain: Callable[[int, int], str]) -> None:
        super().__init__()
        self._looks, self._explain = looks, explain
        self._map: RegimeMap | None = None
        self.placeholder = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Regimes of all heads")

    def show_map(self, found: RegimeMap | None) -> None:
        """Show these counts."""
        self._map = found
        self.update()

    def cell(self, layer: int, head: int) -> QRectF:
        """Where a head stands."""
        assert self._map is not None
        layers, heads = self._map.k90.shape
        px = self._looks.px
        left, top = px(30), px(20)
        wide = (self.width() - left - px(6)) / heads
        high = (self.height() - top - px(6)) / layers
        return QRectF(left + head * wide, top + layer * high, wide, high)

    def head_at(self, point: QPointF) -> tuple[int, int] | None:
        """The layer and head under a point."""
        if self._map is None:
            return None
        first = self.cell(0, 0)
        layer = int((point.y() - first.top()) // first.height())
        head = int((point.x() - first.left()) // first.width())
        layers, heads = self._map.k90.shape
        return (layer, head) if 0 <= layer < layers and 0 <= head < heads else None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        if self._map is None:
            room = QRectF(self.rect()).adjusted(looks.px(8), 0, -looks.px(8), 0)
            put_text(painter, room, self.placeholder, looks.color("muted"), font=looks.font())
        else:
            self._paint_cells(painter, self._map)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.head_at(event.position())
        if at is not None:
            self.chosen.emit(*at)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self.head_at(QPointF(event.pos()))
            if at is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), tip(self._explain(*at)), self)
            return True
        return super().event(event)

    def _paint_cells(self, painter: QPainter, found: RegimeMap) -> None:
        looks, table = self._looks, self._looks.heat_table()
        layers, heads = found.k90.shape
        # Few tokens are dark: a single memory stands out from an average.
        levels = np.nan_to_num(255 - 215 * np.clip(found.share, 0, 1), nan=0).astype(int)
        for head in range(heads):
            box = QRectF(self.cell(0, head).left(), 0, self.cell(0, head).width(), looks.px(18))
            put_text(painter, box, f"H{head}", looks.color("muted"), _CENTRE, looks.font(0.82))
        for layer in range(layers):
            row = self.cell(layer, 0)
            box = QRectF(0, row.top(), looks.px(28), row.height())
            put_text(painter, box, f"L{layer}", looks.color("muted"), _CENTRE, looks.font(0.82))
            for head in range(heads):
                self._paint_cell(painter, found, layer, head, table[levels[layer, head]])
        painter.setPen(QPen(looks.color("chosen"), looks.pen_width(2.4)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.cell(*found.chosen).adjusted(1, 1, -1, -1))

    def _paint_cell(
        self, painter: QPainter, found: RegimeMap, layer: int, head: int, color: np.ndarray
    ) -> None:
        looks, box = self._looks, self.cell(layer, head).adjusted(1, 1, -1, -1)
        red, green, blue = (int(part) for part in color[:3])
        ground = looks.color("panel").toRgb()
        ground.setRgb(red, green, blue)
        painter.fillRect(box, ground)
        k = found.k90[layer, head]
        text = f"{k:g}" if np.isfinite(k) else "NaN"
        if found.classes[layer][head] and box.height() > looks.px(26):
            text = f"{text} · {found.classes[layer][head]}"
        bright = 0.3 * red + 0.59 * green + 0.11 * blue > 140
        ink = looks.color("panel").toRgb()
        ink.setRgb(16, 20, 26) if bright else ink.setRgb(245, 247, 250)
        put_text(painter, box, text, ink, _CENTRE, looks.font(0.9))


class RegimesPanel(Panel):
    """Which heads recall one token, which average: k90 of every head, as numbers and colours."""

    id = "regimes"
    title = "Head regimes"
    help = (
        "k = the fewest tokens that carry 90 % of a head's attention: one memory, a subset, a "
        "global average (Ramsauer et al. 2020). Dark is few. From 64 tokens on the classes are "
        "named: I k > N/2, II > N/8, III > N/32, IV the rest. Click to look at a head."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        self.setObjectName("body")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._whole = button("Whole text", "The median over all tokens instead of the lit one.",
                             self._again, check=True)  # fmt: skip
        self._facts = label("")
        self.canvas = RegimeCanvas(style, self._explain)
        self.canvas.chosen.connect(self._choose)
        self._line = QHBoxLayout()
        self._line.addWidget(self._whole)
        self._line.addWidget(self._facts, 1)
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._line)
        self._column.addWidget(self.canvas, 1)
        self._map: RegimeMap | None = None
        self.setFocusProxy(self.canvas)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if (
            old is not None
            and new.timeline is old.timeline
            and new.look == old.look
            and new.busy == old.busy
        ):
            return
        self._map = regimes(new, self._whole.isChecked())
        self.canvas.placeholder = new.busy or "Nothing has been read yet."
        self.canvas.show_map(self._map)
        self._facts.setText(count_regimes(self._map) if self._map else "")
        self.canvas.setAccessibleDescription(self._facts.text())

    def restyle(self) -> None:
        px = self.looks.px
        self._column.setContentsMargins(px(8), px(4), px(8), px(4))
        self._column.setSpacing(px(3))
        self.setStyleSheet(Form.sheet(self.looks))
        self._whole.setFont(self.looks.font(0.88))
        self._whole.setFixedHeight(px(22))
        self._whole.setMinimumWidth(self._whole.sizeHint().width())
        self._facts.setFont(self.looks.font(0.88))
        self._facts.setMinimumWidth(1)

    def _explain(self, layer: int, head: int) -> str:
        return describe_regime(self._map, layer, head) if self._map else ""

    @Slot(int, int)
    def _choose(self, layer: int, head: int) -> None:
        self.controller.apply(moves.look_at, layer, head)

    def _again(self) -> None:
        self.draw(self.controller.snapshot, None)
