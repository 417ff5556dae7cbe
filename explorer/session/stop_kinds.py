"""The kinds of stops that can be built in a form: what is filled in, and the condition it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.session.snapshot import Snapshot
from explorer.session.stop_tree import quoted


@dataclass(frozen=True)
class Blank:
    """One field of a form; `words` are put between quotes."""

    name: str
    default: str
    words: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of stop: its title, its condition with {} for each blank, one sentence of help."""

    title: str
    template: str
    blanks: tuple[Blank, ...]
    help: str

    def condition(self, values: Sequence[str]) -> str:
        """The condition with these values filled in, as text that may still be wrong."""
        filled = [
            quoted(value) if blank.words else value.strip()
            for blank, value in zip(self.blanks, values, strict=True)
        ]
        return self.template.format(*filled)


_HEAD = (Blank("layer", "{layer}"), Blank("head", "{head}"))
KINDS: tuple[Kind, ...] = (
    Kind(
        "Entropy above", "entropy > {}", (Blank("nats or bits", "4"),),
        "The next token is open: the entropy of its distribution (T = 1) is above this.",
    ),
    Kind(
        "Top-1 probability below", "top1 < {}", (Blank("share", "20 %"),),
        "The model is unsure: even the most probable next token (T = 1) has less than this.",
    ),
    Kind(
        "Chosen rank above", "rank > {}", (Blank("rank", "10"),),
        "The dice fell far down: the token that was chosen had a worse rank than this.",
    ),
    Kind(
        "Surprise above", "surprise > {}", (Blank("nats or bits", "5"),),
        "The token that was chosen surprised: -ln p (T = 1) is above this.",
    ),
    Kind(
        "A token", "token = {}", (Blank("token", "{token}", True),),
        "This token has just been read; a label such as ·cat, or the word alone.",
    ),
    Kind(
        "Text matches", "text ~ {}", (Blank("regular expression", "{pattern}", True),),
        "A match of this regular expression in the last 300 characters ends in the last token.",
    ),
    Kind(
        "A loop", "loop({}, {})", (Blank("tokens n", "3"), Blank("times k", "2")),
        "The last n tokens stand there k times in a row.",
    ),
    Kind(
        "A head on a position", "attention({}, {}, {}) > {}",
        (*_HEAD, Blank("position", "0"), Blank("weight", "0.5")),
        "The head puts more than this on a position; -1 is the token itself, -2 the one before.",
    ),
    Kind(
        "A head on a token", "attention({}, {}, {}) > {}",
        (*_HEAD, Blank("token", "{token}", True), Blank("weight", "0.5")),
        "The head puts more than this on all places of a token together.",
    ),
    Kind(
        "A head's regime changes", "regime({}, {}) changes", _HEAD,
        "How many keys k carry 90 % of the head's attention: single (1), subset, average (> half).",
    ),
    Kind("NaN or infinity", "nan", (), "Any number in the record of the step is NaN or infinite."),
)  # fmt: skip


def defaults(kind: Kind, s: Snapshot) -> tuple[str, ...]:
    """What stands in the blanks at first: the head that is drawn, the token that is lit."""
    token, word = "·cat", "cat"
    if s.model is not None and s.timeline:
        trace = s.timeline.node.trace
        at = s.look.position if s.look.position is not None else len(trace) - 1
        token = s.model.labels[trace.steps[min(at, len(trace) - 1)].token]
        word = "".join(char for char in token if char.isalnum()) or word
    marks = {"layer": s.look.layer, "head": s.look.head, "token": token, "pattern": f"{word}$"}
    return tuple(
        str(marks[blank.default[1:-1]]) if blank.default[0] == "{" else blank.default
        for blank in kind.blanks
    )
