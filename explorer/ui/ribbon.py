"""The strip at the top: back, step, play with its rate, and what happens now in one sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton

from explorer.session.status import FASTEST, SLOWEST
from explorer.ui.desk import Desk
from explorer.ui.icons import icon
from explorer.ui.paint import tip
from explorer.ui.strip import Strip
from explorer.ui.style import Style

_TICKS = 100


@dataclass(frozen=True)
class Says:
    """What a workspace tells its ribbon.

    narrate and place make sentences of a snapshot, play_at takes a rate in `unit` per second; warn
    says what nobody may forget about what is shown, empty if there is nothing.
    """

    narrate: Callable[[Any], str]
    place: Callable[[Any], str]
    play_at: Callable[[float], object]
    unit: str
    warn: Callable[[Any], str] = lambda _: ""


class Ribbon(Strip):
    """Large buttons for a lecturer's hand and the sentence that explains the screen."""

    def __init__(
        self, desk: Desk[Any], looks: Style, commands: tuple[QAction, QAction, QAction], say: Says
    ) -> None:
        """`commands` are back, step and play."""
        super().__init__()
        self.setObjectName("ribbon")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._desk, self._looks, self._say = desk, looks, say
        self._buttons = [self._button(command) for command in commands]
        self._buttons[1].setObjectName("primary")
        self._play_action = commands[2]
        self._rate = QSlider(Qt.Orientation.Horizontal)
        self._rate.setRange(0, _TICKS)
        self._rate.setAccessibleName("Rate of play")
        self._rate.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._rate.sliderMoved.connect(self._set_rate)
        self._rate.sliderReleased.connect(desk.history.rest)
        self._rate.actionTriggered.connect(self._set_rate_by_key)
        self._speed = self._label(Qt.AlignmentFlag.AlignLeft)
        self._story = self._label(Qt.AlignmentFlag.AlignLeft)
        self._story.setWordWrap(True)
        self._story.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._place = self._label(Qt.AlignmentFlag.AlignRight)
        self._row = row = QHBoxLayout(self)
        for widget in (*self._buttons, self._rate, self._speed):
            row.addWidget(widget)
        self._warning = self._label(Qt.AlignmentFlag.AlignHCenter)
        self._warning.setObjectName("warning")
        row.addWidget(self._warning, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._story, 1)
        row.addWidget(self._place)
        self.restyle()

    def draw(self, new: Any, old: Any) -> None:
        """Write the sentence, the place and the rate."""
        self._story.setText(self._say.narrate(new))
        self._place.setText(self._say.place(new))
        warning = self._say.warn(new)
        self._warning.setText(warning)
        self._warning.setVisible(bool(warning))
        if old is None or new.play != old.play:
            self._play_action.setText("Pause" if new.play.running else "Play")
            self._draw_icons(new.play.running)
            ratio = math.log(new.play.rate / SLOWEST) / math.log(FASTEST / SLOWEST)
            if not self._rate.isSliderDown():
                self._rate.setValue(round(_TICKS * ratio))
            self._speed.setText(f"{new.play.rate:.2g}/s")
            self._rate.setToolTip(
                tip(f"Rate of play: {new.play.rate:.2g} {self._say.unit} per second.")
            )

    def restyle(self) -> None:
        """Take over sizes; presenter mode keeps the buttons and enlarges the sentence."""
        looks = self._looks
        px = looks.px
        self._row.setContentsMargins(px(10), px(6), px(14), px(6))
        self._row.setSpacing(px(6))
        for button in self._buttons:
            button.setFont(looks.font(1.05, bold=True))
            button.setIconSize(QSize(px(14), px(14)))
            button.setMinimumSize(px(86), px(34))
        self._draw_icons(self._desk.snapshot.play.running)
        self.setFixedHeight(px(52))
        self._rate.setFixedWidth(px(90))
        self._rate.setVisible(not looks.presenter)
        self._speed.setVisible(not looks.presenter)
        self._speed.setFont(looks.font(0.9))
        self._speed.setMinimumWidth(px(40))
        self._story.setFont(looks.font(1.15))
        self._story.setContentsMargins(px(10), 0, px(10), 0)
        self._place.setFont(looks.font(0.95))
        self._warning.setFont(looks.font(0.95, bold=True))

    def _draw_icons(self, running: bool) -> None:
        looks = self._looks
        # On the commands: a button forgets an icon of its own whenever its command changes.
        for button, name in zip(
            self._buttons, ("back", "step", "pause" if running else "play"), strict=True
        ):
            color = "on_accent" if button.objectName() == "primary" else "text"
            command = button.defaultAction()
            command.setIconVisibleInMenu(False)
            command.setIcon(icon(name, looks.color(color), looks.color("faint")))

    @Slot(int)
    def _set_rate(self, value: int) -> None:
        span = FASTEST / SLOWEST
        rate = SLOWEST * span ** (value / _TICKS)
        self._say.play_at(rate)

    @Slot(int)
    def _set_rate_by_key(self, action: int) -> None:
        self._set_rate(self._rate.sliderPosition())

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _label(self, align: Qt.AlignmentFlag) -> QLabel:
        label = QLabel()
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setAlignment(align | Qt.AlignmentFlag.AlignVCenter)
        return label
