"""The whole program as a process: it starts, survives what it finds, and ends with code 0."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.session.files.archive import write_session
from explorer.session.files.journal import read_journal
from explorer.session.snapshot import Snapshot
from explorer.ui.keeper import SHARED, claim
from explorer.ui.panels.first import FIRST_PANELS
from explorer.ui.settings import Settings, SettingsFile, pack_layout

SCRIPT = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from explorer import app
from explorer.session import moves

config, model, when = Path(sys.argv[1]), sys.argv[2] or None, sys.argv[3]

class Watched(app.Window):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.closing.connect(self.tell)
        self.controller.changed.connect(self.watch)
        if when == "at once":
            self.painted.connect(lambda: QTimer.singleShot(30, self.close))
        QTimer.singleShot(60_000, self.close)

    def tell(self):
        s = self.controller.snapshot
        print(bool(s.timeline), "|", s.error, "|", s.notice, flush=True)

    def watch(self, new, old):
        if when == "ready" and new.timeline or when == "failed" and new.error:
            QTimer.singleShot(0, self.close)

if when == "failed" and not model:
    from PySide6.QtGui import QPainter
    from explorer.ui.panels.dice_canvas import DiceCanvas

    def broken(self, event):
        painter = QPainter(self)
        painter.fillRect(self.rect(), 0)
        raise RuntimeError("in the middle of a picture")

    DiceCanvas.paintEvent = broken

app.Window = Watched
sys.exit(app.run(app.Options(config_dir=config, model=Path(model) if model else None)))
"""

Start = Callable[..., tuple[str, str, str]]


@pytest.fixture
def start(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> Start:
    """Run the window offscreen until it is ready, failed or shown; (has text, error, notice)."""

    def run(config: Path, model: str = "", when: str = "ready") -> tuple[str, str, str]:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(config), model, when],
            cwd=tmp_path,
            env=environment({"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)}),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        has_text, error, notice = done.stdout.strip().rsplit("\n", 1)[-1].split("|")
        return has_text.strip(), error.strip(), notice.strip()

    return run


def test_it_starts_reads_the_demo_and_keeps_its_layout(start: Start, tmp_path: Path) -> None:
    config = tmp_path / "config"
    assert start(config) == ("True", "", "")
    settings, note = SettingsFile(config).load()
    assert note == ""
    assert settings.layout is not None
    assert set(settings.panels) == {panel.id for panel in FIRST_PANELS}
    assert start(config) == ("True", "", "")


@pytest.mark.parametrize("family", ["gpt_neox", "gemma2 in shards"])
def test_the_model_that_the_command_line_names_is_opened_and_reads_the_demo(
    start: Start,
    tmp_path: Path,
    family: str,
    family_folder: Callable[[str], Path],
    shards_of: Callable[[str], Path],
) -> None:
    name = family.removesuffix(" in shards")
    folder = family_folder(name) if name == family else shards_of(name)
    assert start(tmp_path / "config", str(folder)) == ("True", "", "")


def test_it_can_be_closed_while_the_model_is_loading(start: Start, tmp_path: Path) -> None:
    start(tmp_path / "config", when="at once")
    assert SettingsFile(tmp_path / "config").load()[0].layout is not None


def test_a_broken_model_folder_is_a_sentence_and_the_window_lives(
    start: Start, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text("{")
    has_text, error, _ = start(tmp_path / "config", str(broken), "failed")
    assert has_text == "False"
    assert "config.json" in error


def test_a_panel_that_fails_while_it_paints_is_a_sentence_and_the_window_lives(
    start: Start, tmp_path: Path
) -> None:
    _, error, _ = start(tmp_path / "config", when="failed")
    assert "in the middle of a picture" in error


def test_a_settings_folder_that_cannot_be_written_is_no_reason_not_to_start(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert start(tmp_path / "file" / "config")[0] == "True"


def test_damaged_settings_start_with_defaults_and_a_note(start: Start, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "settings.json").write_text("{broken")
    _, _, notice = start(config, when="at once")
    assert "defaults are used" in notice


def test_a_layout_that_is_not_qts_gives_the_default_layout(start: Start, tmp_path: Path) -> None:
    config = tmp_path / "config"
    SettingsFile(config).save(Settings(layout=pack_layout(b"not a window state")))
    assert start(config)[0] == "True"


def test_a_layout_with_one_changed_byte_is_not_restored(start: Start, tmp_path: Path) -> None:
    config = tmp_path / "config"
    start(config, when="at once")
    path = config / "settings.json"
    stored = json.loads(path.read_text())
    blob = stored["layout"]["blob"]
    stored["layout"]["blob"] = blob[:40] + ("A" if blob[40] != "A" else "B") + blob[41:]
    path.write_text(json.dumps(stored))
    assert start(config)[0] == "True"


def test_while_another_window_lives_the_settings_are_read_and_not_written(
    start: Start, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    store = SettingsFile(config)
    store.save(Settings(zoom=1.25))
    before = store.path.read_bytes()
    lock, taken = claim(config)
    store.mark()  # the other window is restoring its layout
    assert taken and not claim(config)[1]
    assert start(config, when="at once")[2] == SHARED
    assert store.path.read_bytes() == before and store.marker.exists()
    lock.unlock()
    assert claim(config)[1]


KILLED = """
import os, signal, sys
from pathlib import Path
from explorer import app
from explorer.session import moves

class Watched(app.Window):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.controller.changed.connect(self.watch)

    def watch(self, new, old):
        count = len(new.timeline.nodes)
        if new.timeline is old.timeline:
            return
        print(count, flush=True)
        if count == 1:
            self.controller.apply(moves.play_at, 60.0)
            self.controller.play(True)
        if count == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

app.Window = Watched
app.run(app.Options(config_dir=Path(sys.argv[1])))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there no process is killed by a signal")
@pytest.mark.parametrize("count", [2, 9])
def test_a_window_killed_while_it_plays_loses_at_most_the_step_in_flight(
    count: int, environment: Callable[..., dict[str, str]], start: Start, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(config), str(count)],
        cwd=tmp_path,
        env=environment({"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)}),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == -9, done.stderr
    shown = int(done.stdout.split()[-1])
    journals = list((config / "unsaved").glob("*.journal"))
    kept = len(read_journal(journals[0]).tree.nodes) if journals else 1
    assert shown - 1 <= kept <= shown
    if journals:
        assert start(config)[0] == "True"
        assert journals[0].exists()


def test_a_session_named_on_the_command_line_is_opened(
    environment: Callable[..., dict[str, str]], story: Callable[..., Snapshot], tmp_path: Path
) -> None:
    for _ in write_session(tmp_path / "a.explorer", story(4)):
        pass
    script = SCRIPT.replace(
        "model=Path(model) if model else None", "session=Path('a.explorer').absolute()"
    ).replace("and new.timeline or", "and len(new.timeline.nodes) == 5 or")
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "config"), "", "ready"],
        cwd=tmp_path,
        env=environment({"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)}),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "a.explorer is open." in done.stdout
