"""The key overlay: every command with its keys, drawn over the window, gone at any key or click."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.ui.actions import Action
from explorer.ui.paint import put_text
from explorer.ui.style import Style


def key_rows(actions: Iterable[Action]) -> list[tuple[str, list[tuple[str, str]]]]:
    """[(menu, [(keys, text)])]: what the overlay lists, digits and zoom signs gathered."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in actions:
        if action.id.startswith("pick_") and action.id != "pick_1":
            continue
        if not action.keys:
            continue
        names = [QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
                 for key in action.keys]  # fmt: skip
        keys, text = " or ".join(names), action.text
        if action.id == "pick_1":
            keys, text = "1 … 9", "Force that candidate"
        groups.setdefault(action.menu.replace("&", ""), []).append((keys, text))
    return list(groups.items())


class KeyOverlay(QWidget):
    """Covers its parent; hidden until `reveal`."""

    def __init__(self, looks: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self._rows = key_rows(())
        self._looks = looks
        self._before: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("All keys")
        parent.installEventFilter(self)
        self.hide()

    def list_keys(self, actions: Iterable[Action]) -> None:
        """Show the keys of these commands from now on."""
        self._rows = key_rows(actions)
        lines = [f"{keys}: {text}" for _, rows in self._rows for keys, text in rows]
        self.setAccessibleDescription("; ".join(lines))

    def reveal(self) -> None:
        """Cover the window and take the keyboard."""
        self._before = self.window().focusWidget()
        self.setGeometry(self._ground.rect())
        self.show()
        self.raise_()
        self.setFocus()

    def leave(self) -> None:
        """Uncover the window and give the keyboard back."""
        self.hide()
        if self._before is not None:
            self._before.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._ground.rect())
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.leave()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.leave()

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, painter = self._looks, QPainter(self)
        painter.fillRect(self.rect(), looks.color("window", 0.97))
        columns = self._columns()
        step = self.height() / (max(map(len, columns)) + 3)
        width = min(self.width() / len(columns), looks.px(560))
        left = (self.width() - width * len(columns)) / 2
        size = min(1.15, step / looks.px(15), width / looks.px(430))
        title = QRectF(left + looks.px(16), step * 0.6, self.width(), step)
        put_text(painter, title, "Keys", looks.color("text"), font=looks.font(size * 1.3, True))
        for column, lines in enumerate(columns):
            for row, (keys, text) in enumerate(lines):
                x = left + column * width + looks.px(16)
                y = step * (row + 2)
                if not keys:
                    box = QRectF(x, y, width - looks.px(24), step)
                    put_text(painter, box, text, looks.color("accent"), font=looks.font(size, True))
                    continue
                box = QRectF(x, y, width * 0.42, step)
                put_text(painter, box, keys, looks.color("text"), font=looks.font(size, True))
                box = QRectF(x + width * 0.43, y, width * 0.57 - looks.px(16), step)
                put_text(painter, box, text, looks.color("muted"), font=looks.font(size))
        painter.end()

    def _columns(self) -> list[list[tuple[str, str]]]:
        """Groups as blocks of lines, spread over columns; a heading has no keys."""
        count = 3 if self.width() >= self._looks.px(1100) else 2
        blocks = [[("", menu), *rows, ("", "")] for menu, rows in self._rows]
        columns: list[list[tuple[str, str]]] = [[] for _ in range(count)]
        for block in sorted(blocks, key=len, reverse=True):
            min(columns, key=len).extend(block)
        return columns
