"""All heads at once: one small causal triangle per head, painted as a single picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from explorer.lens.attention import chosen_head, describe_tile, lit_row
from explorer.lens.heatmap import Overview, overview, weight_table
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.paint import put_text, tip
from explorer.ui.panel import Panel
from explorer.ui.panels.attention_scale import colored, legend_height, paint_legend
from explorer.ui.panels.heads_grid import (
    Grid,
    paint_headings,
    paint_lit_rows,
    paint_marks,
    place_grid,
)
from explorer.ui.style import Style

_BY_MOUSE = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
)
_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


# Weights that are painted in one go, 20 ms: those of a long prompt come one part after another.
_AT_ONCE = 5_000_000


class HeadsCanvas(QWidget):
    """Paints the grid.

    Signals: chosen(layer, head) on click; turned(layers, heads) by the arrow keys. Left and Right
    belong to the grid only when the keyboard came here by Tab; otherwise they step the story.
    """

    chosen = Signal(int, int)
    turned = Signal(int, int)

    def __init__(self, looks: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._looks = looks
        self._snapshot = Snapshot()
        self._overview: Overview | None = None
        self._pixels: QPixmap | None = None
        self._frame: QPixmap | None = None
        self._table: NDArray[np.uint32] | None = None
        self._by_keyboard = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Grid of all attention heads")

    def show_snapshot(self, snapshot: Snapshot, fresh: bool) -> None:
        """Show this snapshot; `fresh` says that the weights are other ones."""
        if chosen_head(snapshot) != chosen_head(self._snapshot):
            self._frame = None
        if snapshot.model is not self._snapshot.model:
            self._frame = self._overview = None
        self._snapshot = snapshot
        if fresh:
            self._pixels = None
        self.update()

    def recolor(self) -> None:
        """Take over other colours and sizes."""
        self._pixels = self._frame = self._table = None
        self.update()

    def grid(self) -> Grid | None:
        """Where the tiles stand now; None while there is no model or no room."""
        if self._snapshot.model is None:
            return None
        return place_grid(self, self._looks, self._snapshot.model, self._legend_height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        looks, s = self._looks, self._snapshot
        grid = self.grid() if s.timeline else None
        if grid is None:
            painter.fillRect(self.rect(), looks.color("panel"))
            text = s.busy or ("Too small to draw." if s.timeline else "Nothing has been read yet.")
            middle = Qt.AlignmentFlag.AlignHCenter
            put_text(painter, QRectF(self.rect()), text, looks.color("muted"), middle, looks.font())
            return
        if self._frame is None:
            self._frame = self._render_frame(grid)
        if self._pixels is None:
            self._pixels = self._render_tiles(grid)
        pixels = self._pixels
        if self._overview is not None and len(self._overview.steps) < len(s.timeline.node.trace):
            self._pixels = None
            self.update()  # goes on with the other rows when the window has had its turn
        ratio = self.devicePixelRatioF()
        painter.drawPixmap(0, 0, self._frame)
        painter.drawPixmap(QPointF(grid.left / ratio, grid.top / ratio), pixels)
        row = lit_row(s)
        if row is not None and self._overview is not None:
            paint_lit_rows(painter, looks, grid, row, self._overview.capacity)
        paint_marks(painter, looks, grid, s, strong=self._by_keyboard)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._pixels = self._frame = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        grid = self.grid()
        tile = grid.at(event.position()) if grid else None
        if tile is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(*tile)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        turn = _ARROWS.get(Qt.Key(event.key()))
        if turn is None:
            super().keyPressEvent(event)
        else:
            self.turned.emit(*turn)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_keyboard = event.reason() not in _BY_MOUSE
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._by_keyboard = False
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            vertical = event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)
            if event.key() in _ARROWS and (vertical or self._by_keyboard):
                event.accept()
                return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._explain(event.pos(), event.globalPos())
            return True
        return super().event(event)

    def _explain(self, at: QPoint, on_screen: QPoint) -> None:
        grid = self.grid()
        tile = grid.at(QPointF(at)) if grid else None
        text = describe_tile(self._snapshot, *tile) if tile and self._snapshot.timeline else ""
        if text:
            QToolTip.showText(on_screen, tip(text), self)
        else:
            QToolTip.hideText()

    def _render_frame(self, grid: Grid) -> QPixmap:
        ratio = self.devicePixelRatioF()
        frame = QPixmap(self.size() * ratio)
        frame.setDevicePixelRatio(ratio)
        frame.fill(self._looks.color("panel"))
        painter = QPainter(frame)
        paint_headings(painter, self._looks, grid, chosen_head(self._snapshot))
        if legend := self._legend_height():
            first = grid.tile(0, 0)
            last = grid.tile(grid.layers - 1, grid.heads - 1)
            top = last.bottom() + self._looks.px(10)
            area = QRectF(first.left(), top, last.right() - first.left(), legend)
            paint_legend(painter, area, self._looks)
        painter.end()
        return frame

    def _render_tiles(self, grid: Grid) -> QPixmap:
        model = self._snapshot.model
        assert model is not None
        trace = self._snapshot.timeline.node.trace
        rows = max(16, _AT_ONCE // (model.layers * model.heads * len(trace)))
        self._overview = overview(
            trace, model.context, grid.side, grid.gap, self._overview, model.windows, rows
        )
        if self._table is None:
            self._table = weight_table(self._looks.heat_table())
        pixels = QPixmap.fromImage(colored(self._overview.image, self._table))
        pixels.setDevicePixelRatio(self.devicePixelRatioF())
        return pixels

    def _legend_height(self) -> float:
        return legend_height(self._looks) if self.height() >= self._looks.px(210) else 0.0


class HeadsPanel(Panel):
    """The grid of layers and heads; a click draws that head large."""

    id = "heads"
    title = "All heads"
    help = (
        "One triangle per head: rows are queries, columns the keys before them, ink is the weight "
        "softmax(q·k / √D); where tokens share a pixel the strongest is drawn. Click to enlarge."
    )

    def __init__(self, controller: Controller, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(controller, style, parent)
        self.canvas = HeadsCanvas(style, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)
        self.canvas.chosen.connect(self._choose)
        self.canvas.turned.connect(self._turn)
        self.setFocusProxy(self.canvas)

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        fresh = old is None or new.timeline is not old.timeline
        if (
            old is not None
            and not fresh
            and (new.look, new.edits, new.busy) == (old.look, old.edits, old.busy)
            and new.model is old.model
        ):
            return
        self.canvas.show_snapshot(new, fresh)
        if not new.timeline or new.model is None:
            self.canvas.setAccessibleDescription("Nothing has been read yet.")
        elif fresh or (old is not None and new.look != old.look):
            said = f"{new.model.layers} layers of {new.model.heads} heads; chosen: "
            said += describe_tile(new, *chosen_head(new))
            self.canvas.setAccessibleDescription(said)

    def restyle(self) -> None:
        self.canvas.recolor()

    @Slot(int, int)
    def _choose(self, layer: int, head: int) -> None:
        self.controller.apply(moves.look_at, layer, head)

    @Slot(int, int)
    def _turn(self, layers: int, heads: int) -> None:
        layer, head = chosen_head(self.controller.snapshot)
        self.controller.apply(moves.look_at, layer + layers, head + heads)
