"""The command palette: type a few letters, press Enter. Every command without knowing its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QMainWindow,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from explorer.ui.fuzzy import Found, search
from explorer.ui.palette_entries import Entry
from explorer.ui.palette_row import paint_row
from explorer.ui.style import Style

_MOST_ROWS = 11
_MOVES = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -_MOST_ROWS,
    Qt.Key.Key_PageDown: _MOST_ROWS,
}
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class Rows(QAbstractListModel):
    """The entries that the letters typed have found."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self.found: list[Found] = []

    def offer(self, entries: list[Entry], query: str) -> None:
        """Show what a query finds among these entries."""
        self.beginResetModel()
        self.entries = entries
        self.found = search(query, [entry.text for entry in entries])
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.found)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entry(index)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return entry.text
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return " ".join(part for part in (entry.keys, entry.reason or entry.help) if part)
        return None

    def entry(self, index: _Index) -> Entry:
        """The entry of a row."""
        return self.entries[self.found[index.row()].index]


class Painter(QStyledItemDelegate):
    """Paints a row: name with the letters found, keys, help or the reason why it cannot be."""

    def __init__(self, looks: Style, rows: Rows) -> None:
        super().__init__(rows)
        self._looks, self._rows = looks, rows

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(self._looks.px(200), self._looks.px(40))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        box: QRect = option.rect
        found = self._rows.found[index.row()]
        paint_row(painter, box, self._rows.entry(index), found.marks, chosen, self._looks)


class Palette(QFrame):
    """Lies over its window; hidden until `reveal`. `entries` says what can be chosen just now."""

    def __init__(
        self, looks: Style, window: QMainWindow, entries: Callable[[], Iterable[Entry]]
    ) -> None:
        super().__init__(window)
        self._looks, self._window, self._entries = looks, window, entries
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self._rows = Rows(self)
        self._line = QLineEdit()
        self._line.setPlaceholderText("Type a command, a panel or a file")
        self._line.setAccessibleName("Search commands")
        self._line.textEdited.connect(self._search)
        self._line.installEventFilter(self)
        self._list = QListView()
        self._list.setModel(self._rows)
        self._list.setItemDelegate(Painter(looks, self._rows))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setUniformItemSizes(True)
        self._list.setMouseTracking(True)
        self._list.entered.connect(self._list.setCurrentIndex)
        self._list.clicked.connect(self._choose)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._column = column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addWidget(self._line)
        column.addWidget(self._list, 1)
        self.hide()

    def reveal(self) -> None:
        """Show every command, the keyboard in the search line."""
        self._line.clear()
        self._search("")
        self.show()
        self.raise_()
        self._line.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def leave(self) -> None:
        """Give the keyboard back to the window."""
        if self.isVisible():
            self.hide()
            self._window.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and not self.underMouse():
            self.hide()
        if not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        ours = event.key() in (*_MOVES, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not ours:
            return super().eventFilter(watched, event)
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            self._press(event.key())
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def _press(self, key: int) -> None:
        if key == Qt.Key.Key_Escape:
            self.leave()
        elif key in _MOVES:
            count = self._rows.rowCount()
            row = self._list.currentIndex().row() + _MOVES[Qt.Key(key)]
            self._go(max(0, min(row, count - 1)) if abs(_MOVES[Qt.Key(key)]) > 1 else row)
        else:
            self._choose(self._list.currentIndex())

    def _go(self, row: int) -> None:
        if count := self._rows.rowCount():
            self._list.setCurrentIndex(self._rows.index(row % count))

    @Slot(str)
    def _search(self, query: str) -> None:
        self._rows.offer(list(self._entries()), query)
        self._place()
        self._go(0)

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        entry = self._rows.entry(index)
        if entry.reason:
            return
        self.leave()
        entry.run()

    def _place(self) -> None:
        px, window = self._looks.px, self._window
        self._line.setFont(self._looks.font(1.1))
        width = min(px(680), window.width() - px(32))
        rows = min(max(1, self._rows.rowCount()), _MOST_ROWS)
        height = self._line.sizeHint().height() + rows * px(40) + px(14)
        top = window.height() // 12
        height = min(height, window.height() - top - px(16))
        self._column.setContentsMargins(px(6), px(6), px(6), px(6))
        self.setGeometry((window.width() - width) // 2, top, width, height)
