"""Check: one line of a proof, and the bounds that proofs hold their numbers to."""

from __future__ import annotations

from dataclasses import dataclass

ATTENTION, LOGITS, HOPFIELD, SUMS, CHANCE = 1e-5, 1e-4, 1e-6, 1e-9, 1e-4
ADDENDS, ATTRIBUTION = 1e-4, 1e-3


@dataclass(frozen=True)
class Check:
    """One line of the proof: what, the value measured, the bound, whether it holds."""

    name: str
    measured: str
    allowed: str
    ok: bool


def at_most(name: str, value: float, bound: float) -> Check:
    """A check that holds when the value is a number and not above the bound."""
    return Check(name, f"{value:.1e}", f"<= {bound:.0e}", bool(value <= bound))
