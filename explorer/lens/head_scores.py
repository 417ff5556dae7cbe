"""What each attention head does over the text so far, in five numbers, and attention rollout.

With A[i, j] the weight of query i on key j and x the tokens, each score is a mean over the queries
i at which it is defined:

    entropy          -sum_j A[i,j] ln A[i,j], i >= 1, in nats
    first token      A[i, 0], i >= 1: where heads rest that have nothing to do
    previous token   A[i, i-1], i >= 1
    duplicate token  sum of A[i,j] over j < i with x_j = x_i, at i whose token came before
    induction        sum of A[i,j] over j < i with x_(j-1) = x_i, at i where there is such a j

(Olsson et al. 2022; the definitions of SCIENCE and of TransformerLens' head detector.) They say
where a head looks, not what it copies, and a low score proves no absence.

Rollout (Abnar and Zuidema 2020): R = product over layers of (mean_h A + I) / 2. It ignores values,
heads' differences and MLPs. Shapes: L layers, H heads, T tokens, S keys, K = 5 scores.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.engine.trace import Step, Trace, shared_steps
from explorer.lens.growing import Growing
from explorer.session.inside import HeadSearch

Array = NDArray[np.float64]
COLUMNS = ("entropy", "first", "previous", "duplicate", "induction")
TITLES = {
    "head": "head", "entropy": "entropy", "first": "first", "previous": "previous",
    "duplicate": "duplicate", "induction": "induction",
}  # fmt: skip
MEANINGS = {
    "head": "Layer and head.",
    "entropy": "H = −Σ A ln A in nats, mean over the queries: low looks at few tokens.",
    "first": "A[i,0], mean over the queries: the weight on the first token, where heads rest.",
    "previous": "A[i,i−1], mean over the queries: the weight on the token before.",
    "duplicate": "Σ A[i,j] over earlier j with the same token as i, mean over the queries i that "
    "have one.",
    "induction": "Σ A[i,j] over earlier j whose token before is the same as token i, mean over the "
    "queries i that have one: what came after it last time.",
}
ROLLOUT = (
    "Rollout R = Π (mean over heads A + I) / 2 (Abnar and Zuidema 2020): how positions mix through "
    "all layers. It ignores values, differences of heads and MLPs: a picture, not a cause."
)
_COMPARE = re.compile(r"([a-z]+)\s*(<=|>=|<|>|=)\s*(\d+(?:\.\d*)?|\.\d+)")
_PLACE = re.compile(r"(?:([lh])\s*(\d+)|(\d+)\.(\d+))(?!\d)")


@dataclass(frozen=True, eq=False)
class HeadScores:
    """Scores of every query, rows (T, K, L, H), NaN where not defined.

    mixing (L, T, T) holds the mean over heads of each attention row, zero after the query; grown is
    where it goes on. sums (K, L, H) and counts (K, L, H) are those of the scores that are defined.
    """

    steps: tuple[Step, ...]
    rows: NDArray[np.float32]
    mixing: NDArray[np.float32]
    grown: Growing
    sums: Array
    counts: NDArray[np.int64]

    @cached_property
    def means(self) -> Array:
        """The mean (K, L, H) of each score, NaN where nothing defines it."""
        with np.errstate(invalid="ignore"):
            means: Array = np.where(self.counts > 0, self.sums / np.maximum(self.counts, 1), np.nan)
        return means

    def score(self, column: str) -> Array:
        """The scores (L, H) of a column; NaN where nothing in the text defines it."""
        found: Array = self.means[COLUMNS.index(column)]
        return found

    def defined(self, column: str) -> int:
        """How many queries a score is the mean of."""
        return int(self.counts[COLUMNS.index(column), 0, 0])


@dataclass(frozen=True)
class HeadLine:
    """One line of the table: a head and its scores in the order of COLUMNS."""

    layer: int
    head: int
    scores: tuple[float, ...]


def head_scores(trace: Trace, old: HeadScores | None = None) -> HeadScores:
    """The scores of all heads over a trace; the rows that `old` shares are taken from it.

    Raises ValueError for an empty trace.
    """
    if not trace.steps:
        raise ValueError("head scores need at least one token")
    shape = (len(COLUMNS), *trace.steps[0].attention.shape[:2])
    if old is None or old.rows.shape[1:] != shape:
        grown, shared = Growing(shape[1:2], 0.0), 0
        rows = np.full((len(trace), *shape), np.nan, np.float32)
    else:
        grown, shared = old.grown, shared_steps(old.steps, trace.steps)
        rows = np.full((len(trace), *shape), np.nan, np.float32)
        rows[:shared] = old.rows[:shared]
    ids = np.array(trace.ids)
    for position in range(max(shared, 1), len(trace)):
        weights = np.asarray(trace.steps[position].attention)  # (L, H, S)
        rows[position] = _row(weights, ids[: position + 1])

    def mix(row: NDArray[np.float32], position: int) -> None:
        row[:] = np.asarray(trace.steps[position].attention).mean(1)  # (L, S)

    mixing = grown.view(trace.steps, mix)
    if old is not None and shared == len(old.steps):
        known, sums, counts = shared, old.sums, old.counts
    else:
        known, sums, counts = 0, np.zeros(shape), np.zeros(shape, np.int64)
    sums = sums + np.nansum(rows[known:], axis=0, dtype=np.float64)  # (K, L, H)
    counts = counts + (~np.isnan(rows[known:])).sum(0)
    return HeadScores(trace.steps, rows, mixing, grown, sums, counts)


def rollout(scores: HeadScores, position: int) -> Array:
    """How much of each token (S,) has flowed to a position by the last layer; sums to 1."""
    size = position + 1
    row = np.zeros(size, np.float32)
    row[position] = 1.0
    for mixing in scores.mixing[::-1]:
        row = (row @ mixing[:size, :size] + row) / 2
    found: Array = row.astype(np.float64)
    return found


def table(scores: HeadScores, search: HeadSearch) -> tuple[tuple[HeadLine, ...], str]:
    """The heads that a search leaves, in its order, and what is wrong with it (empty: nothing)."""
    keep, note = matching(scores, search.text)
    layers, heads = scores.means.shape[1:]
    numbers = scores.means.transpose(1, 2, 0).tolist()
    lines = [
        HeadLine(layer, head, tuple(numbers[layer][head]))
        for layer in range(layers)
        for head in range(heads)
        if keep[layer, head]
    ]
    if search.order in COLUMNS:
        column, sign = COLUMNS.index(search.order), 1 if search.rising else -1
        lines.sort(key=lambda one: _key(one.scores[column], sign))
    elif not search.rising:
        lines.reverse()
    return tuple(lines), note


def matching(scores: HeadScores, text: str) -> tuple[NDArray[np.bool_], str]:
    """The heads (L, H) that every term of a search admits, and what could not be read of it.

    Terms: L2, H1, 2.1, and a column with a number, such as “induction > 0.3”.
    """
    keep = np.ones(scores.means.shape[1:], bool)
    rest = text.lower().replace(",", " ").strip()
    while rest:
        compare, place = _COMPARE.match(rest), _PLACE.match(rest)
        if compare and (column := column_named(compare[1])):
            keep &= _compared(scores.score(column), compare[2], float(compare[3]))
        elif place:
            keep &= _placed(place, keep.shape)
        else:
            return keep, f"“{rest}” cannot be read; say L2, H1 or induction > 0.3"
        rest = rest[(compare or place).end() :].lstrip()  # type: ignore[union-attr]
    return keep, "" if keep.any() else "no head matches"


def column_named(word: str) -> str:
    """The column that a word, or the beginning of one, names; empty for none."""
    return next((one for one in COLUMNS if word and one.startswith(word)), "")


def reordered(search: HeadSearch, column: str) -> HeadSearch:
    """The search after a click on a column: its best first, or the other way round."""
    rising = not search.rising if search.order == column else column in ("entropy", "head")
    return HeadSearch(column, rising, search.text)


def score_text(column: str, value: float) -> str:
    """A score for the table; a dash where the text does not define it."""
    return "–" if np.isnan(value) else f"{value:.2f}" if column == "entropy" else f"{value:.3f}"


def describe_tile(scores: HeadScores, column: str, layer: int, head: int) -> str:
    """The tool tip of a tile of the map."""
    value = score_text(column, float(scores.score(column)[layer, head]))
    return f"layer {layer}, head {head}: {column} {value}"


def summary(scores: HeadScores, search: HeadSearch) -> str:
    """The first head of the table in a sentence."""
    lines, note = table(scores, search)
    if note or not lines:
        return f"Heads, {note or 'none'}."
    first = lines[0]
    order = search.order if search.order in COLUMNS else "induction"
    value = score_text(order, first.scores[COLUMNS.index(order)])
    return (
        f"{len(lines)} heads by {search.order}; first layer {first.layer}, head {first.head}: "
        f"{order} {value} over {scores.defined(order)} queries."
    )


def _row(weights: NDArray[np.float32], ids: NDArray[np.int64]) -> Array:
    """The scores (K, L, H) of one query, NaN where not defined."""
    last = len(ids) - 1
    found = np.full((len(COLUMNS), *weights.shape[:2]), np.nan)
    logs = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    found[0] = -(weights * logs).sum(-1)
    found[1], found[2] = weights[:, :, 0], weights[:, :, last - 1]
    same = np.flatnonzero(ids[:last] == ids[last])
    if len(same):
        found[3] = weights[:, :, same].sum(-1)
    after = same[same + 1 < last] + 1
    if len(after):
        found[4] = weights[:, :, after].sum(-1)
    return found


def _key(value: float, sign: int) -> tuple[bool, float]:
    return bool(np.isnan(value)), 0.0 if np.isnan(value) else sign * value


def _compared(values: Array, sign: str, bound: float) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        if sign == "=":
            return np.isclose(values, bound, atol=0.005)
        compare = {"<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal}
        found: NDArray[np.bool_] = compare[sign](values, bound)
        return found


def _placed(place: re.Match[str], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    keep = np.zeros(shape, bool)
    if place[1] == "l":
        keep[int(place[2]) : int(place[2]) + 1] = True
    elif place[1] == "h":
        keep[:, int(place[2]) : int(place[2]) + 1] = True
    else:
        layer, head = int(place[3]), int(place[4])
        keep[layer : layer + 1, head : head + 1] = True
    return keep
