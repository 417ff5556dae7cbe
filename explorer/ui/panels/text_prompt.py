"""The prompt: an editor that grows with its text, what it will cost, its tokens while typing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent, QTextOption
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explorer.lens.text import CHIPS, Word, count, describe_draft, differs, draft_words
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.paint import tip
from explorer.ui.panels.text_chips import Chip
from explorer.ui.panels.text_story import TokenFlow
from explorer.ui.style import Style

LONGEST = 20_000
_LINES = 4
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ENDS = str.maketrans({"\r": "\n", "\u2028": "\n", "\u2029": "\n", "\ufdd0": "\n", "\ufdd1": "\n"})


def editable(text: str) -> str:
    """A text as the editor can hold it: one kind of line end, at most LONGEST characters."""
    return text[: LONGEST + 1].replace("\r\n", "\n").translate(_ENDS)[:LONGEST]


class PromptEditor(QPlainTextEdit):
    """One to four lines. Enter asks for reading, Shift+Enter makes a new line, Escape leaves.

    Signals: asked; left; shortened(characters that were pasted).
    """

    asked = Signal()
    left = Signal()
    shortened = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.border = 2
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setPlaceholderText("An empty prompt starts from the begin token")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Prompt")
        help_ = "Enter reads the prompt, Shift+Enter makes a new line."
        self.setAccessibleDescription(help_)
        self.setToolTip(tip(f"The text that the model goes on from. {help_}"))
        self.textChanged.connect(self.fit)

    def text(self) -> str:
        """What stands in the editor; unlike toPlainText it keeps no-break spaces."""
        return self.document().toRawText().translate(_ENDS)

    @Slot()
    def fit(self) -> None:
        """Take the height of the text, within one and four lines."""
        needed = max(int(self.document().size().height()), 1)
        lines = min(needed, _LINES)
        bar = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            bar.ScrollBarAsNeeded if needed > _LINES else bar.ScrollBarAlwaysOff
        )
        edges = 2 * (self.border + self.document().documentMargin())
        self.setFixedHeight(int(lines * self.fontMetrics().lineSpacing() + edges + 1))

    def sizeHint(self) -> QSize:
        return QSize(120, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()

    def event(self, event: QEvent) -> bool:
        # Escape and Enter may be commands of the window; in here they are the editor's.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            mine = event.key() in (Qt.Key.Key_Escape, *_ENTER)
            if mine:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() not in _ENTER:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.insertPlainText("\n")
        else:
            self.asked.emit()

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        taken = self.textCursor().selectionEnd() - self.textCursor().selectionStart()
        room = max(0, LONGEST - self.document().characterCount() + 1 + taken)
        self.insertPlainText(editable(text)[:room])
        self.ensureCursorVisible()
        if len(text) > room:
            self.shortened.emit(len(text))


class PromptBox(QWidget):
    """The editor with its button, the count or the complaint, and the tokens of the draft."""

    def __init__(self, controller: Controller, looks: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._controller, self._looks = controller, looks
        self._cut = ""
        self.editor = PromptEditor(self)
        self.button = QPushButton("Read", self)
        self.button.setToolTip(
            tip("Read this prompt from its beginning (Enter); earlier texts stay in the tree.")
        )
        self.status = QLabel(self)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.chips = TokenFlow(looks, self._explain, 1.0, self)
        self.chips.setAccessibleName("Tokens of the prompt being typed")
        self.chips.hide()
        row = QHBoxLayout()
        row.addWidget(self.editor, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.status)
        column.addWidget(self.chips)
        self._rule = QFrame(self)
        self._rule.setFixedHeight(1)
        column.addWidget(self._rule)
        self._row, self._column = row, column
        self._shown = ""
        self.editor.textChanged.connect(self._typed)
        self.editor.asked.connect(self._read)
        self.editor.shortened.connect(self._complain)
        self.button.clicked.connect(self._read)
        self.restyle()

    def draw(self, s: Snapshot) -> None:
        """Write the widgets; the editor only when the draft is not what stands in it."""
        shown = editable(s.draft.text)
        self._shown = shown
        if self.editor.text() != shown:
            self.editor.setPlainText(shown)
        wrong = s.draft.note or self._cut
        self.status.setText(" ".join(part for part in (self._cut, count(s)) if part))
        color = self._looks.theme.warning if wrong else self._looks.theme.muted
        sheet = f"color: {color}; background: transparent"
        if sheet != self.status.styleSheet():
            self.status.setStyleSheet(sheet)
        changed = differs(s)
        self.button.setEnabled(s.model is not None)
        words = draft_words(s)
        encoding = s.draft.encoding
        if encoding is not None and len(encoding.ids) > CHIPS and words:
            words = (*words, Word("", f"… and {len(encoding.ids) - CHIPS:,} more"))
        self.chips.setVisible(changed and bool(words))
        self.chips.show_chips(tuple(Chip(word) for word in words))
        self._fit_chips()
        if words:
            self.chips.reveal(len(words) - 1)

    def restyle(self) -> None:
        """Take over colours and sizes."""
        looks, t, px = self._looks, self._looks.theme, self._looks.px
        self._column.setContentsMargins(0, px(6), 0, 0)
        self._column.setSpacing(px(3))
        self._row.setContentsMargins(px(8), 0, px(8), 0)
        self.status.setContentsMargins(px(8), 0, px(8), 0)
        self._rule.setStyleSheet(f"background: {t.line}")
        self._row.setSpacing(px(6))
        self.editor.setFont(looks.font(1.1))
        self.editor.document().setDocumentMargin(px(4))
        self.editor.border = wide = max(2, round(looks.pen_width(1.5)))
        focus = f"border: {wide}px solid {t.accent}; padding: 0px"
        self.editor.setStyleSheet(
            f"QPlainTextEdit {{ background: {t.raised}; color: {t.text}; "
            f"border: 1px solid {t.line}; padding: {wide - 1}px; border-radius: {px(5)}px; }}"
            f"QPlainTextEdit:focus {{ {focus}; }}"
        )
        self.editor.fit()
        self.button.setFont(looks.font(1.0, bold=True))
        self.button.setStyleSheet(
            f"QPushButton {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line};"
            f" border-radius: {px(5)}px; padding: {px(4)}px {px(12)}px; }}"
            f"QPushButton:hover, QPushButton:focus {{ border-color: {t.accent}; }}"
            f"QPushButton:disabled {{ color: {t.faint}; }}"
        )
        self.status.setFont(looks.font(0.88))
        self.chips.restyle()

    def _fit_chips(self) -> None:
        flow = self.chips.flow
        two = int(min(flow.bottom, flow.line + flow.height))
        self.chips.setFixedHeight(two + self._looks.px(13))

    def _explain(self, index: int) -> str:
        return describe_draft(self._controller.snapshot, index)

    @Slot()
    def _typed(self) -> None:
        text = self.editor.text()
        # Another font is a change of the text too for Qt: only letters that differ were typed.
        if text != self._shown and text != editable(self._controller.snapshot.draft.text):
            self._cut = ""
            self._shown = text
            self._controller.draft(text)

    @Slot()
    def _read(self) -> None:
        draft = self._controller.snapshot.draft
        self._controller.read(draft.text)
        if not draft.note:
            self.editor.left.emit()  # or the keys that step would be typed into the prompt

    @Slot(object)
    def _complain(self, characters: int) -> None:
        self._cut = (
            f"Only {LONGEST:,} characters can be shown: "
            f"the end of the pasted text ({characters:,} characters) was left out."
        )
        self.draw(self._controller.snapshot)
