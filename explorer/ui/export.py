"""Export: a panel as a picture, its numbers as a file, or as Python on the clipboard.

Panels are painted on the GUI thread, at any size since they are drawn and not photographed; files
are encoded and written in the worker's thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from explorer.disk import replace_file
from explorer.lens.export import about, numbers
from explorer.lens.snippet import snippet
from explorer.lens.tables import FORMATS
from explorer.session import moves
from explorer.session.reader import Reader
from explorer.session.snapshot import Snapshot
from explorer.ui.ask import ask_file
from explorer.ui.dock import PanelDock
from explorer.ui.export_dialog import ExportDialog
from explorer.ui.files import Files
from explorer.ui.picture import PICTURES, paint, write_picture


class Exporter(QObject):
    """Every way out of a panel. Numbers are those of the text workspace."""

    def __init__(self, files: Files, docks: Mapping[str, PanelDock], window: QMainWindow) -> None:
        super().__init__(window)
        self._files, self._controller = files, files.controller
        self._docks, self._window = docks, window

    def serve(self, dock: PanelDock) -> None:
        """Answer the button and the menu of a panel's title bar."""
        dock.bar.exported.connect(partial(self.ask, dock.panel.id))
        dock.bar.menu_asked.connect(partial(self._show_menu, dock.panel.id))

    def current(self) -> str:
        """The panel that has the keyboard, else the first one that can be seen."""
        widget: QWidget | None = self._window.focusWidget()
        while widget is not None:
            if isinstance(widget, PanelDock):
                return widget.panel.id
            widget = widget.parentWidget()
        seen = (name for name, dock in self._docks.items() if not _hidden(dock))
        return next(seen, next(iter(self._docks)))

    def has_numbers(self, panel: str) -> bool:
        """Whether a panel shows a text, whose numbers can be written."""
        return self._docks[panel].panel.controller is self._controller

    def ask(self, panel: str) -> None:
        """Ask which panel, in what form and size, then for the file."""
        titles = {name: dock.panel.title for name, dock in self._docks.items() if not _hidden(dock)}
        titles.setdefault(panel, self._docks[panel].panel.title)
        dialog = ExportDialog(titles, panel, self._size, self.has_numbers, self._window)
        dialog.wanted.connect(self._ask_for_file)
        dialog.copy_wanted.connect(self.copy_python)
        dialog.open()

    def copy_python(self, panel: str) -> None:
        """Put lines of Python on the clipboard that compute the panel's numbers again."""
        s = self._controller.snapshot
        try:
            if not self.has_numbers(panel):
                raise ValueError("Only panels of the text workspace can be copied as Python.")
            code = snippet(panel, s, None if self._files.modified else self._files.path)
        except ValueError as error:
            self._controller.apply(moves.notice, str(error))
            return
        QGuiApplication.clipboard().setText(code)
        title = self._docks[panel].panel.title
        self._controller.apply(moves.notice, f"“{title}” is on the clipboard as Python.")

    def export_to(self, panel: str, path: Path, width: int = 0) -> None:
        """Write a panel into a file whose ending says how; what goes wrong is a sentence."""
        suffix, s = path.suffix.lower(), self._controller.snapshot
        try:
            if suffix in PICTURES:
                facts = about(s) if s.timeline and self.has_numbers(panel) else {}
                writing = _write_picture(paint(self._painted(panel), suffix, width, facts), path)
            elif suffix in FORMATS and self.has_numbers(panel):
                writing = _write_numbers(panel, s, self._controller.reader, path)
            else:
                raise ValueError(f"{path.name} must end in {', '.join((*PICTURES, *FORMATS))}.")
        except ValueError as error:
            self._controller.apply(moves.notice, str(error))
            return
        said = partial(self._controller.apply, moves.notice, f"Exported to {path}.")
        self._controller.run(writing, lambda _: None, said)

    def _ask_for_file(self, panel: str, suffix: str, width: int) -> None:
        def chosen(path: Path) -> None:
            self.export_to(panel, path, width)

        kinds = f"{suffix[1:].upper()} (*{suffix})"
        ask_file(self._window, "Export", kinds, chosen, suffix, f"{panel}{suffix}")

    def _painted(self, panel: str) -> QWidget:
        widget = self._docks[panel].panel
        widget.catch_up()
        return widget

    def _size(self, panel: str) -> tuple[int, int]:
        size = self._docks[panel].panel.size()
        return max(1, size.width()), max(1, size.height())

    def _show_menu(self, panel: str, at: QPoint) -> None:
        menu = QMenu(self._window)
        menu.addAction("Export …", partial(self.ask, panel))
        copy = menu.addAction("Copy as Python", partial(self.copy_python, panel))
        copy.setEnabled(self.has_numbers(panel) and bool(self._controller.snapshot.timeline))
        menu.addSeparator()
        menu.addAction("Maximise, or back", self._docks[panel].bar.doubled.emit)
        menu.addAction("Hide", self._docks[panel].close)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)


def _hidden(dock: PanelDock) -> bool:
    return dock.isHidden() or not dock.toggleViewAction().isVisible()


def _write_picture(picture: QImage | bytes, path: Path) -> Iterator[None]:
    write_picture(picture, path)
    yield


def _write_numbers(panel: str, s: Snapshot, reader: Reader | None, path: Path) -> Iterator[None]:
    found = numbers(panel, s, reader)
    yield
    data = FORMATS[path.suffix.lower()](found)
    yield
    replace_file(path, lambda part: part.write_bytes(data))
    yield
