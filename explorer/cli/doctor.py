"""`explorer doctor`: proves on this machine that the program does what it says."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli import display, settings, story

if TYPE_CHECKING:
    from explorer.engine.proof import Check

PACKAGES = ("torch", "PySide6-Essentials", "numpy", "tokenizers", "safetensors")
# PySide6 6.12.0 on Python 3.10 and 3.11 loses a reference to True at every bare emit and one to
# None at every call that returns nothing, and the interpreter dies after some hundred of them.
_COUNT_REFERENCES = """
import os, sys
from PySide6.QtCore import QObject, Signal
class Sender(QObject):
    sent = Signal()
sender = Sender()
before = sys.getrefcount(None), sys.getrefcount(True)
for index in range({calls}):
    sender.sent.emit()
    sender.setObjectName("name")
{between}
after = sys.getrefcount(None), sys.getrefcount(True)
print(max(b - a for b, a in zip(before, after)), flush=True)
os._exit(0)  # an interpreter that lost references may die while it ends
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `doctor` and its options to the parser."""
    parser = commands.add_parser(
        "doctor", help="check the numbers and this machine", allow_abbrev=False
    )
    settings.add_model(parser)
    parser.set_defaults(run=run_doctor)


def run_doctor(options: argparse.Namespace) -> int:
    """Print one row for each check as soon as it is made; 1 when any of them failed."""
    print(f"{'check':42}  {'measured':32}  {'allowed':12}  result", flush=True)
    failed = total = 0
    for check in (*machine_checks(), *folder_checks()):
        failed, total = failed + (not check.ok), total + 1
        print_row(check)
    for check in model_checks(options.model):
        failed, total = failed + (not check.ok), total + 1
        print_row(check)
    print(f"\n{failed} of {total} checks FAILED" if failed else f"\nall {total} checks are ok")
    return 1 if failed else 0


def print_row(check: Check) -> None:
    """One aligned row; what is too long moves the columns instead of being cut."""
    result = "ok" if check.ok else "FAILED"
    print(f"{check.name:42}  {check.measured:32}  {check.allowed:12}  {result}", flush=True)


def model_checks(folder: Path | None) -> Iterator[Check]:
    """The proofs of a model, or one failed row that says why it cannot be opened."""
    from explorer.engine.proof import Check, prove
    from explorer.resources import model_folder

    folder = folder or model_folder()
    try:
        reader = story.open_reader(folder)
    except ValueError as error:
        yield Check("the model opens", str(error), "", False)
        return
    facts = reader.facts
    size = f"{facts.layers} layers × {facts.heads} heads, V {facts.vocabulary}"
    yield Check("the model opens", size, "", True)
    yield from prove(reader, folder)


def machine_checks() -> Iterator[Check]:
    """Versions, the display, and the fault of PySide6 6.12.0."""
    from explorer.engine.proof import Check

    version = platform.python_version()
    yield Check("Python", version, ">= 3.11", sys.version_info >= (3, 11))
    for name in PACKAGES:
        yield version_check(name)
    lost = lost_references()
    shown = "the interpreter died" if lost is None else str(lost)
    few = lost is not None and lost <= 10
    yield Check("references lost in 1,000 calls of Qt", shown, "<= 10", few)
    yield display_check()


def version_check(name: str) -> Check:
    """The installed version of a package against what this program was built for."""
    from explorer.engine.proof import Check

    try:
        return Check(name, importlib.metadata.version(name), "installed", True)
    except importlib.metadata.PackageNotFoundError:
        return Check(name, "missing", "installed", False)


def display_check() -> Check:
    """Which platform Qt will use and whether its system libraries are there."""
    from explorer.engine.proof import Check

    there = display.is_there(os.environ)
    environ = dict(os.environ) if there else os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    missing = display.missing_library(environ)
    shown = " or ".join(display.platforms(os.environ)) or sys.platform
    measured = f"{missing} is missing" if missing else shown if there else "none, terminal only"
    return Check("display", measured, "", not missing)


def folder_checks() -> Iterator[Check]:
    """Whether settings, cache and log can be written."""
    import platformdirs

    from explorer.engine.proof import Check

    folders = {
        "settings": platformdirs.user_config_path("explorer", appauthor=False),
        "cache": platformdirs.user_cache_path("explorer", appauthor=False),
        "log": platformdirs.user_log_path("explorer", appauthor=False),
    }
    for name, folder in folders.items():
        yield Check(f"folder for the {name}", str(folder), "writable", is_writable(folder))


def is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or in the nearest one above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def lost_references(calls: int = 1000, between: str = "") -> int | None:
    """References to None or True that Qt loses in `calls` calls; None when Python dies of it.

    Asked in a child process, which may die. `between` is Python code run there as well.
    """
    code = _COUNT_REFERENCES.format(calls=calls, between=between)
    command = [sys.executable, "-P", "-c", code]
    environ = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=120)
    return int(done.stdout) if done.returncode == 0 else None
