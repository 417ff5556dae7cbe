"""What to draw of four memories beside each other: query, weights, retrieved state, words. No Qt.

All rows have the same columns: the state before the next update, what each stored pattern weighs
in it, the state after it, and what energy and overlap did. Energies are dimensionless and compare
within a row only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.physics.dense_memory import retrieve
from explorer.physics.information import smallest_support
from explorer.physics.one_update import cosine
from explorer.session.bridge.letters import SHAPE
from explorer.session.bridge.lines import sharpness, temperature
from explorer.session.bridge.moves import why_stopped
from explorer.session.bridge.snapshot import KINDS, Bridge, Head, Kind, Line

FloatArray = NDArray[np.float64]
RECALLED = 0.95  # cosine from which on a state is taken for a pattern
NAMES: dict[Kind, str] = {
    "hopfield": "Hopfield network", "dense": "Dense memory",
    "modern": "Modern Hopfield", "head": "Attention head",
}  # fmt: skip
IDEA = (
    "All four do the same: they compare the query with every stored pattern (similarity m, or a "
    "product such as k·q), turn similarity into weight, and mix the patterns by their weights. "
    "Only the weighing differs: sharper from row to row."
)
EMPTY = "Read a text in the workspace Text (Ctrl+Alt+1): the head chosen there appears here."
_UP = str.maketrans("123456789", "¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, eq=False)
class Row:
    """One memory: title and three lines about it, pictures (r, c) in [-1, 1], one bar a pattern.

    ink: +1 is ink and -1 paper; otherwise values have a sign and no more. stored (P, r, c),
    weights, similarities and recorded (P,) belong to names; recorded is the attention row of the
    network for a head before it is iterated, else None. overlaps and energies are those before
    and after the update shown, trace all energies so far.
    """

    kind: Kind
    title: str
    facts: tuple[str, ...]
    ink: bool
    query: FloatArray
    retrieved: FloatArray
    stored: FloatArray
    names: tuple[str, ...]
    indices: tuple[int, ...]
    goal: int
    weights: FloatArray
    similarities: FloatArray
    recorded: FloatArray | None
    overlaps: tuple[float, float]
    energies: tuple[float, float]
    trace: tuple[float, ...]
    verdict: str


@dataclass(frozen=True)
class Proof:
    """How far the weights of one update are from the recorded attention row, and what that says.

    exact is the largest difference without noise, at the network's own sharpness with all keys;
    now is that of what is shown.
    """

    exact: float
    now: float
    keys: int
    sentence: str


def rows(s: Bridge) -> tuple[Row | None, ...]:
    """The four rows; None where there is nothing to show yet."""
    known = {line.kind: line for line in s.lines}
    return tuple(_row(s, known[kind]) if kind in known else None for kind in KINDS)


def proof(s: Bridge) -> Proof | None:
    """The head's row against one update of a modern network; None while there is no head."""
    line = next((one for one in s.lines if one.kind == "head"), None)
    if s.head is None or line is None:
        return None
    exact = float(np.abs(_row_of(s.head) - s.head.attention).max())
    shown = np.zeros(len(s.head.attention))
    shown[list(line.indices)] = line.updates[0].weights
    now = float(np.abs(shown - s.head.attention).max())
    keys = len(s.head.attention)
    return Proof(exact, now, keys, _proven(s, exact, now, keys))


def absent(s: Bridge) -> str:
    """Why there is no head to show, in a sentence."""
    return s.missing or EMPTY


def narrate(s: Bridge) -> str:
    """What happens now, in one sentence for the strip."""
    if s.error or s.notice:
        return s.error or s.notice
    shown = [row for row in rows(s) if row is not None]
    if not shown:
        return absent(s)
    if not s.cursor:
        return f"{_asked(s)} Press Step: what was retrieved becomes the next query."
    said = "; ".join(f"{NAMES[row.kind]}: {row.verdict}" for row in shown)
    return f"{said}. {why_stopped(s)}".strip()


def place(s: Bridge) -> str:
    """Where we are: updates made."""
    return f"update {s.cursor}"


def describe_bar(row: Row, index: int) -> str:
    """One stored pattern of a row in words."""
    what = "key of " if row.kind == "head" else ""
    lines = [
        f"{what}{row.names[index]}: cosine {row.similarities[index]:+.3f} with the query",
        f"weight {row.weights[index]:+.4g} of all weights",
    ]
    if row.recorded is not None:
        lines.append(f"recorded by the network: {row.recorded[index]:.4g}")
    return "\n".join(lines)


def frame(width: int) -> tuple[int, int]:
    """Rows and columns of a picture of `width` numbers, as square as it can be."""
    rows = next(n for n in range(math.isqrt(width), 0, -1) if width % n == 0)
    return (rows, width // rows) if 3 * rows * rows >= width else (1, width)


def _row(s: Bridge, line: Line) -> Row:
    shown = line.updates[s.cursor]
    width = line.patterns.shape[1]
    ink = s.setting.store == "letters" and line.kind != "head"
    shape = SHAPE if ink else frame(width)
    goal = line.patterns[line.goal]
    recorded = None
    if line.kind == "head" and s.head is not None and not s.cursor:
        recorded = s.head.attention[list(line.indices)]
    lengths = np.linalg.norm(line.patterns, axis=1) * np.linalg.norm(shown.before)
    similar = line.patterns @ shown.before / np.where(lengths > 0.0, lengths, 1.0)
    scale = max(float(np.abs(line.patterns).max()), 1e-12)
    return Row(
        kind=line.kind,
        title=f"{NAMES[line.kind]}{f', n = {s.setting.power}' if line.kind == 'dense' else ''}",
        facts=_facts(s, line),
        ink=ink,
        query=_levels(shown.before).reshape(shape),
        retrieved=np.clip(shown.after / scale, -1.0, 1.0).reshape(shape),
        stored=(line.patterns / scale).reshape(-1, *shape),
        names=line.names,
        indices=line.indices,
        goal=line.goal,
        weights=shown.weights,
        similarities=similar,
        recorded=recorded,
        overlaps=(cosine(shown.before, goal), cosine(shown.after, goal)),
        energies=(shown.energy_before, shown.energy_after),
        trace=(
            *(update.energy_before for update in line.updates[: s.cursor + 1]), shown.energy_after,
        ),
        verdict=_verdict(s, line),
    )  # fmt: skip


def _levels(state: FloatArray) -> FloatArray:
    peak = float(np.abs(state).max())
    levels: FloatArray = state / peak if peak > 1.0 else state
    return levels


def _facts(s: Bridge, line: Line) -> tuple[str, ...]:
    """Since when, how it weighs, what its sharpness is."""
    width = line.patterns.shape[1]
    heat = f"Glauber’s τ = {temperature(s.setting, width):.3g}"
    if line.kind == "hopfield":
        return ("1982", "weight ∝ m", heat)
    if line.kind == "dense":
        power = str(s.setting.power - 1).translate(_UP) if s.setting.power > 2 else ""
        return ("2016", f"weight ∝ m{power}", heat)
    beta = sharpness(s.setting, line.kind, width, s.head)
    of_keys = line.kind == "head" or s.setting.store == "keys"
    root = f"{s.head.beta:.3g}" if s.head and s.head.scaled and of_keys else f"1/√{width}"
    made = f"β = {s.setting.sharpness:.3g} · {root} = {beta:.3g}"
    if line.kind == "modern":
        return ("2020", "weight = softmax(β ξ·x)", made)
    assert s.head is not None
    asked = f"{s.head.name}, at “{s.head.token}”"
    iterated = ("iterated: what if",) if s.cursor else ()
    return (asked, "weight = softmax(β k·q)", made, *iterated)


def _verdict(s: Bridge, line: Line) -> str:
    """What the retrieved state is like."""
    shown = line.updates[s.cursor]
    if s.setting.store == "keys" or line.kind == "head":
        weights = np.abs(shown.weights)
        if not weights.sum():
            return "nothing is similar"
        count = int(smallest_support(weights / weights.sum()))
        most = int(np.argmax(weights))
        name = f"{'−' if shown.weights[most] < 0.0 else ''}“{line.names[most]}”"
        return f"{name} alone" if count == 1 else f"{name} and {count - 1} more"
    alike = [cosine(shown.after, pattern) for pattern in line.patterns]
    best = int(np.argmax(np.abs(alike)))
    if abs(alike[best]) < RECALLED:
        return "a mixture"
    name = line.names[best]
    if alike[best] < 0.0:
        return f"the inverse of {name}"
    return f"recalled {name}" if best == line.goal else f"became {name}"


def _asked(s: Bridge) -> str:
    share = f"{100 * s.setting.noise:.0f} %"
    if s.setting.store == "keys":
        assert s.head is not None
        turned = f", turned to overlap {1 - 2 * s.setting.noise:.2f}" if s.setting.noise else ""
        return f"The query is that of “{s.head.token}”{turned}; the keys are stored in all four."
    name = next(line.names[line.goal] for line in s.lines)
    if not s.setting.noise:
        return f"The query is {name} as it was stored."
    return f"The query is {name} with {share} of its cells flipped."


def _row_of(head: Head) -> FloatArray:
    """softmax(beta K q) (S,) in double precision."""
    return retrieve(head.keys, head.query, head.beta).weights


def _proven(s: Bridge, exact: float, now: float, keys: int) -> str:
    assert s.head is not None
    if s.head.cap is not None:
        return (
            f"This model caps its scores at ±{s.head.cap:g}, which no energy does: the update "
            f"differs from the recorded row by up to {exact:.1e}."
        )
    beta = (
        f"the sharpness β = {s.head.beta:.3g} of this head"
        if s.head.scaled
        else f"β = 1/√{len(s.head.query)}"
    )
    said = (
        f"Without noise, at {beta}, one update of the modern network is this head's attention row: "
        f"{keys} weights, largest difference {exact:.0e}. With these weights the head itself mixes "
        "its values instead of its keys."
    )
    if abs(now - exact) < 1e-12:
        return said
    return f"{said} As the sliders stand, the difference is {now:.2g}."
