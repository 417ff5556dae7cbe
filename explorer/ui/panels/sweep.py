"""Panel: which head matters for the next token. A map that fills while the worker sweeps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from explorer.lens.attention import chosen_head
from explorer.lens.sweep import HELP, sweep_map
from explorer.session import experiments, moves
from explorer.session.findings import MEASURES, Measure
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panel import Panel
from explorer.ui.panels.sampling_form import Form, button, label
from explorer.ui.panels.sweep_canvas import SweepCanvas
from explorer.ui.style import Style

_FINE = 1000


class SweepPanel(Panel):
    """A button that starts and stops, the measure that is shown, the map."""

    id = "sweep"
    title = "Which head matters"
    tab = "Sweep"
    help = (
        "Every head and MLP is switched off in turn, at all positions, and the change of the next "
        "token's logit and ln p and KL(with || without) are measured; click a cell to look at it."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        self._bar = QWidget()
        self._bar.setObjectName("body")
        self._start = button("Sweep", "Switch every part off in turn (S), or stop.", self._sweep)
        self._measures = {
            name: button(name, HELP[name], self._measure(name), check=True) for name in MEASURES
        }
        self._caption = label("")
        self._caption.setWordWrap(True)
        self._progress = QProgressBar()
        self._progress.setRange(0, _FINE)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress of the sweep")
        self._count = label("")
        self.canvas = SweepCanvas(style)
        self.canvas.chosen.connect(self._choose)
        self.canvas.turned.connect(self._turn)
        self.setFocusProxy(self.canvas)
        self._row = QHBoxLayout()
        self._row.addWidget(self._start)
        self._row.addWidget(self._progress)
        self._row.addWidget(self._count, 1)
        for one in self._measures.values():
            self._row.addWidget(one)
        inner = self._inner = QVBoxLayout(self._bar)
        inner.addLayout(self._row)
        inner.addWidget(self._caption)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self.canvas, 1)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if (
            old is not None
            and new.findings is old.findings
            and (new.look, new.edits, new.model) == (old.look, old.edits, old.model)
            and new.timeline is old.timeline
        ):
            return
        found = sweep_map(new)
        self.canvas.show_map(found, chosen_head(new))
        for name, one in self._measures.items():
            one.setChecked(name == new.findings.measure)
            one.setVisible(found is not None)
        running = new.findings.sweep is not None and new.findings.sweep.running
        self._start.setText("Stop" if running else "Sweep")
        self._start.setEnabled(bool(new.timeline))
        self._progress.setVisible(running)
        self._progress.setValue(0 if found is None else round(_FINE * found.done))
        self._count.setText("" if found is None else found.progress)
        self._caption.setText("" if found is None else found.caption)
        self._caption.setVisible(found is not None)
        said = "No sweep has been made yet: S makes one." if found is None else found.summary
        self.setAccessibleDescription(said)
        self.canvas.setAccessibleDescription(said)

    def restyle(self) -> None:
        looks, px = self.looks, self.looks.px
        self.setStyleSheet(Form.sheet(looks) + _sheet(looks))
        for one in (self._start, *self._measures.values()):
            one.setFont(looks.font(0.92))
            one.setFixedHeight(px(22))
        for text in (self._caption, self._count):
            text.setFont(looks.font(0.86))
        self._progress.setFixedHeight(px(6))
        self._progress.setMaximumWidth(px(110))
        self._inner.setContentsMargins(px(10), px(6), px(10), px(2))
        self._inner.setSpacing(px(4))
        self._row.setSpacing(px(6))
        self.canvas.update()

    def _measure(self, name: Measure) -> Callable[[], None]:
        return lambda: self._show_measure(name)

    def _show_measure(self, name: Measure) -> None:
        self.controller.apply(experiments.choose_measure, name)
        for other, one in self._measures.items():
            one.setChecked(other == self.controller.snapshot.findings.measure)

    def _sweep(self) -> None:
        self.controller.examiner.sweep()

    @Slot(int, int)
    def _choose(self, layer: int, column: int) -> None:
        s = self.controller.snapshot
        head = chosen_head(s)[1] if s.model is None or column >= s.model.heads else column
        self.controller.apply(moves.look_at, layer, head)

    @Slot(int, int)
    def _turn(self, layers: int, heads: int) -> None:
        layer, head = chosen_head(self.controller.snapshot)
        self.controller.apply(moves.look_at, layer + layers, head + heads)


def _sheet(looks: Style) -> str:
    t, px = looks.theme, looks.px
    return f"""
QProgressBar {{ background: {t.line}; border: none; border-radius: {px(3)}px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: {px(3)}px; }}
"""
