"""Panel: one forward pass from the inside, stage by stage, with the formula of any entry."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from explorer.lens.attention import named
from explorer.lens.inside import (
    Inspector,
    describe_entry,
    entry_name,
    figure,
    inspected_position,
    inspector,
    outline,
)
from explorer.session import inside as moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.insight import Found, InsightPanel
from explorer.ui.panels.inside_heat import HeatCanvas
from explorer.ui.panels.inside_outline import Outline
from explorer.ui.panels.inside_sheet import Formula, Head
from explorer.ui.rows import scrolled
from explorer.ui.style import Style

GESTURE = "inside"


class InsidePanel(InsightPanel):
    """The outline on the left, the inspector on the right."""

    id = "inside"
    title = "Inside the pass"
    tab = "Inside"
    help = (
        "The forward pass of the lit token, stage by stage: F10 steps over, Shift+F10 back, F7 "
        "into a block, Shift+F7 out. Click a cell to see its formula with its numbers."
    )

    def __init__(self, controller: Controller, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(controller, style, parent)
        self.outline = Outline(style)
        self._area = scrolled(self.outline)
        # Larger type or a smaller panel moves the rows: the one where we are stays in sight.
        self._area.verticalScrollBar().rangeChanged.connect(self._follow)
        self.head, self.formula = Head(style), Formula(style)
        self.heat = HeatCanvas(style)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.head)
        right.addWidget(self.heat, 1)
        right.addWidget(self.formula)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._area)
        row.addLayout(right, 1)
        self.outline.gone.connect(self._go)
        self.outline.gone_to_block.connect(self._go_to_block)
        self.outline.folded.connect(self._fold)
        self.heat.chosen.connect(self._choose)
        self.heat.pointed.connect(self._point)
        self.setFocusProxy(self.outline)
        self.picture: Inspector | None = None
        self.restyle()

    def show_found(self, s: Snapshot, found: Found | None, note: str) -> None:
        self.outline.show_rows(outline(s))
        if found is not None:
            self.picture = inspector(s, found.inspection)
        elif note:
            self.picture = None
        if found is not None or note:
            self._show(s, note)

    def dim(self, waiting: bool) -> None:
        if waiting and self.picture is None:
            self.head.show_picture(None, "…")
        for part in (self.head, self.heat, self.formula):
            if part.waiting != waiting:
                part.waiting = waiting
                part.update()

    def restyle(self) -> None:
        self.head.restyle()
        self.heat.recolor()
        self.outline.fit()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _show(self, s: Snapshot, note: str) -> None:
        picture = self.picture
        if picture is None or s.model is None:
            self.heat.show_picture(None)
            self.head.show_picture(None, note)
            self.formula.show_picture(None)
            self.setAccessibleDescription(note or self.help)
            return
        position = inspected_position(s)
        assert position is not None
        words = partial(describe_entry, picture, model=s.model, trace=s.timeline.node.trace)
        self.heat.show_picture(picture, words)
        self.head.show_picture(picture, f"at {named(s, position)}")
        self.formula.show_picture(picture, f"{picture.where}:  {figure(picture.sum.value, 6)}")
        self.formula.room_for(self.heat.width(), self.height())
        said = f"{picture.heading}, {picture.where}: {picture.sum.equation}"
        self.setAccessibleDescription(said)
        self.heat.setAccessibleDescription(said)

    def _arrange(self) -> None:
        px, wide = self.looks.px, self.width()
        self._area.setVisible(wide >= px(320))
        self._area.setFixedWidth(px(250) if wide >= px(760) else px(190) if wide >= px(520)
                                 else px(150))  # fmt: skip
        self.formula.room_for(self.heat.width(), self.height())

    @Slot()
    def _follow(self) -> None:
        if self.outline.mark >= 0:
            self.outline.marked.emit(self.outline.mark)

    @Slot(object)
    def _point(self, entry: tuple[int, ...] | None) -> None:
        """The exact value under the mouse stands where the chosen entry's stood."""
        s, picture = self.controller.snapshot, self.picture
        if picture is None or s.model is None or not s.timeline:
            return
        entry = picture.entry if entry is None else entry
        name = entry_name(picture.activation, entry, s.model, s.timeline.node.trace)
        value = float(picture.activation.values[entry])
        self.formula.show_picture(picture, f"{name}:  {figure(value, 9)}")

    @Slot(object)
    def _choose(self, entry: tuple[int, ...]) -> None:
        if self.picture is not None:
            name = self.picture.activation.name
            self.controller.apply(moves.choose_entry, name, entry, gesture=GESTURE)

    @Slot(str)
    def _go(self, name: str) -> None:
        self.controller.apply(moves.go, name, gesture=GESTURE)

    @Slot(int)
    def _go_to_block(self, layer: int) -> None:
        self.controller.apply(moves.go_to_block, layer, gesture=GESTURE)

    @Slot(int)
    def _fold(self, layer: int) -> None:
        self.controller.apply(moves.fold, layer, gesture=GESTURE)
