"""A window that is shown with a few panels takes in the others by itself, or when asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from explorer.app import build
from explorer.ui.panels.first import FIRST_PANELS
from explorer.ui.panels.table import PANELS
from explorer.ui.window import Window
from explorer.ui.worker import Worker

FIRST = {panel.id for panel in FIRST_PANELS}
ALL = {panel.id for panel in PANELS}


@pytest.fixture
def bare(worker: Worker, looks_of_the_application: None, qtbot: QtBot) -> Iterator[Window]:
    """A window as it is at its first picture."""
    window = build(worker, "light", whole=False)
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close()


def test_the_panels_of_the_first_layout_are_there_and_shown(bare: Window) -> None:
    assert set(bare.docks) == FIRST
    assert all(not dock.isHidden() for dock in bare.docks.values())


def test_the_others_come_by_themselves_and_stay_hidden(bare: Window, qtbot: QtBot) -> None:
    bare.later.begin()
    qtbot.waitUntil(lambda: "memory" in bare.spaces, timeout=20_000)
    assert set(bare.docks) > ALL
    assert all(dock.isHidden() == (name not in FIRST) for name, dock in bare.docks.items())
    assert bare.space.id == "text"
    offered = [
        action.text()
        for menu in bare.findChildren(QMenu)
        if menu.title() == "Panels"
        for action in menu.actions()
        if action.isVisible()
    ]
    assert offered == [panel.title for panel in PANELS]


@pytest.mark.parametrize(
    "ask",
    [
        lambda window: window.arrange("debug"),
        lambda window: window.reveal("tree"),
        lambda window: window.open_workspace("memory"),
    ],
    ids=["layout", "panel", "workspace"],
)
def test_whoever_asks_for_more_gets_it_at_once(bare: Window, ask) -> None:
    ask(bare)
    assert set(bare.docks) > ALL
    shown = {name for name, dock in bare.docks.items() if not dock.isHidden()}
    assert shown and shown != FIRST


def test_menus_of_other_workspaces_stand_before_the_common_ones(bare: Window) -> None:
    before = [action.text() for action in bare.menuBar().actions() if action.isVisible()]
    bare.later.finish()
    after = [action.text() for action in bare.menuBar().actions() if action.isVisible()]
    assert after == before
    assert [one.replace("&", "") for one in before[:2]] == ["File", "Walk"]
    bare.open_workspace("memory")
    shown = [action.text() for action in bare.menuBar().actions() if action.isVisible()]
    assert shown[0] == before[0]
    assert shown[-2:] == before[-2:]
    assert set(shown) - set(before)


def test_the_last_place_of_the_text_is_known_in_another_workspace(bare: Window) -> None:
    bare.arrange("lecture")
    blob, panels = bare.layout_state()
    bare.open_workspace("memory")
    assert bare.layout_state() == (blob, panels)
    assert set(panels) == {"text", "attention", "sampling", "bars", "dice"}


def test_a_start_imports_no_panel_that_it_does_not_show(child_modules: set[str]) -> None:
    late = {panel.__module__ for panel in PANELS} - {panel.__module__ for panel in FIRST_PANELS}
    assert not child_modules & (late - {"explorer.ui.panels.tree"})
    others = ("memory", "bridge")
    rooms = ("ui.{}_workspace", "ui.{}_desk", "session.{}.moves", "session.files.{}")
    assert not child_modules & {"explorer." + room.format(one) for one in others for room in rooms}
    assert "torch" not in child_modules


@pytest.fixture
def child_modules(environment, tmp_path) -> set[str]:
    """The modules that a fresh process has after importing the program."""
    code = "import explorer.app, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment({"QT_QPA_PLATFORM": "offscreen"}),
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    return set(done.stdout.split())
