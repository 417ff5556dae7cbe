"""Panel: change something inside the network and see what becomes of the next token."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout

from explorer.engine.edits import Off, Patch, Steering
from explorer.lens.attention import chosen_head, lit_row
from explorer.lens.experiments import badges, comparison, place_words, sources
from explorer.session import experiments
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panel import Panel
from explorer.ui.panels.experiments_badges import Badges
from explorer.ui.panels.experiments_bars import ShiftBars
from explorer.ui.panels.experiments_forms import OffForm, PatchForm, SteerForm
from explorer.ui.panels.sampling_form import Form, button, label, scrolled
from explorer.ui.style import Style

_NOTHING = (
    "Nothing is changed inside the network. Switch a part off, steer or patch: the text is read "
    "again, and the next token before and after stands here."
)


class ExperimentsPanel(Panel):
    """Badges of what is changed, forms to change more, the next token before and after."""

    id = "experiments"
    title = "Experiments"
    help = (
        "Switch heads, MLPs, layers or neurons off, add a vector to the residual stream, put an "
        "activation of another text here; KL(before || after) = Σ p ln(p/q) says how far p moves."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        body, self._column = scrolled(self)
        self._badges = Badges(style)
        self._badges.removed.connect(controller.lab.remove)
        self._clear = button("Clear all", "Read the text again with nothing changed (Shift+X).",
                             controller.lab.clear)  # fmt: skip
        self._off, self._steer, self._patch = OffForm(), SteerForm(), PatchForm()
        self._off.asked.connect(self._switch)
        self._off.how.connect(self._choose_how)
        self._steer.asked.connect(self._steered)
        self._patch.asked.connect(self._patched)
        self._heads = [label(""), label(""), label("")]
        self._result = label("")
        self._result.setWordWrap(True)
        self._bars = ShiftBars(style)
        self._top = QHBoxLayout()
        self._top.addWidget(self._badges, 1)
        self._top.addWidget(self._clear, 0, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(self._top)
        self._column.addWidget(self._result)
        for head, form in zip(self._heads, (self._off, self._steer, self._patch), strict=True):
            head.setWordWrap(True)
            head.setObjectName("heading")
            self._column.addWidget(head)
            self._column.addWidget(form)
        self._column.addWidget(self._bars)
        self._column.addStretch(1)
        self.setFocusProxy(self._off.parts["head"])
        self._sources: tuple[tuple[int, str], ...] | None = None
        body.setAccessibleName(self.title)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        fresh = old is None or new.timeline is not old.timeline or new.model is not old.model
        if (
            not fresh
            and old is not None
            and (new.look, new.edits) == (old.look, old.edits)
            and new.findings is old.findings
        ):
            return
        self._badges.show_badges(badges(new))
        self._clear.setVisible(bool(new.edits))
        self._draw_forms(new)
        if fresh:
            found = sources(new)
            if found != self._sources:
                self._sources = found
                self._patch.show_sources(found)
        self._draw_result(new)

    def restyle(self) -> None:
        looks, px = self.looks, self.looks.px
        self.setStyleSheet(Form.sheet(looks) + _sheet(looks))
        self._column.setContentsMargins(px(10), px(8), px(10), px(8))
        self._column.setSpacing(px(4))
        for form in (self._off, self._steer, self._patch):
            form.restyle(looks)
        for text in self._heads:
            text.setFont(looks.font(0.84))
        self._result.setFont(looks.font(1.0, bold=True))
        self._clear.setFont(looks.font(0.92))
        self._clear.setFixedHeight(px(22))
        self._badges.restyle()
        self._bars.show_comparison(self._bars.shown, _NOTHING)

    def _draw_forms(self, s: Snapshot) -> None:
        layer, head = chosen_head(s)
        gone = {(off.part, off.layer, off.index) for off in s.edits.off}
        names = {"head": f"L{layer} · H{head}", "mlp": f"L{layer} · MLP", "block": f"layer {layer}"}
        for part, one in self._off.parts.items():
            one.setText(names[part])
            one.setChecked((part, layer, head if part == "head" else 0) in gone)
            one.setEnabled(bool(s.timeline))
        for how, one in self._off.ways.items():
            one.setChecked(how == s.findings.how)
        place = place_words(s)
        at = f" at {place}" if place else ""
        lines = (
            "Switch off, at all positions",
            f"Steer the residual stream into layer {layer}{at}",
            f"Patch layer {layer} (z, pattern: head {head}){at}",
        )
        for text, line in zip(self._heads, lines, strict=True):
            text.setText(line)
        for form in (self._steer, self._patch):
            form.add.setEnabled(bool(s.timeline))

    def _draw_result(self, s: Snapshot) -> None:
        found = comparison(s)
        note = "Reading the text without edits …" if s.edits and s.timeline else _NOTHING
        self._bars.show_comparison(found, note)
        line = f"KL(before || after) = {found.divergence:.4g} nats" if found else ""
        self._result.setText(line)
        self._result.setVisible(bool(line))
        said = found.summary if found else note
        every = ", ".join(badge.text for badge in badges(s))
        self.setAccessibleDescription(f"{every}. {said}" if every else said)
        self._bars.setAccessibleDescription(said)

    @Slot(str, int)
    def _switch(self, part: str, index: int) -> None:
        s = self.controller.snapshot
        layer, head = chosen_head(s)
        how = s.findings.how
        if part == "head":
            self.controller.lab.toggle(Off("head", layer, head, how))
        elif part == "neuron":
            self.controller.lab.toggle(Off("neuron", layer, index, how))
        else:
            self.controller.lab.toggle(Off("mlp" if part == "mlp" else "block", layer, 0, how))
        self._draw_forms(self.controller.snapshot)

    @Slot(str)
    def _choose_how(self, how: str) -> None:
        self.controller.apply(experiments.choose_how, "mean" if how == "mean" else "zero")
        self._draw_forms(self.controller.snapshot)

    @Slot(str, str, float, bool)
    def _steered(self, wanted: str, unwanted: str, strength: float, onwards: bool) -> None:
        s = self.controller.snapshot
        layer, _ = chosen_head(s)
        source = f"“{wanted}” − “{unwanted}”"
        like = Steering(layer, (), strength, lit_row(s) or 0, onwards, source)
        self.controller.lab.steer(wanted, unwanted, like)

    @Slot(str, object, str)
    def _patched(self, name: str, node: object, prompt: str) -> None:
        s = self.controller.snapshot
        layer, head = chosen_head(s)
        position = lit_row(s) or 0
        if isinstance(node, int) and node < len(s.timeline.nodes):
            text = dict(sources(s)).get(node, "another branch")
            like = Patch(name, layer, position, (), head, f"“{text}”")
            self.controller.lab.patch(s.timeline.nodes[node].trace, like)
        else:
            self.controller.lab.patch(prompt, Patch(name, layer, position, (), head, f"“{prompt}”"))


def _sheet(looks: Style) -> str:
    t, px = looks.theme, looks.px
    return f"""
QPushButton#badge {{
  background: {t.panel}; color: {t.warning}; border: {max(1, px(1.5))}px solid {t.warning};
  border-radius: {px(6)}px; padding: 0 {px(8)}px;
}}
QPushButton#badge:hover {{ background: {t.raised}; }}
QPushButton#badge:focus {{ border-color: {t.accent}; }}
QLabel#heading {{ color: {t.muted}; padding-top: {px(4)}px; }}
QComboBox {{
  background: {t.raised}; color: {t.text}; border: 1px solid {t.line};
  border-radius: {px(4)}px; padding: 0 {px(4)}px;
}}
QComboBox:focus {{ border: {max(2, px(2))}px solid {t.accent}; }}
QComboBox QAbstractItemView {{ background: {t.panel}; color: {t.text}; }}
"""
