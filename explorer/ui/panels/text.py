"""The text: the prompt to edit, and the story as tokens coloured by surprise."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.engine.trace import shared_steps
from explorer.lens.surprise import describe, lit
from explorer.lens.text import TextPicture, summary, text
from explorer.lens.whatif import Turn, brief, explain, pending, turn
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panel import Panel
from explorer.ui.panels.text_chips import Chip, SurpriseKey
from explorer.ui.panels.text_prompt import PromptBox
from explorer.ui.panels.text_story import TokenFlow
from explorer.ui.panels.text_turn import TurnLine
from explorer.ui.style import Style
from explorer.ui.turning import start_branch


class TextPanel(Panel):
    """Prompt above, story below; a click on a token goes there."""

    id = "text"
    title = "Text"
    help = (
        "The prompt and the story as tokens; a generated token is tinted by its surprise −ln p, "
        "in nats. Click one to go back to the moment when it had just been read."
    )

    def __init__(self, controller: Controller, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(controller, style, parent)
        self.prompt = PromptBox(controller, style, self)
        self.story = TokenFlow(style, self._explain, 1.15, self)
        self.story.setAccessibleName("Story")
        self.legend = SurpriseKey(style, self)
        self.turned = TurnLine(style, self)
        self.turned.asked.connect(self._branch)
        self.turned.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.prompt)
        column.addWidget(self.story, 1)
        column.addWidget(self.legend)
        column.addWidget(self.turned)
        self.story.pointed.connect(self._pointed)
        self.story.chosen.connect(self._chosen)
        self.prompt.editor.left.connect(self._leave)
        self.setFocusProxy(self.prompt.editor)
        self._picture: TextPicture | None = None
        self._chips: tuple[Chip, ...] = ()
        self._turn: Turn | None = None
        self.setAutoFillBackground(True)
        self._color_ground()
        self._size_foot()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if (
            old is None
            or new.draft is not old.draft
            or new.timeline is not old.timeline
            or new.model is not old.model
        ):
            self.prompt.draw(new)
        self._draw_story(new, old)

    def restyle(self) -> None:
        self.prompt.restyle()
        self.story.restyle()
        self.turned.restyle()
        self._size_foot()
        self.legend.update()
        self._color_ground()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._size_foot()

    def _size_foot(self) -> None:
        """What would turn stands in the place of the legend, so that nothing moves."""
        self.turned.setVisible(self._turn is not None)
        self.legend.setVisible(self._turn is None and self.height() >= self.looks.px(190))
        for part in (self.legend, self.turned):
            part.setFixedHeight(self.looks.px(20))

    def _color_ground(self) -> None:
        palette = self.palette()
        palette.setColor(self.backgroundRole(), self.looks.color("panel"))
        self.setPalette(palette)

    def _draw_story(self, new: Snapshot, old: Snapshot | None) -> None:
        if (
            old is not None
            and new.timeline is old.timeline
            and new.look == old.look
            and new.model is old.model
            and new.busy == old.busy
            and new.sampling == old.sampling
            and new.findings.turned is old.findings.turned
        ):
            return
        found = self._found_turn(new, old)
        if (
            old is None
            or new.timeline is not old.timeline
            or new.model is not old.model
            or _place(found) != _place(self._turn)
        ):
            before, self._picture = self._picture, text(new, self._picture)
            self._chips = _chips(self._picture, found, before, self._chips)
            self.story.setAccessibleDescription(summary(self._picture))
        self._turn = found
        self._size_foot()
        if not self._chips:
            self.story.placeholder = new.busy or "Nothing has been read yet: press Enter above."
            self.story.show_chips(())
            self.story.viewport().update()
            return
        asked = new.look.hover is not None or new.look.position is not None
        cursor = len(new.timeline.node.trace) - 1
        self.story.show_chips(self._chips, cursor, lit(new) if asked else None)

    def _found_turn(self, new: Snapshot, old: Snapshot | None) -> Turn | None:
        """Where the dice would turn; while that is searched for, the former answer stays."""
        if pending(new):
            same = old is not None and new.timeline is old.timeline
            return self._turn if same else None
        found = turn(new)
        if found is not None:
            self.turned.say(brief(new, found), explain(new, found))
        return found

    def _explain(self, position: int) -> str:
        s = self.controller.snapshot
        found = turn(s)
        said = describe(s, position)
        if found is None or found.position != position:
            return said
        return f"{said}\n{explain(s, found)}. Press B to start that branch."

    @Slot(object)
    def _pointed(self, position: int | None) -> None:
        self.controller.apply(moves.hover, position)

    @Slot(int)
    def _chosen(self, position: int) -> None:
        self.controller.apply(moves.seek_position, position)

    @Slot()
    def _branch(self) -> None:
        start_branch(self.controller)

    @Slot()
    def _leave(self) -> None:
        self.story.setFocus(Qt.FocusReason.MouseFocusReason)


def _place(found: Turn | None) -> int | None:
    return None if found is None else found.position


def _chips(
    picture: TextPicture | None,
    found: Turn | None,
    before: TextPicture | None,
    old: tuple[Chip, ...],
) -> tuple[Chip, ...]:
    """The chips of a picture; those of the picture before are taken over as far as they agree."""
    if picture is None:
        return ()
    turned = _place(found)
    kept = 0
    if before is not None and before.prompt == picture.prompt:
        kept = min(before.cursor, picture.cursor) + 1
        kept = min(kept, shared_steps(before.course.steps, picture.course.steps))
        kept = kept if before.forced[:kept] == picture.forced[:kept] else 0
    chips = list(old[:kept])
    for position, chip in enumerate(chips):
        if chip.turned or position == turned:
            chips[position] = chip._replace(turned=position == turned)
    for position in range(kept, len(picture.words)):
        nats = float(picture.nats[position])
        chips.append(
            Chip(
                picture.words[position],
                nats if position >= picture.prompt and not math.isnan(nats) else None,
                picture.forced[position],
                position > picture.cursor,
                position == 0,
                position == turned,
            )
        )
    return tuple(chips)
