"""Where a person names a token: by its label, or by the word alone; labels are proposed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from explorer.lens.token_history import labelled, proposals, typed_token
from explorer.session.snapshot import Snapshot
from explorer.ui.paint import tip
from explorer.ui.panels.sampling_form import label
from explorer.ui.style import Style

_HELP = "A token by its label such as “·cat”, or the word alone; Enter takes it, ↓ proposes."


class _Line(QLineEdit):
    """Escape puts back what was shown and says `escaped`; up and down say `turned(-1 or 1)`."""

    escaped = Signal()
    turned = Signal(int)

    def event(self, event: QEvent) -> bool:
        # Escape and Enter may be commands of the window; in here they are the field's.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            mine = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if event.key() in mine:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.turned.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)


class TokenField(QWidget):
    """A caption, the field, and beside it what is proposed or what is wrong.

    `named(token)` on Enter.
    """

    named = Signal(int)

    def __init__(self, caption: str, looks: Style) -> None:
        super().__init__()
        self._looks, self._snapshot = looks, Snapshot()
        self._shown: int | None = None
        self._proposed: tuple[str, ...] = ()
        self._turn = -1
        self._caption = label(caption)
        self.line = _Line()
        self.line.setAccessibleName(caption)
        self.line.setToolTip(tip(_HELP))
        self.line.setPlaceholderText("a token, such as ·cat")
        self.line.returnPressed.connect(self._take)
        self.line.escaped.connect(self._write)
        self.line.turned.connect(self._propose)
        self.line.textEdited.connect(self._typed)
        self.note = label("", warning=True)
        self.hint = label("")
        for text in (self.note, self.hint):
            text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for widget, share in ((self._caption, 0), (self.line, 0), (self.note, 1), (self.hint, 1)):
            self._row.addWidget(widget, share)
        self.setFocusProxy(self.line)

    def show_token(self, s: Snapshot, token: int | None) -> None:
        """Write the token that is asked about, unless another one is being typed."""
        self._snapshot = s
        if token != self._shown or not self.line.isModified():
            self._shown = token
            self._write()

    def restyle(self) -> None:
        """Take over sizes."""
        looks, px = self._looks, self._looks.px
        self._row.setSpacing(px(6))
        self._caption.setFont(looks.font(0.92, bold=True))
        self.line.setFont(looks.font(0.92))
        self.line.setFixedSize(px(130), px(24))
        for text in (self.note, self.hint):
            text.setFont(looks.font(0.88))

    @Slot()
    def _write(self) -> None:
        model, token = self._snapshot.model, self._shown
        shown = "" if model is None or token is None else model.labels[token]
        if shown != self.line.text():
            self.line.setText(shown)
        self.line.setModified(False)
        self._say()

    @Slot()
    def _take(self) -> None:
        model, text = self._snapshot.model, self.line.text()
        try:
            exact = None if model is None or self._turn < 0 else labelled(model, text)
            token = typed_token(self._snapshot, text) if exact is None else exact
        except ValueError as error:
            self._say(str(error))
            return
        self.line.setModified(False)
        self._turn = -1
        self.named.emit(token)
        self._write()

    @Slot()
    def _typed(self) -> None:
        self._proposed, self._turn = proposals(self._snapshot, self.line.text()), -1
        self._say(hint="  ".join(self._proposed))

    @Slot(int)
    def _propose(self, by: int) -> None:
        """Up and down write the labels that are proposed, one after the other."""
        if self._proposed:
            self._turn = max(self._turn + by, 0) % len(self._proposed)
            self.line.setText(self._proposed[self._turn])
            self.line.setModified(True)

    def _say(self, wrong: str = "", hint: str = "") -> None:
        self.note.setText(wrong)
        self.note.setVisible(bool(wrong))
        self.hint.setText(hint)
        self.hint.setVisible(not wrong)
        if bool(self.line.property("wrong")) != bool(wrong):
            self.line.setProperty("wrong", bool(wrong))
            self.line.style().unpolish(self.line)
            self.line.style().polish(self.line)
