"""What has been proved of the text on screen, in words."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.engine.checks import Check
from explorer.session.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class Verdict:
    """The checks done so far; caption says of what, stale that the screen shows something else."""

    checks: tuple[Check, ...]
    caption: str
    running: bool
    stale: bool
    summary: str


def verdict(s: Snapshot) -> Verdict | None:
    """The last proof; None before the first."""
    found = s.findings.proof
    if found is None or s.model is None:
        return None
    failed = sum(not check.ok for check in found.checks)
    count = len(found.checks)
    result = f"{failed} of {count} checks FAILED" if failed else f"all {count} checks hold"
    if found.running:
        result = f"{count} checks so far, {failed} failed" if failed else f"{count} checks so far"
    here = s.timeline and s.timeline.node.trace.ids == found.ids and s.edits == found.edits
    edited = "" if not found.edits else ", read under the active edits"
    at = f"{s.model.labels[found.ids[found.position]]} ({found.position})"
    caption = (
        f"{len(found.ids)} tokens{edited}; residual stream at {at}, "
        f"attribution of “{s.model.labels[found.token]}”"
    )
    if not here:
        caption += ". Another text than the one shown: F6 proves this one"
    return Verdict(found.checks, caption, found.running, not here, f"{result}. {caption}.")


def headline(found: Verdict) -> str:
    """The result in a few words."""
    return found.summary.split(". ")[0]
