"""The numbers behind every panel, as columns of equal length, with what made them.

NUMBERS has one function for each panel of the text workspace. A panel that is not in it gives the
numbers of the story, so that none is without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine.edits import EVERY, Edits, Sharpening
from explorer.engine.sampling import REMOVERS
from explorer.lens import export_inside as inside
from explorer.lens.attention import chosen_head, head_matrix
from explorer.lens.candidates import chances, pipeline
from explorer.lens.dice import dice
from explorer.lens.energy import energy
from explorer.lens.hopfield import remember, where
from explorer.lens.needs import absent
from explorer.lens.regimes import regimes
from explorer.lens.stops import stop_rows
from explorer.lens.surprise import course, draws, walk
from explorer.lens.thermo import thermo_chart
from explorer.session.reader import Reader
from explorer.session.snapshot import Snapshot

Columns = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, eq=False)
class Numbers:
    """The columns of one panel, and the model, prompt, seed and settings that made them."""

    panel: str
    columns: Columns
    about: dict[str, object]


def numbers(panel: str, s: Snapshot, reader: Reader | None = None) -> Numbers:
    """The numbers of a panel; raises ValueError with a sentence while there are none.

    A reader is needed for the panels of READ, which take a pass apart.
    """
    if s.model is None or not s.timeline:
        raise ValueError("There are no numbers yet: no text has been read.")
    if missing := absent(panel, s):
        raise ValueError(missing)
    if panel not in READ:
        columns = NUMBERS.get(panel, story)(s)
    elif reader is not None:
        columns = READ[panel](s, reader)
    else:
        raise ValueError("There are no numbers yet: no model is open.")
    return Numbers(panel, columns, about(s))


def about(s: Snapshot) -> dict[str, object]:
    """What the numbers of a snapshot with a text depend on.

    Where the engine leaves out tokens it says which are missing; entropies are then the least that
    they can be.
    """
    assert s.model is not None
    layer, head = chosen_head(s)
    steps = walk(s.timeline)
    missing = {"missing": s.model.can.vocabulary} if s.model.can.vocabulary else {}
    return {
        "model": s.model.name,
        "fingerprint": s.model.fingerprint,
        "prompt": s.timeline.nodes[s.timeline.root()].prompt,
        "tokens": [step.token for step in steps],
        "read": len(s.timeline.node.trace),
        **asdict(s.sampling),
        "edits": describe_edits(s.edits),
        "layer": layer,
        "head": head,
        "position": s.look.position,
        **missing,
    }


def describe_edits(edits: Edits) -> str:
    """What is changed inside the network, in a line; empty when nothing is."""
    parts = [f"{one.part} {one.layer}.{one.index} {one.how}" for one in edits.off]
    parts += [f"steering of block {one.layer} by {one.strength:g}" for one in edits.steering]
    parts += [f"patch of {one.name} {one.layer} at {one.position}" for one in edits.patches]
    parts += [f"sharpness of {sharpened(one)} times {one.factor:g}" for one in edits.sharpening]
    return ", ".join(parts)


def sharpened(one: Sharpening) -> str:
    """Which heads a sharpening acts on."""
    return "all heads" if one.head == EVERY else f"head {one.layer}.{one.head}"


def story(s: Snapshot) -> Columns:
    """Every token of the line: how surprising it was (nats), how it was chosen."""
    assert s.model is not None
    steps, chosen = walk(s.timeline), draws(s.timeline)
    tokens = np.array([step.token for step in steps])
    told = course(steps)
    nan = float("nan")
    return {
        "position": np.arange(len(steps)),
        "token": tokens,
        "label": np.array([s.model.labels[token] for token in tokens]),
        "surprise": told.surprise,
        "entropy": np.concatenate([[np.nan], told.entropy[:-1]]),
        "temperature": np.array([nan if d is None else d.sampling.temperature for d in chosen]),
        "dice": np.array([nan if d is None else d.uniform for d in chosen]),
        "forced": np.array([d is not None and d.forced for d in chosen]),
    }


def heads(s: Snapshot) -> Columns:
    """The attention weight of every layer, head, query and key so far."""
    steps = s.timeline.node.trace.steps
    layers, count = steps[0].attention.shape[:2]
    rows = []
    for query, step in enumerate(steps):
        size = query + 1
        layer, head, key = np.indices((layers, count, size)).reshape(3, -1)
        rows.append(
            (layer, head, np.full(layer.size, query), key, np.asarray(step.attention).reshape(-1))
        )
    names = ("layer", "head", "query", "key", "weight")
    return {name: np.concatenate([row[at] for row in rows]) for at, name in enumerate(names)}


def attention(s: Snapshot) -> Columns:
    """The attention weight of the chosen head for every query and key so far."""
    matrix = head_matrix(s)
    assert matrix is not None
    query, key = np.tril_indices(len(matrix.weights))
    return {"query": query, "key": key, "weight": matrix.weights[query, key]}


def hopfield(s: Snapshot) -> Columns:
    """The keys that the lit query can recall: recorded attention, one update, similarity."""
    place = where(s)
    assert place is not None
    memory = remember(s, place)
    return {
        "key": np.arange(len(memory.labels)) + place.first,
        "label": np.array(memory.labels),
        "attention": memory.attention,
        "update": memory.weights,
        "similarity": memory.keys @ memory.query,
    }


def energies(s: Snapshot) -> Columns:
    """The wells: energy in nats, of the model and of what is sampled from."""
    found = energy(s)
    assert found is not None
    wells = found.wells
    names = ("token", "label", "rank", "energy", "model_energy", "raw", "final", "removed")
    return {name: np.array([getattr(well, name) for well in wells]) for name in names}


def stages(s: Snapshot) -> Columns:
    """The stages of sampling and how many candidates each leaves."""
    found = chances(s)
    assert found is not None
    rows = pipeline(found)
    names = ("name", "setting", "left", "on")
    return {name: np.array([getattr(row, name) for row in rows]) for name in names}


def candidates(s: Snapshot) -> Columns:
    """Every token of the vocabulary, the most probable first, before and after sampling."""
    found = chances(s)
    assert found is not None and s.model is not None
    spread = found.distribution
    order = spread.order
    return {
        "rank": np.arange(1, len(order) + 1),
        "token": order,
        "label": np.array(s.model.labels)[order],
        "raw": spread.raw[order],
        "scaled": spread.scaled[order],
        "final": spread.final[order],
        "removed": np.array(REMOVERS)[spread.removed[order]],
    }


def segments(s: Snapshot) -> Columns:
    """The segments of the line on which the random number falls."""
    found = dice(s)
    assert found is not None and s.model is not None
    return {
        "token": found.tokens,
        "label": np.array(s.model.labels)[found.tokens],
        "start": np.concatenate([[0.0], found.ends[:-1]]),
        "end": found.ends,
        "chosen": np.arange(len(found.tokens)) == found.chosen,
    }


def stops(s: Snapshot) -> Columns:
    """The stops: condition, on or off, how often each was hit."""
    rows = stop_rows(s)
    return {
        "condition": np.array([row.text for row in rows], dtype=np.str_),
        "on": np.array([row.on for row in rows], dtype=np.bool_),
        "hits": np.array([row.hits for row in rows], dtype=np.int64),
    }


def regime_counts(s: Snapshot) -> Columns:
    """How many keys carry 90 % of each head's attention, and their share; as the map shows it."""
    found = regimes(s)
    assert found is not None
    layer, head = np.indices(found.k90.shape).reshape(2, -1)
    return {"layer": layer, "head": head, "k90": found.k90.ravel(), "share": found.share.ravel()}


def state_functions(s: Snapshot) -> Columns:
    """F, U, S and C of the next token against the sampling temperature."""
    found = thermo_chart(s)
    if found is None:
        raise ValueError("The logits are not finite: there is no free energy.")
    names = ("temperatures", "free_energy", "mean_energy", "entropy", "heat_capacity")
    return {name: getattr(found.curve, name) for name in names}


NUMBERS: Mapping[str, Callable[[Snapshot], Columns]] = {
    "text": story,
    "timeline": story,
    "heads": heads,
    "attention": attention,
    "hopfield": hopfield,
    "energy": energies,
    "sampling": stages,
    "bars": candidates,
    "dice": segments,
    "stops": stops,
    "tree": inside.branches,
    "sweep": inside.swept,
    "experiments": inside.compared,
    "headscores": inside.scores,
    "regimes": regime_counts,
    "thermo": state_functions,
    "history": inside.followed,
    "whynot": inside.compared_tokens,
    "twin": inside.twins,
    "proof": inside.proven,
}
READ: Mapping[str, Callable[[Snapshot, Reader], Columns]] = {
    "attribution": inside.attributed,
    "logitlens": inside.by_layer,
    "inside": inside.activation,
    "temperatures": inside.side_by_side,
}
