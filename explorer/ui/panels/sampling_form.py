"""The fields and buttons of the sampling panel: what they look like and how they share the room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.check import Check
from explorer.ui.elided import Elided
from explorer.ui.paint import tip
from explorer.ui.scrolling import scrolling
from explorer.ui.style import Style

_WIDE = 380


class Field(QLineEdit):
    """A number typed by a person; `entered(text)` when Enter is pressed or the field is left."""

    entered = Signal(str)

    def __init__(self, caption: str, explanation: str) -> None:
        super().__init__()
        self.caption = caption
        self.setAccessibleName(caption)
        self.setAccessibleDescription(explanation)
        self.setToolTip(tip(explanation))
        self.editingFinished.connect(self._leave)

    def show_value(self, text: str) -> None:
        """Write the value that holds, which ends a refusal."""
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)
        self.setModified(False)
        self.refuse(False)

    def refuse(self, wrong: bool) -> None:
        """Show by a red frame that the text cannot be used; a sentence says why."""
        if bool(self.property("wrong")) != wrong:
            self.setProperty("wrong", wrong)
            self.style().unpolish(self)
            self.style().polish(self)

    def restyle(self, looks: Style, least: int, most: int) -> None:
        """Take over sizes; the width lies between `least` and `most` pixels."""
        self.setFont(looks.font(0.92))
        self.setMinimumWidth(least)
        self.setMaximumWidth(most)
        self.setFixedHeight(looks.px(22))

    @Slot()
    def _leave(self) -> None:
        if self.isModified():
            self.entered.emit(self.text())


class Form(QWidget):
    """The fields with their captions, the seed with its button, the presets."""

    def __init__(
        self, fields: Sequence[Field], presets: Sequence[QPushButton], dice: QPushButton
    ) -> None:
        super().__init__()
        self._fields, self._presets, self._dice = fields, presets, dice
        self._captions = [label(field.caption) for field in fields]
        for field, caption in zip(fields, self._captions, strict=True):
            caption.setBuddy(field)
            caption.setToolTip(field.toolTip())
        self._note = label("", warning=True)
        self._titles = label("presets")
        self._wide: bool | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)

    def arrange(self, width: float) -> None:
        """Share a width, given in units of scale 1: one line of fields, or two."""
        wide = width >= _WIDE
        if wide == self._wide:
            return
        self._wide, grid = wide, self._grid
        while grid.count():
            grid.takeAt(0)
        per_line = 4 if wide else 2
        *stages, seed = zip(self._captions, self._fields, strict=True)
        for index, (caption, field) in enumerate(stages):
            line, column = divmod(index, per_line)
            grid.addWidget(caption, line, 2 * column)
            grid.addWidget(field, line, 2 * column + 1)
        below = (len(stages) - 1) // per_line + 1
        grid.addWidget(self._note, below, 0, 1, -1)
        grid.addWidget(seed[0], below + 1, 0)
        grid.addWidget(seed[1], below + 1, 1, 1, 2 if wide else 1)
        grid.addWidget(self._dice, below + 1, 3 if wide else 2, 1, 2)
        grid.addWidget(self._titles, below + 2, 0)
        grid.addLayout(self._preset_lines(5 if wide else 3), below + 2, 1, 1, -1)
        for column in range(8):
            grid.setColumnStretch(column, 1 if column % 2 and column < 2 * per_line else 0)

    def refuse(self, field: Field, sentence: str) -> None:
        """Say under the fields why one is refused; an empty sentence takes it back."""
        field.refuse(bool(sentence))
        self._note.setText(sentence)
        self._note.setVisible(bool(sentence))

    def restyle(self, looks: Style) -> None:
        """Take over sizes."""
        px = looks.px
        self._grid.setHorizontalSpacing(px(6))
        self._grid.setVerticalSpacing(px(5))
        for field in self._fields:
            field.restyle(looks, px(34), px(150))
        for text in (*self._captions, self._note, self._titles):
            text.setFont(looks.font(0.92))
        for push in (*self._presets, self._dice):
            push.setFont(looks.font(0.92))
            push.setFixedHeight(px(22))

    @staticmethod
    def sheet(looks: Style) -> str:
        """The style of fields and buttons in the theme's colours."""
        t, px = looks.theme, looks.px
        return f"""
#body {{ background: {t.panel}; }}
QLabel[warning="true"] {{ color: {t.warning}; }}
QLineEdit {{
  background: {t.raised}; color: {t.text}; border: 1px solid {t.line};
  border-radius: {px(4)}px; padding: 0 {px(4)}px;
}}
QLineEdit:focus {{ border: {max(2, px(2))}px solid {t.accent}; }}
QLineEdit[wrong="true"] {{ border: {max(2, px(2))}px solid {t.warning}; }}
QPushButton {{
  background: {t.raised}; color: {t.text}; border: 1px solid {t.line};
  border-radius: {px(5)}px; padding: 0 {px(7)}px;
}}
QPushButton:hover {{ border-color: {t.accent}; }}
QPushButton:focus {{ border: {max(2, px(2))}px solid {t.accent}; }}
QPushButton:disabled {{ color: {t.faint}; }}
QPushButton:checked {{ background: {t.accent}; color: {t.on_accent}; }}
"""

    def _preset_lines(self, per_line: int) -> QGridLayout:
        lines = QGridLayout()
        lines.setHorizontalSpacing(self._grid.horizontalSpacing())
        lines.setVerticalSpacing(self._grid.verticalSpacing())
        for index, preset in enumerate(self._presets):
            lines.addWidget(preset, index // per_line, index % per_line)
        return lines


def label(text: str, warning: bool = False) -> QLabel:
    """Plain text; a warning starts hidden and wraps."""
    made = Elided(text)
    made.setWordWrap(warning)
    made.setVisible(not warning)
    made.setProperty("warning", warning)
    return made


def button(
    text: str, explanation: str, clicked: Callable[[], object], check: bool = False
) -> QPushButton:
    """A button with its tool tip; `check` lets it show that its setting holds."""
    made = QPushButton(text)
    made.setCheckable(check)
    made.setToolTip(tip(explanation))
    made.setAccessibleDescription(explanation)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setMinimumWidth(1)
    made.clicked.connect(lambda: clicked())
    return made


def switch(text: str, explanation: str) -> Check:
    """A check box with its tool tip."""
    made = Check(text)
    made.setToolTip(tip(explanation))
    made.setAccessibleDescription(explanation)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made


def ground() -> tuple[QWidget, QVBoxLayout]:
    """A column on the panel's ground, for fields above a painted picture."""
    body = QWidget()
    body.setObjectName("body")
    body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return body, QVBoxLayout(body)


def scrolled(panel: QWidget) -> tuple[QWidget, QVBoxLayout]:
    """A column in a panel that scrolls up and down where the panel is too low."""
    body = QWidget()
    body.setObjectName("body")
    body.setMinimumWidth(1)
    outer = QVBoxLayout(panel)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addWidget(scrolling(body))
    return body, QVBoxLayout(body)
