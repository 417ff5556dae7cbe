"""The sliders of "Attention is a memory" in a session: all come back, none is believed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.session.bridge import moves
from explorer.session.bridge.head import head_of
from explorer.session.bridge.snapshot import POWERS, Bridge, Setting
from explorer.session.files import bridge
from explorer.session.files.archive import read_session, write_session
from explorer.session.files.errors import SessionError
from explorer.session.files.journal import Journal, read_kept


def reopened(s: Bridge) -> Bridge:
    return bridge.unpack(json.loads(bridge.pack(s)))


@pytest.fixture
def turned() -> Bridge:
    setting = Setting(count=7, goal=3, noise=0.11, sharpness=0.37, power=6, throw=4)
    return moves.play_at(moves.use(moves.opened(), setting), 9.0)


@given(
    st.integers(2, 26), st.floats(0.0, 0.5), st.floats(0.01, 10.0), st.sampled_from(POWERS),
    st.integers(0, 1000), st.integers(0, 2**40),
)  # fmt: skip
def test_every_setting_comes_back(count, noise, sharpness, power, throw, seed) -> None:
    setting = Setting("letters", count - 1, count, noise, sharpness, power, seed, throw)
    assert reopened(Bridge(setting)).setting == setting


def test_the_same_updates_follow_from_what_was_kept(turned: Bridge) -> None:
    there = moves.step(moves.step(turned))
    again = moves.step(moves.step(reopened(there)))
    assert again.play.rate == 9.0 and again.cursor == 2
    for one, other in zip(there.lines, again.lines, strict=True):
        assert np.array_equal(one.updates[-1].after, other.updates[-1].after)


def test_keys_are_stored_again_once_the_head_is_there(story) -> None:
    head = head_of(story(3))
    s = moves.store(moves.follow(moves.opened(), head), "keys")
    opened = reopened(s)
    assert opened.lines == () and opened.setting.store == "keys"
    shown = moves.follow(opened, head)
    assert [line.kind for line in shown.lines] == [line.kind for line in s.lines]
    assert np.array_equal(shown.lines[0].patterns, s.lines[0].patterns)


def test_what_was_never_touched_is_not_kept(turned: Bridge) -> None:
    assert not bridge.touched(moves.step(moves.opened())) and bridge.touched(turned)
    assert bridge.content(moves.step(turned)) == bridge.content(turned)


BAD = [
    ("setting", "count", 1), ("setting", "count", 10**9), ("setting", "goal", 7),
    ("setting", "goal", -1), ("setting", "noise", "nan"), ("setting", "noise", 2.0),
    ("setting", "sharpness", 0.0), ("setting", "sharpness", "inf"), ("setting", "power", 7),
    ("setting", "store", "pickles"), ("setting", "throw", -1), ("setting", "seed", -1),
    ("", "rate", 1e9), ("", "rate", "nan"), ("", "version", 99), ("", "version", 0),
    ("", "format", "zip"), ("", "setting", None),
]  # fmt: skip


@pytest.mark.parametrize(("part", "name", "value"), BAD)
def test_a_damaged_record_is_refused_in_a_sentence(
    turned: Bridge, part: str, name: str, value: object
) -> None:
    raw = json.loads(bridge.pack(turned))
    (raw[part] if part else raw)[name] = value
    with pytest.raises(SessionError, match="is damaged"):
        bridge.unpack(raw)


@pytest.mark.parametrize("raw", [None, [], "text", {}, {"format": bridge.FORMAT}])
def test_what_is_no_record_is_refused_in_a_sentence(raw: object) -> None:
    with pytest.raises(SessionError, match="is damaged"):
        bridge.unpack(raw)


def test_a_session_file_and_a_journal_keep_it(turned: Bridge, story, tmp_path: Path) -> None:
    path = tmp_path / "a.explorer"
    for _ in write_session(path, story(2), others={"bridge": turned}):
        pass
    stored = next(one for one in reversed(list(read_session(path))) if not isinstance(one, str))
    assert stored.others["bridge"].setting == turned.setting
    journal = Journal(tmp_path / "b.journal")
    journal.append(story(2), {"bridge": moves.opened()})
    journal.append(story(2), {"bridge": replace(turned)})
    assert read_kept(tmp_path / "b.journal").others["bridge"].setting == turned.setting
