"""Questions of the window that do not stop it: which file, and whether to save first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from explorer.engine.opening import Storage


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


def ask_folder(window: QWidget, title: str, chosen: Callable[[Path], object]) -> None:
    """Ask for a folder that is there."""
    dialog = QFileDialog(window, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda name: chosen(Path(name)))
    dialog.open()


def ask_storage(
    window: QWidget, question: str, lighter: bool, chosen: Callable[[Storage], object]
) -> None:
    """Ask before a model takes most of the memory; kept as stored may be the `lighter` way."""
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText("This model is large for this machine.")
    box.setInformativeText(question)
    copies = box.addButton("Open as fp32", QMessageBox.ButtonRole.DestructiveRole)
    keeps = box.addButton("Keep as stored", QMessageBox.ButtonRole.AcceptRole)
    cancels = box.addButton(QMessageBox.StandardButton.Cancel)
    keeps.setEnabled(lighter)
    box.setDefaultButton(keeps if lighter else cancels)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def answered() -> None:
        if box.clickedButton() in (copies, keeps):
            chosen("as-stored" if box.clickedButton() is keeps else "fp32")

    box.finished.connect(answered)
    box.open()


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
