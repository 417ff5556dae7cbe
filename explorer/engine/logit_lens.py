"""Logit lens: what the network would say if it stopped after a layer (nostalgebraist 2020).

    logits_l = norm_f(r_l) W_U          statistics of r_l itself, not of the final stream
    logits_l = r_l W_U                  with the final norm not applied

and behind them the cap of a network that caps its logits. r_0 is the stream after the embedding,
r_l that after l blocks; the last row is the output itself. numpy; runs no network.

Shapes: L layers, C width, V vocabulary.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.engine.numerics import capped, norm
from explorer.engine.parameters import Parameters

Array = NDArray[np.float32]


def lens_logits(parameters: Parameters, hidden: Array, final_norm: bool = True) -> Array:
    """The logits (L + 1, V) of every layer's stream, hidden (L + 1, C)."""
    d, final = parameters.description, parameters.norm("norm")
    assert final is not None
    stream = norm(hidden, final, d.epsilon, d.norm == "rms") if final_norm else hidden
    return capped(parameters.logits(stream), d.logit_cap)
