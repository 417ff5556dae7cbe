"""Sessions that were never saved: the journals that ended programs left, and what is in them."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from explorer.session.files.journal import reading_kept
from explorer.session.files.manifest import SessionError
from explorer.session.files.reread import text_at_cursor
from explorer.ui.autosave import kept_journals

_LONGEST = 48


@dataclass(frozen=True)
class Unsaved:
    """One kept journal: its text up to the cursor, shortened, and when it was written last."""

    path: Path
    title: str
    when: str


def find_unsaved(folder: Path) -> Generator[str, None, tuple[Unsaved, ...]]:
    """The kept journals, newest first, in slices.

    Those that hold no session are left where they are.
    """
    found = []
    for path in kept_journals(folder):
        try:
            stored = yield from reading_kept(path)
            text = " ".join(text_at_cursor(stored.manifest).split())
            written = time.localtime(path.stat().st_mtime)
        except (SessionError, OSError):
            continue
        title = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        found.append(Unsaved(path, title, time.strftime("%Y-%m-%d %H:%M", written)))
    return tuple(found)
