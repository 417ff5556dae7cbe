"""The chosen head as an associative memory: its energy as map and surface, its update as bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from explorer.lens.hopfield import (
    Memory,
    Place,
    Terrain,
    View,
    next_rivals,
    remember,
    survey,
    where,
)
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.paint import tip
from explorer.ui.panel import Panel
from explorer.ui.panels.hopfield_keys import KeyCanvas
from explorer.ui.panels.hopfield_map import ContourMap
from explorer.ui.panels.hopfield_mix import Facts, Mix
from explorer.ui.panels.surface import Surface
from explorer.ui.style import Style
from explorer.ui.worker import Job

Relief: TypeAlias = ContourMap | Surface

SLOT = 230  # the least extent of one picture, at scale 1
PICTURES = (
    ("map", "Map", "The energy as a contour map."),
    ("surface", "Surface", "The energy as a surface to turn."),
    ("mix", "Weights", "The attention row beside the weights of the update."),
)
PLANES = (
    ("keys", "Query + 2 keys", "The plane through the query and two keys; click a key to take it."),
    ("principal", "Principal", "The plane of the two widest spreads of the keys (PCA)."),
)


# The landscape is the worker's and follows a step by about a frame, so that the step itself is
# painted at once; while the text plays it is drawn a few times a second.
_RESTING_MS, _PLAYING_MS = 20, 150


class HopfieldPanel(Panel):
    """Map, surface and weights side by side where there is room, else the one that is chosen."""

    id = "hopfield"
    title = "Attention as memory"
    tab = "Memory"
    help = (
        "The head's keys k are stored patterns, its query q is a ball in their energy "
        "E(ξ) = −(1/β) ln Σ exp(β k·ξ) + ξ·ξ/2 + const. One step, ξ → Σ softmax(β k·ξ) k, is what "
        "the layer does; its weights are the attention row."
    )

    def __init__(self, controller: Controller, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(controller, style, parent)
        self.view: View = "keys"
        self.picture = "map"
        self._memory: Memory | None = None
        self._place: Place | None = None
        self._step: object = None
        self._due: Snapshot | None = None
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._ask)
        self._job: Job | None = None
        self.map, self.surface, self.mix = ContourMap(style), Surface(style), Mix(style)
        self.canvases: dict[str, KeyCanvas] = {
            "map": self.map,
            "surface": self.surface,
            "mix": self.mix,
        }
        for canvas in self.canvases.values():
            canvas.pointed.connect(self._point)
            canvas.chosen.connect(self._choose)
            canvas.settle = self.settle
        self.facts = Facts(style)
        self._head = QLabel()
        self._head.setTextFormat(Qt.TextFormat.PlainText)
        self._head.setMinimumWidth(1)
        self.buttons = {name: self._button(*row) for row in PICTURES + PLANES for name in row[:1]}
        self._build()
        self.setFocusProxy(self.map)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        place = where(new, self.view)
        step = None if place is None else new.timeline.node.trace.steps[place.position]
        if old is None or place != self._place or step is not self._step:
            # the other panels show a step first; whoever paints this one sooner settles it
            self._place, self._step, self._due = place, step, new
            if old is None or self._memory is None:
                self.settle()
            elif not self._later.isActive():
                self._later.start(_PLAYING_MS if new.play.running else _RESTING_MS)
        if self._due is None:
            for canvas in self.canvases.values():
                canvas.light(_lit(new, place))

    @property
    def memory(self) -> Memory | None:
        """What is drawn, None while nothing is read."""
        self.settle()
        return self._memory

    @Slot()
    def settle(self) -> None:
        """Compute and show the landscape of the last snapshot, if that is still to be done."""
        if self._due is not None:
            s, self._due = self._due, None
            self._drop()
            self._show(s, self._place, None if self._place is None else remember(s, self._place))

    def restyle(self) -> None:
        """Take over colours and sizes."""
        self._head.setFont(self.looks.font(0.9, bold=True))
        for button in self.buttons.values():
            button.setFont(self.looks.font(0.85))
        self.map.restyle()
        self.surface.restyle()
        self._arrange()

    def hideEvent(self, event: QHideEvent) -> None:
        """What is looked for is not waited for; it is still due when the panel is painted."""
        super().hideEvent(event)
        self._drop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @Slot()
    def _pressed(self) -> None:
        name = self.sender().objectName()
        if name in self.canvases:
            self.picture = name
            self._arrange()
            return
        self.view = "principal" if name == "principal" else "keys"
        self._due = self.controller.snapshot
        self._place = where(self._due, self.view)
        self.settle()
        self._arrange()

    @Slot(object)
    def _point(self, key: int | None) -> None:
        first = 0 if self.memory is None else self.memory.place.first
        self.controller.apply(moves.hover, None if key is None else key + first)

    @Slot(int)
    def _choose(self, key: int) -> None:
        if self.memory is None or self.view != "keys":
            return
        rivals = next_rivals(self.memory.place, key)
        if rivals is not None:
            self.controller.apply(moves.compare_keys, rivals, gesture="rivals")

    def _drop(self) -> None:
        self._later.stop()
        if self._job is not None:
            self.controller.worker.cancel(self._job)
            self._job = None

    @Slot()
    def _ask(self) -> None:
        """Have the worker look for the landscape that is due."""
        if self._due is None or self._place is None or not self.is_seen:
            return
        self._drop()
        sizes = {c: c.samples for c in (self.map, self.surface) if c.isVisible()}
        self._job = self.controller.run(_surveyed(self._due, self._place, sizes), self._take)

    def _take(self, answer: tuple[Snapshot, Place, Memory, Mapping[Relief, Terrain]]) -> None:
        s, place, memory, terrains = answer
        self._job = None
        if s is self._due:
            self._due = None
        self._show(s, place, memory)
        for canvas, terrain in terrains.items():
            canvas.surveyed = terrain

    def _show(self, s: Snapshot, place: Place | None, memory: Memory | None) -> None:
        self._memory = memory
        for canvas in self.canvases.values():
            canvas.show_memory(self._memory)
            canvas.light(_lit(s, place))
        self.facts.show_memory(self._memory)
        self._fit_texts()
        if self._memory is None or place is None:
            self.setAccessibleDescription("No landscape yet: nothing has been read.")
            return
        head = self._heading(1e9)
        self._head.setToolTip(tip(f"{head}, at position {place.position}"))
        self.setAccessibleDescription(
            f"{head}; {len(self._memory.keys)} keys; {self.facts.accessibleDescription()}"
        )

    def _heading(self, room: float) -> str:
        """Which head and query this is, for a width in units of scale 1."""
        model = self.controller.snapshot.model
        if self._memory is None or model is None or room < 360:
            return ""
        place = self._memory.place
        if room < 560:
            keys = f" · K{model.group(place.head)}" if model.groups < model.heads else ""
            return f"L{place.layer} · H{place.head}{keys}"
        head = model.head_name(place.layer, place.head).capitalize()
        return f"{head} · query of {self._memory.names[-1]}"

    def _build(self) -> None:
        self._bar = QHBoxLayout()
        self._bar.addWidget(self._head, 1)
        for button in self.buttons.values():
            self._bar.addWidget(button)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        for canvas, stretch in ((self.map, 5), (self.surface, 5), (self.mix, 4)):
            self._body.addWidget(canvas, stretch)
        column = QVBoxLayout(self)
        column.addLayout(self._bar)
        column.addWidget(self.facts)
        column.addLayout(self._body, 1)
        column.setSpacing(0)
        column.setContentsMargins(0, 0, 0, 0)

    def _button(self, name: str, text: str, help_: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setText(text)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setToolTip(tip(help_))
        button.clicked.connect(self._pressed)
        return button

    def _arrange(self) -> None:
        """Show as many pictures as fit, along the longer side."""
        px = self.looks.px
        across = self.width() >= 1.2 * self.height()
        extent = self.width() if across else self.height() - px(60)
        slots = max(1, min(3, extent // px(SLOT)))
        shown = {1: {self.picture}, 2: {self.picture, "mix"}}.get(slots, set(self.canvases))
        if slots == 2 and self.picture == "mix":
            shown = {"map", "mix"}
        way = QBoxLayout.Direction
        self._body.setDirection(way.LeftToRight if across else way.TopToBottom)
        self._body.setSpacing(px(4))
        for name, canvas in self.canvases.items():
            canvas.setVisible(name in shown)
            self.buttons[name].setVisible(slots < 3 and (slots == 1 or name != "mix"))
            self.buttons[name].setChecked(name in shown)
        for name, *_ in PLANES:
            self.buttons[name].setChecked(name == self.view)
        self.buttons["keys"].setText("Query + 2 keys" if self.width() >= px(340) else "2 keys")
        self._bar.setContentsMargins(px(8), px(3), px(6), px(1))
        self._bar.setSpacing(px(2))
        self.facts.setVisible(self.height() >= px(130))
        self._fit_texts()

    def _fit_texts(self) -> None:
        px = self.looks.px
        self._head.setText(self._heading(self.width() / self.looks.scale))
        self.facts.fit(self.width(), 1 + (self.height() >= px(240)) + (self.height() >= px(360)))


def _surveyed(
    s: Snapshot, place: Place, sizes: Mapping[Relief, tuple[int, int]]
) -> Iterator[tuple[Snapshot, Place, Memory, Mapping[Relief, Terrain]]]:
    memory = remember(s, place)
    yield s, place, memory, {canvas: survey(memory, size) for canvas, size in sizes.items()}


def _lit(s: Snapshot, place: Place | None) -> int | None:
    """The key of the token that is pointed at, where this query can see it."""
    hover = s.look.hover
    if place is None or hover is None or not place.first <= hover <= place.position:
        return None
    return hover - place.first
