"""The whole program as a process where things go on around it: it ends well and loses nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.session.files.archive import Stored, read_session
from explorer.session.files.journal import read_journal

SCRIPT = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from explorer import app
from explorer.resources import model_folder

config, out = Path(sys.argv[1]), Path(sys.argv[2])
facts = {}

class Watched(app.Window):
    ready = False

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.controller.changed.connect(self.watch)
        self.closing.connect(self.tell)
        QTimer.singleShot(50_000, self.close)

    def watch(self, new, old):
        if new.timeline and not self.ready:
            self.ready = True
            QTimer.singleShot(0, self.go)
        if self.ready:
            self.look(new)

    def look(self, new):
        pass

    def tell(self):
        facts["nodes"] = len(self.controller.snapshot.timeline.nodes)
        facts["size"] = [self.width(), self.height()]
        print(json.dumps(facts), flush=True)

%s

app.Window = Watched
sys.exit(app.run(app.Options(config_dir=config)))
"""

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> Run:
    """Run the window with methods of its own until it closes; returns what it told."""

    def child(methods: str, config: str = "config", **more: Any) -> dict[str, Any]:
        environ = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)} | more.pop("environ", {})
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT % methods, str(tmp_path / config), str(tmp_path)],
            env=environment(environ),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            **{"cwd": tmp_path, **more},
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr and "QThread" not in done.stderr, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    return child


def test_closed_while_it_plays_it_keeps_every_token_that_was_shown(
    run: Run, tmp_path: Path
) -> None:
    shown = run("""
    def go(self):
        self.controller.play(True)

    def look(self, new):
        if len(new.timeline.nodes) == 4:
            QTimer.singleShot(0, self.close)
""")
    (journal,) = (tmp_path / "config" / "unsaved").glob("*.journal")
    assert len(read_journal(journal).tree.nodes) == shown["nodes"] == 4


def test_closed_while_it_saves_exports_and_opens_every_file_is_whole_or_not_there(
    run: Run, tmp_path: Path
) -> None:
    told = run("""
    def go(self):
        self.models.open(model_folder())
        self.files.save_to(out / "a.explorer")
        for panel in ("heads", "attention", "bars"):
            self.exporter.export_to(panel, out / f"{panel}.npz")
            self.exporter.export_to(panel, out / f"{panel}.png", 4000)
        QTimer.singleShot(1, self.close)
""")
    assert told["nodes"] == 1
    for path in tmp_path.glob("*.explorer"):
        *_, stored = read_session(path)
        assert isinstance(stored, Stored) and len(stored.snapshot.timeline.nodes) == 1
    for path in tmp_path.glob("*.npz"):
        assert path.read_bytes().startswith(b"PK") and path.read_bytes()[-22:-18] == b"PK\5\6"
    for path in tmp_path.glob("*.png"):
        assert path.read_bytes()[-8:-4] == b"IEND"


def test_closed_while_machines_learn_it_does_not_wait_for_the_end(run: Run) -> None:
    told = run("""
    def go(self):
        from explorer.session.memory import moves
        from explorer.ui.pixels import letter

        self.open_workspace("memory")
        self.desk = self.space.desk
        for one in "AX":
            self.desk.apply(moves.put, letter(one, self.desk.snapshot.shape))
            self.desk.apply(moves.store, one)
        panel = self.reveal("restricted")
        panel._fields["steps"].setText("10000")
        panel._learn.click()
        self.desk.changed.connect(self.learned)

    def learned(self, new, old):
        done = new.machines.learned.done if new.machines.learned is not None else 0
        facts["done"] = done
        if 0 < done:
            QTimer.singleShot(0, self.close)
""")
    assert 0 < told["done"] < 10_000


MOVED = """
    def go(self):
        from PySide6.QtWidgets import QApplication

        seen = facts["seen"] = []
        screens = QApplication.screens()
        corners = [one.geometry().topLeft().toTuple() for one in screens] + [(-9000, 9000)]
        for left, top in corners:
            for size in ((1000, 600), (200, 150)):
                self.setGeometry(left + 5, top + 5, *size)
                QApplication.processEvents()
                assert not self.grab().toImage().isNull()
                seen.append([screens.index(self.screen()), self.width(), self.height()])
        self.resize(2500, 1400)
        self.close()
"""


def screens(folder: Path, *sizes: tuple[int, int]) -> str:
    """The platform without a display, with screens of these sizes side by side."""
    left, found = 0, []
    for number, (width, height) in enumerate(sizes):
        found.append(
            {
                "name": f"screen {number}", "x": left, "y": 0, "width": width, "height": height,
                "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1,
            }
        )  # fmt: skip
        left += width
    path = folder / f"{len(sizes)}.json"
    path.write_text(json.dumps({"screens": found}))
    return f"offscreen:configfile={path}"


def test_between_screens_it_stays_usable_and_on_a_smaller_one_it_fits(
    run: Run, tmp_path: Path
) -> None:
    wide, small = screens(tmp_path, (3000, 1800), (1920, 1080)), screens(tmp_path, (1024, 640))
    told = run(MOVED, environ={"QT_QPA_PLATFORM": wide, "QT_SCALE_FACTOR": "3"})
    assert {screen for screen, _, _ in told["seen"]} == {0, 1}
    for _, width, height in told["seen"][1::2]:
        assert 200 <= width < 900 and 150 <= height < 500
    assert told["size"] == [2500, 1400]
    close = "    def go(self):\n        self.close()\n"
    width, height = run(close, environ={"QT_QPA_PLATFORM": small})["size"]
    assert width <= 1024 and height <= 640


@pytest.mark.skipif(sys.platform != "linux", reason="takes single rights away")
def test_it_starts_in_a_folder_that_takes_no_files_and_without_a_home(
    run: Run, powerless: Callable[[], None], tmp_path: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o500)
    told = run(
        "    def go(self):\n        self.controller.step()\n\n"
        "    def look(self, new):\n        if len(new.timeline.nodes) == 2:\n"
        "            QTimer.singleShot(0, self.close)\n",
        config="closed/config", cwd=closed, preexec_fn=powerless,
        environ={"HOME": str(closed), "LANG": "C", "LC_ALL": "C", "XDG_RUNTIME_DIR": "",
                 "DBUS_SESSION_BUS_ADDRESS": ""},
    )  # fmt: skip
    assert told["nodes"] == 2 and list(closed.iterdir()) == []
