"""One attention head as an associative memory: its keys are stored, its query is the state.

Ramsauer et al. 2020 (arXiv 2008.02217): with the sharpness beta = 1 / sqrt(D) one update of the
state q is softmax(beta K q) K, and those weights are the head's attention row. The energy is drawn
on a plane through q; see `physics.landscape`. The update retrieves a mix of keys; the head itself
writes a mix of values, which is another vector. Energies of two heads or two positions do not
compare, differences within one landscape do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.lens.attention import beta_rule
from explorer.lens.temperatures import ATTENTION
from explorer.physics.dense_memory import Descent, descend
from explorer.physics.information import smallest_support
from explorer.physics.landscape import (
    Landscape,
    Plane,
    Projection,
    landscape,
    placed,
    plane_through,
    principal_plane,
    sample,
)
from explorer.session.snapshot import Snapshot

FloatArray = NDArray[np.float64]
View = Literal["keys", "principal"]

SMALL = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
STILL = 1e-3  # a what-if step shorter than this cannot be seen
MOST_STEPS = 60
DRAWN_STEPS = 40


@dataclass(frozen=True)
class Place:
    """What the landscape belongs to; equal places of one trace have equal landscapes.

    view "keys" is the plane through the query and the two rivals, "principal" that of the widest
    spread of the keys. `rivals` are indices of keys; there is only one for the begin token. Key 0
    belongs to the token at position `first`, the earliest that a query with a window sees.
    """

    layer: int
    head: int
    position: int
    view: View
    rivals: tuple[int, ...]
    first: int = 0


@dataclass(frozen=True, eq=False)
class Memory:
    """The keys (N, D) and the query (D,) of one head at one position, N = position + 1 - first.

    labels are those of the tokens, names add the position where a token comes more than once.
    attention (N,) is the row that the network recorded, weights (N,) that of the update here.
    descent holds q, the state after the layer's one step, and what iterating would do. rule says
    what beta is made of, cap is the soft cap of the head's scores, which the memory does not have.
    """

    place: Place
    beta: float
    labels: tuple[str, ...]
    names: tuple[str, ...]
    keys: FloatArray
    query: FloatArray
    attention: FloatArray
    weights: FloatArray
    descent: Descent
    plane: Plane
    rule: str = ""
    cap: float | None = None

    @property
    def difference(self) -> float:
        """The largest difference between the update's weights and the recorded row."""
        return float(np.abs(self.weights - self.attention).max())

    @property
    def drop(self) -> float:
        """How far the layer's one step lowers the energy; at least |q - f(q)|^2 / 2."""
        return float(self.descent.energies[0] - self.descent.energies[1])

    @property
    def support(self) -> int:
        """The least number of keys that together hold nine tenths of the attention (k90)."""
        return int(smallest_support(self.weights))

    @property
    def mix(self) -> FloatArray:
        """The retrieved mix of keys (D,): the state after one step."""
        mixed: FloatArray = self.descent.states[1]
        return mixed

    @property
    def steps(self) -> int:
        """What-if steps until nothing moves, or until MOST_STEPS."""
        return len(self.descent.energies) - 1


@dataclass(frozen=True, eq=False)
class Terrain:
    """The energy around a memory on a grid, and the path on it.

    `ground` is the sampled plane with all keys; `path` (S, 2 and energies) the state at the start,
    after the layer's step, and after further what-if steps.
    """

    memory: Memory
    ground: Landscape
    path: Projection


def where(s: Snapshot, view: View = "keys") -> Place | None:
    """The head, position and plane that the snapshot asks for; None while nothing is read."""
    if s.model is None or not s.timeline:
        return None
    steps = s.timeline.node.trace.steps
    look, last = s.look, len(steps) - 1
    position = last if look.position is None else min(max(look.position, 0), last)
    layer, head = look.layer, look.head
    first = s.model.first_key(layer, position)
    rivals = tuple(key - first for key in look.rivals or ())
    if (
        not rivals
        or not 0 <= min(rivals) <= max(rivals) <= position - first
        or (rivals[0] == rivals[-1])
    ):
        row = steps[position].attention[layer, head, first:]
        rivals = tuple(int(key) for key in np.argsort(-row, kind="stable")[:2])
    return Place(layer, head, position, view, rivals, first)


def remember(s: Snapshot, place: Place) -> Memory:
    """The memory of a place in the text of a snapshot that has one."""
    assert s.model is not None
    trace = s.timeline.node.trace
    step = trace.steps[place.position]
    first = place.first
    keys = trace.keys(place.layer, place.head, place.position, first).astype(np.float64)  # (N, D)
    query = step.queries[place.layer, place.head].astype(np.float64)
    labels = tuple(s.model.labels[token] for token in trace.ids[first : place.position + 1])
    factor = trace.edits.sharpness(place.layer, place.head)
    beta = factor * s.model.beta
    descent = descend(keys, query, beta, tolerance=STILL, max_steps=MOST_STEPS)
    if place.view == "principal":
        plane = principal_plane(keys)
    else:
        plane = plane_through(keys, query, place.rivals)
    return Memory(
        place=place,
        beta=beta,
        labels=labels,
        names=_names(labels, first),
        keys=keys,
        query=query,
        attention=step.attention[place.layer, place.head, first:].astype(np.float64),
        weights=descent.weights[0],
        descent=descent,
        plane=plane,
        rule=beta_rule(s.model, factor),
        cap=s.model.score_cap,
    )


def survey(memory: Memory, size: tuple[int, int]) -> Terrain:
    """The landscape of a memory on (H, W) points."""
    ground = landscape(memory.keys, memory.query, memory.beta, memory.plane, size, margin=0.12)
    shown = slice(DRAWN_STEPS + 1)
    path = placed(
        memory.plane, memory.descent.states[shown], lambda: memory.descent.energies[shown]
    )
    return Terrain(memory, ground, path)


def heights(memory: Memory, plane: Plane, a: FloatArray, b: FloatArray) -> FloatArray:
    """The exact energy (H, W) at the points (a, b) of any plane."""
    return sample(memory.keys, memory.beta, plane, a, b)


def next_rivals(place: Place, key: int) -> tuple[int, int] | None:
    """The positions whose keys span the plane once `key` was chosen; None if nothing changes.

    The chosen key comes first and the former first stays; a key that is already one of the two
    moves to the front.
    """
    others = [rival for rival in place.rivals if rival != key]
    if not others or place.rivals[0] == key:
        return None
    return key + place.first, others[0] + place.first


def facts(memory: Memory) -> tuple[tuple[str, str], ...]:
    """The numbers of a memory as (name, value), most important first.

    E has the units of a score over beta; beta E is in nats.
    """
    place, n = memory.place, len(memory.keys)
    before, after = (float(value) for value in memory.descent.energies[:2])
    names = " and ".join(memory.names[key] for key in place.rivals)
    spread = f"{100 * memory.plane.explained:.0f} % of the spread of the keys"
    plane = {
        "keys": f"query, {names}: {spread}",
        "line": f"query, {names}, widest spread: {spread}",
        "principal": f"principal plane of the keys: {spread}",
    }[memory.plane.kind]
    settled = memory.descent.converged
    capped = () if memory.cap is None else (_capped(memory),)
    return (
        *capped,
        ("E at the query", f"{before:.2f}"),
        ("after the layer's step", f"{after:.2f}"),
        ("drop", f"{memory.drop:.3f} (β × drop = {memory.beta * memory.drop:.3f} nats)"),
        (ATTENTION.control, f"{memory.rule}{memory.beta:.3f}"),
        ("90 % of the weight", f"{memory.support} of {n} keys ({100 * memory.support / n:.0f} %)"),
        ("plane", plane),
        ("what if iterated", f"{'still' if settled else 'moving'} after {memory.steps} steps"),
    )


def _capped(memory: Memory) -> tuple[str, str]:
    return (
        f"scores capped at ±{memory.cap:g}",
        f"not in this memory: its weights differ from the row by up to {memory.difference:.1e}",
    )


def describe_key(terrain: Terrain, key: int) -> str:
    """One key in words: whose it is, its weight, its energy, its distance from the plane."""
    memory, keys = terrain.memory, terrain.ground.keys
    away = float(keys.distance[key])
    where_ = (
        "It lies on this plane."
        if away < 1e-6
        else f"It lies {away:.2f} off this plane; only its shadow is drawn, E is its own."
    )
    position = key + memory.place.first
    return (
        f"Key of {memory.labels[key]} at position {position}: weight exp(β q·k)/Z = "
        f"{memory.weights[key]:.4g}, E = {keys.energy[key]:.2f}.\n{where_}"
    )


def describe_path(terrain: Terrain) -> str:
    """How far the query and the mix lie off the plane, in words."""
    off = [float(side.distance[0]) for side in (terrain.ground.query, terrain.ground.retrieved)]
    query, mix = ("on this plane" if away < 1e-6 else f"{away:.2f} off it" for away in off)
    return (
        f"The query lies {query}, the retrieved mix {mix}. The solid arrow is the one step of the "
        "layer, the dashed line what further steps would do."
    )


def _names(labels: tuple[str, ...], first: int) -> tuple[str, ...]:
    """Labels, with the position in small digits behind a token that comes more than once."""
    counts = Counter(labels)
    return tuple(
        label + (str(position).translate(SMALL) if counts[label] > 1 else "")
        for position, label in enumerate(labels, first)
    )


def heaviest(memory: Memory, count: int) -> list[int]:
    """The `count` keys with the most attention, the heaviest first, ties to the earliest."""
    ranked: list[int] = np.argsort(-memory.attention, kind="stable")[:count].tolist()
    return ranked
