"""A few lines of Python that compute the numbers of a panel again with the public interface.

The snippet tells the story on the screen: prompt, settings, drawn and forced tokens, edits, steps
back. A story that is too long to be told, or whose edits hold vectors, is opened from its file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from explorer.engine.edits import NO_EDITS, Edits
from explorer.engine.sampling import Sampling
from explorer.resources import model_folder
from explorer.session.inside import name_at
from explorer.session.sharpness import turned
from explorer.session.snapshot import Snapshot

LONGEST = 10
_WIDTH = 88
_MOST_CALLS = 60


def snippet(panel: str, s: Snapshot, file: Path | None = None) -> str:
    """The lines, ten at most; `file` is the session's file where it has one that is up to date.

    Raises ValueError with a sentence while nothing has been read, or where only a file would do.
    """
    if s.model is None or not s.timeline:
        raise ValueError("There is nothing to copy yet: no text has been read.")
    if panel == "proof":
        raise ValueError("A proof is no number to copy; “explorer doctor” proves in a terminal.")
    if panel == "temperatures" and s.sharpness.every:
        raise ValueError("All heads turned at once cannot be told in ten lines; export the table.")
    model = f'explorer.open_model("{s.model.name}")'
    if s.model.name == model_folder().name:
        model = "explorer.open_model()"
    calls = list(_calls(s))
    calls += _asked(panel, s)
    if (
        len(calls) <= _MOST_CALLS
        and _can_be_told(panel, s)
        and not any(_has_vectors(edits) for edits in _all_edits(s))
    ):
        told = _chain(f"{model}.read({_text(s)})", calls)
        if len(told) <= LONGEST - 6:
            return _lines(panel, s, told)
    if file is None:
        raise ValueError("This cannot be told in ten lines; save the session first.")
    return _lines(panel, s, [f"story = {model}.open_session({str(file)!r})"])


def _lines(panel: str, s: Snapshot, told: list[str]) -> str:
    layer, head, position = s.look.layer, s.look.head, s.look.position
    where = f"{layer}, {head}" if position is None else f"{layer}, {head}, {position}"
    where += ", whole=True" if s.look.whole else ""
    numbers = [f"numbers = story.numbers({panel!r})"]
    if panel == "inside" and s.model is not None:
        name = name_at(s.inside, s.model)
        numbers = [
            f"values = story.inspect({-1 if position is None else position}).values({name!r})",
            'numbers = {"entry": [*range(values.size)], "value": values.reshape(-1)}',
        ]
    shown = "print({name: column[:5] for name, column in numbers.items()})"
    lines = ("import explorer", "", *told, f"story = story.look({where})", *numbers, shown)
    return "\n".join(lines)


def _calls(s: Snapshot) -> Iterator[str]:
    """What happened on the line to its tip, then back to the cursor and the settings of now."""
    timeline = s.timeline
    sampling, edits, drawn = Sampling(), NO_EDITS, 0
    if under := timeline.nodes[timeline.root()].trace.edits:
        yield f"edit({_edits(under)})"
        yield "again()"
        edits = under
    for index in timeline.line()[1:]:
        node = timeline.nodes[index]
        assert node.draw is not None
        changes = list(_changes(sampling, node.draw.sampling, edits, node.trace.edits))
        sampling, edits = node.draw.sampling, node.trace.edits
        if drawn and (changes or node.draw.forced):
            yield f"step({drawn})"
            drawn = 0
        yield from changes
        if node.draw.forced:
            yield f"force({node.draw.token})"
        else:
            drawn += 1
    if drawn:
        yield f"step({drawn})"
    line = timeline.line()
    if behind := len(line) - 1 - line.index(timeline.cursor):
        yield f"back({behind})"
    yield from _changes(sampling, s.sampling, edits, s.edits)


def _asked(panel: str, s: Snapshot) -> Iterator[str]:
    """What the panel was asked."""
    if panel in ("attribution", "logitlens"):
        asked = s.inside
        yield f"ask({asked.token}, {asked.versus}, {asked.final_norm})"
    elif panel in ("history", "whynot") and s.asked.token is not None:
        yield f"follow({s.asked.token})"
    elif panel == "experiments" and s.edits:
        yield "again()"
    elif panel == "temperatures" and s.timeline.node.trace.edits != turned(s):
        yield f"edit({_edits(turned(s))})"
        yield "again()"
    elif panel == "sweep" and s.findings.sweep is not None:
        sweep = s.findings.sweep
        yield f"sweep({sweep.token}, {sweep.how!r}, {s.findings.measure!r})"


def _can_be_told(panel: str, s: Snapshot) -> bool:
    """Whether one line of the tree is all that the panel shows."""
    if panel == "stops":
        return not s.stops.items
    if panel == "twin":
        return False
    return panel != "tree" or len(s.timeline.nodes) == len(s.timeline.line())


def _changes(old: Sampling, new: Sampling, before: Edits, after: Edits) -> Iterator[str]:
    named = ("temperature", "top_k", "top_p", "min_p", "repetition_penalty", "seed")
    other = {name: getattr(new, name) for name in named if getattr(new, name) != getattr(old, name)}
    if other:
        yield f"sample({', '.join(f'{name}={value!r}' for name, value in other.items())})"
    if after != before:
        yield f"edit({_edits(after)})"


def _edits(edits: Edits) -> str:
    heads = sorted(edits.heads_off)
    if (
        not edits.sharpening
        and len(heads) == len(edits.off)
        and all(one.how == "zero" for one in edits.off)
    ):
        return f"explorer.heads_off({', '.join(map(repr, heads))})"
    off = ", ".join(
        f"explorer.Off({one.part!r}, {one.layer}, {one.index}, {one.how!r})" for one in edits.off
    )
    if edits.sharpening:
        sharp = ", ".join(
            f"explorer.Sharpening({one.layer}, {one.head}, {one.factor!r})"
            for one in edits.sharpening
        )
        off = f"{off}," if off else ""
        return f"explorer.Edits(({off}), reference={edits.reference!r}, sharpening=({sharp},))"
    reference = f", reference={edits.reference!r}" if edits.reference else ""
    return f"explorer.Edits(({off},){reference})"


def _chain(start: str, calls: list[str]) -> list[str]:
    """The calls behind each other, some on a line."""
    lines, line = [], f"story = {start}"
    for call in calls:
        if len(line) + len(call) > _WIDTH and line != "story = story":
            lines.append(line)
            line = "story = story"
        line += f".{call}"
    return [*lines, line]


def _text(s: Snapshot) -> str:
    return repr(s.timeline.nodes[s.timeline.root()].prompt)


def _all_edits(s: Snapshot) -> Iterator[Edits]:
    yield s.edits
    for index in s.timeline.line():
        yield s.timeline.nodes[index].trace.edits


def _has_vectors(edits: Edits) -> bool:
    return bool(edits.steering or edits.patches)
