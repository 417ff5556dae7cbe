"""Where the shipped files are, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path


def resource(*parts: str) -> Path:
    """The path of a shipped file or folder, which need not exist."""
    package = Path(__file__).resolve().parent
    installed = package / "_resources"
    root = installed if installed.is_dir() else package.parent / "resources"
    return root.joinpath(*parts)


def model_folder() -> Path:
    """The folder of the shipped model."""
    return resource("model")
