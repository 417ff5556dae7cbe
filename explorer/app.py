"""The wiring: settings, window, then the network in the background. No logic.

The window is on screen before torch is imported; only on Windows torch comes first, where its
libraries do not load after Qt's.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import cast

if sys.platform == "win32":
    import torch  # noqa: F401

from platformdirs import user_config_path, user_data_path
from PySide6.QtCore import (
    QByteArray,
    QLockFile,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtWidgets import QApplication

from explorer.engine.opening import Storage, Wanted
from explorer.engine.remote.place import Place
from explorer.makers import LocalOpener, load
from explorer.resources import model_folder
from explorer.session import moves
from explorer.session.snapshot import Look, Snapshot
from explorer.ui.allocator import keep_blocks
from explorer.ui.controller import Controller
from explorer.ui.failures import catch_failures, keep_log
from explorer.ui.files import Files
from explorer.ui.keeper import SHARED, Keeper, claim
from explorer.ui.later import Later
from explorer.ui.panels.first import FIRST_PANELS
from explorer.ui.settings import (
    LAYOUT_VERSION,
    Settings,
    SettingsFile,
    unpack_layout,
)
from explorer.ui.style import LIGHT, Style
from explorer.ui.sweeper import for_good
from explorer.ui.window import Window
from explorer.ui.worker import Worker
from explorer.ui.workspace import NAMES, Workspace, text_workspace

_SURVIVED_MS = 2000
_PATIENCE = 1.0


@dataclass(frozen=True)
class Options:
    """What the command line asks of the window."""

    model: Path | None = None
    session: Path | None = None
    theme: str | None = None
    presenter: bool = False
    reset_layout: bool = False
    safe_mode: bool = False
    config_dir: Path | None = None
    log_level: str = "WARNING"
    storage: Storage = "fp32"
    device: Wanted = "auto"
    isolate: bool = False
    server: Place | None = None


def run(options: Options) -> int:
    """Open the window and return its exit code."""
    keep_log(options.log_level)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Explorer")
    app.setStyle("Fusion")
    store, settings, note, _held = _settings(options)
    worker = Worker()
    window = _build_for(worker, options, settings)
    controller = window.controller
    catch_failures(controller)
    _restore(window, settings, None if options.reset_layout else store)
    if options.presenter:
        window.toggle_presenter()
    keeper = Keeper(window, store, settings, options.safe_mode)
    window.closing.connect(keeper.keep)
    window.themed.connect(keeper.themed)
    if note:
        controller.apply(moves.notice, note)
    _open_files(window.files, options)
    window.show()
    window.models.storage, window.models.isolate = options.storage, options.isolate
    window.painted.connect(lambda: QTimer.singleShot(0, lambda: _open_model(window, options)))
    window.painted.connect(window.later.begin)
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: window.close())
    heartbeat = QTimer()
    heartbeat.start(200)
    heartbeat.timeout.connect(lambda: None)
    code = app.exec()
    if controller.reader is not None:
        controller.reader.close()
    if not worker.close(_PATIENCE):
        # Importing torch cannot be interrupted, and a thread that is alive at the end aborts.
        # Everything worth keeping was written when the window closed.
        logging.shutdown()
        os._exit(code)
    window.files.finish()
    return code


def _settings(options: Options) -> tuple[SettingsFile, Settings, str, QLockFile | None]:
    """The settings, a sentence about them, and the lock that keeps other windows from writing
    while it lives."""
    folder = options.config_dir or user_config_path("explorer", appauthor=False)
    if options.safe_mode:
        return SettingsFile(folder), Settings(), "", None
    held, taken = claim(folder)
    store = SettingsFile(folder, read_only=not taken)
    settings, note = store.load()
    return store, settings, note or ("" if taken else SHARED), held


def _build_for(worker: Worker, options: Options, settings: Settings) -> Window:
    theme = options.theme or settings.theme
    return build(worker, theme, settings.zoom, whole=False, device=options.device)


def build(
    worker: Worker,
    theme: str,
    zoom: float = 1.0,
    snapshot: Snapshot | None = None,
    whole: bool = True,
    device: Wanted = "auto",
) -> Window:
    """A window with all panels around a snapshot, an empty one if none is given.

    Not whole, it has the panels of a first start; the others are in its `later`.
    """
    keep_blocks()
    looks = Style(LIGHT)
    controller = Controller(snapshot or first_snapshot(), worker)
    text = text_workspace(controller, FIRST_PANELS)
    later = Later(_imports(), _further(text, worker), worker)
    window = Window(looks, text, LocalOpener(device), NAMES, later)
    if whole:
        later.finish()
    window.change_theme(theme)
    looks.set_zoom(zoom)
    return window


def _imports() -> Iterator[None]:
    """What the later pieces import, for the worker's thread."""
    for name in ("panels.table", "memory_workspace", "bridge_workspace"):
        import_module(f"explorer.ui.{name}")
        yield


def _further(text: Workspace, worker: Worker) -> Iterator[Workspace]:
    """The text workspace with more and more panels, then the other workspaces."""
    from explorer.ui.panels.table import LATER_PANELS

    for count in range(1, len(LATER_PANELS) + 1):
        yield replace(text, panels=(*text.panels, *LATER_PANELS[:count]))
    from explorer.session.memory.snapshot import empty
    from explorer.ui.memory_desk import MemoryDesk
    from explorer.ui.memory_workspace import memory_workspace

    yield memory_workspace(MemoryDesk(empty(), worker))
    from explorer.session.bridge.moves import opened
    from explorer.ui.bridge_desk import BridgeDesk
    from explorer.ui.bridge_workspace import bridge_workspace

    yield bridge_workspace(BridgeDesk(opened(), worker, cast(Controller, text.desk)))


def _open_files(files: Files, options: Options) -> None:
    """Where sessions are kept by themselves, and the one that the command line names."""
    if not options.safe_mode:
        files.keep_in(options.config_dir or user_data_path("explorer", appauthor=False))
    if options.session is not None:
        files.open_path(options.session)


def first_snapshot() -> Snapshot:
    """What a first start shows before anything has been read."""
    # In the shipped model this head reads from whom the story is about ("cat"): a picture that
    # explains itself at the first glance.
    return Snapshot(look=Look(layer=2, head=1))


def _open_model(window: Window, options: Options) -> None:
    if options.model is None:
        opening = load(model_folder(), options.storage, options.isolate, options.device)
        window.controller.start(for_good(opening))
    else:
        window.models.open(options.model)
    if options.server is not None:
        window.models.servers.ask(options.server)


def _restore(window: Window, settings: Settings, store: SettingsFile | None) -> None:
    """Size and layout of the last time; the default layout when they cannot be trusted."""
    screen = window.screen().availableGeometry().size()
    wanted = QSize(*settings.size) if settings.size else QSize(1600, 900)
    window.resize(wanted.boundedTo(screen).expandedTo(QSize(640, 420)))
    blob = unpack_layout(settings.layout) if store else None
    if blob is not None and not set(settings.panels) <= set(window.docks):
        window.later.finish()
    window.arrange("explore")
    if blob is not None and store is not None:
        store.mark()
        if not window.restoreState(QByteArray(blob), LAYOUT_VERSION):
            window.arrange("explore")
        QTimer.singleShot(_SURVIVED_MS, store.unmark)
    if settings.maximised:
        window.setWindowState(Qt.WindowState.WindowMaximized)
