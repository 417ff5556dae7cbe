"""Panel: two texts with the same dice, and what differs between them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Slot
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from explorer.engine import sampling as stages
from explorer.lens.twin import Choice, LayerGaps, TwinPicture, choices, describe, summary, twin
from explorer.session import twin as moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.paint import tip
from explorer.ui.panel import Panel
from explorer.ui.panels.twin_ink import Places, paint, places
from explorer.ui.style import Style
from explorer.ui.twin_run import TwinRun
from explorer.ui.words import Letters

_OFF, _OWN = "no twin", "settings of its own"


class TwinCanvas(QWidget):
    """Paints a picture of both texts; rests on a row for its numbers."""

    def __init__(self, looks: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._looks, self._letters = looks, Letters(looks)
        self.picture: TwinPicture | None = None
        self.gaps: LayerGaps | None = None
        self.placeholder = ""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Twin run")

    def show_picture(self, picture: TwinPicture | None, gaps: LayerGaps | None) -> None:
        """Show other numbers."""
        self.picture, self.gaps = picture, gaps
        self.update()

    @property
    def spots(self) -> Places:
        """Where the parts are."""
        return places(self._looks, float(self.width()), float(self.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, painter = self._looks, QPainter(self)
        painter.fillRect(self.rect(), looks.color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.picture is None:
            painter.setFont(looks.font())
            painter.setPen(looks.color("muted"))
            room = QRectF(self.rect()).adjusted(looks.px(8), 0, -looks.px(8), 0)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, int(flags), self.placeholder)
        else:
            paint(painter, looks, self._letters, self.spots, self.picture, self.gaps)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = self.spots.row_at(event.pos().x(), event.pos().y())
            rows = () if self.picture is None else self.picture.rows
            if row is not None and row < len(rows):
                QToolTip.showText(event.globalPos(), tip(describe(rows[row])), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


class TwinPanel(Panel):
    """A list of what B can be, B's temperature, and the comparison."""

    id = "twin"
    title = "Twin runs"
    tab = "Twins"
    help = (
        "Two texts with the same dice, Philox(seed, position): A is ours, B keeps settings of its "
        "own and grows along, or is another branch. First difference marked; probabilities, "
        "attention of the chosen head and logit lens as A − B. W starts and ends it."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        self.run = TwinRun(controller)
        self._choices: tuple[Choice, ...] = ()
        self.which = QComboBox()
        self.which.setAccessibleName("What B is")
        self.which.setToolTip(tip("B: a text with settings of its own, or another branch."))
        policy = QComboBox.SizeAdjustPolicy
        self.which.setSizeAdjustPolicy(policy.AdjustToMinimumContentsLengthWithIcon)
        self.which.setMinimumContentsLength(14)
        self.heat = QDoubleSpinBox()
        self.heat.setRange(0.0, stages.HIGHEST)
        self.heat.setSingleStep(0.1)
        self.heat.setPrefix("T of B ")
        self.heat.setKeyboardTracking(False)
        for field in (self.heat, self.heat.lineEdit()):
            field.setAccessibleName("Sampling temperature of B")
            field.setToolTip(tip("Sampling temperature of B from here on; 0 is greedy."))
        self.take = QToolButton()
        self.take.setText("Take A's settings")
        self.take.setToolTip(tip("Let B go on with the settings that A has now."))
        self._label, self.canvas = QLabel("B:"), TwinCanvas(style, self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        for widget in (self.which, self.heat, self.take):
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._row = row = QHBoxLayout()
        for part in (self._label, self.which, self.heat, self.take):
            row.addWidget(part)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.canvas, 1)
        self.setFocusProxy(self.canvas)
        self.which.activated.connect(self._choose)
        self.heat.valueChanged.connect(self._heat)
        self.take.clicked.connect(self._take)
        self.run.compared.connect(self._compared)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if old is not None and _same(new, old):
            return
        self._list(new)
        picture = twin(new)
        self.run.compare(new)
        self.canvas.placeholder = summary(None)
        self.canvas.show_picture(picture, self.run.gaps)
        self.setAccessibleDescription(summary(picture))

    def restyle(self) -> None:
        px, font = self.looks.px, self.looks.font(0.9)
        self._row.setContentsMargins(px(8), px(4), px(8), px(4))
        self._row.setSpacing(px(6))
        for part in (self._label, self.which, self.heat, self.take):
            part.setFont(font)
        self.canvas.update()

    def _list(self, s: Snapshot) -> None:
        """Write the list and the field from a snapshot."""
        self._choices = choices(s)
        names = [_OFF, _OWN, *(f"branch {one.name}" for one in self._choices)]
        if names != [self.which.itemText(index) for index in range(self.which.count())]:
            self.which.clear()
            self.which.addItems(names)
        on, own = moves.is_on(s), s.twin.sampling
        places_ = [one.node for one in self._choices]
        if not on:
            self.which.setCurrentIndex(0)
        elif own is not None:
            self.which.setCurrentIndex(1)
        elif s.twin.other in places_:
            self.which.setCurrentIndex(2 + places_.index(s.twin.other))
        self.heat.setEnabled(on and own is not None)
        self.take.setEnabled(on and own is not None and own != s.sampling)
        if own is not None and abs(self.heat.value() - own.temperature) > 0.005:
            self.heat.setValue(own.temperature)

    @Slot(int)
    def _choose(self, index: int) -> None:
        s, on = self.controller.snapshot, moves.is_on(self.controller.snapshot)
        if index == 0 and on:
            self.controller.apply(moves.toggle)
        elif index == 1:
            self.controller.apply(moves.sample_with, s.twin.sampling or s.sampling)
        elif index >= 2:
            self.controller.apply(moves.compare_with, self._choices[index - 2].node)

    @Slot(float)
    def _heat(self, temperature: float) -> None:
        own = self.controller.snapshot.twin.sampling
        if own is not None and abs(own.temperature - temperature) > 0.005:
            new = stages.with_temperature(own, temperature)
            self.controller.apply(moves.sample_with, new, gesture="twin")

    @Slot()
    def _take(self) -> None:
        self.controller.apply(moves.sample_with, self.controller.snapshot.sampling)

    @Slot()
    def _compared(self) -> None:
        self.canvas.show_picture(self.canvas.picture, self.run.gaps)


def _same(new: Snapshot, old: Snapshot) -> bool:
    return (
        new.timeline is old.timeline
        and new.twin == old.twin
        and new.sampling == old.sampling
        and (new.look.layer, new.look.head) == (old.look.layer, old.look.head)
        and new.model is old.model
    )
