"""Two temperatures side by side: what the sharpness of a head does, and what the sampling one does.

The unturned text has neither: the head's own sharpness beta and the model's own probabilities,
T = 1, whole vocabulary, nothing removed. Against it stand two others, each with one thing turned:

    sharp   the text read again with the head's scores times a factor, still at T = 1
    warm    the unturned logits at the sampling temperature T, p_i = exp(z_i / T) / Z

Sharpness acts inside the network, on what a head reads from, and can put any token first;
T acts on the finished logits and never changes their order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine.edits import Edits
from explorer.lens.attention import beta_rule, chosen_head, lit_row, named
from explorer.lens.candidates import exact
from explorer.lens.temperatures import ATTENTION, SAMPLING
from explorer.physics.boltzmann import boltzmann
from explorer.physics.falling import largest
from explorer.physics.information import entropy, kl_divergence, smallest_support
from explorer.session import sharpness
from explorer.session.sharpness import FLATTEST, SHARPEST, Under
from explorer.session.snapshot import Snapshot

FloatArray = NDArray[np.float64]
ROWS = 12
TICKS = (1 / 16, 1 / 4, 1.0, 4.0, 16.0)
TICK_NAMES = ("1/16", "1/4", "1", "4", "16")


@dataclass(frozen=True, eq=False)
class Seen:
    """The logits (V,) of the next token and the lit row (S,) of a head, under some edits."""

    logits: NDArray[np.float32]
    row: NDArray[np.float32]


@dataclass(frozen=True)
class Candidate:
    """One token: its probability unturned, with only the sharpness turned (NaN while it is being
    read), with only T turned."""

    token: int
    label: str
    plain: float
    sharp: float
    warm: float


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two charts: how the distribution as a whole moved, in nats, and words about it."""

    entropy: float
    divergence: float
    words: str


@dataclass(frozen=True, eq=False)
class HeadRows:
    """The lit row of the head before and after (S,); after is None while it is being read."""

    query: str
    labels: tuple[str, ...]
    before: NDArray[np.float32]
    after: NDArray[np.float32] | None
    words: str


@dataclass(frozen=True, eq=False)
class TwoTemperatures:
    """Both charts over the same tokens, by falling unturned probability.

    plain is the entropy (nats) of the unturned distribution; scale the probability of a full bar;
    factor and temperature are where the two sliders stand; state says whether the text was read
    with that sharpness.
    """

    rows: tuple[Candidate, ...]
    plain: float
    sharp: Side | None
    warm: Side
    head: HeadRows
    scale: float
    factor: float
    temperature: float
    state: str


def seen(s: Snapshot, edits: Edits, probe: Under | None) -> Seen | None:
    """What the text at the cursor gives under edits; None when it has to be read for that."""
    at = lit_row(s)
    if at is None:
        return None
    trace, (layer, head) = s.timeline.node.trace, chosen_head(s)
    if trace.edits == edits:
        return Seen(trace.steps[-1].logits, trace.steps[at].attention[layer, head])
    if probe is None or not probe.fits(trace.ids, edits, layer, head):
        return None
    return Seen(probe.logits, probe.rows[at, : at + 1])


def two_temperatures(
    s: Snapshot, plain: Seen, sharp: Seen | None, count: int = ROWS
) -> TwoTemperatures | None:
    """The comparison over the `count` most probable tokens under any of the three. Needs a text.

    `sharp` is None while the text is being read under it. None where the network
    gave numbers that are not finite.
    """
    assert s.model is not None
    for one in (plain, sharp):
        if one is not None and not (np.isfinite(one.logits).all() and np.isfinite(one.row).all()):
            return None
    temperature = s.sampling.temperature
    p = _softmax(plain.logits, 1.0)
    warm = _softmax(plain.logits, temperature)
    turned = _softmax(sharp.logits, 1.0) if sharp is not None else np.full_like(p, math.nan)
    highest = np.fmax(np.maximum(p, warm), turned)
    shown = largest(highest, count)
    shown = shown[np.argsort(-p[shown], kind="stable")]
    rows = tuple(
        Candidate(int(t), s.model.labels[t], float(p[t]), float(turned[t]), float(warm[t]))
        for t in shown.tolist()
    )
    top = float(highest.max())
    return TwoTemperatures(
        rows,
        float(entropy(p)),
        _side(p, turned, s.model.labels) if sharp is not None else None,
        _side(p, warm, s.model.labels),
        _head(s, plain, sharp),
        next(full for full in (0.05, 0.1, 0.2, 0.5, 1.0) if top <= full or full == 1.0),
        sharpness.factor(s),
        temperature,
        state_words(s),
    )


def beta_words(s: Snapshot, short: bool = False) -> str:
    """Where the sharpness stands, and the temperature that it is: β = 2 × 1/√40 = 0.316."""
    assert s.model is not None
    factor, own = sharpness.factor(s), s.model.beta
    # Where one head is turned and all are as well, both factors act on it.
    layer, head = chosen_head(s)
    now = sharpness.turned(s).sharpness(layer, head) if s.timeline else factor
    rule = "" if short else beta_rule(s.model, now)
    return f"β = {rule}{now * own:.3g}, 1/β = {1 / (now * own):.3g}"


def state_words(s: Snapshot) -> str:
    """Whether the text was read with the sharpness of the slider."""
    factor, now = sharpness.factor(s), sharpness.held(s)
    if factor == now:
        return "as the network is" if factor == 1 else "in the text"
    return "tried out" if now == 1 else f"tried out, × {now:.3g} in the text"


def describe(found: TwoTemperatures) -> str:
    """Both charts in two sentences."""
    sharp = found.sharp.words if found.sharp is not None else "being read"
    return (
        f"{ATTENTION.title} × {found.factor:.3g}: {sharp}. {found.head.words}. "
        f"{SAMPLING.title} = {found.temperature:.3g}: {found.warm.words}."
    )


def explain(found: TwoTemperatures, row: Candidate) -> str:
    """One token in words."""
    sharp = "being read" if math.isnan(row.sharp) else exact(row.sharp)
    return (
        f"“{row.label}”, token {row.token}: {exact(row.plain)} with nothing turned; {sharp} with "
        f"only the {ATTENTION.control} × {found.factor:.3g}; {exact(row.warm)} with only the "
        f"{SAMPLING.control} = {found.temperature:.3g}."
    )


def explain_key(found: HeadRows, key: int) -> str:
    """One key of the row in words."""
    after = "being read" if found.after is None else f"{found.after[key]:.4g} after"
    return f"“{found.labels[key]}” ({key}): weight {found.before[key]:.4g} before, {after}."


def place(factor: float) -> float:
    """Where a factor stands on the slider, 0 at FLATTEST and 1 at SHARPEST."""
    share = math.log(factor / FLATTEST) / math.log(SHARPEST / FLATTEST)
    return min(max(share, 0.0), 1.0)


def factor_at(share: float) -> float:
    """The factor at a place of the slider, to three digits; near 1 it is 1."""
    factor = FLATTEST * (SHARPEST / FLATTEST) ** min(max(share, 0.0), 1.0)
    written = float(f"{factor:.3g}")
    # Below that of 1.03, so that what is written is read as itself.
    return 1.0 if abs(math.log(written)) < 0.0295 else written


def _softmax(logits: NDArray[np.float32], temperature: float) -> FloatArray:
    return boltzmann(-logits.astype(np.float64), temperature)


def _side(p: FloatArray, q: FloatArray, labels: tuple[str, ...]) -> Side:
    before, after = float(entropy(p)), float(entropy(q))
    same = int(p.argmax()) == int(q.argmax())
    first = "" if same else f", most probable now {labels[int(q.argmax())]}"
    words = f"entropy {before:.2f} → {after:.2f} nats{first}"
    return Side(after, float(kl_divergence(p, q)), words)


def _head(s: Snapshot, plain: Seen, sharp: Seen | None) -> HeadRows:
    at = lit_row(s)
    assert at is not None and s.model is not None
    ids = s.timeline.node.trace.ids
    rows = [plain.row] if sharp is None else [plain.row, sharp.row]
    keys = " → ".join(str(int(smallest_support(row))) for row in rows)
    nats = " → ".join(f"{float(entropy(row)):.2f}" for row in rows)
    layer, head = chosen_head(s)
    return HeadRows(
        named(s, at),
        tuple(s.model.labels[token] for token in ids[: at + 1]),
        plain.row,
        sharp.row if sharp is not None else None,
        f"L{layer} · H{head}, {named(s, at)}: 90 % on {keys} keys, {nats} nats",
    )
