"""The growth of capacity measured from the window: progress, stop, bad numbers, the chart."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from explorer.session.memory.snapshot import empty
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.panels.memory_growth import MemoryGrowthPanel
from explorer.ui.style import DARK, Style
from explorer.ui.worker import Worker

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(worker: Worker, style: Style, qtbot) -> MemoryGrowthPanel:
    panel = MemoryGrowthPanel(MemoryDesk(empty((4, 4)), worker), style)
    qtbot.addWidget(panel)
    panel.resize(460, 360)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def test_all_three_energies_are_measured_with_error_bars(panel, qtbot) -> None:
    panel._networks.setText("2")
    qtbot.mouseClick(panel._measure, LEFT)
    assert panel.controller.snapshot.busy == "" or panel._stop.isEnabled()
    qtbot.waitUntil(
        lambda: (
            (found := panel.controller.snapshot.measured.growth) is not None
            and found.done == found.total
        ),
        timeout=20_000,
    )
    qtbot.waitUntil(lambda: panel.controller.snapshot.busy == "")
    assert all(len(line.x) == 5 and (line.error >= 0).all() for line in panel.canvas.chart.lines)
    assert "exponential: 2^(a N)" in panel._facts.text()
    assert panel.canvas.accessibleDescription() == panel._facts.text()
    assert not panel._stop.isEnabled()
    qtbot.mouseClick(panel._forget, LEFT)
    assert panel.controller.snapshot.measured.growth is None and not panel._forget.isEnabled()


def test_it_can_be_stopped_and_keeps_what_it_has(panel, qtbot) -> None:
    panel._networks.setText("100")
    qtbot.mouseClick(panel._measure, LEFT)
    desk = panel.controller
    qtbot.waitUntil(
        lambda: (found := desk.snapshot.measured.growth) is not None and found.done > 2,
        timeout=20_000,
    )
    assert desk.snapshot.busy.startswith("Measuring: ")
    qtbot.mouseClick(panel._stop, LEFT)
    kept = desk.snapshot.measured.growth
    assert desk.snapshot.busy == "" and 2 < kept.done < kept.total
    panel.grab()
    assert desk.snapshot.measured.growth is kept


@pytest.mark.parametrize(
    ("networks", "noise", "sentence"),
    [
        ("0", "0", "Networks must lie between 1 and 100"),
        ("x", "0", "whole number from 1 to 100"),
        ("", "0", "whole number"),
        ("5000", "0", "whole number from 1 to 100"),
        ("2", "50", "flipped share"),
        ("2", "nan", "flipped share"),
        ("2", "many", "number of %"),
    ],
)
def test_bad_numbers_are_refused_under_the_fields(
    panel, qtbot, networks: str, noise: str, sentence: str
) -> None:
    panel._networks.setText(networks)
    panel._noise.setText(noise)
    qtbot.mouseClick(panel._measure, LEFT)
    assert sentence in panel._note.text() and panel._note.isVisible()
    assert not panel.controller.worker.busy


@pytest.mark.parametrize("size", [(150, 90), (320, 200), (1200, 900)])
def test_it_is_painted_at_every_size_theme_and_scale(panel, style: Style, size) -> None:
    panel.resize(*size)
    panel.grab()
    style.set_theme(DARK)
    style.set_presenter(True)
    assert not panel.grab().toImage().isNull()
