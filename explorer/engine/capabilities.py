"""What an engine can give to those who look, and in one sentence why not. Knows no torch.

A network in this process gives everything. One that runs elsewhere may give less: a completion
server knows nothing but probabilities, and of those often only the largest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Thing = Literal[
    "vocabulary", "attention", "hidden", "queries", "formulas", "edits", "activations", "sweep",
    "proof",
]  # fmt: skip


@dataclass(frozen=True)
class Capabilities:
    """For each thing an empty string, or the sentence that says why this engine cannot give it.

    vocabulary   the probability of every token; else of the most probable ones, and Step.rest
    attention    the attention rows of a step
    hidden       its residual stream
    queries      its queries and keys
    formulas     the pass taken apart into its formulas (`Reader.inspect`)
    edits        reading under edits
    activations  named activations over a text
    sweep        what every head and MLP does for a token
    proof        the checks of a text (`Reader.prove`)
    """

    vocabulary: str = ""
    attention: str = ""
    hidden: str = ""
    queries: str = ""
    formulas: str = ""
    edits: str = ""
    activations: str = ""
    sweep: str = ""
    proof: str = ""

    def lacking(self, things: Iterable[Thing]) -> str:
        """Why one of these things cannot be had, empty where all of them can."""
        return next((why for thing in things if (why := vars(self)[thing])), "")


EVERYTHING = Capabilities()


def only_probabilities(why: str, vocabulary: str = "") -> Capabilities:
    """What an engine can that gives probabilities and nothing from inside the network."""
    return Capabilities(vocabulary, why, why, why, why, why, why, why, why)
