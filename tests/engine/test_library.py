"""The libraries of torch are opened before the import, and nothing breaks where they are not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from explorer.engine import library

OPENED = """
import sys
from explorer.engine.library import open_libraries
print(*open_libraries())
mapped = open("/proc/self/maps").read()
print("libtorch_cpu" in mapped, "torch" in sys.modules)
import torch
print(torch.ones(3).sum().item())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux names them so")
def test_the_import_finds_the_libraries_open(environment: Callable[..., dict[str, str]]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPENED],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    names, before, after = done.stdout.splitlines()
    assert names.split() == [name for name, _ in library._LIBRARIES]
    assert before == "True False"
    assert after == "3.0"


@pytest.mark.parametrize("origin", [None, "nowhere/__init__.py"])
def test_what_is_not_there_is_left_to_the_import(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: str | None
) -> None:
    place = None if origin is None else str(tmp_path / origin)
    spec = ModuleSpec("torch", None, origin=place)
    monkeypatch.setattr(library.importlib.util, "find_spec", lambda name: spec)
    assert library.open_libraries() == []


def test_without_torch_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library.importlib.util, "find_spec", lambda name: None)
    assert library.open_libraries() == []
