"""What is said of a session that cannot be used."""

from __future__ import annotations


class SessionError(ValueError):
    """A session cannot be used; the text says why."""
