"""Why the dice do not choose a named token: it and the chosen one through the stages of sampling.

The part about the network (layers, components) is in `why_not_inside`.
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.engine.admission import Admission, Change, admission
from explorer.engine.sampling import REMOVERS, Sampling, penalised
from explorer.engine.trace import Step
from explorer.lens.candidates import Chances, chances, exact, figure
from explorer.lens.temperatures import SAMPLING
from explorer.session.asked import named
from explorer.session.snapshot import Snapshot

NAMES = {
    "top_k": "top-k",
    "top_p": "top-p",
    "min_p": "min-p",
    "temperature": SAMPLING.name,
    "repetition_penalty": "penalty",
}


@dataclass(frozen=True)
class Line:
    """One row: its name, the number of the chosen token, of the named one, and what separates them.

    title marks the heading of a part; sampling are settings that a click applies, head (layer,
    head) what a click looks at.
    """

    name: str
    chosen: str = ""
    named: str = ""
    gap: str = ""
    tip: str = ""
    title: bool = False
    sampling: Sampling | None = None
    head: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Question:
    """The named token beside the one that the dice choose now, and their labels."""

    chances: Chances
    step: Step
    token: int
    label: str
    chosen_label: str
    history: tuple[int, ...]

    @property
    def chosen(self) -> int:
        """The token that the dice choose."""
        return self.chances.chosen

    def answer(self) -> Admission:
        """What the token needs; takes some ten milliseconds."""
        return admission(
            self.step.logits, self.chances.sampling, self.history, self.chances.position, self.token
        )


def question(s: Snapshot) -> Question | None:
    """What is asked at the cursor; None without a token or a text."""
    token, found = named(s), chances(s)
    if token is None or found is None or s.model is None:
        return None
    labels = s.model.labels
    history = s.timeline.node.trace.ids if s.sampling.repetition_penalty != 1 else ()
    return Question(
        found, s.timeline.node.trace.steps[-1], token, labels[token], labels[found.chosen], history
    )


def headline(q: Question, answer: Admission | None) -> str:
    """The answer in one sentence: where the token falls out, and the smallest change."""
    where = f"position {q.chances.position}"
    if q.token == q.chosen:
        return f"At {where} the dice do choose “{q.label}”."
    rank = int(q.chances.ranks[q.token]) + 1
    remover = REMOVERS[int(q.chances.distribution.removed[q.token])]
    if not remover:
        p = figure(float(q.chances.distribution.final[q.token]))
        why = f"it is a candidate with {p} (rank {rank:,}), but the dice fall on “{q.chosen_label}”"
    else:
        why = f"{remover} removed it (rank {rank:,})"
    said = f"Why not “{q.label}” at {where}? {why[0].upper()}{why[1:]}."
    return f"{said} {_remedy(answer)}" if answer is not None else said


def sampling_lines(q: Question) -> tuple[Line, ...]:
    """Both tokens from the logit to the dice."""
    c, d = q.chances, q.chances.distribution
    smp = c.sampling
    z = q.step.logits.astype(float)
    penalty = penalised(z, smp.repetition_penalty, q.history)
    pair = q.chosen, q.token
    rows = [
        Line("Sampling", q.chosen_label, q.label, "gap", title=True),
        _numbers("logit z", [float(z[t]) for t in pair], "What the network says, before anything."),
        _shares("raw p", [float(d.raw[t]) for t in pair], "softmax(z) at T = 1"),
    ]
    if smp.repetition_penalty != 1:
        tip = "z / r if z > 0, else z · r, for the tokens of this text"
        rows.append(_numbers("z after penalty", [float(penalty[t]) for t in pair], tip))
    rows.append(
        _shares(f"p at T = {smp.temperature:g}", [float(d.scaled[t]) for t in pair],
                "p^(1/T) / sum, before anything is removed")
    )  # fmt: skip
    ranks = [int(c.ranks[t]) + 1 for t in pair]
    rows.append(Line("rank", f"{ranks[0]:,}", f"{ranks[1]:,}", f"{ranks[1] - ranks[0]:+,}"))
    removers = [REMOVERS[int(d.removed[t])] or "kept" for t in pair]
    rows.append(Line("removed by", removers[0], removers[1]))
    rows.append(_shares("final p", [float(d.final[t]) for t in pair], "what the dice use"))
    ours, theirs = (_span(c, t) for t in pair)
    tip = f"The dice of this position are at u = {c.number:.4f}."
    rows.append(Line("its part of the dice", ours, theirs, f"u {c.number:.4f}", tip))
    return tuple(rows)


def change_lines(q: Question, answer: Admission) -> tuple[Line, ...]:
    """What would let the token in, and what would have the same dice choose it; a click does it."""
    rows: list[Line] = []
    if not answer.admitted:
        rows.append(Line("Smallest change that makes it a candidate", title=True))
        rows += [_change_line(change, q) for change in answer.admit]
        if answer.together is not None:
            rows.append(_together_line(answer.together, q))
        if not answer.admit and answer.together is None:
            rows.append(Line("no value of any setting does it"))
    if not answer.chosen:
        rows.append(Line("Smallest change with which the same dice choose it", title=True))
        rows += [_change_line(change, q) for change in answer.choose]
        if not answer.choose:
            rows.append(Line("no single setting does it"))
        rows.append(_dice_line(q, answer))
    return tuple(rows)


def _remedy(answer: Admission) -> str:
    if answer.chosen:
        return ""
    if not answer.admitted:
        if answer.admit:
            ways = ", or ".join(f"{NAMES[one.setting]} {_value(one)}" for one in answer.admit)
            return f"It would be let in by {ways}."
        return "" if answer.together is None else "It takes several settings to let it in."
    if answer.choose:
        ways = ", or ".join(f"{NAMES[one.setting]} {_value(one)}" for one in answer.choose)
        return f"The same dice would choose it at {ways}."
    return "" if answer.seed is None else f"Other dice would: seed {answer.seed}."


def _change_line(change: Change, q: Question) -> Line:
    now = getattr(q.chances.sampling, change.setting)
    name = NAMES[change.setting]
    off = change.setting == "top_k" and now == 0
    tip = (
        f"{name} from {'off' if off else f'{now:g}'} to {change.value!r}, the others as they are; "
        "one step less and it does not suffice. Click to apply it."
    )
    return Line(f"{name} to", gap=f"{_value(change)}", tip=tip, sampling=change.round)


def _together_line(sampling: Sampling, q: Question) -> Line:
    now = q.chances.sampling
    moved = [
        f"{NAMES[name]} {getattr(sampling, name):g}"
        for name in ("top_k", "top_p", "min_p")
        if getattr(sampling, name) != getattr(now, name)
    ]
    tip = f"{' and '.join(moved)}: no single setting suffices. Click to apply them."
    return Line("together", named="", gap=", ".join(moved), tip=tip, sampling=sampling)


def _dice_line(q: Question, answer: Admission) -> Line:
    if not answer.admitted:
        return Line("other dice", gap="none while it is removed")
    if answer.seed is None:
        tip = f"They would have to fall from {answer.start:.6f} to {answer.end:.6f}."
        return Line("other dice", gap="no seed near", tip=tip)
    tip = (
        f"The next seed whose dice fall from {answer.start:.6f} to {answer.end:.6f}. Click for it."
    )
    now = q.chances.sampling
    seeded = Sampling(
        now.temperature, now.top_k, now.top_p, now.min_p, now.repetition_penalty, answer.seed
    )
    return Line("seed to", gap=str(answer.seed), tip=tip, sampling=seeded)


def _value(change: Change) -> str:
    off = change.setting == "top_k" and change.value == 0
    return "off (0)" if off else change.short


def _numbers(name: str, pair: list[float], tip: str) -> Line:
    ours, theirs, gap = (f"{x:.3f}".replace("-", "−") for x in (*pair, pair[0] - pair[1]))
    return Line(name, ours, theirs, gap, tip)


def _shares(name: str, pair: list[float], tip: str) -> Line:
    gap = f"{pair[0] / pair[1]:,.3g} ×" if pair[1] > 0 else ""
    exactly = f"{tip}: {exact(pair[0])} and {exact(pair[1])}"
    return Line(name, figure(pair[0]), figure(pair[1]), gap, exactly)


def _span(c: Chances, token: int) -> str:
    if c.distribution.final[token] == 0:
        return "none"
    start, end = c.interval(int(c.ranks[token]))
    return f"{start:.4f}–{end:.4f}"
