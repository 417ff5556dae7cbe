"""Sessions as files in the window: save, open, recent, drag and drop, unsaved work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QMenu,
    QMessageBox,
    QToolButton,
)

from explorer.app import build
from explorer.engine.reader import LocalReader
from explorer.session import moves
from explorer.session.files.archive import read_session, write_session
from explorer.session.files.journal import read_journal
from explorer.session.snapshot import Snapshot
from explorer.ui.recent import read_recent
from explorer.ui.window import Window
from explorer.ui.worker import Worker

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def steps(window: Window, qtbot, count: int) -> None:
    """Step with the space bar, each token awaited; a dialog may have had the keyboard."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    for _ in range(count):
        nodes = len(window.controller.snapshot.timeline.nodes)
        qtbot.keyClick(window, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) > nodes)  # noqa: B023


def rest(window: Window, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.controller.worker.busy)


def saved(s: Snapshot, path: Path) -> Path:
    for _ in write_session(path, s):
        pass
    return path


def said(window: Window) -> str:
    s = window.controller.snapshot
    return s.error or s.notice


def choose(window: Window, path: Path) -> None:
    """Type a name into the file dialog that is open and press Enter."""
    dialog = window.findChild(QFileDialog)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    dialog.accept()


def test_ctrl_s_asks_for_a_file_once_and_writes_it(window: Window, qtbot, tmp_path) -> None:
    steps(window, qtbot, 2)
    assert window.isWindowModified()
    qtbot.keyClick(window, Qt.Key.Key_S, CTRL)
    choose(window, tmp_path / "story.explorer")
    qtbot.waitUntil(lambda: "Saved in" in said(window))
    assert window.windowTitle().startswith("story.explorer")
    assert not window.isWindowModified()
    steps(window, qtbot, 1)
    assert window.isWindowModified()
    qtbot.keyClick(window, Qt.Key.Key_S, CTRL)
    qtbot.waitUntil(lambda: not window.isWindowModified())
    *_, stored = read_session(tmp_path / "story.explorer")
    assert len(stored.snapshot.timeline.nodes) == 4


def test_a_file_gets_the_ending_of_sessions(window: Window, qtbot, tmp_path) -> None:
    qtbot.keyClick(window, Qt.Key.Key_S, CTRL | SHIFT)
    choose(window, tmp_path / "story")
    qtbot.waitUntil((tmp_path / "story.explorer").exists)
    rest(window, qtbot)


def test_walking_is_no_change_but_settings_are(window: Window, qtbot, tmp_path) -> None:
    steps(window, qtbot, 2)
    window.files.save_to(tmp_path / "a.explorer")
    qtbot.waitUntil(lambda: not window.isWindowModified())
    qtbot.keyClick(window, Qt.Key.Key_Left)
    qtbot.keyClick(window, Qt.Key.Key_L)
    assert not window.isWindowModified()
    qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    assert window.isWindowModified()


def test_ctrl_o_opens_a_session_where_it_was_left(window: Window, story, qtbot, tmp_path) -> None:
    path = saved(moves.back(story(5)), tmp_path / "a.explorer")
    qtbot.keyClick(window, Qt.Key.Key_O, CTRL)
    choose(window, path)
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) == 6)
    assert window.controller.snapshot.timeline.cursor == 4
    assert window.windowTitle().startswith("a.explorer")
    assert not window.isWindowModified()
    assert not window.commands["undo"].isEnabled()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert window.controller.snapshot.timeline.cursor == 5
    assert len(window.controller.snapshot.timeline.nodes) == 6


def test_a_session_dropped_on_the_window_opens(
    window: Window, drop, story, qtbot, tmp_path
) -> None:
    drop(saved(story(3), tmp_path / "with space 🙂.explorer"))
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) == 4)


def test_a_folder_dropped_on_the_window_is_asked_for_as_a_model(
    window: Window, drop, qtbot, tmp_path
) -> None:
    with qtbot.waitSignal(window.files.model_asked) as asked:
        drop(tmp_path)
    assert asked.args == [tmp_path]


@pytest.mark.parametrize(
    ("data", "words"),
    [(None, "No such file"), (b"", "not a session"), (b"PK\x05\x06" + b"\0" * 18, "no session")],
)
def test_a_file_that_is_no_session_is_a_sentence_and_the_text_stays(
    data, words, window: Window, qtbot, tmp_path
) -> None:
    steps(window, qtbot, 1)
    window.files.save_to(tmp_path / "good.explorer")
    qtbot.waitUntil(lambda: not window.isWindowModified())
    timeline = window.controller.snapshot.timeline
    path = tmp_path / "bad.explorer"
    if data is not None:
        path.write_bytes(data)
    window.files.open_path(path)
    qtbot.waitUntil(lambda: bool(window.controller.snapshot.error))
    assert words in said(window)
    assert str(path) in said(window)
    assert window.controller.snapshot.timeline is timeline
    assert window.windowTitle().startswith("good.explorer")


def test_an_opening_of_many_branches_can_be_stopped_and_the_text_stays(
    window: Window, story, qtbot, tmp_path
) -> None:
    one = story(1)
    first, second = one.timeline.nodes
    nodes = (first, *(replace(second) for _ in range(20_000)))
    path = saved(replace(one, timeline=replace(one.timeline, nodes=nodes)), tmp_path / "a.explorer")
    before = window.controller.snapshot.timeline
    window.files.open_path(path)
    qtbot.waitUntil(lambda: "nodes" in window.controller.snapshot.busy)
    window.commands["stop_opening"].trigger()
    rest(window, qtbot)
    assert window.controller.snapshot.timeline is before and not window.controller.snapshot.busy
    assert "It was stopped" in said(window)
    steps(window, qtbot, 1)


def test_a_folder_that_takes_no_files_is_a_sentence(window: Window, qtbot, tmp_path) -> None:
    steps(window, qtbot, 1)
    window.files.save_to(tmp_path / "missing" / "a.explorer")
    qtbot.waitUntil(lambda: bool(window.controller.snapshot.error))
    assert "cannot write" in said(window)
    assert window.isWindowModified()


def test_another_session_asks_before_it_takes_the_place_of_unsaved_work(
    window: Window, story, qtbot, tmp_path
) -> None:
    steps(window, qtbot, 2)
    path = saved(story(5), tmp_path / "a.explorer")
    for answer in ("Cancel", "Open without saving"):
        window.files.open_path(path)
        box = window.findChild(QMessageBox)
        buttons = {one.text().replace("&", ""): one for one in box.buttons()}
        assert box.findChild(QDialogButtonBox) is not None
        qtbot.mouseClick(buttons[answer], Qt.MouseButton.LeftButton)
        rest(window, qtbot)
        expected = 3 if answer == "Cancel" else 6
        assert len(window.controller.snapshot.timeline.nodes) == expected
        qtbot.waitUntil(lambda: window.findChild(QMessageBox) is None)


def test_saving_first_and_then_the_other_session_opens(
    window: Window, story, qtbot, tmp_path
) -> None:
    steps(window, qtbot, 1)
    window.files.save_to(tmp_path / "mine.explorer")
    qtbot.waitUntil(lambda: not window.isWindowModified())
    steps(window, qtbot, 1)
    window.files.open_path(saved(story(5), tmp_path / "a.explorer"))
    box = window.findChild(QMessageBox)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) == 6)
    *_, stored = read_session(tmp_path / "mine.explorer")
    assert len(stored.snapshot.timeline.nodes) == 3


@pytest.fixture
def other(reader: LocalReader) -> SimpleNamespace:
    """A network that is not the shipped one by its fingerprint."""
    facts = replace(reader.facts, name="other", fingerprint="f" * 64)
    read, encode = reader.read, reader.encode
    return SimpleNamespace(facts=facts, encode=encode, read=read, close=lambda: None)


def test_a_session_of_another_model_is_looked_at_and_read_on_once_its_model_is_open(
    window: Window, story, reader, other, qtbot, tmp_path
) -> None:
    c = window.controller
    c.start(iter([other]))
    qtbot.waitUntil(lambda: c.snapshot.model is other.facts and bool(c.snapshot.timeline))
    window.files.open_path(saved(story(3), tmp_path / "a.explorer"))
    qtbot.waitUntil(lambda: len(c.snapshot.timeline.nodes) == 4)
    assert f"made with the model “{reader.facts.name}”" in said(window)
    assert not window.commands["step"].isEnabled()
    c.start(iter([reader]))
    qtbot.waitUntil(lambda: c.snapshot.model is reader.facts and not c.worker.busy)
    assert len(c.snapshot.timeline.nodes) == 4
    steps(window, qtbot, 1)


def test_a_prompt_read_over_a_locked_session_begins_a_tree_of_its_own(
    window: Window, story, other, qtbot, tmp_path
) -> None:
    c = window.controller
    c.start(iter([other]))
    qtbot.waitUntil(lambda: c.snapshot.model is other.facts and bool(c.snapshot.timeline))
    window.files.open_path(saved(story(3), tmp_path / "a.explorer"))
    qtbot.waitUntil(lambda: len(c.snapshot.timeline.nodes) == 4)
    c.read("Once upon a time")
    qtbot.waitUntil(lambda: len(c.snapshot.timeline.nodes) == 1)
    assert c.snapshot.model is other.facts
    assert c.snapshot.locked == ""


def test_without_any_model_a_session_can_be_looked_at(
    worker: Worker, looks_of_the_application, story, qtbot, tmp_path
) -> None:
    window = build(worker, "light")
    qtbot.addWidget(window)
    window.show()
    window.files.open_path(saved(story(3), tmp_path / "a.explorer"))

    def broken() -> Iterator[LocalReader]:
        raise ValueError("there is no such model")
        yield

    window.controller.start(broken())
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) == 4)
    assert "not the open one" in said(window)
    window.close()


@pytest.fixture
def kept(window: Window, qtbot, tmp_path) -> Callable[[], list[Path]]:
    """The journals of the window, after everything under way is written."""
    window.files.keep_in(tmp_path / "data")
    rest(window, qtbot)

    def journals() -> list[Path]:
        rest(window, qtbot)
        return sorted((tmp_path / "data" / "unsaved").glob("*.journal"))

    return journals


def test_every_step_is_in_the_journal_and_saving_removes_it(
    window: Window, kept, qtbot, tmp_path
) -> None:
    assert kept() == []
    for count in (1, 2, 3):
        steps(window, qtbot, 1)
        (journal,) = kept()
        assert len(read_journal(journal).tree.nodes) == count + 1
    window.files.save_to(tmp_path / "a.explorer")
    rest(window, qtbot)
    assert kept() == []
    steps(window, qtbot, 1)
    (journal,) = kept()
    assert len(read_journal(journal).tree.nodes) == 5


def test_settings_reach_the_journal_when_the_hand_rests(window: Window, kept, qtbot) -> None:
    steps(window, qtbot, 1)
    (journal,) = kept()
    for _ in range(5):
        qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    wanted = window.controller.snapshot.sampling
    qtbot.waitUntil(lambda: read_journal(journal).state.sampling == wanted)


def test_an_unsaved_session_is_offered_at_the_next_start_and_goes_on(
    window: Window, kept, reader, worker: Worker, qtbot, tmp_path
) -> None:
    steps(window, qtbot, 3)
    (journal,) = kept()
    ids = window.controller.snapshot.timeline.node.trace.ids
    # As after a kill: nobody holds the lock any more.
    left = tmp_path / "later" / "unsaved" / journal.name
    left.parent.mkdir(parents=True)
    left.write_bytes(journal.read_bytes())
    later = build(worker, "light")
    qtbot.addWidget(later)
    later.show()
    later.files.keep_in(tmp_path / "later")
    later.controller.start(iter([reader]))
    rest(later, qtbot)
    (offer,) = later.files.shelf.unsaved
    assert offer.title.startswith("The cat sat on the")
    button = later.findChild(QToolButton, "offer")
    assert "The cat sat on the" in button.text()
    assert "was not saved" in button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(later.controller.snapshot.timeline.nodes) == 4)
    assert later.controller.snapshot.timeline.node.trace.ids == ids
    assert later.isWindowModified()
    assert button.isHidden()
    rest(later, qtbot)
    assert not left.exists()
    (renewed,) = left.parent.glob("*.journal")
    assert len(read_journal(renewed).tree.nodes) == 4
    later.close()


def test_a_journal_that_a_living_window_writes_is_not_offered(
    window: Window, kept, qtbot, tmp_path
) -> None:
    steps(window, qtbot, 1)
    assert len(kept()) == 1
    window.files.keep_in(tmp_path / "data")
    rest(window, qtbot)
    assert window.files.shelf.unsaved == ()


def recent_menu(window: Window) -> QMenu:
    return next(
        action.menu() for action in window.menuBar().actions()[0].menu().actions()
        if action.text() == "Open recent"
    )  # fmt: skip


def test_recent_files_are_listed_newest_first(window: Window, kept, qtbot, tmp_path) -> None:
    for name in ("a", "b", "c"):
        window.files.save_to(tmp_path / f"{name} & co.explorer")
        rest(window, qtbot)
    names = [one.text() for one in recent_menu(window).actions()]
    assert names == [f"{name} && co.explorer" for name in ("c", "b", "a")]


def test_recent_files_that_are_gone_are_grey_and_can_be_removed(
    window: Window, kept, story, qtbot, tmp_path
) -> None:
    here = saved(story(2), tmp_path / "here.explorer")
    strange = ["relative.explorer", "/" + "x" * 4096, "\0", "/two\nlines\u202e", str(here)]
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "recent.json").write_text(json.dumps(strange))
    window.files.keep_in(tmp_path / "data")
    rest(window, qtbot)
    *entries, _, remove = recent_menu(window).actions()
    assert [one.isEnabled() for one in entries] == [False] * 4 + [True]
    assert [one.text() for one in entries[2:4]] == ["\\u0000", "two\\u000Alines\\u202E"]
    assert all(len(one.text()) < 70 and len(one.toolTip()) < 400 for one in entries)
    assert "not there any more" in entries[3].toolTip()
    remove.trigger()
    rest(window, qtbot)
    assert [one.text() for one in recent_menu(window).actions()] == ["here.explorer"]
    assert json.loads((tmp_path / "data" / "recent.json").read_text()) == [str(here)]


def test_a_recent_file_that_fails_to_open_because_it_is_gone_turns_grey(
    window: Window, kept, qtbot, tmp_path
) -> None:
    window.files.save_to(tmp_path / "a.explorer")
    rest(window, qtbot)
    (tmp_path / "a.explorer").unlink()
    (entry,) = recent_menu(window).actions()
    assert entry.isEnabled()
    entry.trigger()
    qtbot.waitUntil(lambda: not recent_menu(window).actions()[0].isEnabled())
    assert "No such file" in said(window)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"[" * 10_000, b"\xff"])
def test_a_damaged_list_of_recent_files_is_empty(data, tmp_path) -> None:
    (tmp_path / "recent.json").write_bytes(data)
    assert read_recent(tmp_path / "recent.json") == ()


def test_a_file_in_the_way_of_the_journals_is_said_and_stepping_goes_on(
    window: Window, qtbot, tmp_path
) -> None:
    (tmp_path / "data").write_text("in the way")
    window.files.keep_in(tmp_path / "data")
    steps(window, qtbot, 1)
    qtbot.waitUntil(lambda: "cannot be kept by itself" in said(window))
    steps(window, qtbot, 2)


def test_the_file_menu_is_the_first(window: Window) -> None:
    first = window.menuBar().actions()[0]
    assert first.text() == "&File"
    texts = [one.text() for one in first.menu().actions()]
    assert texts[:2] == ["Open a session …", "Open recent"]
    assert texts[-1] == "Quit"
