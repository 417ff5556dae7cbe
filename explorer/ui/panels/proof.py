"""Panel: proofs of the numbers on screen, made on this machine when asked for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QToolTip, QWidget

from explorer.engine.checks import Check
from explorer.lens.proof import Verdict, headline, verdict
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.paint import tip
from explorer.ui.panel import Panel
from explorer.ui.panels.sampling_form import Form, button, label, scrolled
from explorer.ui.style import Style
from explorer.ui.words import LEFT, RIGHT, Letters

_NOTHING = (
    "F6 proves what is on screen: rows sum to 1, reading the text anew gives the same numbers, "
    "the parts of the residual stream and of a logit add up."
)


class Checks(QWidget):
    """One row for each check: a sign, what, the value measured, the bound."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks, self._letters = looks, Letters(looks)
        self._checks: tuple[Check, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Checks")

    def show_checks(self, checks: tuple[Check, ...]) -> None:
        """Show these rows."""
        self._checks = checks
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        px = self._looks.px
        return QSize(px(300), px(22) * len(self._checks) + (px(20) if self._checks else 1))

    def row_box(self, index: int) -> QRectF:
        """The rectangle of a row."""
        px = self._looks.px
        return QRectF(0, px(20) + index * px(22), self.width(), px(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, painter, px = self._looks, QPainter(self), self._looks.px
        painter.fillRect(self.rect(), looks.color("panel"))
        if self._checks:
            small = self._letters(0.82)
            painter.setPen(looks.color("muted"))
            for right, text in ((self.width() - px(84), "measured"), (self.width(), "allowed")):
                small.put(painter, right - px(4), px(9), text, RIGHT)
        for index, check in enumerate(self._checks):
            self._paint_row(painter, check, self.row_box(index))
        painter.end()

    def _paint_row(self, painter: QPainter, check: Check, box: QRectF) -> None:
        looks, px = self._looks, self._looks.px
        middle, plain = box.center().y(), self._letters(0.92)
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawLine(box.topLeft(), box.topRight())
        strong = self._letters(0.92, bold=True)
        painter.setPen(looks.color("accent" if check.ok else "warning"))
        strong.put(painter, px(2), middle, "✓" if check.ok else "✗", LEFT)
        painter.setPen(looks.color("text" if check.ok else "warning"))
        room = box.width() - px(22) - px(84) - px(76)
        plain.put(painter, px(20), middle, check.name, LEFT, max(room, px(30)))
        strong.put(painter, box.right() - px(88), middle, check.measured, RIGHT)
        painter.setPen(looks.color("muted"))
        plain.put(painter, box.right() - px(4), middle, check.allowed.replace("<=", "≤"), RIGHT)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = QPointF(event.pos())
            rows = [one for i, one in enumerate(self._checks) if self.row_box(i).contains(at)]
            if rows:
                one = rows[0]
                result = "holds" if one.ok else "FAILED"
                text = f"{one.name}: largest difference {one.measured}, allowed {one.allowed}: "
                QToolTip.showText(event.globalPos(), tip(text + result), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


class ProofPanel(Panel):
    """A button, the result in words, one row for each check with tolerance and measured value."""

    id = "proof"
    title = "Proof"
    help = (
        "The numbers on screen checked on this machine, as `explorer doctor` does: Σ parts = "
        "residual stream, Σ attribution = logit, rows sum to 1, reading anew gives the same."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        body, self._column = scrolled(self)
        body.setAccessibleName(self.title)
        self._ask = button(
            "Prove it", "Check the text at the cursor (F6).", controller.examiner.prove
        )
        self._result = label("")
        self._caption = label("")
        self._caption.setWordWrap(True)
        self._caption.setObjectName("caption")
        self._checks = Checks(style)
        self._row = QHBoxLayout()
        self._row.addWidget(self._ask)
        self._row.addWidget(self._result, 1)
        self._column.addLayout(self._row)
        self._column.addWidget(self._caption)
        self._column.addWidget(self._checks)
        self._column.addStretch(1)
        self.setFocusProxy(self._ask)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if (
            old is not None
            and new.findings.proof is old.findings.proof
            and new.timeline is old.timeline
            and (new.edits, new.model) == (old.edits, old.model)
        ):
            return
        found = verdict(new)
        self._ask.setEnabled(bool(new.timeline))
        self._checks.show_checks(found.checks if found is not None else ())
        self._caption.setText(found.caption + "." if found is not None else _NOTHING)
        self._result.setText(headline(found) if found is not None else "")
        self._result.setStyleSheet(self._color(found))
        said = found.summary if found is not None else _NOTHING
        self.setAccessibleDescription(said)
        self._checks.setAccessibleDescription(said)

    def restyle(self) -> None:
        looks, px = self.looks, self.looks.px
        self.setStyleSheet(Form.sheet(looks) + f"QLabel#caption {{ color: {looks.theme.muted}; }}")
        self._column.setContentsMargins(px(10), px(8), px(10), px(8))
        self._column.setSpacing(px(5))
        self._row.setSpacing(px(8))
        self._ask.setFont(looks.font(0.92))
        self._ask.setFixedHeight(px(22))
        self._result.setFont(looks.font(1.0, bold=True))
        self._caption.setFont(looks.font(0.86))

    def _color(self, found: Verdict | None) -> str:
        failed = found is not None and any(not check.ok for check in found.checks)
        theme = self.looks.theme
        return f"color: {theme.warning if failed else theme.text}"
