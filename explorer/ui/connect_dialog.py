"""The dialog that connects to a server: where it is, what it wants, and what it will be sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from explorer.engine.remote.place import Place, Prospect
from explorer.ui.ask import ask_folder

_MOST = 1_000_000


class ConnectDialog(QDialog):
    """Asks and tells; sends nothing.

    Signals: wanted (a Place), left (what is under way shall end).
    """

    wanted = Signal(object)
    left = Signal()

    def __init__(
        self,
        kinds: Sequence[tuple[str, str]],
        prospect: Callable[[Place], Prospect],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._prospect, self._places = prospect, tuple[Place, ...]()
        self._busy = False
        self.setWindowTitle("Connect to a server")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.address, self.kind, self.candidates = QComboBox(), QComboBox(), QSpinBox()
        self.key, self.tokenizer, self.model = QLineEdit(), QLineEdit(), QLineEdit()
        self.note, self.danger, self.said = _label(), _label(), _label()
        self.bar = QProgressBar()
        self._fill_fields(kinds)
        self._lay_out()
        self.address.editTextChanged.connect(self._describe)
        self.address.activated.connect(self._chosen)
        self.kind.currentIndexChanged.connect(self._describe)
        self.key.textChanged.connect(self._describe)
        self._describe()

    @property
    def place(self) -> Place:
        """The server as it is named now."""
        return Place(
            self.address.currentText().strip(),
            self.kind.currentData(),
            self.key.text().strip(),
            self.tokenizer.text().strip(),
            self.candidates.value(),
            self.model.text().strip(),
        )

    def fill(self, place: Place) -> None:
        """Name a server."""
        self.address.setEditText(place.address)
        self.kind.setCurrentIndex(max(0, self.kind.findData(place.kind)))
        self.key.setText(place.key_variable)
        self.tokenizer.setText(place.tokenizer)
        self.candidates.setValue(place.candidates)
        self.model.setText(place.model)

    @Slot(object)
    def offer(self, places: tuple[Place, ...]) -> None:
        """Offer servers that were connected to before; the newest one stands in an empty field."""
        typed = self.address.currentText()
        self._places = places
        self.address.addItems([place.address for place in places])
        self.address.setEditText(typed)
        if places and not typed and not self._busy:
            self.fill(places[0])

    @Slot()
    def go(self) -> None:
        """Connect, if the address is one; the second press of the button leaves it again."""
        if self._busy:
            self.left.emit()
            self._rest("Connecting was stopped; the model is as it was.")
        elif self._go.isEnabled():
            self._set_busy(True)
            self.tell(f"Connecting to {self.place.address} …")
            self.wanted.emit(self.place)

    @Slot(object)
    def tell(self, sentence: str) -> None:
        """What is being done now."""
        if self._busy:
            self.said.setText(sentence)
            self._make_room()

    def fail(self, sentence: str) -> None:
        """Why it did not work; everything can be changed and tried again."""
        self._rest(sentence)
        self._go.setText("Try again")

    def _rest(self, sentence: str) -> None:
        self._set_busy(False)
        self.said.setText(sentence)
        self._make_room()

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        for widget in (self.address, self.kind, self.key, self.tokenizer, self.candidates):
            widget.setEnabled(not busy)
        self.model.setEnabled(not busy)
        self.bar.setRange(0, 0 if busy else 1)
        self._go.setText("Stop" if busy else "Connect")
        self._describe()

    def _fill_fields(self, kinds: Sequence[tuple[str, str]]) -> None:
        self.address.setEditable(True)
        for field in (self.address, self.kind, self.candidates):
            policy = field.sizePolicy()
            policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
            field.setSizePolicy(policy)
        self.address.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        edit = self.address.lineEdit()
        assert edit is not None
        edit.setPlaceholderText("http://127.0.0.1:8080")
        self.kind.addItem("Find out", "")
        for name, title in kinds:
            self.kind.addItem(title, name)
        self.key.setPlaceholderText("name of an environment variable, if the server wants a key")
        self.tokenizer.setPlaceholderText("folder with tokenizer.json; not needed for llama.cpp")
        self.model.setPlaceholderText("the first one")
        self.candidates.setRange(0, _MOST)
        self.candidates.setSpecialValueText("all that the server gives")
        self.candidates.setGroupSeparatorShown(True)
        self.candidates.setMinimumHeight(self.kind.sizeHint().height())
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(self.fontMetrics().height() // 2)
        self.bar.setRange(0, 1)
        self.bar.setAccessibleName("Progress of connecting")

    def _lay_out(self) -> None:
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 84)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        pick = QPushButton("Choose …")
        pick.setAutoDefault(False)
        pick.clicked.connect(self._pick)
        folder = QHBoxLayout()
        folder.addWidget(self.tokenizer, 1)
        folder.addWidget(pick)
        # A mark under the T would part the pair "To", which is then wider than its label.
        rows = (
            ("&Address", self.address), ("&Kind", self.kind), ("Key &from", self.key),
            ("Tokeni&zer", folder), ("&Model", self.model), ("Ca&ndidates", self.candidates),
        )  # fmt: skip
        for text, field in rows:
            form.addRow(text, field)
        label = form.labelForField(folder)
        assert isinstance(label, QLabel)
        label.setBuddy(self.tokenizer)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._go = buttons.addButton("Connect", QDialogButtonBox.ButtonRole.ActionRole)
        self._go.setDefault(True)
        self._go.clicked.connect(self.go)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        for widget in (self.note, self.danger, self.bar, self.said, buttons):
            column.addWidget(widget)
        self.danger.setStyleSheet("font-weight: bold")

    @Slot()
    def _describe(self) -> None:
        found = self._prospect(self.place)
        self.note.setText(found.sentence or found.problem)
        self.danger.setText(found.danger)
        self.danger.setVisible(bool(found.danger))
        self._go.setEnabled(self._busy or not found.problem)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Sentences of more lines make the dialog higher instead of squeezing its fields."""
        column = self.layout()
        assert column is not None
        column.activate()
        need = column.totalHeightForWidth(self.width())
        if self.height() < need:
            self.resize(self.width(), need)

    @Slot(int)
    def _chosen(self, index: int) -> None:
        if 0 <= index < len(self._places):
            self.fill(self._places[index])

    @Slot()
    def _pick(self) -> None:
        def chosen(folder: Path) -> None:
            self.tokenizer.setText(str(folder))

        ask_folder(self, "Folder of the model's tokenizer", chosen)


def _label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
