"""The text: the prompt to edit, and the story as tokens coloured by surprise."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.lens.surprise import describe, lit
from explorer.lens.text import TextPicture, summary, text
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panel import Panel
from explorer.ui.panels.text_chips import Chip, SurpriseKey
from explorer.ui.panels.text_prompt import PromptBox
from explorer.ui.panels.text_story import TokenFlow
from explorer.ui.style import Style


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
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.prompt)
        column.addWidget(self.story, 1)
        column.addWidget(self.legend)
        self.story.pointed.connect(self._pointed)
        self.story.chosen.connect(self._chosen)
        self.prompt.editor.left.connect(self._leave)
        self.setFocusProxy(self.prompt.editor)
        self._chips: tuple[Chip, ...] = ()
        self.setAutoFillBackground(True)
        self._color_ground()
        self.legend.setFixedHeight(style.px(20))

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
        self.legend.setFixedHeight(self.looks.px(20))
        self.legend.update()
        self._color_ground()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.legend.setVisible(self.height() >= self.looks.px(190))

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
        ):
            return
        if old is None or new.timeline is not old.timeline or new.model is not old.model:
            picture = text(new)
            self._chips = () if picture is None else _chips(picture)
            self.story.setAccessibleDescription(summary(picture))
        if not self._chips:
            self.story.placeholder = new.busy or "Nothing has been read yet: press Enter above."
            self.story.show_chips(())
            self.story.viewport().update()
            return
        asked = new.look.hover is not None or new.look.position is not None
        cursor = len(new.timeline.node.trace) - 1
        self.story.show_chips(self._chips, cursor, lit(new) if asked else None)

    def _explain(self, position: int) -> str:
        return describe(self.controller.snapshot, position)

    @Slot(object)
    def _pointed(self, position: int | None) -> None:
        self.controller.apply(moves.hover, position)

    @Slot(int)
    def _chosen(self, position: int) -> None:
        self.controller.apply(moves.seek_position, position)

    @Slot()
    def _leave(self) -> None:
        self.story.setFocus(Qt.FocusReason.MouseFocusReason)


def _chips(picture: TextPicture) -> tuple[Chip, ...]:
    rows = zip(picture.words, picture.nats.tolist(), picture.forced, strict=True)
    return tuple(
        Chip(
            word,
            nats if position >= picture.prompt else None,
            forced,
            position > picture.cursor,
            position == 0,
        )
        for position, (word, nats, forced) in enumerate(rows)
    )
