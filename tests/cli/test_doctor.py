"""`explorer doctor`: all is well on this machine, and what is not well is said."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from explorer.cli import display, doctor
from explorer.cli.main import main


def test_the_doctor_finds_this_machine_healthy(child):
    done = child("doctor")
    rows = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    checked = [row for row in rows if row.endswith("  ok")]
    assert rows[-1] == f"all {len(checked)} checks are ok"
    for word in ("Hopfield", "transformers", "draws", "PySide6", "display", "settings"):
        assert any(word in row for row in checked)
    assert len({re.search("  ok$", row).start() for row in checked}) == 1  # type: ignore[union-attr]


def test_a_broken_model_is_a_failed_row_and_exit_1(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(doctor, "lost_references", lambda: 0)
    assert main(["doctor", "--model", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert re.search(r"the model opens +.*config\.json is missing.*FAILED\n", out)
    assert "1 of 12 checks FAILED" in out


def test_references_that_qt_would_lose_are_counted():
    assert abs(doctor.lost_references()) <= 10
    loss = "import ctypes; [ctypes.pythonapi.Py_DecRef(ctypes.py_object(True)) for _ in range(50)]"
    if sys.version_info < (3, 12):  # True cannot lose references any more in later versions
        assert doctor.lost_references(between=loss) >= 40
    assert doctor.lost_references(between="import os; os.abort()") is None


def test_a_lost_reference_fails_the_doctor(monkeypatch):
    for lost in (1000, None):
        monkeypatch.setattr(doctor, "lost_references", lambda value=lost: value)
        failed = [check for check in doctor.machine_checks() if not check.ok]
        assert len(failed) == 1 and failed[0].name.startswith("references lost")


def test_a_package_that_is_not_there_fails():
    assert not doctor.version_check("explorer-nowhere").ok
    assert doctor.version_check("numpy").ok


def test_a_missing_library_fails_the_row_of_the_display(monkeypatch):
    monkeypatch.setattr(display, "missing_library", lambda environ: "libEGL.so.1")
    check = doctor.display_check()
    assert not check.ok and "libEGL.so.1" in check.measured


def test_a_folder_is_writable_when_it_could_be_made(tmp_path):
    assert doctor.is_writable(tmp_path / "not" / "yet" / "there")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    assert not doctor.is_writable(tmp_path / "file" / "below")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder that takes no files")
def test_a_folder_that_takes_no_files_is_not_writable():
    assert not doctor.is_writable(Path("/proc"))
