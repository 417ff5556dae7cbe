"""Two texts side by side: where they first differ, and their numbers subtracted.

All differences are A - B at the same length: the final probabilities of the next token, the row of
the chosen attention head, and what the logit lens gives after each block.

Shapes: S keys, L layers, V vocabulary, k tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from explorer.engine import sampling as stages
from explorer.engine.sampling import Sampling
from explorer.engine.trace import Trace
from explorer.lens.candidates import exact
from explorer.physics.falling import largest
from explorer.session.branches import segments
from explorer.session.snapshot import Snapshot
from explorer.session.twin import aligned

ROWS, TOKENS = 16, 5
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """The final probability of one token in both runs; a_next: A's dice fall on it."""

    label: str
    a: float
    b: float
    a_next: bool
    b_next: bool

    @property
    def gap(self) -> float:
        """A - B."""
        return self.a - self.b


@dataclass(frozen=True, eq=False)
class TwinPicture:
    """Both texts and their differences.

    a, b are the texts of the tokens; first is the position of the first difference, None when
    there is none. attention (S,) is the row of the head in A less that in B over the positions
    that both have, empty where the engine gives none, which `missing` then says; keys are the
    labels there, of both where they differ. settings and numbers name
    each run's settings and its dice for the next token. level says whether both are equally long,
    partly whether the engine left out tokens, which then take no part.
    """

    a: tuple[str, ...]
    b: tuple[str, ...]
    first: int | None
    rows: tuple[Difference, ...]
    attention: Floats
    keys: tuple[str, ...]
    settings: tuple[str, str]
    numbers: tuple[float, float]
    level: bool
    missing: str = ""
    partly: bool = False


@dataclass(frozen=True, eq=False)
class LayerGaps:
    """Logit lens of A less that of B: gaps (L + 1, k) of the k tokens that differ most."""

    labels: tuple[str, ...]
    gaps: Floats


@dataclass(frozen=True)
class Choice:
    """A branch that can be the twin: its last node and a name for the list."""

    node: int
    name: str


def twin(s: Snapshot) -> TwinPicture | None:
    """Both runs at the length of A; None while there is no twin."""
    other = aligned(s)
    if other is None or s.model is None:
        return None
    mine, yours = s.timeline.node.trace, s.timeline.nodes[other].trace
    own = s.twin.sampling or s.sampling
    pieces, labels = s.model.pieces, s.model.labels
    texts = [
        tuple(
            "begin" if place == 0 else pieces[token].decode("utf-8", "replace")
            for place, token in enumerate(ids)
        )
        for ids in (mine.ids, yours.ids)
    ]
    size = min(len(mine), len(yours))
    numbers = (stages.uniform(s.sampling.seed, len(mine)), stages.uniform(own.seed, len(yours)))
    return TwinPicture(
        texts[0],
        texts[1],
        first_difference(mine.ids, yours.ids),
        _rows(s, other, own, numbers),
        np.zeros(0) if s.model.can.attention else _gaps(s, mine, yours, size),
        tuple(
            f"“{labels[a]}”" if a == b else f"“{labels[a]}” / “{labels[b]}”"
            for a, b in zip(mine.ids[:size], yours.ids[:size], strict=True)
        ),
        (in_words(s.sampling), in_words(own)),
        numbers,
        len(mine) == len(yours),
        s.model.can.attention,
        any(trace.steps[-1].rest > 0 for trace in (mine, yours)),
    )


def _gaps(s: Snapshot, mine: Trace, yours: Trace, size: int) -> Floats:
    layer, head = s.look.layer, s.look.head
    rows = [trace.steps[-1].attention[layer, head][:size] for trace in (mine, yours)]
    gaps: Floats = rows[0].astype(np.float64) - rows[1]
    return gaps


def first_difference(a: tuple[int, ...], b: tuple[int, ...]) -> int | None:
    """The first position at which two texts differ, one of them being shorter included."""
    pairs = enumerate(zip_longest(a, b))
    return next((place for place, (mine, other) in pairs if mine != other), None)


def layer_gaps(labels: tuple[str, ...], a: Floats, b: Floats) -> LayerGaps:
    """The tokens whose lens probabilities (L + 1, V) differ most anywhere, A - B."""
    gaps = a - b
    most = np.abs(gaps).max(0)
    tokens = largest(most, TOKENS)
    return LayerGaps(tuple(labels[token] for token in tokens), gaps[:, tokens])


def choices(s: Snapshot) -> tuple[Choice, ...]:
    """The ends of all branches but the one we are on, for the list of twins."""
    if s.model is None or not s.timeline:
        return ()
    found = []
    for row in segments(s.timeline):
        if s.timeline.children(row.end) or row.end == s.timeline.tip:
            continue
        name = s.timeline.names.get(row.head, "")
        ids = s.timeline.nodes[row.end].trace.ids[-6:]
        text = b"".join(s.model.pieces[token] for token in ids).decode("utf-8", "replace")
        found.append(Choice(row.end, name or "… " + " ".join(text.split())))
    return tuple(found)


def describe(row: Difference) -> str:
    """The tool tip of a row."""
    said = f"“{row.label}”: A {exact(row.a)}, B {exact(row.b)}, A − B = {100 * row.gap:+.4g} %"
    who = [name for name, here in (("A", row.a_next), ("B", row.b_next)) if here]
    return said + (f"\nThe dice choose it in {' and '.join(who)}." if who else "")


def summary(picture: TwinPicture | None) -> str:
    """One sentence that says what the panel shows."""
    if picture is None:
        return "No twin run: press W to let a second text grow with the same dice."
    where = (
        "Both texts are the same"
        if picture.first is None
        else f"The texts first differ at position {picture.first}"
    )
    top = picture.rows[0]
    return (
        f"{where}; A with {picture.settings[0]}, B with {picture.settings[1]}. The probability of "
        f"“{top.label}” differs most: {100 * top.gap:+.1f} %."
        + (" Tokens that the engine did not name take no part." if picture.partly else "")
    )


def in_words(sampling: Sampling) -> str:
    """Settings in few words: T 0.8, top-p 0.9, seed 3."""
    said = [f"T {sampling.temperature:g}"]
    for name, value, off in (
        ("top-k", sampling.top_k, 0),
        ("top-p", sampling.top_p, 1),
        ("min-p", sampling.min_p, 0),
        ("penalty", sampling.repetition_penalty, 1),
    ):
        if value != off:
            said.append(f"{name} {value:g}")
    return ", ".join([*said, f"seed {sampling.seed}"])


def _rows(
    s: Snapshot, other: int, own: Sampling, numbers: tuple[float, float]
) -> tuple[Difference, ...]:
    assert s.model is not None
    mine, yours = s.timeline.node.trace, s.timeline.nodes[other].trace
    found = [
        stages.distribution(trace.steps[-1].logits, sampling, trace.ids, trace.steps[-1].rest)
        for trace, sampling in ((mine, s.sampling), (yours, own))
    ]
    a, b = found[0].final, found[1].final
    chosen = [stages.choose(one, number) for one, number in zip(found, numbers, strict=True)]
    order = largest(np.abs(a - b), ROWS).tolist()
    return tuple(
        Difference(
            s.model.labels[token], float(a[token]), float(b[token]),
            token == chosen[0], token == chosen[1],
        )
        for token in order
    )  # fmt: skip
