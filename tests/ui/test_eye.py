"""Looking into a model on another machine: what the screen shows is fetched, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt

from explorer.engine.partial import Partial, lacking
from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.place import Place
from explorer.engine.remote.served import ServedReader, connecting
from explorer.lens.distant import wanted
from explorer.session import moves
from explorer.session.stops import add
from explorer.ui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def afar(window: Window, serve: Callable[..., str], qtbot) -> Iterator[ServedReader]:
    *_, reader = connecting(serve())
    assert isinstance(reader, ServedReader)
    window.controller.adopt(reader)
    window.controller.read("The cat sat on the")
    qtbot.waitUntil(lambda: bool(window.controller.snapshot.timeline), timeout=10_000)
    yield reader
    qtbot.waitUntil(lambda: not window.controller.worker.busy)
    reader.close()


def last(window: Window):
    return window.controller.snapshot.timeline.node.trace.steps[-1]


def test_only_the_heads_on_the_screen_come_and_others_when_they_are_looked_at(
    window: Window, afar: ServedReader, reader, qtbot
) -> None:
    window.docks["heads"].close()
    window.controller.apply(moves.look_at, 2, 1)
    window.controller.read("The dog ran")
    qtbot.waitUntil(lambda: window.controller.snapshot.draft.text == "The dog ran", timeout=9000)
    qtbot.waitUntil(lambda: not lacking(last(window).attention, ((2, 1),)), timeout=9000)
    assert isinstance(last(window).attention, Partial)
    assert lacking(last(window).attention, ((4, 4),))
    window.controller.apply(moves.look_at, 4, 4)
    panel = window.docks["attention"].panel
    assert "on the way" in panel.absence
    qtbot.waitUntil(lambda: not lacking(last(window).attention, ((4, 4),)), timeout=9000)
    assert panel.absence == ""
    trace = window.controller.snapshot.timeline.node.trace
    local = reader.read(type(trace)(), trace.ids)
    assert np.allclose(trace.attention(4, 4), local.attention(4, 4), atol=1e-5, equal_nan=True)
    assert lacking(last(window).attention, ((5, 0),))


def test_the_grid_of_all_heads_brings_all_of_them(
    window: Window, afar: ServedReader, qtbot
) -> None:
    window.docks["heads"].show()
    qtbot.waitUntil(lambda: not lacking(last(window).attention, None), timeout=9000)
    nodes = len(window.controller.snapshot.timeline.nodes)
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) > nodes, timeout=9000)
    # The step came with its rows: nothing flickers while a story is told.
    assert not lacking(last(window).attention, None)
    assert window.docks["heads"].panel.absence == ""


def test_the_stops_have_their_heads_as_well(story) -> None:
    s = add(story(2), 'attention(3, 2, "·cat") > 50 %')
    rows = wanted(("attention",), s)
    assert rows.attention == tuple(sorted({(s.look.layer, s.look.head), (3, 2)}))
    assert wanted(("attention", "heads"), s).attention is None


def test_the_connect_dialog_finds_out_that_it_is_an_explorer(
    window: Window, serve: Callable[..., str], qtbot
) -> None:
    address = serve("--token-env", "TOKEN", TOKEN="a token of twenty letters")
    os.environ["EXPLORER_TEST_TOKEN"] = "a token of twenty letters"
    qtbot.keyClick(window, Qt.Key.Key_K, CTRL | SHIFT)
    dialog = window.models.servers.dialog
    dialog.fill(Place(address, "", "EXPLORER_TEST_TOKEN"))
    dialog.go()
    qtbot.waitUntil(lambda: isinstance(window.controller.reader, ServedReader), timeout=20_000)
    del os.environ["EXPLORER_TEST_TOKEN"]
    qtbot.waitUntil(lambda: bool(window.controller.snapshot.timeline), timeout=9000)
    attention = window.docks["attention"].panel
    qtbot.waitUntil(lambda: attention.absence == "", timeout=9000)
    s = window.controller.snapshot
    assert not lacking(last(window).attention, ((s.look.layer, s.look.head),))
    window.docks["inside"].show()
    window.docks["inside"].raise_()
    inside = window.docks["inside"].panel
    qtbot.waitUntil(lambda: inside.absence == "" and bool(inside.accessibleDescription()))
    qtbot.waitUntil(lambda: not window.controller.worker.busy)
    window.controller.reader.close()


def test_a_server_that_goes_away_leaves_text_and_rows(
    window: Window, afar: ServedReader, qtbot, monkeypatch
) -> None:
    qtbot.waitUntil(lambda: not lacking(last(window).attention, ((0, 0),)), timeout=9000)
    told = window.controller.snapshot.timeline
    monkeypatch.setattr(afar._client, "post", _gone)
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "Nothing answers" in window.controller.snapshot.error, timeout=9000)
    assert window.controller.snapshot.timeline is told


def _gone(*_: object) -> None:
    raise ServerError("Nothing answers at this address.")
