"""Play, notices and failures, which every workspace has: the same law for each kind of snapshot."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.session import status
from explorer.session.bridge import moves as bridge_moves
from explorer.session.bridge.snapshot import Bridge
from explorer.session.memory.snapshot import empty
from explorer.session.snapshot import Snapshot

SNAPSHOTS = (Snapshot(), empty(), Bridge())
kinds = pytest.mark.parametrize("s", SNAPSHOTS, ids=lambda s: type(s).__name__)


@kinds
def test_a_move_that_changes_nothing_returns_the_same_snapshot(s) -> None:
    told = status.fail(status.notice(s, "There."), "Broken.")
    assert status.play(s, False) is s
    assert status.play_at(s, s.play.rate) is s
    assert status.notice(told, "There.") is told
    assert status.fail(told, "Broken.") is told
    assert status.working(s, "") is s


@kinds
def test_a_failure_stops_play_and_what_the_worker_does_and_keeps_the_rest(s) -> None:
    running = replace(s, play=status.Play(True, 9.0, to_stop=True), notice="There.", busy="Working")
    failed = status.fail(running, "Broken.")
    assert failed.play == status.Play(False, 9.0)
    assert (failed.error, failed.busy, failed.notice) == ("Broken.", "", "There.")
    told = ("play", "error", "busy", "notice")
    assert all(getattr(failed, name) is getattr(s, name) for name in vars(s) if name not in told)


@kinds
def test_starting_or_pausing_play_ends_a_run_to_the_next_stop(s) -> None:
    run = replace(s, play=status.Play(True, 9.0, to_stop=True))
    assert status.play(run, True).play == status.Play(True, 9.0)
    assert status.play(run, False).play == status.Play(False, 9.0)


@kinds
@given(rate=st.floats(allow_nan=False))
def test_the_rate_of_play_stays_within_its_bounds(s, rate: float) -> None:
    there = status.play_at(s, rate)
    assert status.SLOWEST <= there.play.rate <= status.FASTEST
    if status.SLOWEST <= rate <= status.FASTEST:
        assert there.play.rate == rate
    assert there.play.running == s.play.running


def test_a_workspace_may_be_slower_at_most() -> None:
    assert bridge_moves.play_at(Bridge(), 60.0).play.rate == bridge_moves.FASTEST == 30.0
