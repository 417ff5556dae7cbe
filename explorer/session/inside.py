"""Walking through one forward pass: where we are inside it, and moves that go on, back, in and out.

The pass is a row of places: embedding, position, the blocks, final norm, unembedding, logits. A
block holds its stages. Outside of the blocks `over` goes from block to block; inside it goes from
stage to stage and on into the next block. `back` undoes `over` exactly, `out` undoes `into`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer.engine.passage import BLOCK, HEAD, TAIL, layer_of, stage

if TYPE_CHECKING:
    from explorer.session.snapshot import Snapshot

Index = tuple[int, ...]
RUNNER_UP = -1
LAST = len(BLOCK) - 1


@dataclass(frozen=True)
class HeadSearch:
    """How the table of heads is ordered and searched: a column, its direction, the words typed."""

    order: str = "induction"
    rising: bool = False
    text: str = ""


@dataclass(frozen=True)
class Inside:
    """Where we are inside the pass, and which tokens it is asked about.

    place counts the row of places, blocks as one place each; inner is the stage of the block that
    was looked at last; deep says that we are inside the blocks. entries holds the entry chosen at
    each kind of stage, so that it stays when we walk on. open names the blocks that are unfolded
    besides ours. token is asked about (None: the one that comes next), versus is what it is
    compared with (RUNNER_UP: the most probable other one; None: nothing). final_norm says whether
    the logit lens applies the final norm.
    """

    place: int = 0
    inner: int = 0
    deep: bool = False
    entries: tuple[tuple[str, Index], ...] = ()
    open: frozenset[int] = frozenset()
    token: int | None = None
    versus: int | None = RUNNER_UP
    final_norm: bool = True
    heads: HeadSearch = HeadSearch()


def name_at(inside: Inside, layers: int) -> str:
    """The activation that is looked at; outside of a block its last one, which is its result."""
    place = min(inside.place, places(layers) - 1)
    if place < len(HEAD):
        return HEAD[place].name
    layer = place - len(HEAD)
    if layer < layers:
        return f"blocks.{layer}.{BLOCK[inside.inner if inside.deep else LAST].name}"
    return TAIL[layer - layers].name


def places(layers: int) -> int:
    """How many places the pass has, blocks as one each."""
    return len(HEAD) + layers + len(TAIL)


def block_at(inside: Inside, layers: int) -> int | None:
    """The block of the present place; None before and after the blocks."""
    layer = inside.place - len(HEAD)
    return layer if 0 <= layer < layers else None


def entry_at(inside: Inside, name: str) -> Index | None:
    """The entry that was chosen at this kind of stage; None when none was."""
    return dict(inside.entries).get(stage(name).name)


def over(s: Snapshot) -> Snapshot:
    """One stage or block on; the same snapshot at the logits."""
    layers, here = _layers(s), s.inside
    if here.deep and block_at(here, layers) is not None and here.inner < LAST:
        return _set(s, replace(here, inner=here.inner + 1))
    if here.place >= places(layers) - 1:
        return s
    there = replace(here, place=here.place + 1)
    if here.deep and block_at(there, layers) is not None:
        there = replace(there, inner=0)
    return _set(s, there)


def back(s: Snapshot) -> Snapshot:
    """One stage or block back, exactly the way that `over` came; the same at the embedding."""
    layers, here = _layers(s), s.inside
    if here.deep and block_at(here, layers) is not None and here.inner > 0:
        return _set(s, replace(here, inner=here.inner - 1))
    if here.place <= 0:
        return s
    there = replace(here, place=here.place - 1)
    if here.deep and block_at(there, layers) is not None:
        there = replace(there, inner=LAST)
    return _set(s, there)


def into(s: Snapshot) -> Snapshot:
    """Into the block, to the stage that was looked at last (at first its first)."""
    if s.inside.deep or block_at(s.inside, _layers(s)) is None:
        return s
    return _set(s, replace(s.inside, deep=True))


def out(s: Snapshot) -> Snapshot:
    """Out of the block; the stage is remembered."""
    if not s.inside.deep or block_at(s.inside, _layers(s)) is None:
        return s
    return _set(s, replace(s.inside, deep=False))


def go(s: Snapshot, name: str) -> Snapshot:
    """To an activation by its name; raises KeyError for a name that the pass does not have."""
    layer, kind = layer_of(name), stage(name).name
    if layer is not None:
        inner = [one.name for one in BLOCK].index(kind)
        here = replace(s.inside, place=len(HEAD) + layer, inner=inner, deep=True)
        return _set(s, here)
    ends = [one.name for one in HEAD], [one.name for one in TAIL]
    place = ends[0].index(kind) if kind in ends[0] else _tail(s) + ends[1].index(kind)
    return _set(s, replace(s.inside, place=place, deep=False))


def go_to_block(s: Snapshot, layer: int) -> Snapshot:
    """To a block as a whole."""
    return _set(s, replace(s.inside, place=len(HEAD) + layer, deep=False))


def fold(s: Snapshot, layer: int) -> Snapshot:
    """Unfold a block in the outline, or fold it again."""
    return _set(s, replace(s.inside, open=s.inside.open ^ {layer}))


def choose_entry(s: Snapshot, name: str, index: Index | None) -> Snapshot:
    """Explain this entry of an activation, and of the same stage elsewhere (None: the largest)."""
    kept = dict(s.inside.entries)
    kept.pop(stage(name).name, None)
    if index is not None:
        kept[stage(name).name] = index
    return _set(s, replace(s.inside, entries=tuple(sorted(kept.items()))))


def ask_token(s: Snapshot, token: int | None) -> Snapshot:
    """Ask the lens and the attribution about a token (None: the one that comes next)."""
    return _set(s, replace(s.inside, token=_known(s, token)))


def ask_versus(s: Snapshot, versus: int | None) -> Snapshot:
    """Compare with another token: its id, RUNNER_UP, or None for the logit alone."""
    if versus is not None and versus != RUNNER_UP and _known(s, versus) is None:
        return s
    return _set(s, replace(s.inside, versus=versus))


def norm_lens(s: Snapshot, final_norm: bool) -> Snapshot:
    """Whether the logit lens applies the final norm."""
    return _set(s, replace(s.inside, final_norm=final_norm))


def search_heads(s: Snapshot, search: HeadSearch) -> Snapshot:
    """Order and search the table of heads."""
    return _set(s, replace(s.inside, heads=search))


def reset(inside: Inside) -> Inside:
    """What stays for another network: how to look, not where and at which token."""
    return Inside(final_norm=inside.final_norm, heads=inside.heads)


def _layers(s: Snapshot) -> int:
    return s.model.layers if s.model is not None else 0


def _tail(s: Snapshot) -> int:
    return len(HEAD) + _layers(s)


def _known(s: Snapshot, token: int | None) -> int | None:
    if token is None or s.model is None or not 0 <= token < s.model.vocabulary:
        return None
    return token


def _set(s: Snapshot, inside: Inside) -> Snapshot:
    return s if inside == s.inside else replace(s, inside=inside)
