"""Panel: the most probable next tokens, raw and final side by side; click one to force it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from explorer.lens.bars import EMPTY, bars
from explorer.lens.rolls import Rolls
from explorer.session import asked, moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.marks import draw_die, draw_triangle
from explorer.ui.paint import put_text, tip
from explorer.ui.panel import Panel
from explorer.ui.panels.bars_canvas import BarsCanvas
from explorer.ui.panels.bars_ink import columns
from explorer.ui.panels.bars_note import Note
from explorer.ui.style import Style

_RIGHT = Qt.AlignmentFlag.AlignRight


class BarsPanel(Panel):
    """Rows of bars under a header that is also the legend; the rows scroll if they must."""

    id = "bars"
    title = "Next token"
    help = (
        "What may come next: the model's own probability p = exp(z) / sum exp(z) beside the final "
        "one, p^(1/T) / sum over what the stages left. Click a bar or press its digit to force it."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        self._header = _Header(style)
        self._count = QSpinBox(self._header)
        self._count.setRange(3, 100)
        self._count.setPrefix("Top ")
        self._count.setKeyboardTracking(False)
        self._count.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for field in (self._count, self._count.lineEdit()):
            field.setAccessibleName("Number of bars")
            field.setToolTip(tip("How many of the most probable tokens are drawn, 3 to 100."))
        self._count.valueChanged.connect(self._show_more)
        self._canvas = BarsCanvas(style)
        self._canvas.picked.connect(controller.force)
        self._canvas.asked.connect(self._offer)
        self._canvas.marked.connect(self._reveal)
        self._bars = EMPTY
        self._rest = BarsCanvas(style)
        self._rest.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._rest.setAccessibleName("The rest of the vocabulary")
        self._area = _Scroll()
        self._area.setWidget(self._canvas)
        self._area.resized.connect(self._canvas.make_room)
        self._area.resized.connect(self._align)
        self._note = Note(style)
        self._legend = _Legend(style)
        self.setFocusProxy(self._canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addWidget(self._area, 1)
        column.addWidget(self._rest)
        column.addWidget(self._note)
        column.addWidget(self._legend)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        found = bars(new)
        if old is None or new.look.bars != old.look.bars:
            self._count.setValue(new.look.bars)
        if old is not None and found is self._bars and found.rows:
            return
        self._bars = found
        # The rest stays in view under the rows that scroll: with it all adds up to 100 %.
        rest = tuple(row for row in found.rows if row.token is None)
        tokens = found.rows[: len(found.rows) - len(rest)]
        self._canvas.show_bars(replace(found, rows=tokens), new.look.bars, moves.why_stopped(new))
        self._rest.show_bars(replace(found, rows=rest), 1, "")
        self._rest.setVisible(bool(rest))
        self._align()
        self._canvas.setAccessibleDescription(found.summary)
        self.setAccessibleDescription(found.summary)
        self._header.show_scale(found.scale if found.rows else None)
        self._note.say(found.note)
        self._legend.show_rolls(found.rolls)
        self._yield_room()

    def restyle(self) -> None:
        px = self.looks.px
        self._canvas.restyle()
        self._rest.restyle()
        self._align()
        self._note.restyle()
        self._header.setFixedHeight(px(26))
        self._header.update()
        self._legend.setFixedHeight(px(20))
        self._legend.update()
        self._count.setFont(self.looks.font(0.86))
        self._count.setGeometry(px(8), px(3), px(70), px(20))
        self._yield_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._yield_room()
        super().resizeEvent(event)

    def menu_of(self, row: int) -> QMenu:
        """What can be asked about the token of a row."""
        token = self._canvas.bars.rows[row].token
        assert token is not None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, panel in (("Its history", "history"), ("Why not this one?", "whynot")):
            menu.addAction(text).triggered.connect(partial(self._ask, token, panel))
        menu.addAction("Force it").triggered.connect(partial(self.controller.force, token))
        return menu

    def _ask(self, token: int, panel: str, checked: bool = False) -> None:
        self.controller.apply(asked.name, token)
        self.wanted.emit(panel)

    @Slot(int, object)
    def _offer(self, row: int, at: QPoint) -> None:
        self.menu_of(row).popup(at)

    @Slot(int)
    def _show_more(self, count: int) -> None:
        self.controller.apply(moves.show_bars, count, gesture="bars")

    @Slot()
    def _align(self) -> None:
        """A scroll bar makes the rows narrower; header and rest follow."""
        width = self._area.viewport().width()
        self._header.align_to(width)
        self._rest.align_to(width, self._canvas.row)

    @Slot(int)
    def _reveal(self, row: int) -> None:
        box = self._canvas.row_box(row).toRect()
        self._area.ensureVisible(0, box.center().y(), 0, box.height())

    def _yield_room(self) -> None:
        """The legend gives way in a low panel."""
        px = self.looks.px
        roomy = self.height() >= px(230) and self.width() >= px(250)
        self._legend.setVisible(roomy or self._legend.rolls is not None)


class _Scroll(QScrollArea):
    resized = Signal(int)  # the height of the rows' window

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit(self.viewport().height())


class _Header(QWidget):
    """Column names with the colours of the bars, and what the hairlines stand for."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._scale: float | None = None
        self._width = 0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def align_to(self, width: int) -> None:
        """Stand over rows of this width."""
        if width != self._width:
            self._width = width
            self.update()

    def show_scale(self, scale: float | None) -> None:
        """The probability of a full bar; None while there are no bars."""
        if scale != self._scale:
            self._scale = scale
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, painter = self._looks, QPainter(self)
        painter.fillRect(self.rect(), looks.color("panel"))
        place, px = columns(looks, self._width), looks.px
        middle, height = self.height() / 2, self.height()
        painter.setFont(looks.font(0.82))
        muted = looks.color("muted")
        if place.raw is not None:
            self._name(painter, QRectF(place.raw, 0, place.final - place.raw, height), "raw", "raw")
        final = QRectF(place.final, 0, place.end - place.final, height)
        self._name(painter, final, "final", "accent")
        if self._scale is not None:
            taken: list[QRectF] = []
            for share in (1.0, 0.0, 0.5):  # what matters most first: others must not touch it
                x = place.bars + share * place.full
                text = "0" if share == 0 else f"{100 * self._scale * share:g} %"
                wide = QFontMetricsF(painter.font()).horizontalAdvance(text)
                left = x if share == 0 else x - wide / 2
                box = QRectF(left, middle - px(8), wide + 1, px(16))
                if not any(box.adjusted(-px(5), 0, px(5), 0).intersects(one) for one in taken):
                    put_text(painter, box, text, muted)
                    taken.append(box)
        painter.end()

    def _name(self, painter: QPainter, box: QRectF, text: str, color: str) -> None:
        looks = self._looks
        put_text(painter, box, text, looks.color("text"), _RIGHT)
        wide = QFontMetricsF(painter.font()).horizontalAdvance(text)
        side = looks.px(8)
        x = box.right() - wide - side - looks.px(4)
        painter.fillRect(QRectF(x, box.center().y() - side / 2, side, side), looks.color(color))


class _Legend(QWidget):
    """What the signs mean, in one line; while there are rolls, what their test says."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self.rolls: Rolls | None = None

    def show_rolls(self, rolls: Rolls | None) -> None:
        """Say what the test of these rolls says; None: what the signs mean."""
        self.rolls = rolls
        self.setToolTip(tip(rolls.meaning) if rolls else "")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, painter = self._looks, QPainter(self)
        painter.fillRect(self.rect(), looks.color("panel"))
        px, middle = looks.px, self.height() / 2
        muted = looks.color("muted")
        painter.setFont(looks.font(0.82))
        metrics = QFontMetricsF(painter.font())
        x = float(px(12))
        if self.rolls is not None:
            mark = QRectF(x, px(4), max(2.0, looks.pen_width(2.0)), self.height() - 2 * px(4))
            painter.fillRect(mark, looks.color("chosen"))
            box = QRectF(x + px(8), 0, self.width() - x - px(16), self.height())
            put_text(painter, box, self.rolls.sentence, looks.color("text"))
            painter.end()
            return
        for sign, text in (("die", "the dice choose now"), ("next", "came next on this line")):
            at = QPointF(x + px(6), middle)
            if sign == "die":
                draw_die(painter, at, px(11), looks.color("chosen"), looks.color("panel"))
            else:
                draw_triangle(painter, at, px(9), looks.color("text"))
            room = self.width() - x - px(24)
            wide = min(metrics.horizontalAdvance(text) + 1, room)
            put_text(painter, QRectF(x + px(17), 0, wide, self.height()), text, muted)
            x += px(17) + wide + px(16)
            if x > self.width() - px(90):
                break
        painter.end()
