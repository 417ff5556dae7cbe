"""Keeps a library from writing to the error stream what is told in a sentence anyway.

A Rust panic prints where it happened, with a backtrace if the environment asks for one, before
Python hears of it; no hook can be set from here. So descriptor 2 leads nowhere for the moment.
"""

from __future__ import annotations

import os
import threading


class Silence:
    """A context: while one thread is inside, nothing written to descriptor 2 is seen.

    Threads may be inside at the same time; the last one that leaves opens the stream again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._stream: int | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._stream = _turned_away()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._stream is not None:
                os.dup2(self._stream, 2)
                os.close(self._stream)
                self._stream = None


SILENCE = Silence()


def _turned_away() -> int | None:
    """Point descriptor 2 at nothing; a copy of the old one, None where a program has none."""
    try:
        kept = os.dup(2)
    except OSError:
        return None
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
    except OSError:
        os.close(kept)
        return None
    os.dup2(nothing, 2)
    os.close(nothing)
    return kept
