"""How much each token of a text surprised the model. Pure; knows no screen.

Shannon 1948: the surprise of a token is -ln p, in nats, with p the model's own probability (T = 1,
nothing removed). The entropy H = -sum p ln p of the same distribution is the surprise that was to
be expected before the token came.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from explorer.engine.sampling import Draw
from explorer.engine.trace import Step, shared_steps
from explorer.lens.narration import percent
from explorer.physics.boltzmann import token_energies
from explorer.physics.information import entropy, nats_to_bits
from explorer.physics.rest import most_of_one, rest_entropy
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Timeline

FloatArray = NDArray[np.float64]
_SLICE = 32  # outlooks in one slice of the worker's time: 20 ms with a vocabulary of 150,000


@dataclass(frozen=True)
class Outlook:
    """What a step expects of the next token: log Z of its logits and the entropy H, in nats.

    Where the engine left out tokens, their rest counts as one: H is then the least that it can be,
    and `most` the largest, with the rest spread evenly.
    """

    log_partition: float
    entropy: float
    most: float


# As long as the step is there: a cache of a fixed size would forget the beginning of a long text
# before it is asked for again.
_OUTLOOKS: WeakKeyDictionary[Step, Outlook] = WeakKeyDictionary()


def outlook(step: Step) -> Outlook:
    """The outlook of a step, NaN where nothing is known of it; found once, it never changes."""
    found = _OUTLOOKS.get(step)
    if found is None:
        found = _OUTLOOKS[step] = _outlook(step)
    return found


def foresee(steps: tuple[Step, ...]) -> Iterator[None]:
    """Find the outlooks of a whole text in slices, for the worker: pictures ask for all at once."""
    for start in range(0, len(steps), _SLICE):
        for step in steps[start : start + _SLICE]:
            outlook(step)
        yield None


def _outlook(step: Step) -> Outlook:
    if step.rest >= 1:
        return Outlook(math.nan, math.nan, math.nan)
    energies = token_energies(step.logits)  # (V,)
    best = int(energies.argmin())
    log_partition = float(step.logits[best]) + float(energies[best])
    named = np.exp(-energies)
    if not step.rest:
        nats = float(entropy(named))
        return Outlook(log_partition, nats, nats)
    nats = float(entropy(np.append(named * (1 - step.rest), step.rest)))
    least, most = rest_entropy(step.rest, max(1, unnamed(step)))
    return Outlook(log_partition - math.log1p(-step.rest), nats, nats + most - least)


def surprise(before: Step, token: int) -> float:
    """-ln p of `token` after the step `before`, in nats; NaN where the engine did not name it."""
    logit = float(before.logits[token])
    if before.rest and logit == -math.inf:
        return math.nan
    return max(0.0, outlook(before).log_partition - logit)


def unnamed(step: Step) -> int:
    """How many tokens the engine left out at a step."""
    return int(np.isneginf(step.logits).sum()) if step.rest else 0


def limit(before: Step) -> float:
    """The largest probability that a token may have which the engine left out after a step."""
    named = before.logits[np.isfinite(before.logits)]
    if not len(named):
        return 1.0
    least = math.exp(float(named.min()) - outlook(before).log_partition)
    return most_of_one(before.rest, max(1, unnamed(before)), least)


def rank(before: Step, token: int) -> int:
    """The place of `token` after the step `before`: 1 is the most probable, ties to the lowest.

    0 where the engine did not name it.
    """
    logits = before.logits
    here = logits[token]
    if before.rest and here == -math.inf:
        return 0
    return 1 + int(np.count_nonzero(logits > here) + np.count_nonzero(logits[:token] == here))


def walk(timeline: Timeline) -> tuple[Step, ...]:
    """The steps (T,) of the line: what has been read, then what was written beyond the cursor."""
    if not timeline:
        return ()
    read = timeline.node.trace.steps
    return (*read, *timeline.nodes[timeline.tip].trace.steps[len(read) :])


@dataclass(frozen=True, eq=False)
class Course:
    """surprise and entropy (T,) along a line of T steps, in nats; read-only.

    surprise is that of each token, NaN for the first, which nothing came before; entropy that of
    what each step expects of the next token.
    """

    steps: tuple[Step, ...]
    surprise: FloatArray
    entropy: FloatArray


def course(steps: tuple[Step, ...], old: Course | None = None) -> Course:
    """The course of a line; what `old` has of the same steps is copied from it."""
    shared = 0 if old is None else shared_steps(old.steps, steps)
    nats, expected = np.full(len(steps), np.nan), np.full(len(steps), np.nan)
    if old is not None:
        nats[:shared], expected[:shared] = old.surprise[:shared], old.entropy[:shared]
    for position in range(shared, len(steps)):
        if position:
            nats[position] = surprise(steps[position - 1], steps[position].token)
        expected[position] = outlook(steps[position]).entropy
    for array in (nats, expected):
        array.setflags(write=False)
    return Course(steps, nats, expected)


def draws(timeline: Timeline) -> tuple[Draw | None, ...]:
    """(T,) how each token of the line was chosen; None in the prompt."""
    if not timeline:
        return ()
    line = timeline.line()
    prompt = len(timeline.nodes[line[0]].trace)
    return (*(None for _ in range(prompt)), *(timeline.nodes[index].draw for index in line[1:]))


def prompt_length(chosen: tuple[Draw | None, ...]) -> int:
    """Tokens of the prompt, the begin token included, from the draws of a line."""
    return next((i for i, draw in enumerate(chosen) if draw is not None), len(chosen))


def lit(s: Snapshot) -> int:
    """The position that every panel lights: under the mouse, else selected, else the last read."""
    last = len(s.timeline.node.trace) - 1 if s.timeline else -1
    chosen = s.look.position if s.look.hover is None else s.look.hover
    return last if chosen is None or not 0 <= chosen <= last else chosen


def describe(s: Snapshot, position: int) -> str:
    """Everything known about the token at a position of the line, one fact a line."""
    steps = walk(s.timeline)
    if s.model is None or not 0 <= position < len(steps):
        return ""
    token = steps[position].token
    name = f"“{s.model.labels[token]}” · token {token} · position {position}"
    if position == 0:
        return f"{name}\nEvery text starts from this token."
    before = steps[position - 1]
    return "\n".join((name, *_expected(before, token), _origin(draws(s.timeline)[position])))


def _expected(before: Step, token: int) -> tuple[str, ...]:
    """What a step expected of the token that came, one fact a line."""
    nats, ahead = surprise(before, token), outlook(before)
    if math.isnan(ahead.entropy):
        return ("nothing is known of what was expected here",)
    spread = f"= {ahead.entropy:.2f} nats"
    if before.rest:
        spread = f"between {ahead.entropy:.2f} and {ahead.most:.2f} nats, since tokens are missing"
    expected = f"entropy before it H {spread} (the surprise expected)"
    if math.isnan(nats):
        most, named = limit(before), len(before.logits) - unnamed(before)
        return (
            f"one of the tokens that the engine did not name: p ≤ {percent(most)}",
            f"surprise −ln p ≥ {-math.log(most):.2f} nats, not among the {named:,} named tokens",
            expected,
        )
    return (
        f"surprise −ln p = {nats:.2f} nats = {nats_to_bits(nats):.2f} bits",
        f"probability p = {percent(float(np.exp(-nats)))}, "
        f"rank {rank(before, token)} of {len(before.logits)}",
        expected,
    )


def _origin(draw: Draw | None) -> str:
    if draw is None:
        return "part of the prompt"
    if draw.forced:
        return "forced by hand"
    if draw.sampling.temperature == 0:
        return "greedy: T = 0 takes the most probable token"
    return f"drawn at T = {draw.sampling.temperature:g} with the dice at {draw.uniform:.3f}"
