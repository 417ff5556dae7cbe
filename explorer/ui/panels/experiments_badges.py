"""The badges of active edits: one button each, a click takes the edit back."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from explorer.lens.experiments import Badge
from explorer.ui.paint import tip
from explorer.ui.style import Style


class Badges(QWidget):
    """Buttons in lines as wide as the widget; `removed(edit)` when one is clicked."""

    removed = Signal(object)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._badges: tuple[Badge, ...] = ()
        self._buttons: list[QPushButton] = []
        self.setAccessibleName("Active edits")

    def show_badges(self, badges: tuple[Badge, ...]) -> None:
        """Show these; the same ones change nothing."""
        if badges == self._badges:
            return
        self._badges = badges
        for old in self._buttons:
            old.hide()
            old.deleteLater()
        self._buttons = [self._button(badge) for badge in badges]
        self.restyle()

    def restyle(self) -> None:
        """Take over sizes."""
        for one in self._buttons:
            one.setFont(self._looks.font(0.88, bold=True))
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(200), self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _button(self, badge: Badge) -> QPushButton:
        made = QPushButton(f"{badge.text}  ✕".replace("&", "&&"), self)
        made.setObjectName("badge")
        made.setToolTip(tip(f"{badge.tip}\nClick to take it back."))
        made.setAccessibleName(f"Take back: {badge.text}")
        made.setAccessibleDescription(badge.tip)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda: self.removed.emit(badge.edit))
        made.show()
        return made

    def _place(self) -> None:
        """Put the buttons into lines and take the height that they need."""
        px = self._looks.px
        gap, high = px(5), px(23)
        x, y = 0, 0
        for one in self._buttons:
            wide = min(one.sizeHint().width(), max(self.width(), px(40)))
            if x and x + wide > self.width():
                x, y = 0, y + high + gap
            one.setGeometry(x, y, wide, high)
            x += wide + gap
        needed = y + high if self._buttons else 0
        if needed != self.height():
            self.setFixedHeight(needed)
