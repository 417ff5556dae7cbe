"""The status line: the last sentence, and which model is open. Text is plain: a name is no HTML."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStatusBar

from explorer.engine.facts import ModelFacts
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
        """Name the model that is open."""
        if model is not None and model is not self._described:
            self._described = model
            inside = f"{model.layers} layers × {model.heads} heads, width {model.width}, "
            self._model.setText(
                f"{model.name}: {inside if model.layers else ''}{model.vocabulary:,} tokens"
            )

    def restyle(self) -> None:
        """Take over the size of type."""
        for label in (self._message, self._model):
            label.setFont(self._looks.font(0.92))
