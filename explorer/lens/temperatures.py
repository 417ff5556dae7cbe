"""The three temperatures of Explorer: three names, three symbols, three controls. Knows no model.

All three divide an energy before a softmax, in three different places, and none of them is another:

    sampling   p_i = exp(-E_i / T) / Z             over tokens, after the network has spoken
    attention  a_j = exp(beta q . k_j) / Z         over keys, inside every head; 1 / beta is its
                                                   temperature, beta its sharpness
    Glauber    P(s = +1) = 1 / (1 + exp(-2 h / tau))   of one neuron of a Hopfield network

Every label, tip and sentence takes its words from here; `physics`, which knows none of the three
places, writes T for whichever it is given.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Temperature:
    """One of them: `name` and `symbol` of the temperature, `control` of what a person turns.

    where says in a few words what it acts on.
    """

    name: str
    symbol: str
    control: str
    where: str

    @property
    def title(self) -> str:
        """The control's name at the beginning of a sentence or of a field."""
        return self.control[0].upper() + self.control[1:]


SAMPLING = Temperature(
    "sampling temperature", "T", "sampling temperature T", "the dice that draw the next token"
)
ATTENTION = Temperature(
    "attention temperature", "1/β", "sharpness of attention β", "what a head reads from"
)
GLAUBER = Temperature(
    "Glauber temperature", "τ", "Glauber temperature τ", "the neurons of a Hopfield network"
)
TEMPERATURES = (SAMPLING, ATTENTION, GLAUBER)
