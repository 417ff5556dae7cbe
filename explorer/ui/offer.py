"""The offer to go on with a session that was not saved: a button that never stops the start."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStatusBar, QToolButton

from explorer.session.snapshot import Snapshot
from explorer.ui.files import Files
from explorer.ui.paint import tip

_LONGEST = 28


class Offer(QToolButton):
    """Shown in the status line until the session is opened or another one has begun to grow."""

    def __init__(self, files: Files, bar: QStatusBar) -> None:
        super().__init__()
        self._files = files
        self.setObjectName("offer")
        bar.addPermanentWidget(self)
        self.hide()
        self.clicked.connect(files.go_on)
        files.shelf.listed.connect(self._listed)
        files.controller.changed.connect(self._changed)

    @Slot()
    def _listed(self) -> None:
        unsaved = self._files.shelf.unsaved
        offered = bool(unsaved) and not self._files.modified
        if offered and self.isHidden():
            first = unsaved[0]
            short = first.title[:_LONGEST].rstrip("…") + "…" * (len(first.title) > _LONGEST)
            self.setText(f"Go on with “{short}”, which was not saved")
            self.setToolTip(tip(f"“{first.title}”\nnot saved, kept by itself on {first.when}"))
        self.setVisible(offered)

    @Slot(object, object)
    def _changed(self, new: Snapshot, old: Snapshot) -> None:
        if not self.isHidden() and new.timeline is not old.timeline and self._files.modified:
            self.hide()
