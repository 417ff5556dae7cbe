"""A panel whose subject Step, Back and Play walk while it is seen."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent

from explorer.session.memory.snapshot import Walks
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.panel import DeskPanel
from explorer.ui.style import Style


class WalkedPanel(DeskPanel[MemoryDesk]):
    """When its tab is raised the keys walk `walks`; when it is left they walk recall again."""

    walks: ClassVar[Walks]

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        # Later: while a layout is being made, panels come and go.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._claim)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._soon.start(0)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._soon.start(0)

    def cover(self, covered: bool) -> None:
        super().cover(covered)
        self._soon.start(0)

    def take_keys(self) -> None:
        """The keys walk this from now on."""
        self.controller.teacher.walk(self.walks)

    @Slot()
    def _claim(self) -> None:
        if self.is_seen:
            self.take_keys()
        elif self.controller.snapshot.walks == self.walks:
            self.controller.teacher.walk("recall")
