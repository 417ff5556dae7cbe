"""Connecting to a server in the window as a person does, with all that goes wrong on the way."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QPushButton

from explorer.engine.remote.place import Place
from explorer.lens.bars import bars
from explorer.resources import model_folder
from explorer.session import moves
from explorer.ui.connect_dialog import ConnectDialog
from explorer.ui.server_list import add_place, read_places
from explorer.ui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
KEY = "sk-very-secret"


@pytest.fixture
def asked(window: Window, qtbot):
    """Press the key, and be given the dialog."""

    def ask() -> ConnectDialog:
        # A dialog that has just been closed may still have the keyboard.
        qtbot.waitUntil(lambda: window.models.servers.dialog is None)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        qtbot.keyClick(window, Qt.Key.Key_K, CTRL | SHIFT)
        dialog = window.models.servers.dialog
        assert dialog is not None
        qtbot.waitExposed(dialog)
        return dialog

    return ask


def press(dialog: ConnectDialog, qtbot, text: str) -> None:
    button = next(one for one in dialog.findChildren(QPushButton) if one.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def connect(dialog: ConnectDialog, address: str, qtbot, tokenizer: str = "") -> None:
    dialog.address.lineEdit().clear()
    qtbot.keyClicks(dialog.address.lineEdit(), address)
    qtbot.keyClicks(dialog.tokenizer, tokenizer)
    press(dialog, qtbot, "Connect")


def reached(window: Window, qtbot, name: str = "stories") -> None:
    def there() -> bool:
        s = window.controller.snapshot
        return s.model is not None and s.model.name == name and bool(s.timeline) and not s.busy

    qtbot.waitUntil(there, timeout=20_000)
    window.activateWindow()


def step(window: Window, qtbot) -> int:
    before = len(window.controller.snapshot.timeline.nodes)
    window.controller.step()
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) > before)
    return window.controller.snapshot.timeline.node.trace.ids[-1]


def test_a_whole_vocabulary_steps_back_forces_branches_and_is_heated(
    window: Window, asked, completions, qtbot
) -> None:
    connect(asked(), completions.serve("llama.cpp").address, qtbot)
    reached(window, qtbot)
    c = window.controller
    token = step(window, qtbot)
    c.apply(moves.back)
    nodes = len(c.snapshot.timeline.nodes)
    c.step()
    assert c.snapshot.timeline.node.trace.ids[-1] == token
    assert len(c.snapshot.timeline.nodes) == nodes
    c.apply(moves.back)
    other = moves.token_at_rank(c.snapshot, 5)
    c.force(other)
    qtbot.waitUntil(lambda: c.snapshot.timeline.node.trace.ids[-1] == other)
    assert c.snapshot.timeline.node.draw.forced
    assert len(c.snapshot.timeline.children(c.snapshot.timeline.node.parent)) == 2
    calls = len(completions.server.calls)
    c.apply(moves.heat, 0.3)
    assert len(completions.server.calls) == calls
    assert bars(c.snapshot).note == ""


def test_a_limited_server_shows_the_rest_as_one_grey_bar(
    window: Window, asked, completions, qtbot
) -> None:
    address = completions.serve("vllm", 20).address
    connect(asked(), address, qtbot, str(model_folder()))
    reached(window, qtbot)
    step(window, qtbot)
    window.controller.apply(moves.heat, 0.7)
    found = bars(window.controller.snapshot)
    assert found.rows[-1].missing
    panel = window.docks["bars"].panel
    assert "20 of 4,096 tokens are named" in panel._note.text
    assert panel._note.isVisible()
    assert "--max-logprobs" in window.controller.snapshot.model.can.vocabulary
    heads = window.reveal("heads")
    assert "nothing from inside the network" in heads.absence


def test_a_stop_ends_play_on_a_server_too(window: Window, asked, completions, qtbot) -> None:
    connect(asked(), completions.serve("llama.cpp").address, qtbot)
    reached(window, qtbot)
    window.controller.apply(moves.play_at, 60.0)
    window.controller.play(True)
    grown = window.controller.snapshot.timeline.nodes
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) > len(grown) + 3)
    window.controller.play(False)
    steps = window.controller.snapshot.timeline.node.trace.steps
    assert all(np.isfinite(one.logits).all() for one in steps)


def test_nothing_is_sent_before_connect(window: Window, asked, completions, qtbot) -> None:
    address = completions.serve("llama.cpp").address
    dialog = asked()
    qtbot.keyClicks(dialog.address.lineEdit(), address)
    qtbot.keyClicks(dialog.key, "SOME_KEY")
    assert address in dialog.note.text() and "Nothing is sent before" in dialog.note.text()
    assert "with the key from SOME_KEY" in dialog.note.text()
    assert not dialog.danger.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.models.servers.dialog is None)
    assert completions.server.calls == []
    assert completions.server.lines == 0


def test_a_way_that_others_can_read_is_warned_of(window: Window, asked, qtbot) -> None:
    dialog = asked()
    qtbot.keyClicks(dialog.address.lineEdit(), "http://models.example")
    assert "everybody on the way can read" in dialog.danger.text()
    assert dialog.danger.isVisible()


def test_enter_in_the_address_connects(window: Window, asked, completions, qtbot) -> None:
    dialog = asked()
    qtbot.keyClicks(dialog.address.lineEdit(), completions.serve("llama.cpp").address)
    qtbot.keyClick(dialog.address.lineEdit(), Qt.Key.Key_Return)
    reached(window, qtbot)


def test_long_sentences_do_not_squeeze_the_fields(window: Window, asked, qtbot) -> None:
    dialog = asked()
    high = dialog.key.height()
    dialog.fill(Place("http://models.example", "vllm", "A_KEY"))
    dialog.fail("Nothing answers there. " * 12)
    assert dialog.key.height() >= high
    assert dialog.said.height() >= dialog.said.heightForWidth(dialog.said.width())


def test_what_is_no_address_cannot_be_connected_to(window: Window, asked, qtbot) -> None:
    dialog = asked()
    for text in ("", "file:///etc/passwd", "http://me:pw@x"):
        dialog.address.lineEdit().setText(text)
        assert not dialog._go.isEnabled()
        assert dialog.note.text().endswith(".")


@pytest.mark.parametrize("status", [401, 500, 200])
def test_a_failure_is_a_sentence_and_can_be_tried_again(
    window: Window, asked, completions, qtbot, status
) -> None:
    before = window.controller.snapshot
    server = completions.serve("llama.cpp")
    good = server.routes["/props"]
    server.routes["/props"] = lambda call: call.answer(status, b"<b>no</b>")
    dialog = asked()
    connect(dialog, server.address, qtbot)
    qtbot.waitUntil(lambda: dialog._go.text() == "Try again")
    assert "no" in dialog.said.text()
    assert dialog.said.textFormat() == Qt.TextFormat.PlainText
    s = window.controller.snapshot
    assert (s.model, s.timeline, s.error) == (before.model, before.timeline, "")
    server.routes["/props"] = good
    press(dialog, qtbot, "Try again")
    reached(window, qtbot)


def test_waiting_for_a_silent_server_is_stopped_and_the_model_stays(
    window: Window, asked, server, qtbot
) -> None:
    server.routes["/props"] = lambda call: call.sleep(30)
    dialog = asked()
    connect(dialog, server.address, qtbot)
    qtbot.waitUntil(lambda: bool(server.calls))
    press(dialog, qtbot, "Stop")
    assert "was stopped" in dialog.said.text()
    step(window, qtbot)
    assert window.controller.snapshot.model.layers == 6


def test_a_server_that_loads_is_waited_for_with_its_words(
    window: Window, asked, completions, qtbot
) -> None:
    server = completions.serve("llama.cpp")
    good, tries = server.routes["/props"], []

    def loading(call) -> None:
        tries.append(call)
        if len(tries) > 1:
            good(call)
        else:
            call.answer(503, json.dumps({"error": {"message": "Loading model"}}).encode())

    server.routes["/props"] = loading
    dialog = asked()
    said = []
    window.models.servers.told.connect(said.append)
    connect(dialog, server.address, qtbot)
    reached(window, qtbot)
    assert any("Loading model" in sentence for sentence in said)


def test_a_step_that_fails_keeps_the_text_and_the_next_one_works(
    window: Window, asked, completions, qtbot
) -> None:
    server = completions.serve("llama.cpp")
    connect(asked(), server.address, qtbot)
    reached(window, qtbot)
    step(window, qtbot)
    nodes, good = window.controller.snapshot.timeline.nodes, server.routes["/completion"]
    server.routes["/completion"] = lambda call: call.answer(500, b'{"error": "out of memory"}')
    window.controller.step()
    qtbot.waitUntil(lambda: "out of memory" in window.controller.snapshot.error)
    assert window.controller.snapshot.timeline.nodes is nodes
    server.routes["/completion"] = good
    step(window, qtbot)


def test_servers_are_remembered_without_their_keys(
    window: Window, asked, completions, qtbot, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("STORY_KEY", KEY)
    window.files.keep_in(tmp_path)
    dialog = asked()
    qtbot.keyClicks(dialog.key, "STORY_KEY")
    connect(dialog, completions.serve("llama.cpp").address, qtbot)
    reached(window, qtbot)
    written = tmp_path / "servers.json"
    qtbot.waitUntil(written.exists)
    assert completions.server.calls[-1].headers["Authorization"] == f"Bearer {KEY}"
    assert all(
        KEY not in file.read_text(errors="replace")
        for file in tmp_path.rglob("*")
        if file.is_file()
    )
    qtbot.waitUntil(lambda: not window.controller.worker.busy)
    again = asked()
    qtbot.waitUntil(lambda: again.address.count() == 1)
    assert again.place.key_variable == "STORY_KEY"


@pytest.mark.parametrize(
    "text",
    [b"", b"[", b"[1]", b'[{"address": 3}]', b"\xff", b"[" * 100_000, b'[{"candidates": -1}]',
     b'[{"candidates": 99999999999999999999}]'],
)  # fmt: skip
def test_a_list_of_servers_that_cannot_be_read_is_empty(tmp_path, text) -> None:
    path = tmp_path / "servers.json"
    path.write_bytes(text)
    assert read_places(path) == ()
    assert add_place(path, Place("http://x")) == (Place("http://x"),)
    assert read_places(path) == (Place("http://x"),)


def test_an_address_stands_in_the_list_once_and_the_newest_first(tmp_path) -> None:
    path = tmp_path / "servers.json"
    for number in range(12):
        add_place(path, Place(f"http://x{number}"))
    add_place(path, Place("http://x5", kind="vllm"))
    places = read_places(path)
    assert len(places) == 10
    assert places[0] == Place("http://x5", kind="vllm")
    assert [place.address for place in places].count("http://x5") == 1


def test_every_field_of_the_dialog_has_a_name(window: Window, asked, qtbot) -> None:
    dialog = asked()
    buddies = {label.buddy() for label in dialog.findChildren(QLabel) if label.buddy()}
    for field in (dialog.address, dialog.kind, dialog.key, dialog.tokenizer, dialog.candidates):
        assert field in buddies
    assert dialog.findChild(QDialogButtonBox) is not None
