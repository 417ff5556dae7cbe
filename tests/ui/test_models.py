"""Opening another model in the window: by key, by dropping, with a question, and stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox
from safetensors.torch import load_file, save_file

from explorer.engine.edits import heads_off
from explorer.engine.network.estimate import estimate
from explorer.engine.network.shards import WEIGHTS
from explorer.engine.opening import Estimate, Progress, Storage
from explorer.engine.remote.isolated import IsolatedReader
from explorer.makers import LocalOpener, load
from explorer.resources import model_folder
from explorer.session import moves
from explorer.session.reader import Reader
from explorer.ui.recent import Recent
from explorer.ui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def llama(family_folder: Callable[[str], Path]) -> Path:
    return family_folder("llama")


def model_of(window: Window) -> str:
    s = window.controller.snapshot
    return s.model.name if s.model is not None and s.timeline else ""


def step(window: Window, qtbot) -> None:
    """One step by the space bar; a dialog may have had the keyboard."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    nodes = len(window.controller.snapshot.timeline.nodes)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) > nodes)


def said(window: Window) -> str:
    s = window.controller.snapshot
    return s.error or s.notice


def test_ctrl_shift_o_opens_a_folder_and_reads_the_prompt_again(
    window: Window, llama: Path, qtbot
) -> None:
    prompt = window.controller.snapshot.draft.text
    window.controller.apply(moves.edit, heads_off((5, 7)))
    qtbot.keyClick(window, Qt.Key.Key_O, CTRL | SHIFT)
    dialog = window.findChild(QFileDialog)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setDirectory(str(llama.parent))
    dialog.selectFile(llama.name)
    dialog.accept()
    qtbot.waitUntil(lambda: model_of(window) == "llama", timeout=20_000)
    s = window.controller.snapshot
    assert s.timeline.node.prompt == prompt
    assert not s.edits and not s.error and not s.busy
    labels = [label.text() for label in window.findChildren(QLabel)]
    assert any("llama: 3 layers × 4 heads" in text for text in labels)
    step(window, qtbot)


def test_a_dropped_folder_opens_and_is_remembered(
    window: Window, drop, llama: Path, qtbot, tmp_path: Path
) -> None:
    window.files.keep_in(tmp_path)
    qtbot.waitUntil(lambda: not window.controller.worker.busy)
    drop(llama)
    qtbot.waitUntil(lambda: model_of(window) == "llama", timeout=20_000)
    qtbot.waitUntil(lambda: window.files.shelf.recent == (Recent(llama),))


def test_a_folder_that_cannot_be_opened_leaves_model_and_text(
    window: Window, qtbot, tmp_path: Path
) -> None:
    before = window.controller.snapshot
    window.models.open(tmp_path)
    qtbot.waitUntil(lambda: "config.json is missing" in said(window))
    after = window.controller.snapshot
    assert after.model is before.model and after.timeline is before.timeline and not after.busy
    step(window, qtbot)


def damaged(folder: Path, llama: Path) -> Iterator[tuple[Path, str]]:
    """Copies of a model, each broken in another way, and the reason of the refusal."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(llama, folder / name))

    one = copy("cut")
    os.truncate(one / WEIGHTS, 20_000)
    yield one, "is cut off"
    one = copy("beyond")
    save_file({k: v * 0 + 3e38 if "mlp" in k else v
               for k, v in load_file(one / WEIGHTS).items()}, one / WEIGHTS)  # fmt: skip
    yield one, "numbers that are none"
    one = copy("panic")
    content = json.loads((one / "tokenizer.json").read_text())
    content["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": "AAAA"}
    (one / "tokenizer.json").write_text(json.dumps(content))
    yield one, "not a usable tokenizer"
    one = copy("outside")
    (one / WEIGHTS).rename(folder / "outside.safetensors")
    (one / f"{WEIGHTS}.index.json").write_text('{"weight_map": {"a": "../outside.safetensors"}}')
    yield one, "not a plain name"
    one = copy("pickled")
    (one / WEIGHTS).rename(one / "pytorch_model.bin")
    yield one, "pickled"


def test_whatever_is_wrong_with_a_folder_the_former_model_steps_on(
    window: Window, llama: Path, qtbot, tmp_path: Path
) -> None:
    model = window.controller.snapshot.model
    for folder, reason in damaged(tmp_path, llama):
        window.models.open(folder)
        qtbot.waitUntil(lambda: reason in said(window), timeout=20_000)  # noqa: B023
        assert str(folder) in said(window)
        assert window.controller.snapshot.model is model and not window.controller.snapshot.busy
        step(window, qtbot)


def test_a_session_file_is_not_overwritten_by_another_model(
    window: Window, llama: Path, qtbot, tmp_path: Path
) -> None:
    window.files.save_to(tmp_path / "mine.explorer")
    qtbot.waitUntil(lambda: "Saved" in said(window))
    window.models.open(llama)
    qtbot.waitUntil(lambda: model_of(window) == "llama", timeout=20_000)
    assert window.files.path is None


class Slow:
    """An opener whose model never comes; it counts how far it got."""

    def __init__(self, found: Estimate) -> None:
        self.found, self.slices = found, 0
        self.storages: list[Storage] = []

    def weigh(self, folder: Path) -> Iterator[Estimate]:
        yield self.found

    def open(self, folder: Path, storage: Storage) -> Iterator[Progress | Reader]:
        self.storages.append(storage)
        while True:
            self.slices += 1
            time.sleep(0.01)  # the work of one slice; without it the window would hear nothing else
            yield Progress(self.slices % 100, 100)


def test_opening_shows_how_far_it_is_and_can_be_stopped_while_the_old_model_steps(
    window: Window, llama: Path, qtbot
) -> None:
    slow = Slow(estimate(llama))
    window.models._opener = slow
    before = window.controller.snapshot.model
    window.models.open(llama)
    qtbot.waitUntil(lambda: "%" in window.controller.snapshot.busy)
    step(window, qtbot)
    window.commands["stop_opening"].trigger()
    assert "stopped" in said(window) and not window.controller.snapshot.busy
    qtbot.waitUntil(lambda: not window.controller.worker.busy)
    assert window.controller.snapshot.model is before


@pytest.mark.parametrize(
    ("button", "storages"),
    [("Keep as stored", ["as-stored"]), ("Open as fp32", ["fp32"]), ("Cancel", [])],
)
def test_a_model_that_needs_most_of_the_memory_is_opened_only_after_a_question(
    window: Window, llama: Path, qtbot, button: str, storages: list[Storage]
) -> None:
    heavy = replace(estimate(llama), copied=15 * 10**9, stored=7 * 10**9, free=16 * 10**9)
    window.models._opener = slow = Slow(heavy)
    window.models.open(llama)
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is not None)
    box = window.findChild(QMessageBox)
    assert "15 GB" in box.informativeText() and "16 GB are free" in box.informativeText()
    next(one for one in box.buttons() if one.text().replace("&", "") == button).click()
    qtbot.waitUntil(lambda: slow.storages == storages)
    window.models.stop()


def test_the_local_opener_weighs_and_opens(llama: Path) -> None:
    opener = LocalOpener()
    (found,) = opener.weigh(llama)
    assert found.family == "Llama" and found.fits("fp32") and not found.question()
    *parts, reader = opener.open(llama, "as-stored")
    assert all(isinstance(part, Progress) for part in parts)
    assert parts[-1] == Progress(found.stored, found.stored)
    assert isinstance(reader, object) and reader.facts.name == "llama"


def test_a_stranger_runs_in_its_own_process_and_takes_no_text_with_it(
    window: Window, llama: Path, qtbot
) -> None:
    window.commands["open_apart"].trigger()
    dialog = window.findChild(QFileDialog)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setDirectory(str(llama.parent))
    dialog.selectFile(llama.name)
    dialog.accept()
    qtbot.waitUntil(lambda: model_of(window) == "llama", timeout=30_000)
    reader = window.controller.reader
    assert isinstance(reader, IsolatedReader)
    step(window, qtbot)
    told = window.controller.snapshot.timeline
    reader._process._child.kill()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "ended by itself" in said(window), timeout=10_000)
    assert window.controller.snapshot.timeline is told
    qtbot.keyClick(window, Qt.Key.Key_Space)
    nodes = len(told.nodes)
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) > nodes, timeout=30_000)
    assert window.controller.snapshot.timeline.nodes[:nodes] == told.nodes
    window.models.open(model_folder())
    qtbot.waitUntil(lambda: model_of(window) == "model", timeout=20_000)
    assert not reader._process.alive


def test_with_isolate_the_shipped_model_runs_apart_as_well() -> None:
    (reader,) = load(model_folder(), isolated=True)
    assert isinstance(reader, IsolatedReader)
    reader.close()


def test_a_reading_that_hangs_is_stopped_and_the_text_stays(
    window: Window, llama: Path, qtbot
) -> None:
    window.models.isolate = True
    window.models.open(llama)
    qtbot.waitUntil(lambda: model_of(window) == "llama", timeout=30_000)
    qtbot.waitUntil(lambda: not window.controller.worker.busy)
    reader, told = window.controller.reader, window.controller.snapshot.timeline
    process, asked = reader._process, []
    send = process._send
    process._send = lambda question: (asked.append(question), send(question))
    process._child.send_signal(signal.SIGSTOP)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(asked))
    window.commands["stop_opening"].trigger()
    qtbot.waitUntil(lambda: "was stopped" in said(window), timeout=10_000)
    assert window.controller.snapshot.timeline is told
    reader.close()
