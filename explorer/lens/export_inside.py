"""The numbers of panels that look inside a pass, of the tree and of experiments, as columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.engine.apart import Apart
from explorer.lens.attention import chosen_head
from explorer.lens.attribution import attribution
from explorer.lens.experiments import comparison
from explorer.lens.head_scores import COLUMNS, head_scores
from explorer.lens.inside import inspected_position, inspector
from explorer.lens.logit_lens import asked_token, read_layers
from explorer.lens.proof import verdict
from explorer.lens.sweep import sweep_map
from explorer.lens.token_history import token_history
from explorer.lens.tree import tree
from explorer.lens.twin import twin
from explorer.lens.two_temperatures import Seen, seen, two_temperatures
from explorer.lens.why_not import question, sampling_lines
from explorer.session import sharpness
from explorer.session.reader import Reader
from explorer.session.sharpness import read_under
from explorer.session.snapshot import Snapshot

Columns = dict[str, NDArray[np.generic]]


def scores(s: Snapshot) -> Columns:
    """Every head with its scores; NaN where nothing in the text defines one."""
    found = head_scores(s.timeline.node.trace)
    shape = found.means.shape[1:]
    layer, head = np.indices(shape).reshape(2, -1)
    return {
        "layer": layer,
        "head": head,
        **{name: found.score(name).reshape(-1) for name in COLUMNS},
    }


def branches(s: Snapshot) -> Columns:
    """The segments of the tree: text, probability of the path to its end and its luck, in nats."""
    found = tree(s)
    assert found is not None
    rows = found.rows
    return {
        "text": np.array(["".join(row.words) for row in rows]),
        "name": np.array([row.name for row in rows]),
        "log_p": np.array([row.log_p for row in rows]),
        "against_greedy": np.array([row.against_greedy for row in rows]),
        "against_expected": np.array([row.against_expected for row in rows]),
        "tokens": np.array([row.tokens for row in rows]),
        "lane": np.array([row.segment.lane for row in rows]),
    }


def swept(s: Snapshot) -> Columns:
    """The map of the last sweep: layer, column (the last is the MLP), value; NaN: not yet found."""
    found = sweep_map(s)
    if found is None:
        raise ValueError("There are no numbers yet: no sweep has been made.")
    nan = float("nan")
    return {
        "layer": np.array([cell.layer for cell in found.cells]),
        "column": np.array([cell.column for cell in found.cells]),
        "value": np.array([nan if cell.value is None else cell.value for cell in found.cells]),
        "off": np.array([cell.off for cell in found.cells]),
    }


def compared(s: Snapshot) -> Columns:
    """The next token before and after the edits."""
    found = comparison(s)
    if found is None:
        raise ValueError("There are no numbers yet: nothing has been changed inside the network.")
    return {
        "token": np.array([row.token for row in found.rows]),
        "label": np.array([row.label for row in found.rows]),
        "before": np.array([row.before for row in found.rows]),
        "after": np.array([row.after for row in found.rows]),
    }


def followed(s: Snapshot) -> Columns:
    """The named token before each position: its surprise in nats and its rank."""
    found = token_history(s)
    if found is None:
        raise ValueError("There are no numbers yet: no token has been named.")
    return {
        "position": np.arange(len(found.nats)),
        "surprise": found.nats,
        "rank": found.rank,
    }


def compared_tokens(s: Snapshot) -> Columns:
    """The chosen and the named token through sampling, and the exact changes that would help."""
    asked = question(s)
    if asked is None:
        raise ValueError("There are no numbers yet: no token has been named.")
    found = asked.answer()
    rows = [line for line in sampling_lines(asked) if not line.title]
    goals = [("admit", one) for one in found.admit] + [("choose", one) for one in found.choose]
    return {
        "what": np.array([line.name for line in rows] + [f"{g} {one.setting}" for g, one in goals]),
        "chosen": np.array([line.chosen for line in rows] + [""] * len(goals)),
        "named": np.array([line.named for line in rows] + [repr(one.value) for _, one in goals]),
    }


def twins(s: Snapshot) -> Columns:
    """The next tokens of both texts: their probabilities in A and in B."""
    found = twin(s)
    if found is None:
        raise ValueError("There are no numbers yet: no twin runs.")
    names = ("label", "a", "b", "a_next", "b_next")
    return {name: np.array([getattr(row, name) for row in found.rows]) for name in names}


def proven(s: Snapshot) -> Columns:
    """The checks of the last proof: what was measured, what is allowed, whether it holds."""
    found = verdict(s)
    if found is None:
        raise ValueError("There are no numbers yet: nothing has been proven.")
    names = ("name", "measured", "allowed", "ok")
    return {name: np.array([getattr(check, name) for check in found.checks]) for name in names}


def attributed(s: Snapshot, reader: Reader) -> Columns:
    """What each part adds to the logit asked about, the strongest first."""
    found = attribution(s, _inspection(s, reader))
    assert found is not None
    return {
        "part": np.array([bar.label for bar in found.bars]),
        "amount": np.array([bar.amount for bar in found.bars]),
    }


def side_by_side(s: Snapshot, reader: Reader) -> Columns:
    """Every token with nothing turned, with only the sharpness turned, with only T; by id."""
    ids, head = s.timeline.node.trace.ids, chosen_head(s)
    both: list[Seen] = []
    for edits in (sharpness.unturned(s), sharpness.turned(s)):
        known = seen(s, edits, None) or seen(s, edits, read_under(reader, ids, edits, *head))
        assert known is not None
        both.append(known)
    found = two_temperatures(s, both[0], both[1], len(both[0].logits))
    if found is None:
        raise ValueError("The logits are not finite: there are no probabilities.")
    rows = sorted(found.rows, key=lambda row: row.token)
    names = ("token", "label", "plain", "sharp", "warm")
    return {name: np.array([getattr(row, name) for row in rows]) for name in names}


def by_layer(s: Snapshot, reader: Reader) -> Columns:
    """Rank and probability of the token asked about, read after every layer."""
    p = read_layers(_inspection(s, reader), s.inside.final_norm)  # (L + 1, V)
    token = asked_token(s)
    assert token is not None
    own = p[:, token]
    return {
        "layer": np.arange(len(p)),
        "token": np.full(len(p), token),
        "p": own,
        "rank": 1 + (p > own[:, None]).sum(1),
        "best": p.argmax(1),
        "best_p": p.max(1),
    }


def activation(s: Snapshot, reader: Reader) -> Columns:
    """Every entry of the activation that is looked at, its place counted along the array."""
    values = inspector(s, _inspection(s, reader)).activation.values
    return {"entry": np.arange(values.size), "value": values.reshape(-1)}


def _inspection(s: Snapshot, reader: Reader) -> Apart:
    position = inspected_position(s)
    assert position is not None and s.model is not None
    if s.model.fingerprint != reader.facts.fingerprint:
        raise ValueError("These numbers need the model of this session, which is not the open one.")
    return reader.inspect(s.timeline.node.trace, position)
