"""Inside one token: the outline of the pass, and one activation with the formula of one entry.

Shapes: R rows and K columns of the picture of an array; n addends of a sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine.activation import Activation
from explorer.engine.apart import Apart
from explorer.engine.facts import ModelFacts
from explorer.engine.filled import Filled, number
from explorer.engine.passage import Stage, passage
from explorer.engine.trace import Step, Trace
from explorer.session.inside import Index, block_at, entry_at, name_at, places
from explorer.session.snapshot import Snapshot

Array = NDArray[np.float32]
BINS = 41
LARGEST = 6
AXES = {
    "c": "width c", "h": "head h", "g": "key group g", "d": "head width d", "s": "key s",
    "f": "MLP width f", "t": "token t",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A line of the outline: an activation (`name`) or a whole block (`layer`, name empty).

    depth is 1 inside a block; open says whether a block is unfolded; here marks where we are,
    around that we are inside this block.
    """

    title: str
    symbol: str
    name: str
    layer: int | None = None
    depth: int = 0
    open: bool = False
    here: bool = False
    around: bool = False


@dataclass(frozen=True)
class Addend:
    """One product of a formula: what it stands for, its numbers, its amount."""

    name: str
    text: str
    amount: float


@dataclass(frozen=True)
class Sum:
    """An entry as a sum: the largest addends, the sum of the rest, the offset, and the whole.

    equation is all of it in one line of text.
    """

    addends: tuple[Addend, ...]
    others: int
    rest: float
    offset: float | None
    value: float
    equation: str


@dataclass(frozen=True, eq=False)
class Inspector:
    """One activation as a picture.

    grid (R, K) is the array row by row, NaN where the last row is not full; scale is the largest
    absolute value, signed says that there are values below zero; counts (BINS,) are its histogram
    from low to high. entry is explained by `formula` and `sum`; where names it in words.
    """

    activation: Activation
    heading: str
    facts: tuple[tuple[str, str], ...]
    grid: Array
    scale: float
    signed: bool
    counts: NDArray[np.int64]
    low: float
    high: float
    entry: Index
    where: str
    formula: str
    sum: Sum


def inspected_position(s: Snapshot) -> int | None:
    """The position whose pass is taken apart: the selected token, else the last one read."""
    if not s.timeline:
        return None
    last = len(s.timeline.node.trace) - 1
    return last if s.look.position is None else min(max(s.look.position, 0), last)


def inspected_step(s: Snapshot) -> Step | None:
    """The recorded step of that position; None while nothing has been read."""
    position = inspected_position(s)
    return None if position is None else s.timeline.node.trace.steps[position]


def outline(s: Snapshot) -> tuple[Row, ...]:
    """The whole pass as lines, in the order of computation; blocks folded but where we are."""
    if s.model is None:
        return ()
    stages, layers, here = passage(s.model.anatomy), s.model.layers, s.inside
    rows = [_leaf(one, one.name, here.place == place) for place, one in enumerate(stages.head)]
    for layer in range(layers):
        at = block_at(here, s.model) == layer
        inside = at and here.deep
        opened = inside or layer in here.open
        rows.append(
            Row(f"Block {layer}", "", "", layer, open=opened, here=at and not inside, around=inside)
        )
        if opened:
            rows += [
                _leaf(one, f"blocks.{layer}.{one.name}", inside and here.inner == index, layer)
                for index, one in enumerate(stages.block)
            ]
    first = places(s.model) - len(stages.tail)
    rows += [_leaf(one, one.name, here.place == first + at) for at, one in enumerate(stages.tail)]
    return tuple(rows)


def inspector(s: Snapshot, inspection: Apart) -> Inspector:
    """The activation at the present place of the pass, and the chosen entry explained."""
    assert s.model is not None
    name = name_at(s.inside, s.model)
    found = inspection[name]
    values = found.values
    entry = valid_entry(values, entry_at(s.inside, name))
    low, high = float(values.min()), float(values.max())
    filled = found.fill(entry)
    trace = s.timeline.node.trace
    return Inspector(
        activation=found,
        heading=_heading(name, found.stage),
        facts=_facts(found),
        grid=as_grid(values, s.model.head_width),
        scale=max(float(np.abs(values).max()), 1e-12),
        signed=low < 0,
        counts=np.histogram(values, BINS, (low, high) if high > low else (low - 1, low + 1))[0],
        low=low,
        high=high,
        entry=entry,
        where=entry_name(found, entry, s.model, trace),
        formula=found.stage.formula,
        sum=as_sum(filled, s.model, trace),
    )


def valid_entry(values: Array, wanted: Index | None) -> Index:
    """The wanted entry brought into the array; without one, the largest by absolute value."""
    if wanted is None or len(wanted) != values.ndim:
        return tuple(int(at) for at in np.unravel_index(np.abs(values).argmax(), values.shape))
    limits = zip(wanted, values.shape, strict=True)
    return tuple(min(max(at, 0), size - 1) for at, size in limits)


def as_grid(values: Array, head_width: int) -> Array:
    """An array as rows (R, K): two axes as they are, one axis wrapped, by head width if it fits."""
    if values.ndim == 2:
        return values
    size = len(values)
    columns = head_width if size % head_width == 0 and size <= 64 * head_width else 0
    columns = columns or math.ceil(math.sqrt(size))
    rows = -(-size // columns)
    grid = np.full(rows * columns, np.nan, np.float32)
    grid[:size] = values
    return grid.reshape(rows, columns)


def cell_of(picture: Inspector, entry: Index) -> tuple[int, int]:
    """The row and column at which an entry is drawn."""
    if len(entry) == 2:
        return entry[0], entry[1]
    row, column = divmod(entry[0], picture.grid.shape[1])
    return row, column


def entry_of(picture: Inspector, row: int, column: int) -> Index | None:
    """The entry that is drawn at a row and column; None outside the array."""
    rows, columns = picture.grid.shape
    if not (0 <= row < rows and 0 <= column < columns):
        return None
    if picture.activation.values.ndim == 2:
        return row, column
    at = row * columns + column
    return (at,) if at < picture.activation.values.size else None


def moved_entry(picture: Inspector, down: int, right: int) -> Index:
    """The entry beside the chosen one; the same at the edge of the picture."""
    row, column = cell_of(picture, picture.entry)
    found = entry_of(picture, row + down, column + right)
    return picture.entry if found is None else found


def entry_name(found: Activation, entry: Index, model: ModelFacts, trace: Trace) -> str:
    """An entry in words: “head h 3, key s 5 ·cat”."""
    parts = []
    for axis, place in zip(found.stage.axes, entry, strict=True):
        more, at = "", place
        if axis == "s":
            at += found.start
            more = f" {model.labels[trace.steps[at].token]}"
        elif axis == "t":
            more = f" {model.labels[at]}"
        parts.append(f"{AXES[axis]} = {at}{more}")
    return ", ".join(parts)


def describe_entry(picture: Inspector, entry: Index, model: ModelFacts, trace: Trace) -> str:
    """The tool tip of one cell: its name and its exact value."""
    value = float(picture.activation.values[entry])
    return f"{entry_name(picture.activation, entry, model, trace)}\n{value:.9g}"


def as_sum(filled: Filled, model: ModelFacts, trace: Trace, most: int = LARGEST) -> Sum:
    """A filled formula with its `most` largest addends written out and the rest added up."""
    if filled.left is None:
        equation = f"= {filled.text} = {figure(filled.value, 6)}"
        return Sum((), 0, 0.0, filled.offset, filled.value, equation)
    products = filled.products
    order = np.argsort(-np.abs(products), kind="stable")
    shown = sorted(order[:most].tolist()) if len(products) <= most else order[:most].tolist()
    addends = tuple(_addend(filled, at, float(products[at]), model, trace) for at in shown)
    others = len(products) - len(addends)
    rest = float(products.sum() - products[shown].sum()) if others else 0.0
    return Sum(
        addends, others, rest, filled.offset, filled.value, _equation(filled, addends, others, rest)
    )


def _addend(filled: Filled, at: int, amount: float, model: ModelFacts, trace: Trace) -> Addend:
    assert filled.left is not None
    if filled.names:
        name = filled.names[at].replace("blocks.", "block ").replace(".resid_post", ", out")
    elif filled.axis == "s":
        position = filled.start + at
        name = f"{model.labels[trace.steps[position].token]} ({position})"
    else:
        name = f"{filled.axis} = {at}"
    text = number(float(filled.left[at]))
    if filled.right is not None:
        text += f" × {number(float(filled.right[at]))}"
    if filled.scale != 1:
        text += f" / {number(1 / filled.scale)}"
    return Addend(name, text, amount)


def _equation(filled: Filled, addends: tuple[Addend, ...], others: int, rest: float) -> str:
    parts = [one.text for one in addends]
    if others:
        parts.append(f"[{others:,} more: {number(rest)}]")
    if filled.offset is not None:
        parts.append(f"{number(filled.offset)}")
    whole = " + ".join(parts)
    if filled.cap is not None:
        times = "" if filled.gain == 1 else f"{number(filled.gain)} × "
        whole = f"{times}{number(filled.cap)} × tanh(({whole}) / {number(filled.cap)})"
    return f"= {whole} = {figure(filled.value, 6)}"


def figure(value: float, digits: int = 4) -> str:
    """A number with a true minus sign."""
    return f"{value:.{digits}g}".replace("-", "−")


def _heading(name: str, found: Stage) -> str:
    where = f"Block {name.split('.')[1]} · " if name.startswith("blocks.") else ""
    return where + found.title


def _facts(found: Activation) -> tuple[tuple[str, str], ...]:
    wide = found.values.astype(np.float64)
    last = found.start + found.shape[-1] - 1
    # Keys before a window do not exist for the query.
    window = (("keys", f"{found.start} … {last}"),) if found.start else ()
    return (
        ("shape", " × ".join(str(size) for size in found.shape)),
        *window,
        ("range", f"{figure(wide.min())} … {figure(wide.max())}"),
        ("mean", figure(wide.mean())),
        ("norm", figure(float(np.linalg.norm(wide)))),
    )


def _leaf(one: Stage, name: str, here: bool, layer: int | None = None) -> Row:
    return Row(one.title, one.symbol, name, layer, 0 if layer is None else 1, here=here)
