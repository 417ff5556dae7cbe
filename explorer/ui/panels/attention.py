"""The chosen head, large: which earlier tokens each token looks at, and how strongly."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from explorer.lens.attention import chosen_head, describe_row, lit_row
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.paint import tip
from explorer.ui.panel import Panel
from explorer.ui.panels.attention_matrix import MatrixCanvas
from explorer.ui.style import Style


class AttentionPanel(Panel):
    """Queries down, keys across; the lit row also as bars and in words."""

    id = "attention"
    title = "Attention of one head"
    tab = "One head"
    help = (
        "Row i is softmax(β q_i·k_j) over the keys j up to i, with β = 1/√D, so each row adds up "
        "to 1; later keys do not exist and stay empty. Wheel zooms, a click selects a row."
    )

    def __init__(self, controller: Controller, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(controller, style, parent)
        self.canvas = MatrixCanvas(style, self)
        self.head = QComboBox()
        self.head.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.head.setAccessibleName("Layer and head")
        self.head.setToolTip(tip("Which head is drawn; H, J, K, L walk through the grid."))
        self.before = self._button("‹", "Previous head", lambda: self._walk(-1))
        self.after = self._button("›", "Next head", lambda: self._walk(1))
        self.root = self._option(
            "√ scale", "Colour by the square root of the weight, so that small ones can be seen."
        )
        self.root.setChecked(True)
        self.without_begin = self._option(
            "Scale without first",
            "Leave the first token, where idle heads rest, out of the colour scale. "
            "No weight changes; what exceeds the scale has its strongest colour.",
        )
        self._choices = [self._check(self.root), self._check(self.without_begin)]
        self._row = row = QHBoxLayout()
        for widget in (self.head, self.before, self.after):
            row.addWidget(widget)
        row.addStretch(1)
        for choice in self._choices:
            row.addWidget(choice)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.canvas, 1)
        self.head.activated.connect(self._chosen)
        self.canvas.pointed.connect(self._point)
        self.canvas.chosen.connect(self._select)
        self.canvas.turned.connect(self._turn)
        self.setFocusProxy(self.canvas)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        model_changed = old is None or new.model is not old.model
        fresh = (
            model_changed
            or old is None
            or new.timeline is not old.timeline
            or chosen_head(new) != chosen_head(old)
        )
        if old is not None and not fresh:
            same = (new.look, new.edits, new.busy) == (old.look, old.edits, old.busy)
            if same:
                return
        if model_changed:
            self._fill_chooser(new)
        if new.model is not None:
            layer, head = chosen_head(new)
            self.head.setCurrentIndex(layer * new.model.heads + head)
        self.canvas.show_snapshot(new, fresh)
        row = self.canvas.picture.row
        said = "Nothing has been read yet." if row is None else describe_row(new, row)
        self.canvas.setAccessibleDescription(said)

    def restyle(self) -> None:
        px, font = self.looks.px, self.looks.font(0.9)
        self._row.setContentsMargins(px(8), px(5), px(8), px(1))
        self._row.setSpacing(px(4))
        self.head.setFont(self.looks.font(0.95, bold=True))
        for button in (self.before, self.after, *self._choices):
            button.setFont(font)
        self.canvas.recolor()
        self._arrange()

    def resizeEvent(self, event: object) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Leave out the options where the panel is narrow; their keys stay in the context menu."""
        free = self.width() - sum(
            widget.sizeHint().width() for widget in (self.head, self.before, self.after)
        )
        free -= self.looks.px(40)
        for choice in self._choices:
            free -= choice.sizeHint().width()
            choice.setVisible(free >= 0)

    def _fill_chooser(self, s: Snapshot) -> None:
        self.head.clear()
        if s.model is not None:
            m = s.model
            pairs = ((layer, head) for layer in range(m.layers) for head in range(m.heads))
            self.head.addItems([m.head_name(layer, head).capitalize() for layer, head in pairs])
        for widget in (self.head, self.before, self.after):
            widget.setEnabled(s.model is not None)
        self._arrange()

    def _button(self, text: str, name: str, clicked: object) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setAutoRaise(True)
        button.setAccessibleName(name)
        button.setToolTip(tip(name))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(clicked)
        return button

    def _option(self, text: str, help_: str) -> QAction:
        option = QAction(text, self)
        option.setCheckable(True)
        option.setToolTip(tip(help_))
        option.triggered.connect(self._rescale)
        self.canvas.addAction(option)
        self.canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        return option

    def _check(self, option: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(option)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _walk(self, heads: int) -> None:
        model = self.controller.snapshot.model
        if model is not None:
            layer, head = chosen_head(self.controller.snapshot)
            flat = (layer * model.heads + head + heads) % (model.layers * model.heads)
            self.controller.apply(moves.look_at, *divmod(flat, model.heads))

    @Slot(int)
    def _chosen(self, index: int) -> None:
        model = self.controller.snapshot.model
        if model is not None:
            self.controller.apply(moves.look_at, *divmod(index, model.heads))

    @Slot()
    def _rescale(self) -> None:
        self.canvas.set_scale(
            root=self.root.isChecked(), without_begin=self.without_begin.isChecked()
        )

    @Slot(object)
    def _point(self, query: int | None) -> None:
        self.controller.apply(moves.hover, query)

    @Slot(int)
    def _select(self, query: int) -> None:
        self.controller.apply(moves.select, query)

    @Slot(int)
    def _turn(self, rows: int) -> None:
        now = self.controller.snapshot
        row = lit_row(now)
        if row is not None:
            last = len(now.timeline.node.trace) - 1
            self.controller.apply(moves.select, min(max(row + rows, 0), last))
