"""Export: every panel as a picture of any size, as numbers, as Python."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QComboBox, QFileDialog, QMenu, QPushButton, QToolButton

from explorer.lens.export import numbers
from explorer.ui.export_dialog import ExportDialog
from explorer.ui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def said(window: Window) -> str:
    return window.controller.snapshot.error or window.controller.snapshot.notice


def export(window: Window, qtbot, panel: str, path: Path, width: int = 0) -> bytes:
    window.exporter.export_to(panel, path, width)
    qtbot.waitUntil(lambda: said(window) == f"Exported to {path}.")
    return path.read_bytes()


@pytest.mark.parametrize("width", [64, 777, 5000])
def test_a_png_is_as_wide_as_asked_and_knows_its_prompt(width, window, qtbot, tmp_path) -> None:
    export(window, qtbot, "attention", tmp_path / "a.png", width)
    image = QImage(str(tmp_path / "a.png"))
    panel = window.docks["attention"].panel
    assert abs(image.width() - width) <= 1
    assert abs(image.height() - width * panel.height() / panel.width()) <= 1
    assert image.text("prompt") == "The cat sat on the"
    assert image.text("seed") == "1"


def test_a_larger_picture_has_more_detail_not_larger_pixels(window, qtbot, tmp_path) -> None:
    size = window.docks["bars"].panel.size()
    export(window, qtbot, "bars", tmp_path / "small.png", size.width())
    export(window, qtbot, "bars", tmp_path / "large.png", size.width() * 4)
    small, large = (QImage(str(tmp_path / f"{name}.png")) for name in ("small", "large"))
    stretched = small.scaled(large.size())
    assert large.size() == QSize(size * 4)
    assert large.convertToFormat(stretched.format()) != stretched


@pytest.mark.parametrize(("suffix", "start"), [(".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_drawings_are_files_of_their_kind(suffix, start, window, qtbot, tmp_path) -> None:
    data = export(window, qtbot, "dice", tmp_path / f"a{suffix}")
    assert data.startswith(start)
    if suffix == ".svg":
        assert "The cat sat on the" in data.decode()


def test_numbers_are_those_of_the_lens(window, qtbot, tmp_path) -> None:
    expected = numbers("energy", window.controller.snapshot).columns
    whole = json.loads(export(window, qtbot, "energy", tmp_path / "a.json"))
    assert whole["columns"]["energy"] == expected["energy"].tolist()
    export(window, qtbot, "energy", tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        assert arrays["raw"].tolist() == expected["raw"].tolist()
    assert b"# prompt: " in export(window, qtbot, "energy", tmp_path / "a.csv")


def test_a_file_that_cannot_be_written_is_a_sentence(window, qtbot, tmp_path) -> None:
    window.exporter.export_to("bars", tmp_path / "missing" / "a.png")
    qtbot.waitUntil(lambda: "cannot write" in said(window))
    window.exporter.export_to("bars", tmp_path / "a.bmp")
    assert ".png, .svg, .pdf, .csv, .json, .npz" in window.controller.snapshot.notice


def test_ctrl_e_asks_for_the_panel_with_the_keyboard_and_writes_it(window, qtbot, tmp_path) -> None:
    window.docks["heads"].panel.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_E, CTRL)
    dialog = window.findChild(ExportDialog)
    panel, form = dialog.findChildren(QComboBox)
    assert panel.currentText() == "All heads"
    form.setFocus()
    qtbot.keyClicks(form, "Numbers, C")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    files = window.findChild(QFileDialog)
    files.setDirectory(str(tmp_path))
    files.selectFile("heads.csv")
    files.accept()
    qtbot.waitUntil((tmp_path / "heads.csv").exists)
    qtbot.waitUntil(lambda: not window.controller.worker.busy)


def test_the_dialog_names_the_size_and_offers_no_numbers_where_there_are_none(
    window, qtbot
) -> None:
    window.exporter.ask("bars")
    dialog = window.findChild(ExportDialog)
    size = window.docks["bars"].panel.size()
    dialog.width_px.setValue(1000)
    assert f"1000 × {round(1000 * size.height() / size.width())} pixels" in dialog.note.text()
    dialog.form.setCurrentIndex(3)
    assert "seed, settings, a prompt" in dialog.note.text()
    assert not dialog.width_px.isEnabled()
    dialog.reject()


def test_a_panel_of_another_workspace_has_no_code_and_says_so_there(
    window, qtbot, tmp_path
) -> None:
    assert all(window.exporter.has_numbers(name) for name in window.docks)
    other = next(name for name in window.docks if not window.exporter.has_code(name))
    desk = window.docks[other].panel.controller
    window.exporter.copy_python(other)
    assert "export the table" in desk.snapshot.notice
    window.exporter.export_to(other, tmp_path / "a.xyz")
    assert "must end in" in desk.snapshot.notice
    window.exporter.export_to(other, tmp_path / "a.svg")
    qtbot.waitUntil(lambda: "Exported to" in desk.snapshot.notice)
    assert "Exported" not in said(window)


@pytest.mark.parametrize("name", ["timeline", "hopfield"])
def test_the_button_in_the_title_bar_opens_the_dialog(name, window: Window, qtbot) -> None:
    button = window.docks[name].bar.findChild(QToolButton, "export")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    dialog = window.findChild(ExportDialog)
    assert dialog.panel.currentData() == name
    dialog.reject()


def test_the_menu_of_a_title_bar_copies_as_python(window: Window, qtbot) -> None:
    bar = window.docks["bars"].bar
    bar.menu_asked.emit(bar.mapToGlobal(QPoint(5, 5)))
    menu = next(one for one in window.findChildren(QMenu) if one.isVisible())
    texts = {action.text(): action for action in menu.actions()}
    assert {"Export …", "Copy as Python"} <= set(texts)
    texts["Copy as Python"].trigger()
    menu.close()
    assert "story.numbers('bars')" in QGuiApplication.clipboard().text()


def test_ctrl_shift_c_copies_the_panel_with_the_keyboard(window: Window, qtbot) -> None:
    window.docks["dice"].panel.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_C, CTRL | SHIFT)
    code = QGuiApplication.clipboard().text()
    assert code.startswith("import explorer")
    assert "numbers('dice')" in code
    assert "as Python" in said(window)


def test_the_dialog_copies_too(window: Window, qtbot) -> None:
    window.exporter.ask("energy")
    dialog = window.findChild(ExportDialog)
    copy = next(one for one in dialog.findChildren(QPushButton) if "Python" in one.text())
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert "numbers('energy')" in QGuiApplication.clipboard().text()
