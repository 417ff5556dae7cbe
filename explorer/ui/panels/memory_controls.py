"""Panel: how patterns are stored, how the state is spoilt, how it is recalled."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from explorer.lens.recall import KINDS, ORDERS, RULES
from explorer.lens.temperatures import GLAUBER, SAMPLING
from explorer.session.memory import beats, moves, steps
from explorer.session.memory.snapshot import Memory
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.paint import tip
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.sampling_form import Field, Form, button, label, scrolled
from explorer.ui.style import Style

NARROW = 250  # pixels at normal size below which there is no room for four columns
_SPOILS = {"flip": "flip cells", "erase": "erase cells", "half": "lose one half"}
_FILLS = {"random": "by coins", "zero": "as 0"}
_SIDES = {side: side for side in ("bottom", "top", "left", "right")}
_STRIDES = {1: "1 neuron a step", 10: "10 a step", 100: "100 a step", 0: "a sweep a step"}


class Choice(QComboBox):
    """A box of choices by key; `chosen` is called when a person takes one."""

    def __init__(
        self, name: str, explanation: str, rows: Mapping[Any, str], chosen: Callable[[Any], object]
    ) -> None:
        super().__init__()
        self._keys = list(rows)
        self.addItems(list(rows.values()))
        self.setAccessibleName(name)
        self.setAccessibleDescription(explanation)
        self.setToolTip(tip(explanation))
        self.setMinimumWidth(1)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.activated.connect(lambda index: chosen(self._keys[index]))

    def show_key(self, key: object) -> None:
        """Show one choice."""
        self.setCurrentIndex(self._keys.index(key) if key in self._keys else -1)


class MemoryControlsPanel(DeskPanel[MemoryDesk]):
    """Every setting of storing, spoiling and recall."""

    id = "memory_controls"
    title = "Recall"
    help = (
        "Storing: Hebb W = (1/N) Σ ξ ξᵀ, projection W = (1/N) Xᵀ C⁻¹ X, Storkey. Recall: "
        "s ← sign(h) one neuron at a time, all at once, or Glauber's dice "
        "P(s = +1) = 1 / (1 + exp(−2h/τ)) at the Glauber temperature τ."
    )

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        self._choices = self._build_choices()
        self._fields = self._build_fields()
        self._note = label("", warning=True)
        self._spoil = button("Spoil", "Spoil the state (X).", lambda: desk.apply(moves.corrupt))
        self._end = button("Settle", "Recall until nothing changes (R).", desk.settle)
        self._titles = [label(text) for text in ("Store by", "Spoil", "Recall")]
        self._body, self._column = scrolled(self)
        self._grid = QGridLayout()
        self._narrow = False
        self._lay()
        self._column.addLayout(self._grid)
        self._column.addWidget(self._note)
        self._column.addStretch(1)
        self.restyle()

    def draw(self, new: Memory, old: Memory | None) -> None:
        self._spoil.setEnabled(bool(new.pictures))
        self._end.setEnabled(not steps.why_stopped(new))
        if old is not None and (new.rule, new.bias, new.how, new.spoil, new.stride) == (
            old.rule, old.bias, old.how, old.spoil, old.stride,
        ):  # fmt: skip
            return
        for name, key in (
            ("rule", new.rule), ("spoil", new.spoil.kind), ("fill", new.spoil.fill),
            ("side", new.spoil.side), ("kind", new.how.kind), ("order", new.how.order),
            ("stride", new.stride),
        ):  # fmt: skip
            self._choices[name].show_key(key)
        self._choices["side"].setEnabled(new.spoil.kind == "half")
        self._choices["fill"].setEnabled(new.spoil.kind != "flip")
        self._choices["order"].setEnabled(new.how.kind != "synchronous")
        self._choices["stride"].setEnabled(new.how.kind != "synchronous")
        self._fields["share"].setEnabled(new.spoil.kind != "half")
        self._fields["temperature"].setEnabled(new.how.kind == "glauber")
        for name, value in (
            ("bias", new.bias), ("share", 100 * new.spoil.share),
            ("temperature", new.how.temperature), ("seed", new.how.seed),
        ):  # fmt: skip
            self._fields[name].show_value(f"{value:.15g}")

    def restyle(self) -> None:
        px, looks = self.looks.px, self.looks
        self._column.setContentsMargins(px(10), px(6), px(10), px(6))
        self._grid.setHorizontalSpacing(px(6))
        self._grid.setVerticalSpacing(px(5))
        self._body.setStyleSheet(Form.sheet(looks) + choice_sheet(looks))
        for choice in self._choices.values():
            choice.setFont(looks.font(0.92))
            choice.setFixedHeight(px(24))
        for field in self._fields.values():
            field.restyle(looks, px(40), px(80))
        for push in (self._spoil, self._end):
            push.setFont(looks.font(0.92))
            push.setFixedHeight(px(24))
            push.setMinimumWidth(push.sizeHint().width())
        for text in self._titles:
            text.setFont(looks.font(0.92, bold=True))
        for at in range(self._grid.count()):
            item = self._grid.itemAt(at)
            widget = item.widget() if item else None
            if isinstance(widget, QWidget) and widget.property("caption"):
                widget.setFont(looks.font(0.92))
        self._note.setFont(looks.font(0.92))
        self._fold_if_narrow()

    def _build_choices(self) -> dict[str, Choice]:
        desk = self.controller

        def spoil(name: str) -> Callable[[Any], None]:
            return lambda key: desk.apply(
                moves.spoil_with, replace(desk.snapshot.spoil, **{name: key})
            )

        def how(name: str) -> Callable[[Any], None]:
            return lambda key: desk.apply(
                steps.use_dynamics, replace(desk.snapshot.how, **{name: key})
            )

        return {
            "rule": Choice("Storage rule", "How patterns become weights.", RULES, self._rule),
            "spoil": Choice("Spoil by", "How a picture is spoilt.", _SPOILS, spoil("kind")),
            "fill": Choice("Fill", "What stands where cells were lost.", _FILLS, spoil("fill")),
            "side": Choice("Half", "Which half is lost.", _SIDES, spoil("side")),
            "kind": Choice("Dynamics", "How neurons are updated.", KINDS, how("kind")),
            "order": Choice("Order", "Whose turn it is.", ORDERS, how("order")),
            "stride": Choice("Stride", "How many neurons one step updates.", _STRIDES,
                             lambda key: desk.apply(beats.use_stride, key)),
        }  # fmt: skip

    def _build_fields(self) -> dict[str, Field]:
        table = {
            "bias": ("bias b", "Added to every field: b > 0 favours ink.", self._bias),
            "share": ("share %", "How much is flipped or erased, 0 to 100 %.", self._share),
            "temperature": (GLAUBER.title, "Noise of recall; 0 is none. Not the "
                            f"{SAMPLING.control}.", self._heat),
            "seed": ("seed", "Fixes orders and dice.", self._seed),
        }  # fmt: skip
        fields = {}
        for name, (caption, help_, entered) in table.items():
            field = fields[name] = Field(caption, help_)
            field.entered.connect(self._entered(field, entered))
        return fields

    def _lay(self) -> None:
        c, f = self._choices, self._fields
        lines: list[tuple[QWidget | str, ...]] = [
            (self._titles[0], c["rule"], "bias", f["bias"]),
            (self._titles[1], c["spoil"], "share %", f["share"]),
            ("", c["fill"], c["side"], self._spoil),
            (self._titles[2], c["kind"], GLAUBER.symbol, f["temperature"]),
            ("", c["order"], "seed", f["seed"]),
            ("", c["stride"], "", self._end),
        ]
        self._rows = [tuple(self._part(part) for part in line) for line in lines]
        self._fold(False)

    def _part(self, part: QWidget | str) -> QWidget | None:
        """A widget, a caption made of a text, or nothing."""
        if isinstance(part, QWidget) or not part:
            return part or None
        caption = label(part)
        caption.setProperty("caption", True)
        caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return caption

    def _fold(self, narrow: bool) -> None:
        """Four columns, or two where the panel is narrow."""
        for row, line in enumerate(self._rows):
            for column, part in enumerate(line):
                if part is not None:
                    below, across = (column // 2, column % 2) if narrow else (0, column)
                    self._grid.addWidget(part, 2 * row + below, across)
        for column, stretch in enumerate((0, 5, 0, 0) if narrow else (0, 5, 3, 2)):
            self._grid.setColumnStretch(column, stretch)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold_if_narrow()

    def _fold_if_narrow(self) -> None:
        narrow = self.width() < self.looks.px(NARROW)
        if narrow != self._narrow:
            self._narrow = narrow
            self._fold(narrow)

    def _entered(self, field: Field, take: Callable[[str], None]) -> Callable[[str], None]:
        def entered(text: str) -> None:
            try:
                take(text.strip().removesuffix("%"))
            except ValueError as error:
                field.refuse(True)
                self._say(str(error))
                return
            self._say("")
            self.draw(self.controller.snapshot, None)

        return entered

    def _say(self, text: str) -> None:
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def _rule(self, key: Any) -> None:
        self.controller.apply(moves.use_rule, key)
        self.draw(self.controller.snapshot, None)

    def _bias(self, text: str) -> None:
        self.controller.apply(moves.use_bias, _number(text, "bias", -100, 100))

    def _share(self, text: str) -> None:
        share = _number(text, "share", 0, 100) / 100
        self.controller.apply(
            moves.spoil_with, replace(self.controller.snapshot.spoil, share=share)
        )

    def _heat(self, text: str) -> None:
        self.controller.apply(steps.heat, _number(text, GLAUBER.title, 0, 1000))

    def _seed(self, text: str) -> None:
        if not text.isdecimal() or len(text) > 15:
            raise ValueError("The seed must be a whole number from 0 up.")
        how = replace(self.controller.snapshot.how, seed=int(text))
        self.controller.apply(steps.use_dynamics, how)


def _number(text: str, name: str, low: float, high: float) -> float:
    """A number typed by a person; raises ValueError with a sentence."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise ValueError(f"The {name} must be a number from {low} to {high}, not {text!r}.")
    return value


def choice_sheet(looks: Style) -> str:
    """Boxes of choices in the theme's colours."""
    t, px = looks.theme, looks.px
    return f"""
QComboBox {{
  background: {t.raised}; color: {t.text}; border: 1px solid {t.line};
  border-radius: {px(4)}px; padding: 0 {px(4)}px;
}}
QComboBox:focus {{ border: {max(2, px(2))}px solid {t.accent}; }}
QComboBox:disabled, QLineEdit:disabled {{ color: {t.faint}; }}
"""
