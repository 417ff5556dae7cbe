"""Panel: the stored patterns, each with its overlap with the state; letters and pictures come in.

The list is painted; a click shows a pattern as the state, the mark of the keyboard is walked by
arrow keys, Delete removes.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFileDialog, QLineEdit

from explorer.lens.recall import PatternRow, pattern_rows
from explorer.session.memory import moves
from explorer.session.memory.snapshot import LARGEST, SMALLEST, Memory
from explorer.ui.folding import Folding
from explorer.ui.marked import Marked
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.paint import draw_pixels, put_text, tip
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.memory_grid import cell_image
from explorer.ui.panels.sampling_form import Field, Form, button, label, scrolled
from explorer.ui.pixels import letter
from explorer.ui.style import Style

_EMPTY = (
    "1  Type a letter above, or draw on the grid.",
    "2  Store it: Enter, or the button Store. Then another one.",
    "3  Press Spoil (X): part of the picture is lost.",
    "4  Press Play (P) and watch it come back.",
)


class PatternList(Marked):
    """Click or Enter chooses, Delete or the cross removes."""

    def __init__(self, looks: Style) -> None:
        super().__init__(
            looks,
            "Stored patterns",
            "Overlap m = ξ · s / N: 1 is the pattern itself, −1 its inverse, 0 unlike.\n"
            "Click to show a pattern, the cross or Delete forgets it.",
        )
        self._rows: tuple[PatternRow, ...] = ()
        self._shown: object = None
        self._images: list[QImage] = []

    def show_rows(self, rows: tuple[PatternRow, ...]) -> None:
        """Show these patterns."""
        shown = (self._looks.theme, [row.cells.tobytes() for row in rows])
        if shown != self._shown or len(rows) != len(self._rows):
            self._shown = shown
            self._images = [cell_image(row.cells, self._looks) for row in rows]
        self._rows = rows
        self.mark = min(self.mark, max(len(rows) - 1, 0))
        self.setAccessibleDescription(
            "; ".join(f"{row.name}: overlap {row.overlap:+.3f}" for row in rows) or _EMPTY[0]
        )
        self.setFixedHeight(max(len(rows), len(_EMPTY)) * self._height())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(200), max(len(self._rows), 4) * self._height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        # What is left to do stands below what is stored, until that is more than two letters.
        left = range(len(self._rows), len(_EMPTY)) if len(self._rows) <= 2 else ()
        for line in left:
            box = QRectF(0, line * self._height(), self.width(), self._height())
            put_text(painter, box, _EMPTY[line], looks.color("muted"), font=looks.font(0.95))
        for index, row in enumerate(self._rows):
            self._paint_row(painter, index, row)
        painter.end()

    def count(self) -> int:
        return len(self._rows)

    def index_at(self, point: QPointF) -> int | None:
        index = int(point.y() // self._height())
        return index if 0 <= index < len(self._rows) else None

    def removes(self, event: QMouseEvent) -> bool:
        return event.position().x() > self.width() - self._height()

    def _height(self) -> int:
        return self._looks.px(40)

    def _paint_row(self, painter: QPainter, index: int, row: PatternRow) -> None:
        looks, px, high = self._looks, self._looks.px, self._height()
        top = index * high
        if self.hasFocus() and index == self.mark:
            painter.setPen(QPen(looks.color("accent"), looks.pen_width(2)))
            painter.drawRect(QRectF(1, top + 1, self.width() - 2, high - 2))
        rows, columns = row.cells.shape
        side = (high - px(6)) / max(rows, columns)
        box = QRectF(px(4), top + px(3), side * columns, side * rows)
        draw_pixels(painter, box, self._images[index])
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawRect(box)
        left, right = high + px(8), self.width() - high
        name = QRectF(left, top + px(2), right - left, high / 2)
        put_text(painter, name, row.name, looks.color("text"), font=looks.font(0.95, bold=True))
        value = f"m {row.overlap:+.3f}"
        put_text(painter, name, value, looks.color("text"), Qt.AlignmentFlag.AlignRight,
                 looks.font(0.92))  # fmt: skip
        bar = QRectF(left, top + high * 0.62, right - left, px(8))
        painter.fillRect(bar, looks.color("raised"))
        middle = bar.center().x()
        reach = row.overlap * bar.width() / 2
        strong = looks.color("accent" if row.overlap >= 0 else "chosen")
        painter.fillRect(QRectF(min(middle, middle + reach), bar.top(), abs(reach), bar.height()),
                         strong)  # fmt: skip
        painter.setPen(QPen(looks.color("muted"), 1))
        painter.drawLine(QPointF(middle, bar.top() - 2), QPointF(middle, bar.bottom() + 2))
        cross = QRectF(self.width() - high, top, high, high)
        put_text(painter, cross, "×", looks.color("muted"), Qt.AlignmentFlag.AlignHCenter,
                 looks.font(1.2))  # fmt: skip


class MemoryPatternsPanel(DeskPanel[MemoryDesk]):
    """Where pictures come from, how large the grid is, and what is stored."""

    id = "patterns"
    title = "Patterns"
    help = (
        "What the network has stored, with the overlap m = ξ · s / N of each pattern ξ and the "
        "state s. Type a letter, open a picture or draw one, then store it."
    )

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        self.letter = QLineEdit()
        self.letter.setMaxLength(2)
        self.letter.setPlaceholderText("letter")
        self.letter.setAccessibleName("Type a letter")
        self.letter.setToolTip(tip("Type a letter: it is drawn on the grid. Enter stores it."))
        self.letter.textEdited.connect(self._type)
        self.letter.returnPressed.connect(self._store_letter)
        self._open = button("Picture …", "Open a picture file; dark parts become ink.", self._ask)
        self._sides = [self._side("rows"), self._side("columns")]
        self._caption, self._times = label("grid"), label("×")
        self.list = PatternList(style)
        self.list.chosen.connect(lambda index: desk.apply(moves.show, index))
        self.list.removed.connect(lambda index: desk.apply(moves.remove, index))
        body, self._column = scrolled(self)
        self._body = body
        grid = (self._caption, self._sides[0], self._times, self._sides[1])
        self._line = Folding((self.letter, self._open), grid, gap=True)
        self._column.addLayout(self._line)
        self._column.addWidget(self.list)
        self._column.addStretch(1)
        self.setFocusProxy(self.letter)
        self.restyle()

    def draw(self, new: Memory, old: Memory | None) -> None:
        if old is not None and new.here is old.here and new.pictures is old.pictures:
            return
        self.list.show_rows(pattern_rows(new))
        self._write_sides(new)

    def restyle(self) -> None:
        px, looks = self.looks.px, self.looks
        self._column.setContentsMargins(px(10), px(6), px(10), px(6))
        self._column.setSpacing(px(6))
        self._line.space(px(6))
        self._body.setStyleSheet(Form.sheet(looks))
        self.letter.setFixedWidth(px(58))
        for part in (self.letter, self._open, self._caption, self._times):
            part.setFont(looks.font(0.92))
        for part in (self.letter, self._open):
            part.setFixedHeight(px(24))
        self._open.setMinimumWidth(self._open.sizeHint().width())
        for side in self._sides:
            side.restyle(looks, px(34), px(40))
        self.list.show_rows(pattern_rows(self.controller.snapshot))

    def _side(self, name: str) -> Field:
        field = Field(
            f"grid {name}",
            f"{name.capitalize()} of the grid, {SMALLEST} to {LARGEST}; stored patterns are "
            "redrawn, the originals are kept.",
        )
        field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        field.entered.connect(self._resize)
        return field

    @Slot(str)
    def _type(self, text: str) -> None:
        mark = text[-1:]
        self.letter.setText(mark)
        if not mark.strip():
            return
        try:
            spins = letter(mark, self.controller.snapshot.shape)
        except ValueError as error:
            self.controller.apply(moves.fail, str(error))
            return
        self.controller.apply(moves.put, spins, gesture="letter")

    @Slot()
    def _store_letter(self) -> None:
        self.controller.apply(moves.store, self.letter.text().strip())
        self.letter.clear()
        if len(self.controller.snapshot.pictures) >= 2:  # now X spoils and P plays
            self.window().setFocus()

    @Slot(str)
    def _resize(self, text: str) -> None:
        typed = [field.text().strip() for field in self._sides]
        if all(one.isdecimal() and len(one) < 4 for one in typed):
            self.controller.apply(moves.resize, *map(int, typed))
        else:
            sides = f"{SMALLEST} to {LARGEST}"
            self.controller.apply(moves.fail, f"Rows and columns are whole numbers from {sides}.")
        self._write_sides(self.controller.snapshot)

    def _write_sides(self, s: Memory) -> None:
        for field, value in zip(self._sides, s.shape, strict=True):
            field.show_value(str(value))

    def _ask(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, "Open a picture", "", "Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.svg)"
        )
        if name:
            self.controller.open_picture(Path(name))
