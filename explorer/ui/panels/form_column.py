"""A column of a panel: lines of small controls, what is to be said, and a picture below.

Knows no controller and no snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.ui.panels.sampling_form import Field
from explorer.ui.style import Style


def own_column(panel: QWidget) -> QVBoxLayout:
    """A column that is the panel itself, on the ground that `Form.sheet` colours."""
    panel.setObjectName("body")
    panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return QVBoxLayout(panel)


def captioned(
    captions: Mapping[str, QLabel], fields: Mapping[str, Field], *names: str
) -> list[QWidget]:
    """The fields of these names, each after its caption."""
    return [part for name in names for part in (captions[name], fields[name])]


def lay_column(
    column: QVBoxLayout,
    rows: Iterable[Sequence[QWidget]],
    texts: Iterable[QLabel],
    picture: QWidget,
) -> list[QHBoxLayout]:
    """Fill a column; the lines that it returns end in a stretch, the picture takes the rest."""
    lines = []
    for row in rows:
        line = QHBoxLayout()
        for part in row:
            line.addWidget(part)
        line.addStretch(1)
        column.addLayout(line)
        lines.append(line)
    for text in texts:
        column.addWidget(text)
    column.addWidget(picture, 1)
    return lines


def restyle_column(
    looks: Style,
    column: QVBoxLayout,
    lines: Iterable[QHBoxLayout],
    controls: Iterable[QWidget],
    texts: Iterable[QLabel],
) -> None:
    """Take over sizes; controls are low and as wide as they must be, texts give way."""
    px = looks.px
    column.setContentsMargins(px(8), px(4), px(8), px(4))
    column.setSpacing(px(3))
    for line in lines:
        line.setSpacing(px(4))
    for text in texts:
        text.setFont(looks.font(0.88))
        text.setMinimumWidth(1)
    for control in controls:
        control.setFont(looks.font(0.88))
        control.setFixedHeight(px(22))
        if isinstance(control, QPushButton):
            control.setMinimumWidth(control.sizeHint().width())


def say_in(note: QLabel, sentence: str) -> None:
    """Say a sentence in a note, which hides where there is nothing to say."""
    note.setText(sentence)
    note.setVisible(bool(sentence))
