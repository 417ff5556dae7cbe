"""Where the condition of a stop is typed: a line, and under it what is wrong with it and where."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from explorer.session.stop_language import LONGEST
from explorer.session.stop_tree import TERMS
from explorer.ui.paint import tip
from explorer.ui.style import Style

LANGUAGE = "\n".join(
    [
        "A condition, such as: entropy > 4 and not top1 < 30 %",
        "",
        *(f"{name}  {term.help}" for name, term in TERMS.items()),
        "",
        "and, or, not, ( ), < <= > >= = !=, ~ for regular expressions, changes;",
        "units: nats, bits, %",
    ]
)


class StopField(QLineEdit):
    """A condition; `entered(text)` on Enter, `left(text)` when the keyboard goes elsewhere.

    Escape puts back what was shown last and says `escaped`.
    """

    entered = Signal(str)
    left = Signal(str)
    escaped = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._shown = ""
        self.setMaxLength(LONGEST)
        self.setAccessibleName(name)
        self.setAccessibleDescription("A condition such as entropy > 4; Enter accepts it.")
        self.setToolTip(tip(LANGUAGE))

    def show_text(self, text: str) -> None:
        """Write the text that holds, which ends a refusal; what is being typed stays."""
        if text != self._shown or not self.isModified():
            self._shown = text
            if text != self.text():
                self.setText(text)
                self.setCursorPosition(0)
            self.refuse(None)

    def refuse(self, column: int | None) -> float:
        """A red frame and the cursor at a column (None: neither); returns its x in pixels."""
        wrong = column is not None
        if bool(self.property("wrong")) != wrong:
            self.setProperty("wrong", wrong)
            self.style().unpolish(self)
            self.style().polish(self)
        if column is not None:
            self.setCursorPosition(column)
        return float(self.cursorRect().center().x())

    def event(self, event: QEvent) -> bool:
        # Escape and Enter may be commands of the window; in here they are the field's.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            mine = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if event.key() in mine:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit(self.text())
        elif event.key() == Qt.Key.Key_Escape:
            self.setText(self._shown)
            self.setModified(False)
            self.refuse(None)
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit(self.text())


class Remark(QWidget):
    """A sentence under a field; with a column, a mark points up at the place that it is about."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._text, self._x, self._wrong = "", -1.0, False
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that is shown."""
        return self._text

    def say(self, text: str, wrong: bool = False, x: float = -1.0) -> None:
        """Show a sentence, as a warning where something is wrong; an empty one hides it."""
        if (text, wrong, x) != (self._text, self._wrong, self._x):
            self._text, self._wrong, self._x = text, wrong, x
            self.setAccessibleName(text)
            self._fit()
            self.update()
        self.setVisible(bool(text))

    def restyle(self) -> None:
        """Take over sizes."""
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self._fit()

    def sizeHint(self) -> QSize:
        return QSize(80, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, painter = self._looks, QPainter(self)
        color = looks.color("warning" if self._wrong else "muted")
        top = self._mark()
        if top:
            size = float(looks.px(4))
            x = min(max(self._x, size), self.width() - size)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            corners = [QPointF(x, 0), QPointF(x - size, top - 1), QPointF(x + size, top - 1)]
            painter.drawPolygon(QPolygonF(corners))
        painter.setFont(looks.font(0.88))
        painter.setPen(color)
        box = QRectF(0, top, self.width(), self.height() - top)
        painter.drawText(box, int(Qt.TextFlag.TextWordWrap), self._text)
        painter.end()

    def _mark(self) -> int:
        return self._looks.px(6) if self._x >= 0 else 0

    def _fit(self) -> None:
        metrics = QFontMetricsF(self._looks.font(0.88))
        room = QRectF(0, 0, max(self.width(), 60), 10_000)
        needed = metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), self._text).height()
        self.setFixedHeight(int(needed) + self._mark() + 2)
