"""The list of stops: a check box, the condition to be edited in place, its hits, a button to go."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from explorer.lens.stops import StopRow
from explorer.session.stop_language import StopError, parse
from explorer.ui.check import Check
from explorer.ui.icons import icon
from explorer.ui.paint import tip
from explorer.ui.panels.stop_field import Remark, StopField
from explorer.ui.style import Style


class StopLine(QWidget):
    """One stop of the list.

    Signals: switched(on), rewritten(condition), removed.
    """

    switched = Signal(bool)
    rewritten = Signal(str)
    removed = Signal()

    def __init__(self, looks: Style, number: int) -> None:
        super().__init__()
        self._looks = looks
        self._row = StopRow("", True, 0)
        self.box = Check()
        self.box.setAccessibleName(f"Stop {number} is on")
        self.box.setToolTip(tip("Whether play and runs stop here."))
        self.box.clicked.connect(self.switched)
        self.field = StopField(f"Stop {number}")
        self.field.entered.connect(self._enter)
        self.field.left.connect(self._leave)
        self.field.textEdited.connect(self._typed)
        self.field.escaped.connect(self._show_note)
        self.hits = QLabel()
        self.hits.setTextFormat(Qt.TextFormat.PlainText)
        self.hits.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.hits.setToolTip(tip("How often it has stopped play or a run."))
        self.gone = QToolButton()
        self.gone.setAutoRaise(True)
        self.gone.setAccessibleName(f"Remove stop {number}")
        self.gone.setToolTip(tip("Remove this stop; undo brings it back."))
        self.gone.clicked.connect(lambda: self.removed.emit())
        self.remark = Remark(looks)
        self._top = QHBoxLayout()
        for widget, share in ((self.box, 0), (self.field, 1), (self.hits, 0), (self.gone, 0)):
            self._top.addWidget(widget, share)
        self._below = QHBoxLayout()
        self._below.addWidget(self.remark)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._top)
        column.addLayout(self._below)
        self.restyle()

    def show_row(self, row: StopRow) -> None:
        """Write what holds; a condition that is being typed stays as it is."""
        self._row = row
        self.box.setChecked(row.on)
        self.field.show_text(row.text)
        self.hits.setText(f"{row.hits}×")
        self.hits.setAccessibleName(f"{row.hits} hits")
        if not self.field.isModified():
            self._show_note()

    def restyle(self) -> None:
        """Take over sizes and colours."""
        looks, px = self._looks, self._looks.px
        self._top.setSpacing(px(5))
        self._below.setContentsMargins(px(25), 0, 0, 0)
        self.field.setFont(looks.font(0.92, fixed=True))
        self.field.setFixedHeight(px(24))
        self.hits.setFont(looks.font(0.92, bold=True))
        self.hits.setMinimumWidth(px(30))
        self.gone.setIcon(icon("close", looks.color("muted")))
        self.gone.setIconSize(QSize(px(12), px(12)))
        self.gone.setFixedSize(px(22), px(22))
        self.remark.restyle()

    @Slot()
    def _show_note(self) -> None:
        self.remark.say(self._row.note, self._row.wrong)

    @Slot(str)
    def _enter(self, text: str) -> None:
        try:
            parse(text)
        except StopError as error:
            place = self.field.refuse(error.column)
            self.remark.say(f"Column {error.column + 1}: {error}", True, place)
            return
        self.field.setModified(False)
        self.field.refuse(None)
        self.rewritten.emit(text)
        self._show_note()

    @Slot(str)
    def _leave(self, text: str) -> None:
        if self.field.isModified():
            self._enter(text)

    @Slot()
    def _typed(self) -> None:
        self.field.refuse(None)
        self.remark.say("")


class StopLines(QWidget):
    """All lines.

    Signals: switched(index, on), rewritten(index, condition), removed(index).
    """

    switched = Signal(int, bool)
    rewritten = Signal(int, str)
    removed = Signal(int)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self.lines: list[StopLine] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def show_rows(self, rows: tuple[StopRow, ...]) -> None:
        """As many lines as stops; lines that exist are written anew."""
        while len(self.lines) > len(rows):
            line = self.lines.pop()
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        while len(self.lines) < len(rows):
            self._column.addWidget(self._line(len(self.lines)))
        for line, row in zip(self.lines, rows, strict=True):
            line.show_row(row)

    def restyle(self) -> None:
        """Take over sizes and colours."""
        self._column.setSpacing(self._looks.px(5))
        for line in self.lines:
            line.restyle()

    def _line(self, index: int) -> StopLine:
        line = StopLine(self._looks, index + 1)
        line.switched.connect(lambda on: self.switched.emit(index, on))
        line.rewritten.connect(lambda text: self.rewritten.emit(index, text))
        line.removed.connect(lambda: self.removed.emit(index))
        self.lines.append(line)
        return line
