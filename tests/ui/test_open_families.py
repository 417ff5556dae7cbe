"""A model of any family is opened in the window, whatever way a person takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel

from explorer.engine.reader import open_model
from explorer.engine.trace import Trace
from explorer.ui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def by_the_menu(window: Window, folder: Path) -> None:
    window.commands["open_model"].trigger()
    dialog = window.findChild(QFileDialog)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setDirectory(str(folder.parent))
    dialog.selectFile(folder.name)
    dialog.accept()


def from_the_recent_ones(window: Window, folder: Path) -> None:
    entries = [entry for menu in window.menuBar().actions() if menu.menu() is not None
               for entry in menu.menu().actions() if entry.text() == "Open recent"]  # fmt: skip
    (recent,) = entries
    next(one for one in recent.menu().actions() if one.text() == folder.name).trigger()


@pytest.fixture
def shelved(window: Window, qtbot, tmp_path: Path) -> Callable[[Path], None]:
    """A folder that was opened before stands in the list of recent ones."""

    def put(folder: Path) -> None:
        window.files.keep_in(tmp_path)
        qtbot.waitUntil(lambda: window.files.shelf.folder is not None)
        window.files.shelf.remember(folder)
        qtbot.waitUntil(lambda: bool(window.files.shelf.recent))

    return put


@pytest.fixture
def ways(window: Window, drop) -> dict[str, Callable[[Path], None]]:
    """How a folder is opened in the window."""
    return {
        "menu": partial(by_the_menu, window),
        "drop": drop,
        "recent": partial(from_the_recent_ones, window),
    }


@pytest.mark.parametrize(
    ("way", "name"),
    [
        ("menu", "gpt2"),
        ("menu", "gemma2"),
        ("menu", "phi3 in shards"),
        ("drop", "qwen3 in shards"),
        ("drop", "llama3 rotary"),
        ("drop", "xglm"),
        ("recent", "mistral"),
        ("recent", "olmo2 in shards"),
        ("recent", "gpt_neo"),
    ],
)
def test_a_family_is_opened_and_read_with_its_own_numbers(
    window: Window,
    shelved: Callable[[Path], None],
    family_folder: Callable[[str], Path],
    shards_of: Callable[[str], Path],
    ways: dict[str, Callable[[Path], None]],
    way: str,
    name: str,
    qtbot,
) -> None:
    plain = name.removesuffix(" in shards")
    folder = shards_of(plain) if plain != name else family_folder(name)
    shelved(folder)
    ways[way](folder)

    def there() -> bool:
        s = window.controller.snapshot
        return s.model is not None and s.model.name == folder.name and bool(s.timeline)

    qtbot.waitUntil(there, timeout=20_000)
    c = window.controller
    here = open_model(family_folder(plain))
    for _ in range(2):
        before = len(c.snapshot.timeline.nodes)
        c.step()
        qtbot.waitUntil(lambda before=before: len(c.snapshot.timeline.nodes) > before)
    s = c.snapshot
    labels = [label.text() for label in window.statusBar().findChildren(QLabel)]
    sizes = f"{s.model.layers} layers × {s.model.heads} heads, width {s.model.width}, 320 tokens"
    assert f"{folder.name}: {sizes}, cpu" in labels
    exact = here.read(Trace(), s.timeline.node.trace.ids)
    for one, other in zip(s.timeline.node.trace.steps, exact.steps, strict=True):
        np.testing.assert_allclose(one.logits, other.logits, atol=1e-4)
        np.testing.assert_allclose(one.attention, other.attention, atol=1e-5)
    assert not s.error and window.docks["heads"].panel.absence == ""
    assert folder in [one.path for one in window.files.shelf.recent]
