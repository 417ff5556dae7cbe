"""The status line names the model and says where it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from explorer.engine.facts import OWN_PROCESS
from explorer.engine.reader import LocalReader
from explorer.engine.remote.served import ServedReader, connecting
from explorer.resources import model_folder
from explorer.session import moves
from explorer.ui.status import place, short_place
from explorer.ui.window import Window


def label(window: Window) -> QLabel:
    return next(
        one for one in window.statusBar().findChildren(QLabel) if one.text().endswith("cpu")
    )


def said(window: Window) -> str:
    return " ".join(one.text() for one in window.statusBar().findChildren(QLabel))


def test_the_device_stands_behind_the_model_with_a_tool_tip(window: Window) -> None:
    named = label(window)
    assert named.text() == "model: 6 layers × 8 heads, width 320, 4,096 tokens, cpu"
    assert "on the processor of this machine (cpu), in the process of this" in named.toolTip()
    assert "--device cpu, cuda or mps" in named.toolTip()
    assert named.accessibleDescription() == place(window.controller.snapshot.model)


@pytest.mark.parametrize(
    ("device", "host", "short", "long"),
    [
        ("cpu", "", "cpu", "the processor of this machine (cpu), in the process of this window"),
        ("cuda:0", "", "cuda:0", "the GPU of this machine (cuda:0)"),
        ("mps", "", "mps", "Apple's GPU of this machine (mps)"),
        ("cuda:1", OWN_PROCESS, "cuda:1, own process", "(cuda:1), in a process of its own"),
        ("", "https://a.b", "on https://a.b", "behind https://a.b. Tokens are drawn here."),
        ("mps", "http://[::1]:9", "on http://[::1]:9 (mps)", "on its device mps. Tokens"),
    ],
)
def test_every_place_has_words(
    reader: LocalReader, device: str, host: str, short: str, long: str
) -> None:
    model = replace(reader.facts, device=device, host=host)
    assert short_place(model) == short
    assert long in place(model)


def test_a_model_in_a_process_of_its_own_says_so(window: Window, qtbot) -> None:
    window.models.isolate = True
    window.models.open(model_folder())
    qtbot.waitUntil(lambda: said(window).endswith("cpu, own process"), timeout=30_000)


def test_a_model_on_another_machine_names_it_and_its_device(
    window: Window, serve: Callable[..., str], tmp_path: Path
) -> None:
    address = serve(model_folder(), "--device", "cpu")
    *_, far = connecting(address)
    assert isinstance(far, ServedReader)
    window.controller.apply(moves.load, far.facts)
    assert said(window).endswith(f"4,096 tokens, on {address} (cpu)")
    hostile = replace(far.facts, name="<b>x", host="http://x/<i>", device="")
    window.controller.apply(moves.load, hostile)
    named = next(one for one in window.statusBar().findChildren(QLabel) if "<b>x" in one.text())
    assert named.textFormat() == Qt.TextFormat.PlainText
    assert "&lt;i&gt;" in named.toolTip()
    far.close()
