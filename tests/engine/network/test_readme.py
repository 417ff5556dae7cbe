"""The README's table of families is the one that the code prints."""

from __future__ import annotations

from pathlib import Path

from explorer.engine.network.listing import markdown


def test_the_readme_lists_the_families_that_can_be_opened() -> None:
    readme = Path(__file__).parents[3] / "README.md"
    assert markdown().strip() in readme.read_text(encoding="utf-8")
