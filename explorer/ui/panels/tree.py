"""Panel: the tree of everything generated; click a branch to go there, name it, prune it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QVBoxLayout, QWidget

from explorer.lens.tree import TreePicture, summary, tree
from explorer.session import branches, moves, twin
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panel import Panel
from explorer.ui.panels.tree_canvas import TreeCanvas
from explorer.ui.style import Style


class NameEditor(QLineEdit):
    """The name of a branch while it is typed: Enter takes it, Escape and leaving do not."""

    taken = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Name of the branch")
        self.setPlaceholderText("name of the branch")
        self.setMaxLength(branches.LONGEST_NAME)
        self.returnPressed.connect(self._take)
        self.editingFinished.connect(self.hide)
        self.hide()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _take(self) -> None:
        self.taken.emit(self.text())


class TreePanel(Panel):
    """Every branch is a row: its text, the probability of its path, its luck."""

    id = "tree"
    title = "Tree"
    help = (
        "Everything that was generated; nothing is overwritten. Each row is a stretch of text with "
        "the probability of its path and its luck in nats: ln p against the greedy path Σ max ln p "
        "and against the expected value −Σ H. Click to go there, F2 names, Delete prunes."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        self._picture: TreePicture | None = None
        self.canvas = TreeCanvas(style, self)
        self.editor = NameEditor(self.canvas.viewport())
        self._naming = -1
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)
        self.setFocusProxy(self.canvas)
        self.canvas.chosen.connect(self._go)
        self.canvas.doubled.connect(self._name_row)
        self.canvas.asked.connect(self._offer)
        self.canvas.verticalScrollBar().valueChanged.connect(self.editor.hide)
        self.editor.taken.connect(self._named)

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if old is not None and (new.timeline, new.model, new.busy) == (
            old.timeline,
            old.model,
            old.busy,
        ):
            return
        known = self._picture if old is not None and new.model is old.model else None
        self._picture = tree(new, known)
        self.canvas.placeholder = new.busy or "Nothing has been read yet."
        self.canvas.show_picture(self._picture)
        self.setAccessibleDescription(summary(self._picture))

    def restyle(self) -> None:
        self.editor.hide()
        self.canvas.restyle()

    @property
    def target(self) -> int | None:
        """The first node of the branch that a command means: the marked row, else the cursor's."""
        picture = self._picture
        if picture is None or not picture.rows:
            return None
        row = picture.here if self.canvas.mark is None else self.canvas.mark
        return None if row < 0 else picture.rows[row].segment.head

    def rename(self) -> None:
        """Type a name for the branch that is meant."""
        picture, node = self._picture, self.target
        if picture is None or node is None:
            return
        self._naming = node
        row = next(i for i, row in enumerate(picture.rows) if row.segment.head == node)
        self.canvas.reveal(row)
        box, px = self.canvas.box(row), self.looks.px
        left = int(self.canvas.places.text_left(picture.rows[row].segment.lane))
        self.editor.setFont(self.looks.font())
        high = max(self.editor.sizeHint().height(), px(22))
        self.editor.setGeometry(left, box.top() - 1, max(box.width() - left - px(4), px(90)), high)
        self.editor.setText(picture.timeline.names.get(node, ""))
        self.editor.selectAll()
        self.editor.show()
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def prune(self) -> None:
        """Cut off the branch that is meant; undo brings it back."""
        node = self.target
        if node is not None:
            self.controller.apply(branches.prune, node)

    def menu_of(self, row: int) -> QMenu:
        """What the mouse can do with a row; the row is marked while it chooses."""
        self.canvas.mark = row
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Go to its end").triggered.connect(lambda: self._go(row))
        menu.addAction("Name it …").triggered.connect(self.rename)
        menu.addAction("Compare with it").triggered.connect(lambda: self._compare(row))
        menu.addAction("Prune it").triggered.connect(self.prune)
        return menu

    def _compare(self, row: int) -> None:
        if self._picture is not None:
            self.controller.apply(twin.compare_with, self._picture.rows[row].segment.end)

    @Slot(int)
    def _go(self, row: int) -> None:
        if self._picture is not None:
            self.controller.apply(moves.seek, self._picture.rows[row].segment.end)

    @Slot(int)
    def _name_row(self, row: int) -> None:
        self.canvas.mark = row
        self.rename()

    @Slot(int, object)
    def _offer(self, row: int, at: QPoint) -> None:
        self.menu_of(row).popup(at)

    @Slot(str)
    def _named(self, name: str) -> None:
        self.controller.apply(branches.rename, self._naming, name)
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
