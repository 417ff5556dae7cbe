"""Logit lens: what the network would say if it stopped after a layer (nostalgebraist 2020).

    logits_l = LN_f(r_l) W_U            statistics of r_l itself, not of the final stream
    logits_l = r_l W_U                  with the final norm not applied

r_0 is the stream after the embedding, r_l that after l blocks; the last row is the output itself.
numpy; runs no network. Shapes: L layers, C width, V vocabulary.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.engine.inspect import norm
from explorer.engine.parameters import Parameters

Array = NDArray[np.float32]


def lens_logits(parameters: Parameters, hidden: Array, final_norm: bool = True) -> Array:
    """The logits (L + 1, V) of every layer's stream, hidden (L + 1, C)."""
    stream = hidden
    if final_norm:
        stream = norm(hidden, parameters.ln_f, parameters.config.layer_norm_epsilon)
    found: Array = stream @ parameters.tokens.T  # (L + 1, V)
    return found


def tokens_by_layer(
    parameters: Parameters, hidden: Array, tokens: tuple[int, ...], final_norm: bool = True
) -> Array:
    """The logits (L + 1, n) of n tokens at every layer, without those of the whole vocabulary.

    Raises IndexError for a token outside the vocabulary.
    """
    stream = hidden
    if final_norm:
        stream = norm(hidden, parameters.ln_f, parameters.config.layer_norm_epsilon)
    found: Array = stream @ parameters.tokens[list(tokens)].T  # (L + 1, n)
    return found
