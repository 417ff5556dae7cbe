"""The candidates for the next token as wells of energy, E_i = -ln p_i in nats.

The weight of a token at the sampling temperature T is exp(-E_i / T) / Z over the tokens that no
stage has removed; a removed token has an infinite energy. With E_i measured this way the free
energy F = -T ln Z = U - T S is 0 at T = 1 when nothing is removed. This is the energy of tokens: it
shares neither space nor temperature with the energy inside an attention head.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine import sampling as stages
from explorer.engine.sampling import GREEDY, UNNAMED, Distribution
from explorer.lens.candidates import chances
from explorer.lens.surprise import outlook
from explorer.physics.boltzmann import Thermodynamics, thermodynamics, token_energies
from explorer.session.snapshot import Snapshot

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Well:
    """One candidate. `energy` (nats) is what is sampled from, `model_energy` the model's own.

    The two differ only under a repetition penalty. `raw` is the model's probability, `final` the
    weight at T among the tokens that are left; `removed` names the stage that raised the energy to
    infinity, empty if none did. `dice` marks the token on which the dice of this position fall.
    """

    token: int
    label: str
    rank: int
    energy: float
    model_energy: float
    raw: float
    final: float
    removed: str
    dice: bool


@dataclass(frozen=True)
class TokenEnergies:
    """Wells by falling probability, and the state functions of all that may be drawn (nats).

    A token of the dice that ranks below the shown ones is the last well. `left` counts the tokens
    that may be drawn, `unnamed` those that the engine left out, which take no part. `lowest` and
    `highest` bound the shown energies and do not depend on T.
    """

    wells: tuple[Well, ...]
    temperature: float
    state: Thermodynamics
    left: int
    lowest: float
    highest: float
    unnamed: int = 0

    @property
    def missing(self) -> str:
        """What to say of the tokens that the engine left out, empty where there are none."""
        if not self.unnamed:
            return ""
        return f" {self.unnamed:,} tokens that the engine did not name take no part."


def energy(s: Snapshot, count: int = 14) -> TokenEnergies | None:
    """The `count` best candidates after the cursor as wells; None while nothing has been read."""
    found = chances(s)
    if found is None or s.model is None:
        return None
    trace = s.timeline.node.trace
    last = trace.steps[-1]
    logits = last.logits.astype(np.float64)
    model = outlook(last).log_partition - logits  # (V,) -log p, those not named counted in
    penalty = s.sampling.repetition_penalty
    own = model
    if penalty != 1.0:
        # Among the named tokens alone every energy would lie lower by -log(1 - rest).
        lift = -math.log1p(-last.rest)
        own = token_energies(stages.penalised(logits, penalty, trace.ids)) + lift
    spread = found.distribution
    shown = _shown(spread, found.chosen, count)
    rows = zip(shown, own[list(shown.values())].tolist(), shown.values(), strict=True)
    wells = tuple(
        Well(
            token=token,
            label=s.model.labels[token],
            rank=rank,
            energy=depth,
            model_energy=float(model[token]),
            raw=float(spread.raw[token]),
            final=float(spread.final[token]),
            removed=stages.REMOVERS[int(spread.removed[token])],
            dice=token == found.chosen,
        )
        for rank, depth, token in rows
    )
    temperature = s.sampling.temperature
    # greedy is the limit T = 0, not a wall: there the energies stay and the weights vanish
    possible = (spread.removed == stages.KEPT) | (spread.removed == GREEDY)
    state = thermodynamics(own if possible.all() else own[possible], temperature)
    depths = [well.energy for well in wells] + [well.model_energy for well in wells]
    finite = [depth for depth in depths if np.isfinite(depth)]
    left = int(np.count_nonzero(spread.final))
    unnamed = int(np.count_nonzero(spread.removed == UNNAMED))
    return TokenEnergies(wells, temperature, state, left, min(finite), max(finite), unnamed)


def _shown(spread: Distribution, dice: int, count: int) -> dict[int, int]:
    """Rank (1 is the best) -> token of the wells to draw, the token of the dice among them."""
    shown = {rank + 1: int(token) for rank, token in enumerate(spread.order[: max(count, 1)])}
    if dice not in shown.values():
        shown.pop(len(shown))
        shown[int(np.flatnonzero(spread.order == dice)[0]) + 1] = dice
    return shown
