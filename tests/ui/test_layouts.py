"""The layouts: shares, groups of tabs, what is not there, what was saved."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QTabBar

from explorer.session import moves
from explorer.ui.layouts import LAYOUTS, Layout, arrange, present
from explorer.ui.panels.table import PANELS
from explorer.ui.settings import LAYOUT_VERSION
from explorer.ui.window import Window

SMALL: Layout = ("h", [(50, ("t", ["bars", "dice", "energy"])), (50, ("t", ["text", "heads"]))])


def names(layout: Layout) -> list[str]:
    if isinstance(layout, str):
        return [layout]
    return [
        name for part in layout[1] for name in ([part] if isinstance(part, str) else names(part[1]))
    ]


def seen(window: Window) -> set[str]:
    return {name for name, dock in window.docks.items() if dock.panel.is_seen}


def drawn(window: Window, *of: str) -> dict[str, list[object]]:
    """Every snapshot that these panels draw from now on."""
    kept: dict[str, list[object]] = {name: [] for name in of}
    for name in of:
        panel = window.docks[name].panel
        draw = panel.draw
        panel.draw = lambda new, old, d=draw, k=kept[name]: (k.append(new), d(new, old))
    return kept


def click_tab(window: Window, qtbot, title: str) -> None:
    """A click on the tab of that title, once Qt has laid the tabs out."""

    def found() -> list[tuple[QTabBar, int]]:
        bars = [bar for bar in window.findChildren(QTabBar) if bar.isVisible()]
        return [(bar, x) for bar in bars for x in range(bar.count()) if bar.tabText(x) == title]

    qtbot.waitUntil(lambda: len(found()) == 1)
    ((bar, index),) = found()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(index).center())


def test_tabs_lie_on_each_other_and_the_first_is_on_top(window: Window, qtbot) -> None:
    arrange(window, window.docks, SMALL)
    qtbot.waitUntil(lambda: seen(window) == {"bars", "text"})
    assert set(window.tabifiedDockWidgets(window.docks["bars"])) == {
        window.docks["dice"],
        window.docks["energy"],
    }
    assert window.docks["bars"].x() < window.docks["text"].x()


def test_a_click_on_a_tab_brings_its_panel_up_with_the_present_snapshot(
    window: Window, qtbot
) -> None:
    arrange(window, window.docks, SMALL)
    qtbot.waitUntil(lambda: seen(window) == {"bars", "text"})
    kept = drawn(window, "bars", "heads")
    window.controller.apply(moves.heat, 0.5)
    assert kept["heads"] == []
    assert kept["bars"] == [window.controller.snapshot]
    click_tab(window, qtbot, "All heads")
    qtbot.waitUntil(lambda: seen(window) == {"bars", "heads"})
    assert kept["heads"] == [window.controller.snapshot]


def test_panels_that_do_not_exist_are_passed_over() -> None:
    layout: Layout = (
        "h",
        [(30, ("t", ["none", "bars"])), (20, "none"), (50, ("v", [(9, "none"), (1, "text")]))],
    )
    assert present(layout, {"bars", "text"}) == (
        "h",
        [(37, ("t", ["bars"])), (62, ("v", [(100, "text")]))],
    )
    with pytest.raises(ValueError, match="no panel"):
        present(layout, {"dice"})


def test_tabs_and_the_one_on_top_survive_saving(window: Window, qtbot) -> None:
    arrange(window, window.docks, SMALL)
    window.docks["energy"].raise_()
    qtbot.waitUntil(lambda: seen(window) == {"energy", "text"})
    blob = QByteArray(bytes(window.saveState(LAYOUT_VERSION).data()))
    window.arrange("explore")
    assert "attention" in seen(window)
    assert window.restoreState(blob, LAYOUT_VERSION)
    qtbot.waitUntil(lambda: seen(window) == {"energy", "text"})


def test_every_panel_stands_in_the_debug_layout_once(window: Window, qtbot) -> None:
    placed = names(LAYOUTS["debug"])
    assert len(set(placed)) == len(placed)
    assert {panel.id for panel in PANELS} <= set(placed)


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_every_layout_keeps_to_the_size_of_the_window(
    window: Window, name: str, size: tuple[int, int], qtbot
) -> None:
    window.resize(*size)
    window.arrange(name)
    assert (window.width(), window.height()) == size
    ground = window.rect()
    for one in seen(window):
        assert ground.contains(window.docks[one].geometry()), one
        assert window.docks[one].width() > 150 and window.docks[one].height() > 90, one
