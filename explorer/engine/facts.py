"""What the other rooms may know about a network without holding it. Knows no torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelFacts:
    """Sizes, names and vocabulary of the network that is loaded.

    pieces[i] is the byte string of token i (a token may hold a part of a UTF-8 character);
    labels[i] is the same made visible: spaces, newlines and lone bytes can be seen.
    """

    name: str
    fingerprint: str
    layers: int
    heads: int
    width: int
    head_width: int
    context: int
    begin_token: int
    end_token: int
    pieces: tuple[bytes, ...]
    labels: tuple[str, ...]

    @property
    def vocabulary(self) -> int:
        """Number V of tokens."""
        return len(self.labels)

    @property
    def beta(self) -> float:
        """The sharpness of attention, 1 / sqrt(D): an inverse temperature inside each head."""
        return float(self.head_width**-0.5)
