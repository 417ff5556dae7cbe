"""Export: a panel as a picture, its numbers as a file, or as Python on the clipboard.

Panels are painted on the GUI thread, at any size since they are drawn and not photographed; files
are encoded and written in the worker's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from explorer.disk import replace_file
from explorer.lens.export import Numbers, about, numbers
from explorer.lens.snippet import snippet
from explorer.lens.tables import FORMATS
from explorer.ui.ask import ask_file
from explorer.ui.dock import PanelDock
from explorer.ui.export_dialog import ExportDialog
from explorer.ui.files import Files
from explorer.ui.picture import PICTURES, paint, write_picture


class Exporter(QObject):
    """Every way out of a panel: pictures, numbers, and for text and recall lines of Python."""

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
        """Whether the numbers of a panel can be written."""
        return self._is_text(panel) or self._docks[panel].panel.controller.tables

    def has_code(self, panel: str) -> bool:
        """Whether lines of Python can compute a panel's numbers again."""
        return self._is_text(panel) or panel in self._docks[panel].panel.controller.coded

    def ask(self, panel: str) -> None:
        """Ask which panel, in what form and size, then for the file."""
        titles = {name: dock.panel.title for name, dock in self._docks.items() if not _hidden(dock)}
        titles.setdefault(panel, self._docks[panel].panel.title)
        dialog = ExportDialog(
            titles, panel, self._size, self.has_numbers, self.has_code, self._window
        )
        dialog.wanted.connect(self._ask_for_file)
        dialog.copy_wanted.connect(self.copy_python)
        dialog.open()

    def copy_python(self, panel: str) -> None:
        """Put lines of Python on the clipboard that compute the panel's numbers again."""
        try:
            if self._is_text(panel):
                file = None if self._files.modified else self._files.path
                code = snippet(panel, self._controller.snapshot, file)
            else:
                code = self._docks[panel].panel.controller.python(panel)
        except ValueError as error:
            self._say(panel, str(error))
            return
        QGuiApplication.clipboard().setText(code)
        title = self._docks[panel].panel.title
        self._say(panel, f"“{title}” is on the clipboard as Python.")

    def export_to(self, panel: str, path: Path, width: int = 0) -> None:
        """Write a panel into a file whose ending says how; what goes wrong is a sentence."""
        suffix, s = path.suffix.lower(), self._controller.snapshot
        try:
            if suffix in PICTURES:
                facts = about(s) if s.timeline and self._is_text(panel) else {}
                writing = _write_picture(paint(self._painted(panel), suffix, width, facts), path)
            elif suffix in FORMATS and self.has_numbers(panel):
                writing = _write_numbers(self._numbers(panel), path)
            else:
                raise ValueError(f"{path.name} must end in {', '.join((*PICTURES, *FORMATS))}.")
        except ValueError as error:
            self._say(panel, str(error))
            return
        done = partial(self._say, panel, f"Exported to {path}.")
        self._docks[panel].panel.controller.run(writing, lambda _: None, done)

    def _is_text(self, panel: str) -> bool:
        return self._docks[panel].panel.controller is self._controller

    def _say(self, panel: str, sentence: str) -> None:
        """Say it in the workspace of the panel, for that is the one that is looked at."""
        desk = self._docks[panel].panel.controller
        if sentence != desk.snapshot.notice:
            desk.become(replace(desk.snapshot, notice=sentence), quiet=True)

    def _numbers(self, panel: str) -> Callable[[], Numbers]:
        """What makes the numbers of what is shown now, for the worker's thread."""
        desk = self._docks[panel].panel.controller
        if desk is self._controller:
            return partial(numbers, panel, self._controller.snapshot, self._controller.reader)
        found: Numbers = desk.numbers(panel)
        return lambda: found

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
        ready = not self._is_text(panel) or bool(self._controller.snapshot.timeline)
        copy.setEnabled(self.has_code(panel) and ready)
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


def _write_numbers(make: Callable[[], Numbers], path: Path) -> Iterator[None]:
    found = make()
    yield
    data = FORMATS[path.suffix.lower()](found)
    yield
    replace_file(path, lambda part: part.write_bytes(data))
    yield
