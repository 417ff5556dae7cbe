"""Steps that came from elsewhere, held to the facts of the model before they are believed."""

from __future__ import annotations

import numpy as np

from explorer.engine.facts import ModelFacts
from explorer.engine.remote.packing import PackingError
from explorer.engine.trace import Step


def checked(
    steps: tuple[Step, ...], ids: tuple[int, ...], first: int, facts: ModelFacts
) -> tuple[Step, ...]:
    """The steps of a text from position `first` on; raises PackingError if they are not."""
    if tuple(step.token for step in steps) != ids[first:]:
        raise PackingError("the answer is that of another text")
    layers, heads, width = facts.layers, facts.heads, facts.head_width
    for position, step in enumerate(steps, first):
        shapes = (
            ("logits", step.logits.shape, (facts.vocabulary,)),
            ("attention", step.attention.shape, (layers, heads, position + 1)),
            ("hidden", step.hidden.shape, (layers + 1, facts.width)),
            ("queries", step.queries.shape, (layers, heads, width)),
            ("keys", step.keys.shape, (layers, facts.groups, width)),
        )
        for name, found, wanted in shapes:
            if found != wanted:
                raise PackingError(f"the answer's {name} are {found} and not {wanted}")
        if np.isnan(step.logits).any():
            raise PackingError("the answer's logits are not numbers")
    return steps
