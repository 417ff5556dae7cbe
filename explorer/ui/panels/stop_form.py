"""A new stop: chosen by kind with its blanks filled in, or typed; both make the same condition."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from explorer.session.snapshot import Snapshot
from explorer.session.stop_kinds import KINDS, defaults
from explorer.session.stop_language import StopError, parse
from explorer.ui.paint import tip
from explorer.ui.panels.sampling_form import button
from explorer.ui.panels.stop_field import Remark, StopField
from explorer.ui.style import Style

_MOST = max(len(kind.blanks) for kind in KINDS)
_BLANK_WIDTHS = {"layer": 34, "head": 34, "position": 44, "weight": 44, "tokens n": 34,
                 "times k": 34, "regular expression": 130, "token": 90}  # fmt: skip


class StopForm(QWidget):
    """Asks for a new stop: `asked(condition)`, only with one that can be read."""

    asked = Signal(str)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks, self._snapshot = looks, Snapshot()
        self.kind = QComboBox()
        self.kind.addItems([kind.title for kind in KINDS])
        self.kind.setAccessibleName("Kind of stop")
        self.kind.setMinimumContentsLength(10)
        self.kind.activated.connect(self._choose)
        self.blanks = [QLineEdit() for _ in range(_MOST)]
        self._captions = [QLabel() for _ in range(_MOST)]
        for caption in self._captions:
            caption.setTextFormat(Qt.TextFormat.PlainText)
        for blank in self.blanks:
            blank.textEdited.connect(self._fill)
            blank.returnPressed.connect(self._enter)
        self.field = StopField("New stop")
        self.field.setPlaceholderText("a condition, such as entropy > 4")
        self.field.entered.connect(self._enter)
        self.field.textEdited.connect(self._typed)
        self.field.escaped.connect(self._forget)
        self.add = button("Add", "Add this condition to the list.", self._enter)
        self.remark = Remark(looks)
        self._first, self._blank_row, self._second = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        self._column = QVBoxLayout(self)
        self._lay_out()

    def show_snapshot(self, s: Snapshot) -> None:
        """Where the blanks take what is looked at from."""
        self._snapshot = s
        if not self.field.text() and not self.field.isModified():
            self._choose(self.kind.currentIndex())

    def restyle(self) -> None:
        """Take over sizes."""
        looks, px = self._looks, self._looks.px
        for row in (self._first, self._blank_row, self._second, self._column):
            row.setSpacing(px(5))
        self._column.setContentsMargins(0, 0, 0, 0)
        self.kind.setFont(looks.font(0.92))
        self.kind.setFixedHeight(px(24))
        for caption in self._captions:
            caption.setFont(looks.font(0.88))
        for blank in self.blanks:
            blank.setFont(looks.font(0.92))
            blank.setFixedHeight(px(22))
        self.field.setFont(looks.font(0.92, fixed=True))
        self.field.setFixedHeight(px(24))
        self.add.setFont(looks.font(0.92))
        self.add.setFixedHeight(px(24))
        self.remark.restyle()
        self._size_blanks()

    def _lay_out(self) -> None:
        self._first.addWidget(self.kind, 1)
        for caption, blank in zip(self._captions, self.blanks, strict=True):
            self._blank_row.addWidget(caption)
            self._blank_row.addWidget(blank)
        self._blank_row.addStretch(1)
        self._second.addWidget(self.field, 1)
        self._second.addWidget(self.add)
        for row in (self._first, self._blank_row, self._second):
            self._column.addLayout(row)
        self._column.addWidget(self.remark)

    def _size_blanks(self) -> None:
        kind = KINDS[max(self.kind.currentIndex(), 0)]
        for index, blank in enumerate(kind.blanks):
            width = self._looks.px(_BLANK_WIDTHS.get(blank.name, 60))
            self.blanks[index].setFixedWidth(width)

    @Slot(int)
    def _choose(self, index: int) -> None:
        """Show the blanks of a kind with what they are at first."""
        kind = KINDS[index]
        values = defaults(kind, self._snapshot)
        self.kind.setToolTip(tip(kind.help))
        for place, (caption, blank) in enumerate(zip(self._captions, self.blanks, strict=True)):
            used = place < len(kind.blanks)
            caption.setVisible(used)
            blank.setVisible(used)
            if used:
                caption.setText(kind.blanks[place].name)
                blank.setText(values[place])
                blank.setAccessibleName(kind.blanks[place].name)
                blank.setToolTip(tip(kind.help))
        self._size_blanks()
        self._fill()

    @Slot()
    def _fill(self) -> None:
        """The blanks write the condition; it can still be changed by hand."""
        kind = KINDS[self.kind.currentIndex()]
        values = [blank.text() for blank in self.blanks[: len(kind.blanks)]]
        self.field.setText(kind.condition(values))
        self.field.setModified(False)
        self._judge(quiet=True)

    @Slot()
    def _enter(self, text: str = "") -> None:
        if self._judge():
            self.asked.emit(self.field.text())
            self.field.setModified(False)

    @Slot()
    def _typed(self) -> None:
        self.field.refuse(None)
        self.remark.say("")

    @Slot()
    def _forget(self) -> None:
        self.remark.say("")
        self._choose(self.kind.currentIndex())

    def _judge(self, quiet: bool = False) -> bool:
        """Whether the condition can be read; says under the field why it cannot."""
        try:
            parse(self.field.text())
        except StopError as error:
            place = self.field.refuse(error.column)
            self.remark.say(f"Column {error.column + 1}: {error}", True, place)
            return False
        self.field.refuse(None)
        self.remark.say(KINDS[self.kind.currentIndex()].help if quiet else "")
        return True
