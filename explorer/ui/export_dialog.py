"""The export dialog: which panel, in what form, how large."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.picture import MOST_PIXELS

FORMS: tuple[tuple[str, str], ...] = (
    (".png", "Picture, PNG"),
    (".svg", "Picture, SVG (scales)"),
    (".pdf", "Picture, PDF (scales)"),
    (".csv", "Numbers, CSV"),
    (".json", "Numbers, JSON"),
    (".npz", "Numbers, NPZ (NumPy)"),
)
_SMALLEST, _USUAL = 16, 1600


class ExportDialog(QDialog):
    """Asks and tells; writes nothing.

    Signals: wanted (panel, suffix, width in pixels), copy_wanted (panel).
    """

    wanted = Signal(str, str, int)
    copy_wanted = Signal(str)

    def __init__(
        self,
        titles: Mapping[str, str],
        panel: str,
        size: Callable[[str], tuple[int, int]],
        has_numbers: Callable[[str], bool],
        has_code: Callable[[str], bool],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._size, self._has_numbers, self._has_code = size, has_numbers, has_code
        self.setWindowTitle("Export")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.panel, self.form = QComboBox(), QComboBox()
        for name, title in titles.items():
            self.panel.addItem(title, name)
        self.panel.setCurrentIndex(list(titles).index(panel))
        self.width_px = QSpinBox()
        self.width_px.setRange(_SMALLEST, MOST_PIXELS)
        self.width_px.setValue(_USUAL)
        self.width_px.setSuffix(" px wide")
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self._lay_out()
        self.panel.currentIndexChanged.connect(self._panel_chosen)
        self.form.currentIndexChanged.connect(self._describe)
        self.width_px.valueChanged.connect(self._describe)
        self._panel_chosen()

    def _lay_out(self) -> None:
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 64)
        form = QFormLayout()
        form.addRow("Panel", self.panel)
        form.addRow("As", self.form)
        form.addRow("Size", self.width_px)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._go = buttons.addButton("Export …", QDialogButtonBox.ButtonRole.AcceptRole)
        self._copy = buttons.addButton("Copy as Python", QDialogButtonBox.ButtonRole.ActionRole)
        self._go.setDefault(True)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.note)
        column.addWidget(buttons)
        buttons.accepted.connect(self._accepted)
        buttons.rejected.connect(self.reject)
        self._copy.clicked.connect(self._copied)

    @Slot()
    def _panel_chosen(self) -> None:
        kept = self.form.currentData()
        numbers = self._has_numbers(self.panel.currentData())
        self.form.clear()
        for suffix, title in FORMS if numbers else FORMS[:3]:
            self.form.addItem(title, suffix)
        self.form.setCurrentIndex(max(0, self.form.findData(kept)))
        self._copy.setEnabled(self._has_code(self.panel.currentData()))
        self._describe()

    @Slot()
    def _describe(self) -> None:
        suffix = self.form.currentData() or ".png"
        width, height = self._size(self.panel.currentData())
        self.width_px.setEnabled(suffix == ".png")
        if suffix == ".png":
            tall = round(self.width_px.value() * height / width)
            text = f"{self.width_px.value()} × {tall} pixels, drawn at that size."
        elif suffix in (".svg", ".pdf"):
            text = "Lines and text stay sharp at every size."
        else:
            text = (
                "All numbers behind the panel, with what they depend on: seed, settings, a prompt."
            )
        self.note.setText(text)

    @Slot()
    def _accepted(self) -> None:
        self.wanted.emit(self.panel.currentData(), self.form.currentData(), self.width_px.value())
        self.accept()

    @Slot()
    def _copied(self) -> None:
        self.copy_wanted.emit(self.panel.currentData())
        self.accept()
