"""What the tests share: the shipped model, stories told by it, a window's parts. Offscreen."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import torch
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import explorer
from explorer.app import build
from explorer.engine.reader import LocalReader, open_model
from explorer.resources import model_folder
from explorer.session import moves
from explorer.session.snapshot import DEMO_PROMPT, Snapshot
from explorer.session.story import grow, open_story
from explorer.ui.controller import Controller
from explorer.ui.style import LIGHT, Style
from explorer.ui.window import Window
from explorer.ui.worker import Worker

Story = Callable[..., Snapshot]


def child_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a child process: the same explorer as here, no screen, one thread."""
    package = str(Path(explorer.__file__).parents[1])
    left_out = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "PYTHONSAFEPATH")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return kept | {"PYTHONPATH": package, "OMP_NUM_THREADS": "1"} | dict(more or {})


@pytest.fixture
def child(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the program as a process of its own: `child("generate", "Hi", LC_ALL="C")`.

    It runs in an empty folder with the package that the tests import, without a display.
    """

    def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "explorer", *arguments],
            cwd=tmp_path,
            env=child_environment(environ),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )

    return run


@pytest.fixture
def environment() -> Callable[..., dict[str, str]]:
    """`child_environment`, for tests that start a process themselves."""
    return child_environment


@pytest.fixture(scope="session")
def reader() -> LocalReader:
    """The shipped model; tests only read with it."""
    torch.set_num_threads(1)
    return open_model(model_folder())


@pytest.fixture(scope="session")
def story(reader: LocalReader) -> Story:
    """Tell a story: `story(5, prompt=..., temperature=...)` is a Snapshot after 5 steps.

    Snapshots are frozen, so the same story is told only once.
    """

    @functools.cache
    def tell(steps: int = 0, prompt: str = DEMO_PROMPT, temperature: float = 0.8) -> Snapshot:
        s = open_story(reader, Snapshot(), prompt)
        s = moves.heat(s, temperature)
        for _ in range(steps):
            s = grow(reader, s)
        return s

    return tell


@pytest.fixture
def worker(qapp: object) -> Iterator[Worker]:
    """A background thread that ends with the test."""
    worker = Worker()
    yield worker
    worker.close()


@pytest.fixture
def looks_of_the_application(qapp: QApplication) -> Iterator[None]:
    """Puts font and palette back: a style changes them for the whole process."""
    font, palette = QFont(qapp.font()), qapp.palette()
    yield
    qapp.setFont(font)
    qapp.setPalette(palette)


@pytest.fixture
def style(looks_of_the_application: None) -> Style:
    """The light theme at normal size."""
    return Style(LIGHT)


@pytest.fixture
def controller(worker: Worker, reader: LocalReader, qtbot: object) -> Controller:
    """A controller that has loaded the shipped model and read the demo prompt."""
    controller = Controller(Snapshot(), worker)
    controller.start(iter([reader]))
    qtbot.waitUntil(lambda: bool(controller.snapshot.timeline), timeout=5000)  # type: ignore[attr-defined]
    return controller


@pytest.fixture
def window(
    worker: Worker, reader: LocalReader, looks_of_the_application: None, qtbot: QtBot
) -> Iterator[Window]:
    """The window with all panels, the demo prompt read."""
    window = build(worker, "light")
    qtbot.addWidget(window)
    window.resize(1600, 900)
    window.show()
    window.arrange("explore")
    qtbot.waitExposed(window)
    window.controller.start(iter([reader]))
    qtbot.waitUntil(lambda: bool(window.controller.snapshot.timeline))
    yield window
    window.close()
