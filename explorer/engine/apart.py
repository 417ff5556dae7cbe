"""Apart: one forward pass taken apart, whoever runs the network. Knows no torch.

`engine.inspect` makes it from a recorded step and the weights; a server sends what it made of its
own (`engine.remote.inspected`). Within `kept.only_here` what is not here yet is a MissingError.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.engine.activation import Activation
from explorer.engine.attribution import Attribution
from explorer.engine.trace import Step


class Apart(Protocol):
    """The pass at one position of a text."""

    @property
    def step(self) -> Step:
        """The recorded step that it belongs to."""

    @property
    def position(self) -> int:
        """Its position in the text."""

    def __getitem__(self, name: str) -> Activation:
        """An activation by its name; raises KeyError."""

    def values(self, name: str) -> NDArray[np.float32]:
        """The array of an activation; raises KeyError."""

    def take_apart(self) -> Iterator[None]:
        """Have everything here, some of it with each `next()`; raises ValueError."""

    def attribute(self, token: int, versus: int | None = None) -> Attribution:
        """What each part of the final stream adds to a logit, or to its lead over another one."""

    def lens(self, final_norm: bool = True) -> NDArray[np.float32]:
        """The logits (L + 1, V) that every layer's stream would give."""
