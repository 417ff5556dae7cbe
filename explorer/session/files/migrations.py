"""How the manifest of an older version becomes one of the next: raw JSON in, raw JSON out.

What a migration does not understand it leaves as it is, for the checks that follow to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Raw = dict[str, Any]


def parts_off(raw: Raw) -> Raw:
    """Version 1 knew only heads switched off, as pairs; version 2 lists parts of any kind."""
    tree, state = raw.get("tree"), raw.get("state")
    if isinstance(tree, dict) and isinstance(tree.get("edits"), list):
        tree = tree | {"edits": [_parts(one) for one in tree["edits"]]}
    if isinstance(state, dict):
        state = state | {"edits": _parts(state.get("edits", {}))}
    return raw | {"tree": tree, "state": state, "version": 2}


def _parts(edits: Any) -> Any:
    pairs = edits.get("heads_off") if isinstance(edits, dict) else None
    if not isinstance(pairs, list) or not all(
        isinstance(pair, list) and len(pair) == 2 for pair in pairs
    ):
        return edits
    rest = {name: value for name, value in edits.items() if name != "heads_off"}
    return rest | {"off": [{"part": "head", "layer": a, "index": b} for a, b in pairs]}


def capabilities(raw: Raw) -> Raw:
    """Version 2 said why there are no formulas; version 3 says that of all that may be missing."""
    model = raw.get("model")
    if isinstance(model, dict) and "closed" in model:
        model = {name: value for name, value in model.items() if name != "closed"}
        model["can"] = {"formulas": raw["model"]["closed"]}
        raw = raw | {"model": model}
    return raw | {"version": 3}


def workspaces(raw: Raw) -> Raw:
    """Version 3 kept the text alone; version 4 names what else it keeps, of which there is none."""
    return raw | {"version": 4}


# From the version of a file to the next one.
MIGRATIONS: Mapping[int, Callable[[Raw], Raw]] = {1: parts_off, 2: capabilities, 3: workspaces}
