"""Effect: what switching one part of the network off changes. Knows no tensors."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.engine.edits import How, Off


@dataclass(frozen=True)
class Effect:
    """What switching one part off changes at the last position, for one token.

    logit and log_probability (nats) are the values without the part minus those with it;
    divergence is KL(with || without) over the vocabulary, in nats.
    """

    off: Off
    logit: float
    log_probability: float
    divergence: float


def parts(layers: int, heads: int, how: How, mlps: bool) -> tuple[Off, ...]:
    """Every part in the order of a sweep: from the last layer, which is found soonest."""
    found: list[Off] = []
    for layer in reversed(range(layers)):
        found += [Off("head", layer, head, how) for head in range(heads)]
        found += [Off("mlp", layer, 0, how)] if mlps else []
    return tuple(found)
