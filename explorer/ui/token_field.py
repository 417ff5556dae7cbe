"""A field for one token: its label or its text; empty means the token that is asked by itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from explorer.lens.logit_lens import named_token
from explorer.session.snapshot import Snapshot
from explorer.ui.paint import tip
from explorer.ui.style import Style

_ESCAPE = Qt.Key.Key_Escape


class TokenField(QLineEdit):
    """Signals: named(token, or None for an empty field) on Enter; refused(sentence)."""

    named = Signal(object)
    refused = Signal(str)

    def __init__(self, looks: Style, name: str, help_: str) -> None:
        super().__init__()
        self._looks = looks
        self._snapshot = Snapshot()
        self._text = ""
        self.setAccessibleName(name)
        self.setToolTip(tip(help_))
        self.setClearButtonEnabled(False)
        self.returnPressed.connect(self._enter)

    def show_token(self, s: Snapshot, token: int | None, default: str) -> None:
        """Show the token asked about, or in grey what an empty field stands for."""
        self._snapshot = s
        text = s.model.labels[token] if s.model is not None and token is not None else ""
        self.setPlaceholderText(default)
        # What the person is typing is not written over.
        if text != self._text or not self.hasFocus():
            self._text = text
            self.setText(text)

    def restyle(self) -> None:
        """Take over other sizes."""
        self.setFont(self._looks.font(0.9))
        self.setFixedWidth(self._looks.px(112))

    def event(self, event: QEvent) -> bool:
        typed = event if isinstance(event, QKeyEvent) else None
        if typed and (typed.type(), typed.key()) == (QEvent.Type.ShortcutOverride, _ESCAPE):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == _ESCAPE:
            self.setText(self._text)
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.setText(self._text)

    @Slot()
    def _enter(self) -> None:
        text = self.text()
        token = named_token(self._snapshot, text) if text else None
        if text and token is None:
            self.refused.emit(f"The model has no token “{text}”; labels look like “·cat”.")
        else:
            self.named.emit(token)
