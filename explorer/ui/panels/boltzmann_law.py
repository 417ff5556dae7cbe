"""Panel: what a Boltzmann machine believes, summed exactly and sampled, and how it completes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from explorer.lens.boltzmann_law import (
    LawPicture,
    LawRow,
    completion,
    describe_law,
    law_picture,
    particles,
)
from explorer.session.memory import studies
from explorer.session.memory.snapshot import Memory
from explorer.ui.axes import hue
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.paint import draw_pixels, indexed_image, put_text
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.boltzmann_ask import AskGrid
from explorer.ui.panels.boltzmann_data import bit_table
from explorer.ui.panels.sampling_form import Form, button, label
from explorer.ui.style import Style

_RIGHT = Qt.AlignmentFlag.AlignRight
CHAINS_SHOWN = 24


class LawCanvas(QWidget):
    """One row for each picture: its share of the data, its exact and its sampled probability."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._law: LawPicture | None = None
        self._chains: np.ndarray = np.zeros((0, 1, 1))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Probabilities of pictures")

    def show_law(self, law: LawPicture | None, chains: np.ndarray) -> None:
        """Show these rows, and the states of some chains."""
        self._law, self._chains = law, chains
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        if self._law is not None:
            painter.setFont(looks.font(0.85))
            line = painter.fontMetrics().height() + looks.px(2)
            below = self._paint_chains(painter, line) if len(self._chains) else 0.0
            self._paint_rows(painter, self._law, line, self.height() - below)
        painter.end()

    def _paint_rows(self, painter: QPainter, law: LawPicture, line: float, room: float) -> None:
        looks, px = self._looks, self._looks.px
        head = QRectF(px(8), 0, self.width() - px(16), line)
        self._paint_head(painter, head)
        fit = max(int((room - 2 * line) // px(20)), 1)
        rows = law.rows[:fit]
        high = min(max((room - 2 * line) / max(len(rows), 1), 4.0), px(40))
        largest = max([*(row.exact for row in rows), *(row.share for row in rows), 1e-9])
        largest = max(largest, *(row.found for row in rows if math.isfinite(row.found)), 1e-9)
        for index, row in enumerate(rows):
            box = QRectF(px(8), line + index * high, self.width() - px(16), high)
            self._paint_row(painter, row, box, largest)
        others = law.others + len(law.rows) - len(rows)
        if others:
            rest = 1.0 - sum(row.exact for row in rows)
            said = f"{others:,} others together {max(rest, 0.0):.2%}"
            if math.isfinite(law.rest_found):
                found = 1.0 - sum(row.found for row in rows)
                said += f", sampled {max(found, 0.0):.2%}"
            foot = QRectF(px(8), line + len(rows) * high, self.width() - px(16), line)
            put_text(painter, foot, said, looks.color("muted"), font=looks.font(0.85))

    def _paint_head(self, painter: QPainter, box: QRectF) -> None:
        looks, px = self._looks, self._looks.px
        x = box.left()
        for number, name in ((0, "exact"), (1, "Gibbs ± 1 s.e."), (-1, "data")):
            color = looks.color("muted") if number < 0 else hue(looks, number)
            middle = box.center().y()
            if number == 1:
                painter.setBrush(color)
                painter.setPen(QPen(color, looks.pen_width(1.2)))
                painter.drawEllipse(QRectF(x + px(3), middle - px(3), px(6), px(6)))
                painter.drawLine(QLineF(x - px(1), middle, x + px(13), middle))
            elif number == 0:
                painter.fillRect(QRectF(x, middle - px(4), px(12), px(8)), color)
            else:
                painter.setPen(QPen(color, looks.pen_width(2)))
                painter.drawLine(QLineF(x + px(6), middle - px(5), x + px(6), middle + px(5)))
            width = painter.fontMetrics().horizontalAdvance(name)
            text = QRectF(x + px(17), box.top(), width + px(4), box.height())
            put_text(painter, text, name, looks.color("text"))
            x += width + px(32)

    def _paint_row(self, painter: QPainter, row: LawRow, box: QRectF, largest: float) -> None:
        looks, px = self._looks, self._looks.px
        tall = row.cells.shape[0] / row.cells.shape[1]
        side = min(box.height() - px(4), px(34))
        wide = min(side / tall, float(px(40)))
        picture = QRectF(box.left(), box.center().y() - wide * tall / 2, wide, wide * tall)
        levels = 255 * row.cells.astype(np.uint8)
        draw_pixels(painter, picture, indexed_image(levels, bit_table(looks)))
        painter.setPen(QPen(looks.color("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(picture)
        numbers = px(118 if math.isfinite(row.found) else 60)
        left, length = box.left() + px(48), max(box.width() - px(48) - numbers, 20.0)
        middle = box.center().y()

        def at(chance: float) -> float:
            return left + min(chance / largest, 1.0) * length

        thick = min(box.height() * 0.45, px(12))
        bar = QRectF(left, middle - thick / 2, at(row.exact) - left, thick)
        painter.fillRect(bar, hue(looks, 0))
        if row.share:
            painter.setPen(QPen(looks.color("muted"), looks.pen_width(2)))
            painter.drawLine(QLineF(at(row.share), middle - thick, at(row.share), middle + thick))
        text = f"{row.exact:.2%}"
        if math.isfinite(row.found):
            color = hue(looks, 1)
            painter.setPen(QPen(color, looks.pen_width(1.4)))
            painter.setBrush(color)
            if math.isfinite(row.error):
                painter.drawLine(
                    QLineF(at(max(row.found - row.error, 0)), middle,
                           at(row.found + row.error), middle)
                )  # fmt: skip
            size = px(3)
            painter.drawEllipse(QRectF(at(row.found) - size, middle - size, 2 * size, 2 * size))
            text += f"   {row.found:.2%}"
        value = QRectF(box.right() - numbers + px(6), box.top(), numbers - px(6), box.height())
        put_text(painter, value, text, looks.color("text"), _RIGHT, looks.font(0.82))

    def _paint_chains(self, painter: QPainter, line: float) -> float:
        """The states of some chains along the foot; how high that is."""
        looks, px = self._looks, self._looks.px
        side, tall = float(px(20)), self._chains.shape[1] / self._chains.shape[2]
        count = max(int((self.width() - px(16)) // (side + px(4))), 1)
        high = line + side * min(tall, 1.5) + px(6)
        top = self.height() - high
        put_text(painter, QRectF(px(8), top, self.width() - px(16), line),
                 "chains now", looks.color("muted"), font=looks.font(0.85))  # fmt: skip
        table = bit_table(looks)
        for index, chain in enumerate(self._chains[:count]):
            box = QRectF(px(8) + index * (side + px(4)), top + line, side, side * min(tall, 1.5))
            draw_pixels(painter, box, indexed_image(255 * chain.astype(np.uint8), table))
            painter.setPen(QPen(looks.color("line"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box)
        return high


class BoltzmannLawPanel(DeskPanel[MemoryDesk]):
    """Exact probabilities beside Gibbs samples; clamp cells, and the others complete them."""

    id = "boltzmann_law"
    title = "Probabilities"
    help = (
        "P(s) = exp(−E(s)) / Z of the Boltzmann machine, summed over all states, beside the share "
        "of Gibbs samples: P(s_i = 1 | rest) = σ(Σ J_ij s_j + b_i). Cells that are held make it "
        "the law given them, so that a partial picture is completed."
    )

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        self.setObjectName("body")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.grid, self.canvas = AskGrid(style), LawCanvas(style)
        self.grid.asked.connect(lambda cell, value: desk.apply(studies.ask, cell, value))
        self._pushes = [
            button("Sweep", "Every chain draws each free unit once (Space); Back is Left.",
                   lambda: self._go(desk.step)),
            button("Sample", "A hundred sweeps (R).", lambda: self._go(desk.settle)),
            button("Stop", "Stop; the samples so far stay.", desk.teacher.stop),
            button("Free all", "Hold no cell.", lambda: desk.apply(studies.ask_nothing)),
        ]  # fmt: skip
        self._facts = label("")
        self._facts.setWordWrap(True)
        self._ask = label("Click to hold")
        self._line, self._middle = QHBoxLayout(), QHBoxLayout()
        for push in self._pushes:
            self._line.addWidget(push)
        self._line.addStretch(1)
        self._left = QVBoxLayout()
        self._left.addWidget(self._ask)
        self._left.addWidget(self.grid, 100)
        self._left.addStretch(1)
        self._middle.addLayout(self._left)
        self._middle.addWidget(self.canvas, 1)
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._line)
        self._column.addWidget(self._facts)
        self._column.addLayout(self._middle, 1)
        self.setFocusProxy(self.grid)
        self.restyle()

    def draw(self, new: Memory, old: Memory | None) -> None:
        self._pushes[2].setEnabled(bool(new.busy))
        study = new.machines.study
        if old is not None and study is old.machines.study:
            return
        asked = completion(study)
        self.grid.show_question(asked)
        self.canvas.show_law(law_picture(study), particles(study, CHAINS_SHOWN))
        said = describe_law(study)
        self._facts.setText(said)
        self.canvas.setAccessibleDescription(said)
        for push in self._pushes[:2]:
            push.setEnabled(asked is not None)
        self._pushes[3].setEnabled(bool(study.known.any()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        """The bars need the room more than the question."""
        self.grid.setFixedWidth(min(self.looks.px(150), max(self.width() // 4, 1)))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.controller.teacher.measure_soon()

    def restyle(self) -> None:
        px, looks = self.looks.px, self.looks
        self._column.setContentsMargins(px(8), px(4), px(8), px(4))
        self._column.setSpacing(px(3))
        for line in (self._line, self._middle):
            line.setSpacing(px(4))
        self.setStyleSheet(Form.sheet(looks))
        for push in self._pushes:
            push.setFont(looks.font(0.88))
            push.setFixedHeight(px(22))
            push.setMinimumWidth(push.sizeHint().width())
        for text in (self._facts, self._ask):
            text.setFont(looks.font(0.88))
            text.setMinimumWidth(1)
        self.grid.setMinimumHeight(px(50))
        self.grid.setMaximumHeight(px(150))
        self._share()

    def _go(self, verb: Callable[[], object]) -> None:
        self.controller.teacher.walk("boltzmann")
        self.controller.apply(studies.look_to, "sample")
        verb()
