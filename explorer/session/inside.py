"""Walking through one forward pass: where we are inside it, and moves that go on, back, in and out.

The pass is a row of places: embedding, position, the blocks, final norm, unembedding, logits. A
block holds its stages. Outside of the blocks `over` goes from block to block; inside it goes from
stage to stage and on into the next block. `back` undoes `over` exactly, `out` undoes `into`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer.engine.anatomy import GPT2
from explorer.engine.facts import ModelFacts
from explorer.engine.passage import Passage, kind_of, layer_of, passage

if TYPE_CHECKING:
    from explorer.session.snapshot import Snapshot

Index = tuple[int, ...]
RUNNER_UP = -1


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


def name_at(inside: Inside, model: ModelFacts) -> str:
    """The activation that is looked at; outside of a block its last one, which is its result."""
    stages = passage(model.anatomy)
    place = min(inside.place, places(model) - 1)
    if place < len(stages.head):
        return stages.head[place].name
    layer, last = place - len(stages.head), last_stage(model)
    if layer < model.layers:
        inner = min(inside.inner, last) if inside.deep else last
        return f"blocks.{layer}.{stages.block[inner].name}"
    return stages.tail[layer - model.layers].name


def places(model: ModelFacts) -> int:
    """How many places the pass has, blocks as one each."""
    stages = passage(model.anatomy)
    return len(stages.head) + model.layers + len(stages.tail)


def last_stage(model: ModelFacts) -> int:
    """The number of the last stage of a block."""
    return len(passage(model.anatomy).block) - 1


def block_at(inside: Inside, model: ModelFacts) -> int | None:
    """The block of the present place; None before and after the blocks."""
    layer = inside.place - len(passage(model.anatomy).head)
    return layer if 0 <= layer < model.layers else None


def entry_at(inside: Inside, name: str) -> Index | None:
    """The entry that was chosen at this kind of stage; None when none was."""
    return dict(inside.entries).get(kind_of(name))


def over(s: Snapshot) -> Snapshot:
    """One stage or block on; the same snapshot at the logits."""
    here, model = s.inside, s.model
    if model is None:
        return s
    if here.deep and block_at(here, model) is not None and here.inner < last_stage(model):
        return _set(s, replace(here, inner=here.inner + 1))
    if here.place >= places(model) - 1:
        return s
    there = replace(here, place=here.place + 1)
    if here.deep and block_at(there, model) is not None:
        there = replace(there, inner=0)
    return _set(s, there)


def back(s: Snapshot) -> Snapshot:
    """One stage or block back, exactly the way that `over` came; the same at the embedding."""
    here, model = s.inside, s.model
    if model is None:
        return s
    if here.deep and block_at(here, model) is not None and here.inner > 0:
        return _set(s, replace(here, inner=min(here.inner, last_stage(model)) - 1))
    if here.place <= 0:
        return s
    there = replace(here, place=here.place - 1)
    if here.deep and block_at(there, model) is not None:
        there = replace(there, inner=last_stage(model))
    return _set(s, there)


def into(s: Snapshot) -> Snapshot:
    """Into the block, to the stage that was looked at last (at first its first)."""
    if s.model is None or s.inside.deep or block_at(s.inside, s.model) is None:
        return s
    return _set(s, replace(s.inside, deep=True))


def out(s: Snapshot) -> Snapshot:
    """Out of the block; the stage is remembered."""
    if s.model is None or not s.inside.deep or block_at(s.inside, s.model) is None:
        return s
    return _set(s, replace(s.inside, deep=False))


def go(s: Snapshot, name: str) -> Snapshot:
    """To an activation by its name; raises KeyError for a name that the pass does not have."""
    stages, layer, layers = _stages(s), layer_of(name), s.model.layers if s.model else 0
    found = stages.stage(name)
    if layer is not None:
        inner = stages.block.index(found)
        here = replace(s.inside, place=len(stages.head) + layer, inner=inner, deep=True)
        return _set(s, here)
    early = found in stages.head
    place = stages.head.index(found) if early else stages.tail.index(found) + layers
    place += 0 if early else len(stages.head)
    return _set(s, replace(s.inside, place=place, deep=False))


def go_to_block(s: Snapshot, layer: int) -> Snapshot:
    """To a block as a whole."""
    return _set(s, replace(s.inside, place=len(_stages(s).head) + layer, deep=False))


def fold(s: Snapshot, layer: int) -> Snapshot:
    """Unfold a block in the outline, or fold it again."""
    return _set(s, replace(s.inside, open=s.inside.open ^ {layer}))


def choose_entry(s: Snapshot, name: str, index: Index | None) -> Snapshot:
    """Explain this entry of an activation, and of the same stage elsewhere (None: the largest)."""
    kept = dict(s.inside.entries)
    kept.pop(kind_of(name), None)
    if index is not None:
        kept[kind_of(name)] = index
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


def _stages(s: Snapshot) -> Passage:
    return passage(GPT2 if s.model is None else s.model.anatomy)


def _known(s: Snapshot, token: int | None) -> int | None:
    if token is None or s.model is None or not 0 <= token < s.model.vocabulary:
        return None
    return token


def _set(s: Snapshot, inside: Inside) -> Snapshot:
    return s if inside == s.inside else replace(s, inside=inside)
