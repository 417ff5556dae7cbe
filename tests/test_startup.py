"""What must hold before anything is drawn: what is loaded, which package is tested, Qt's counts."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

import explorer
from explorer.cli.doctor import lost_references
from explorer.resources import model_folder, resource


def loaded_by(statement, environment, folder):
    """The top-level modules that a fresh interpreter holds after a statement."""
    code = f"{statement}\nimport sys; print(*(name.split('.')[0] for name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=folder,
        env=environment({"QT_QPA_PLATFORM": "offscreen"}),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.skipif(sys.platform == "win32", reason="there torch has to come before Qt")
def test_the_window_can_be_shown_before_torch_is_loaded(environment, tmp_path):
    loaded = loaded_by("import explorer.app", environment, tmp_path)
    assert "PySide6" in loaded
    assert not loaded & {"torch", "transformers"}


@pytest.mark.parametrize("room", ["session.moves", "session.story", "lens", "engine.sampling"])
def test_the_story_is_told_without_torch_and_qt(room, environment, tmp_path):
    loaded = loaded_by(f"import explorer.{room}", environment, tmp_path)
    assert "explorer" in loaded
    assert not loaded & {"torch", "PySide6", "pyqtgraph"}


def test_qt_loses_no_references_to_none_and_true():
    lost = lost_references()
    assert lost is not None and lost <= 10


def test_the_shipped_model_is_where_the_program_looks_for_it():
    names = {"config.json", "model.safetensors", "tokenizer.json"}
    assert names <= {path.name for path in model_folder().iterdir()}
    assert resource("model") == model_folder()


def test_the_tests_run_against_the_installed_package_where_one_is_installed():
    """`python -m pytest` would import the checkout and hide a file that the wheel lacks."""
    try:
        installed = importlib.metadata.distribution("explorer")
    except importlib.metadata.PackageNotFoundError:
        return
    if "editable" in (installed.read_text("direct_url.json") or ""):
        return
    meant = Path(str(installed.locate_file("explorer/__init__.py")))
    assert Path(explorer.__file__).samefile(meant), "run pytest itself, not python -m pytest"
    assert (meant.parent / "_resources" / "model" / "config.json").is_file()
