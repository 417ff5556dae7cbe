"""The chosen head as a picture that is kept: cells and axes once, the lit row again and again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPixmap

from explorer.engine.trace import shared_steps
from explorer.lens.attention import HeadMatrix, HeadRow, head_matrix, head_row, row_words, sharpness
from explorer.lens.heatmap import (
    LINEAR,
    ROOT,
    Levels,
    Zoom,
    capacity,
    ceiling_without_begin,
    levels,
    moved,
    picture,
    reaching,
    weight_table,
    zoomed,
)
from explorer.session.snapshot import Snapshot
from explorer.ui.paint import draw_pixels, put_text
from explorer.ui.panels.attention_plan import (
    Plan,
    Scale,
    paint_axes,
    paint_cell,
    paint_lit,
    paint_scale,
    plan,
)
from explorer.ui.panels.attention_scale import colored
from explorer.ui.style import Style


class HeadPicture:
    """What the canvas shows: matrix and lit row of a snapshot, zoom, scale.

    Attributes: matrix and row (None while nothing has been read), scale.
    """

    def __init__(self, looks: Style) -> None:
        self._looks = looks
        self._snapshot = Snapshot()
        self.matrix: HeadMatrix | None = None
        self.row: HeadRow | None = None
        self.scale = Scale(ROOT, 1.0)
        self._without_begin = False
        self._zoom: Zoom | None = None
        self._base: QPixmap | None = None
        self._cells: tuple[Zoom, Scale, HeadMatrix, Levels] | None = None
        self._written: tuple[Plan, Scale, tuple[str, ...]] | None = None
        self._current = False
        self._plan: Plan | None = None
        self._table: NDArray[np.uint32] | None = None

    def show(self, snapshot: Snapshot, fresh: bool) -> None:
        """Take a snapshot; `fresh` says that the weights are other ones."""
        self._snapshot = snapshot
        if fresh:
            self.matrix = head_matrix(snapshot, self.matrix)
            self._plan, self._current = None, False
        self.row = None
        if self.matrix is not None:
            self.row = head_row(snapshot, self.matrix.layer, self.matrix.head)
            if self._zoom is not None and self.row and snapshot.look.hover is None:
                self.set_zoom(reaching(self.zoom, self.row.position, self.whole))

    def set_scale(self, *, root: bool, without_begin: bool) -> None:
        """Root or linear colours; the first key inside or outside the scale."""
        self.scale = Scale(ROOT if root else LINEAR, 1.0)
        self._without_begin = without_begin
        self.forget()

    def forget(self, *, colors: bool = False) -> None:
        """Draw everything again at the next paint, with other colours if so."""
        self._base = self._plan = self._written = None
        self._current = False
        if colors:
            self._table = None

    @property
    def whole(self) -> int:
        """How many tokens the whole picture has room for."""
        model = self._snapshot.model
        return capacity(len(self.matrix.labels), model.context) if self.matrix and model else 1

    @property
    def zoom(self) -> Zoom:
        """The square of tokens that is shown: everything unless it was narrowed."""
        whole = self.whole
        if self._zoom is None or self._zoom.span >= whole:
            return Zoom(0, 0, whole)
        return moved(self._zoom, whole)

    def set_zoom(self, zoom: Zoom | None) -> None:
        """Show this square, brought back inside the text; None is everything."""
        old = self.zoom
        self._zoom = None if zoom is None or zoom.span >= self.whole else moved(zoom, self.whole)
        if self.zoom != old:
            self.forget()

    def magnify(self, factor: float, at: tuple[float, float]) -> None:
        """Show `factor` times as many tokens; the cell at these shares of the height stays."""
        self.set_zoom(zoomed(self.zoom, factor, at, self.whole))

    def plan(self, size: QSize) -> Plan:
        """Where the parts stand in a widget of this size."""
        if self._plan is None:
            px = self._looks.px
            lines = self._line() * (2 if self._tall(size) else 1)
            area = QRectF(QPointF(0, 0), size).adjusted(px(10), lines + px(8), -px(12), -px(4))
            labels = self.matrix.labels if self.matrix else ()
            self._plan = plan(area, self._looks, self.zoom, labels)
        return self._plan

    def cell_at(self, point: QPointF, size: QSize) -> tuple[int, int] | None:
        """The (query, key) under a point; a label stands for its row; None beside the tokens."""
        if self.matrix is None or self.row is None:
            return None
        where = self.plan(size)
        if where.rows.contains(point):
            point = QPointF(where.matrix.left() + 0.5, point.y())
        cell = where.at(point)
        return None if cell is None or max(cell) >= len(self.matrix.labels) else cell

    def paint(self, painter: QPainter, size: QSize, cell: tuple[int, int] | None) -> None:
        """Paint everything; only the lit row, the words and the framed cell are drawn anew."""
        looks = self._looks
        if self.matrix is None or self.row is None:
            area = QRectF(QPointF(0, 0), size)
            painter.fillRect(area, looks.color("panel"))
            text = self._snapshot.busy or "Nothing has been read yet."
            middle = Qt.AlignmentFlag.AlignHCenter
            put_text(painter, area, text, looks.color("muted"), middle, looks.font())
            return
        where = self.plan(size)
        if not self._current or self._base is None:
            self._base = self._render(where, self.matrix, size, painter.device().devicePixelRatio())
            self._current = True
        painter.drawPixmap(0, 0, self._base)
        self._paint_words(painter, size, self.row, cell)
        paint_lit(painter, looks, where, self.row, self.matrix.labels)
        if cell is not None:
            paint_cell(painter, looks, where, *cell)

    def _render(self, where: Plan, matrix: HeadMatrix, size: QSize, ratio: float) -> QPixmap:
        """The picture with these cells; axes that stand already are not written again."""
        ceiling = ceiling_without_begin(matrix.weights) if self._without_begin else 1.0
        self.scale = Scale(self.scale.gamma, ceiling)
        base, start = self._base, self._standing(where, matrix.labels)
        if base is None or not start:
            base = QPixmap(size * ratio)
            base.setDevicePixelRatio(ratio)
            base.fill(self._looks.color("panel"))
        if self._table is None:
            self._table = weight_table(self._looks.heat_table())
        cells = picture(self._shown(matrix), max(1, int(where.matrix.width() * ratio)))
        painter = QPainter(base)
        draw_pixels(painter, where.matrix, colored(cells, self._table))
        paint_axes(painter, self._looks, where, matrix.labels, start)
        if not start:
            paint_scale(painter, self._looks, where, self.scale)
        painter.end()
        self._written = (where, self.scale, matrix.labels)
        return base

    def _standing(self, where: Plan, labels: tuple[str, ...]) -> int:
        """How many labels of the kept picture can stay: all that were written, or none."""
        if self._written is None or self._written[:2] != (where, self.scale):
            return 0
        old = self._written[2]
        return len(old) if labels[: len(old)] == old else 0

    def _shown(self, matrix: HeadMatrix) -> Levels:
        """The levels (span, span) of the zoom; rows of steps that were shown before are kept."""
        zoom, scale, old, start = self.zoom, self.scale, self._cells, 0
        cells = np.zeros((zoom.span, zoom.span), dtype=np.uint8)
        if old is not None and old[:2] == (zoom, scale) and _same_head(old[2], matrix):
            start = max(shared_steps(old[2].steps, matrix.steps) - zoom.query, 0)
            cells[:start] = old[3][:start]
        end = min(zoom.query + zoom.span, len(matrix.labels))
        part = matrix.weights[zoom.query + start : end, zoom.key : zoom.key + zoom.span]
        found = levels(part, scale.gamma, scale.ceiling)
        cells[start : start + len(part), : part.shape[1]] = found
        self._cells = zoom, scale, matrix, cells
        return cells

    def _paint_words(
        self, painter: QPainter, size: QSize, row: HeadRow, cell: tuple[int, int] | None
    ) -> None:
        looks, model = self._looks, self._snapshot.model
        assert model is not None
        high, left = self._line(), looks.px(10)
        line = QRectF(left, looks.px(2), size.width() - 2 * left, high)
        put_text(painter, line, row_words(self._snapshot, row, cell), looks.color("text"),
                 font=looks.font(0.9))  # fmt: skip
        if self._tall(size):
            line.translate(0, high)
            edits = self._snapshot.timeline.node.trace.edits
            words = sharpness(model, edits.sharpness(row.layer, row.head))
            if self.zoom.span < self.whole:
                words = "zoomed in; double click shows all   " + words
            put_text(painter, line, words, looks.color("muted"), font=looks.font(0.82))

    def _line(self) -> float:
        return QFontMetricsF(self._looks.font(0.9)).height() * 1.1

    def _tall(self, size: QSize) -> bool:
        return size.height() >= self._looks.px(230)


def _same_head(a: HeadMatrix, b: HeadMatrix) -> bool:
    return (a.layer, a.head) == (b.layer, b.head)
