"""Commands that change how the next token is drawn, or draw it by hand."""

from __future__ import annotations

from dataclasses import replace

from explorer.engine.sampling import PRESETS, Sampling
from explorer.session import moves
from explorer.session.snapshot import FIRST_SAMPLING
from explorer.ui.actions.action import Action, Frame, Verb, can_step
from explorer.ui.controller import Controller

DRAW = "&Sampling"


def _warmer(factor: float) -> Verb:
    def verb(c: Controller, _: Frame) -> None:
        now = c.snapshot.sampling.temperature or 0.05
        steps = round(now * factor, 3 if now < 0.2 else 2)
        c.apply(moves.heat, steps, gesture="temperature")

    return verb


def _greedy(c: Controller, _: Frame) -> None:
    c.apply(moves.heat, 0.0 if c.snapshot.sampling.temperature else FIRST_SAMPLING.temperature)


def _preset(name: str) -> Verb:
    def verb(c: Controller, _: Frame) -> None:
        chosen = replace(PRESETS[name], seed=c.snapshot.sampling.seed)
        c.apply(moves.sample_with, chosen)

    return verb


def _describe(sampling: Sampling) -> str:
    return (
        f"Sampling temperature {sampling.temperature:g}, top-p {sampling.top_p:g}: "
        "a convention, not a law; the seed stays."
    )


def _pick(rank: int) -> Verb:
    def verb(c: Controller, _: Frame) -> None:
        token = moves.token_at_rank(c.snapshot, rank)
        if token is not None:
            c.force(token)

    return verb


def _reseed(c: Controller, _: Frame) -> None:
    s: Sampling = c.snapshot.sampling
    c.apply(moves.sample_with, replace(s, seed=s.seed + 1))


DRAW_ACTIONS: tuple[Action, ...] = (
    Action(
        "cooler", DRAW, "Cooler", ("[",), _warmer(1 / 1.1),
        "Lower the sampling temperature by a tenth: likely tokens become likelier.",
    ),
    Action(
        "warmer", DRAW, "Warmer", ("]",), _warmer(1.1),
        "Raise the sampling temperature by a tenth: the probabilities become more equal.",
    ),
    Action(
        "neutral", DRAW, "Sampling temperature 1", ("T",), lambda c, _: c.apply(moves.heat, 1.0),
        "Sample from the model's own distribution.",
    ),
    Action(
        "greedy", DRAW, "Greedy on or off", ("G",), _greedy,
        "Sampling temperature 0: always take the most probable token.",
    ),
    Action("reseed", DRAW, "New dice", ("N",), _reseed, "Take the next seed: other dice."),
    *(
        Action(
            f"preset_{name}", DRAW, f"Preset: {name}", (), _preset(name),
            _describe(PRESETS[name]),
        )
        for name in PRESETS
    ),
    *(
        Action(
            f"pick_{rank}", DRAW, f"Force candidate {rank}", (str(rank),), _pick(rank),
            "Choose this bar by hand instead of by the dice.", can_step,
        )
        for rank in range(1, 10)
    ),
)  # fmt: skip
