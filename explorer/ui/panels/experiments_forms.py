"""The forms of the experiments: switch parts off, steer by two prompts, patch from elsewhere.

All of them act on the head, the layer and the position that are looked at, so that they need few
fields. Knows no controller: they emit what is asked for.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from explorer.engine.edits import PATCHED
from explorer.lens.experiments import ACTIVATIONS
from explorer.ui.paint import tip
from explorer.ui.panels.sampling_form import Field, button, label
from explorer.ui.style import Style

TYPED = "a prompt:"


class OffForm(QWidget):
    """Zero or mean, and a button for each kind of part.

    Signals: asked(part, index), how(name).
    """

    asked = Signal(str, int)
    how = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.ways = {
            "zero": button("zeros", "Parts that are switched off give zeros.",
                           lambda: self.how.emit("zero"), check=True),
            "mean": button("mean", "Parts that are switched off give their mean over the text "
                           "that is read now, its first position left out.",
                           lambda: self.how.emit("mean"), check=True),
        }  # fmt: skip
        self.parts = {
            "head": button("", "Switch the chosen head off or on, at all positions (X).",
                           self._ask("head"), check=True),
            "mlp": button("", "Switch the MLP of the chosen layer off or on.", self._ask("mlp"),
                          check=True),
            "block": button("", "Switch the whole chosen layer off or on: what its attention and "
                            "its MLP add.", self._ask("block"), check=True),
        }  # fmt: skip
        self.neuron = Field("neuron", "The number of a neuron of the chosen layer's MLP; Enter.")
        self.neuron.setPlaceholderText("neuron")
        self.neuron.entered.connect(self._ask_neuron)
        self._row = _line(self)
        for one in (*self.parts.values(), self.neuron):
            self._row.addWidget(one)
        self._row.addStretch(1)
        for one in self.ways.values():
            self._row.addWidget(one)

    def restyle(self, looks: Style) -> None:
        """Take over sizes."""
        _resize(looks, self._row, [*self.parts.values(), *self.ways.values()])
        self.neuron.restyle(looks, looks.px(46), looks.px(64))

    def _ask(self, part: str) -> Callable[[], None]:
        return lambda: self.asked.emit(part, 0)

    @Slot(str)
    def _ask_neuron(self, text: str) -> None:
        self.neuron.setModified(False)
        try:
            self.asked.emit("neuron", int(text))
        except (ValueError, OverflowError):
            self.neuron.refuse(True)
        else:
            self.neuron.show_value("")


class SteerForm(QWidget):
    """Two prompts, a strength, where; asked(wanted, unwanted, strength, onwards)."""

    asked = Signal(str, str, float, bool)

    def __init__(self) -> None:
        super().__init__()
        self.wanted = Field("towards", "A prompt whose last position the stream is steered to.")
        self.unwanted = Field("away from", "A prompt whose last position it is steered from.")
        self.strength = Field("strength", "How many times the difference is added.")
        self.strength.setText("4")
        self.onwards = button(
            "from here on",
            "Add the vector at the lit position and at all after it, or at the lit position only.",
            self._name,
            check=True,
        )
        self.onwards.setChecked(True)
        self.add = button("Steer", "Add strength × (towards − away from), taken where it enters "
                          "the chosen layer, to the residual stream there.", self._ask)  # fmt: skip
        self.wanted.setPlaceholderText("towards, such as: The dog")
        self.unwanted.setPlaceholderText("away from, such as: The cat")
        self._row = _line(self)
        self._row.addWidget(self.wanted, 3)
        self._row.addWidget(self.unwanted, 3)
        self._times = label("×")
        self._row.addWidget(self._times)
        self._row.addWidget(self.strength)
        self._row.addWidget(self.onwards)
        self._row.addWidget(self.add)
        for field in (self.wanted, self.unwanted, self.strength):
            field.returnPressed.connect(self._ask)

    def restyle(self, looks: Style) -> None:
        """Take over sizes."""
        _resize(looks, self._row, [self.onwards, self.add])
        self._times.setFont(looks.font(0.92))
        for field in (self.wanted, self.unwanted):
            field.restyle(looks, looks.px(60), looks.px(400))
        self.strength.restyle(looks, looks.px(34), looks.px(44))

    def _name(self) -> None:
        self.onwards.setText("from here on" if self.onwards.isChecked() else "here only")

    @Slot()
    def _ask(self) -> None:
        try:
            strength = float(self.strength.text().replace(",", "."))
        except ValueError:
            self.strength.refuse(True)
            return
        self.strength.refuse(False)
        self.asked.emit(
            self.wanted.text(), self.unwanted.text(), strength, self.onwards.isChecked()
        )


class PatchForm(QWidget):
    """An activation and where its values come from; asked(name, node or None, prompt)."""

    asked = Signal(str, object, str)

    def __init__(self) -> None:
        super().__init__()
        self.name = QComboBox()
        self.name.setAccessibleName("Activation to patch")
        self.name.setToolTip(tip("Which activation of the chosen layer is replaced."))
        for one in PATCHED:
            self.name.addItem(one, one)
            at = self.name.count() - 1
            self.name.setItemData(at, tip(ACTIVATIONS[one]), Qt.ItemDataRole.ToolTipRole)
        self.source = QComboBox()
        self.source.setAccessibleName("Where the values come from")
        self.source.setToolTip(tip("Take the values from a prompt, or from another branch."))
        self.source.activated.connect(self._show_prompt)
        self.prompt = Field("prompt", "A prompt whose activation at the same position, or at its "
                            "last one where it is shorter, is put here.")  # fmt: skip
        self.prompt.setPlaceholderText("such as: The dog sat on the")
        self.prompt.returnPressed.connect(self._ask)
        self.add = button("Patch", "Replace the activation of the chosen layer (and head) at the "
                          "lit position by that of the other text.", self._ask)  # fmt: skip
        self._from = label("from")
        self._from.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._row = _line(self)
        self._row.addWidget(self.name)
        self._row.addWidget(self._from)
        self._row.addWidget(self.source, 2)
        self._row.addWidget(self.prompt, 3)
        self._row.addWidget(self.add)
        self.show_sources(())

    def show_sources(self, sources: tuple[tuple[int, str], ...]) -> None:
        """Offer a typed prompt and these nodes of the tree; what was chosen stays."""
        chosen = self.source.currentData()
        self.source.clear()
        self.source.addItem(TYPED, None)
        for node, text in sources:
            self.source.addItem(text, node)
        self.source.setCurrentIndex(max(0, self.source.findData(chosen)) if chosen else 0)
        self._show_prompt()

    def restyle(self, looks: Style) -> None:
        """Take over sizes."""
        _resize(looks, self._row, [self.add])
        self._from.setFont(looks.font(0.92))
        self.prompt.restyle(looks, looks.px(60), looks.px(400))
        for box, most in ((self.name, 96), (self.source, 170)):
            box.setFont(looks.font(0.92))
            box.setFixedHeight(looks.px(22))
            box.setMinimumWidth(looks.px(70))
            box.setMaximumWidth(looks.px(most))

    @Slot()
    def _show_prompt(self) -> None:
        self.prompt.setVisible(self.source.currentData() is None)

    @Slot()
    def _ask(self) -> None:
        self.asked.emit(self.name.currentData(), self.source.currentData(), self.prompt.text())


def _line(form: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(form)
    row.setContentsMargins(0, 0, 0, 0)
    return row


def _resize(looks: Style, row: QHBoxLayout, buttons: list[QPushButton]) -> None:
    row.setSpacing(looks.px(5))
    for one in buttons:
        one.setFont(looks.font(0.92))
        one.setFixedHeight(looks.px(22))
