"""Questions of the window that do not stop it: which file, and whether to save first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget


def ask_file(
    window: QWidget,
    title: str,
    kinds: str,
    chosen: Callable[[Path], object],
    suffix: str = "",
    proposed: str = "",
) -> None:
    """Ask for a file to write (with a suffix) or to read (without)."""
    dialog = QFileDialog(window, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setNameFilter(kinds)
    if suffix:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
    else:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    if proposed:
        dialog.selectFile(proposed)
    dialog.fileSelected.connect(lambda name: chosen(Path(name)))
    dialog.open()


def ask_to_save(window: QWidget, save: Callable[[], object], skip: Callable[[], object]) -> None:
    """Ask before another session takes the place of one that is in no file."""
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText("Save this session before another one is opened?")
    box.setInformativeText("Without saving it stays in the menu File, Open recent.")
    saves = box.addButton("Save", QMessageBox.ButtonRole.AcceptRole)
    skips = box.addButton("Open without saving", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(saves)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def answered() -> None:
        if box.clickedButton() is skips:
            skip()
        elif box.clickedButton() is saves:
            save()

    box.finished.connect(answered)
    box.open()


class Drops(QObject):
    """Takes one file or folder that is dropped on a widget."""

    def __init__(self, target: QWidget, dropped: Callable[[Path], object]) -> None:
        super().__init__(target)
        self._dropped = dropped
        target.setAcceptDrops(True)
        target.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent):
            names = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
            if len(names) == 1:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self._dropped(Path(names[0]))
                return True
        return super().eventFilter(watched, event)
