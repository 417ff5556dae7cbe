"""The status line: the last sentence, which model is open and where it runs.

Text is plain: a name is no HTML.
"""

from __future__ import annotations

from html import escape
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStatusBar

from explorer.engine.facts import OWN_PROCESS, ModelFacts
from explorer.ui.style import Style


class StatusLine:
    """Writes the labels of a window's status bar."""

    def __init__(self, bar: QStatusBar, looks: Style) -> None:
        self._looks = looks
        self._described: ModelFacts | None = None
        self._message, self._model = QLabel(), QLabel()
        for label in (self._message, self._model):
            label.setTextFormat(Qt.TextFormat.PlainText)
        bar.addWidget(self._message, 1)
        bar.addPermanentWidget(self._model)

    def draw(self, new: Any, old: Any) -> None:
        """Error, notice or what is under way, of the snapshot of any workspace."""
        if old is None or (new.error, new.notice, new.busy) != (old.error, old.notice, old.busy):
            self._message.setText(new.error or new.notice or new.busy)
            theme = self._looks.theme
            self._message.setStyleSheet(f"color: {theme.warning if new.error else theme.muted}")

    def describe(self, model: ModelFacts | None) -> None:
        """Name the model that is open, and the device that it runs on."""
        if model is not None and model is not self._described:
            self._described = model
            inside = f"{model.layers} layers × {model.heads} heads, width {model.width}, "
            self._model.setText(
                f"{model.name}: {inside if model.layers else ''}{model.vocabulary:,} tokens, "
                f"{short_place(model)}".removesuffix(", ")
            )
            self._model.setToolTip(escape(place(model)))
            self._model.setAccessibleDescription(place(model))

    def restyle(self) -> None:
        """Take over the size of type."""
        for label in (self._message, self._model):
            label.setFont(self._looks.font(0.92))
            label.setContentsMargins(self._looks.px(8), 0, self._looks.px(8), 0)


def short_place(model: ModelFacts) -> str:
    """Where a network runs, in a few words: "cpu", "cuda:0, own process", "on http://..."."""
    if model.host in ("", OWN_PROCESS):
        return f"{model.device}, own process" if model.host else model.device
    return f"on {model.host}" + (f" ({model.device})" if model.device else "")


def place(model: ModelFacts) -> str:
    """The same in sentences, for a tool tip."""
    if model.host not in ("", OWN_PROCESS):
        on = f", on its device {model.device}" if model.device else ""
        return f"The network runs behind {model.host}{on}. Tokens are drawn here."
    kind = model.device.split(":")[0]
    names = {"cpu": "the processor", "cuda": "the GPU", "mps": "Apple's GPU"}
    where = "in the process of this window"
    if model.host:
        where = "in a process of its own, whose end would not end this window"
    return (
        f"The network runs on {names.get(kind, 'the device')} of this machine ({model.device}), "
        f"{where}. Another device is chosen at the start: explorer --device cpu, cuda or mps."
    )
