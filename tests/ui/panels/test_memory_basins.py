"""Basins are measured in the background of the real window, and grow while they are watched."""

from __future__ import annotations

from PySide6.QtCore import Qt


def test_basins_grow_live_until_they_are_stopped(window, desk, qtbot) -> None:
    panel = window.reveal("memory_basins")
    panel._trials.setFocus()
    panel._trials.selectAll()
    qtbot.keyClicks(panel._trials, "5000")
    qtbot.mouseClick(panel._measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.snapshot.measured.basins is not None)
    first = desk.snapshot.measured.basins.basins.done
    qtbot.waitUntil(lambda: desk.snapshot.measured.basins.basins.done > first)
    qtbot.mouseClick(panel._stop, Qt.MouseButton.LeftButton)
    found = desk.snapshot.measured.basins.basins
    assert 0 < found.done < found.total and not desk.snapshot.busy
    panel.grab()
    panel._trials.setText("0")
    qtbot.mouseClick(panel._measure, Qt.MouseButton.LeftButton)
    assert "whole number from 1" in panel._note.text()
    assert desk.snapshot.measured.basins.basins is found


def test_random_starts_are_shared_out_among_the_fixed_points(window, desk, qtbot) -> None:
    panel = window.reveal("memory_basins")
    panel._trials.setText("10")
    qtbot.mouseClick(panel._measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: (
            desk.snapshot.valleys is not None
            and desk.snapshot.valleys.found.done == 1000
            and not desk.snapshot.busy
        ),
        timeout=20_000,
    )
    said = panel.canvas.accessibleDescription()
    assert "A: half come back at" in said and "end in A (memory)" in said
