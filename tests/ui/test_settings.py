"""Settings: kept whole, and never a reason not to start."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.settings import (
    SavedLayout,
    Settings,
    SettingsFile,
    pack_layout,
    unpack_layout,
)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    store = SettingsFile(tmp_path / "new folder ✓")
    settings = Settings(theme="dark", zoom=1.3, layout=pack_layout(b"\0state"), size=(900, 700))
    assert store.save(settings) == ""
    assert store.load() == (settings, "")


def test_a_first_start_has_defaults_and_no_note(tmp_path: Path) -> None:
    assert SettingsFile(tmp_path).load() == (Settings(), "")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[1]", b'{"zoom": "x"}', b"\xff\xfe", b'{"zoom": NaN}', b"[" * 100_000,
        b'{"zoom": 1e999}', b'{"theme": "evil"}', b'{"theme": 3}', b'{"maximised": 1}',
        b'{"size": [99999999999999999999, 3]}', b'{"size": [1000000000, 900]}',
        b'{"size": [-5, 900]}', b'{"size": [0, 0]}', b'{"size": [900]}', b'{"panels": "all"}',
        b'{"layout": {"version": 1}}', b'{"layout": "AAAA"}',
    ],
)  # fmt: skip
def test_a_broken_file_gives_defaults_and_a_sentence(tmp_path: Path, content: bytes) -> None:
    store = SettingsFile(tmp_path)
    store.path.write_bytes(content)
    settings, note = store.load()
    assert settings == Settings()
    assert "defaults are used" in note


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    store = SettingsFile(file / "below")
    assert "cannot be kept" in store.save(Settings())
    store.mark()
    store.unmark()
    assert store.load()[0] == Settings()


def test_a_full_disk_leaves_the_old_settings_whole(tmp_path: Path, monkeypatch) -> None:
    store = SettingsFile(tmp_path)
    store.save(Settings(theme="dark"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left" in store.save(Settings(theme="light"))
    assert store.load()[0].theme == "dark"
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_two_programs_that_save_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    def save(theme: str) -> None:
        for _ in range(30):
            assert SettingsFile(tmp_path).save(Settings(theme=theme)) == ""

    both = [threading.Thread(target=save, args=(theme,)) for theme in ("dark", "light")]
    for one in both:
        one.start()
    while any(one.is_alive() for one in both):
        settings, note = SettingsFile(tmp_path).load()
        assert note == "" and settings.theme in ("system", "dark", "light")
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_what_another_window_keeps_is_read_and_never_written(tmp_path: Path) -> None:
    mine = SettingsFile(tmp_path)
    mine.save(Settings(theme="dark", layout=pack_layout(b"fine")))
    mine.mark()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    theirs = SettingsFile(tmp_path, read_only=True)
    assert theirs.load() == (Settings(theme="dark", layout=pack_layout(b"fine")), "")
    theirs.unmark()
    assert theirs.save(Settings(theme="light")) == ""
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "settings.json").open("wb") as file:
        file.truncate(1 << 40)
    settings, note = SettingsFile(tmp_path).load()
    assert settings == Settings() and "too large" in note


def test_a_start_that_died_while_restoring_gets_the_default_layout(tmp_path: Path) -> None:
    store = SettingsFile(tmp_path)
    store.save(Settings(theme="dark", layout=pack_layout(b"bad")))
    store.mark()
    settings, note = store.load()
    assert settings == Settings(theme="dark")
    assert "did not survive" in note
    assert store.load()[1] == ""


@given(st.binary(max_size=300), st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_of_a_layout_is_never_restored(blob: bytes, at: int, flip: int) -> None:
    packed = pack_layout(blob)
    assert unpack_layout(packed) == blob
    if blob:
        damaged = bytearray(blob)
        damaged[at % len(blob)] ^= flip
        forged = msgspec.structs.replace(pack_layout(bytes(damaged)), sha256=packed.sha256)
        assert unpack_layout(forged) is None


def test_a_layout_of_another_version_or_not_base64_is_refused() -> None:
    packed = pack_layout(b"state")
    assert unpack_layout(msgspec.structs.replace(packed, version=99)) is None
    assert unpack_layout(SavedLayout(1, packed.sha256, "***")) is None
    assert unpack_layout(None) is None
