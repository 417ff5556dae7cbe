"""Unsaved work is kept whatever the clock of the machine says."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.session.files.journal import read_journal
from explorer.session.files.slices import run
from explorer.session.snapshot import Snapshot
from explorer.ui.autosave import MOST_KEPT, Kept, kept_journals
from explorer.ui.unsaved import find_unsaved
from explorer.ui.window import Window

YEAR = 365 * 86_400


def put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the clock shows a year less, then another one at every look."""
    real, stamp, looks = time.time, time.strftime, iter(range(1, 10**6))
    monkeypatch.setattr(time, "time", lambda: real() - YEAR * next(looks))

    def strftime(form: str, moment: time.struct_time | None = None) -> str:
        return stamp(form, moment or time.localtime(real() - YEAR))

    monkeypatch.setattr(time, "strftime", strftime)


def test_the_newest_session_comes_first_when_the_clock_was_put_back(
    story: Callable[..., Snapshot], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(count: int) -> None:
        kept = Kept(tmp_path)
        kept.append(story(count), {})
        kept.close(keep=True)

    for _ in range(MOST_KEPT):
        ended(1)
    put_back(monkeypatch)
    for count in (2, 3):
        ended(count)
    found = [len(read_journal(path).tree.nodes) for path in kept_journals(tmp_path)]
    assert found == [4, 3, 2, 2, 2]
    assert len(list(tmp_path.glob("*.journal"))) == MOST_KEPT


def test_a_window_steps_plays_and_keeps_while_the_clock_runs_backwards(
    window: Window, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_back(monkeypatch)
    c = window.controller
    window.files.keep_in(tmp_path)
    c.play(True)
    qtbot.waitUntil(lambda: len(c.snapshot.timeline.nodes) > 5)
    c.play(False)
    qtbot.waitUntil(lambda: not c.worker.busy)
    (journal,) = (tmp_path / "unsaved").glob("*.journal")
    assert len(read_journal(journal).tree.nodes) == len(c.snapshot.timeline.nodes)
    assert run(find_unsaved(tmp_path / "unsaved")) == ()  # it lives: nothing is offered
