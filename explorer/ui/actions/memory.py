"""Commands of the memory workspace: the same keys as for text, and those that spoil and store."""

from __future__ import annotations

from explorer.session.memory import moves, steps, walks
from explorer.session.memory.snapshot import Memory
from explorer.ui.actions.action import Action, Frame, Verb, applying, pacing, revealing
from explorer.ui.actions.file import FILE
from explorer.ui.memory_desk import MemoryDesk

WALK, PATTERNS, MACHINES, VIEW = "&Walk", "&Patterns", "&Machines", "&View"


def has_patterns(s: Memory) -> bool:
    """Something is stored."""
    return bool(s.pictures)


def _show(index: int) -> Verb:
    def verb(desk: MemoryDesk, _: Frame) -> None:
        if index < len(desk.snapshot.pictures):
            desk.apply(moves.show, index)

    return verb


MEMORY_ACTIONS: tuple[Action, ...] = (
    Action(
        "recall_step", WALK, "Step", ("Space", "Right"), lambda desk, _: desk.step(),
        "Update the next neuron (its sign, or Glauber's dice), or make one update of a machine.",
        walks.can_step,
    ),
    Action(
        "recall_back", WALK, "Back", ("Left", "Backspace"), lambda desk, _: desk.back(),
        "Go one step back; stepping again repeats it exactly.", walks.can_go_back,
    ),
    Action(
        "recall_play", WALK, "Play or pause", ("P",),
        lambda desk, _: desk.play(not desk.snapshot.play.running),
        "Step again and again at the rate of play, or pause.", walks.can_play,
    ),
    Action(
        "recall_settle", WALK, "Recall or learn to the end", ("R",), lambda desk, _: desk.settle(),
        "Step until nothing changes any more, or until the lesson ends.", walks.can_step,
    ),
    Action(
        "recall_start", WALK, "To the start", ("Home",), lambda desk, _: desk.go(False),
        "Go back to the state that recall or learning started from.", walks.can_go_back,
    ),
    Action(
        "recall_end", WALK, "To the last step", ("End",), lambda desk, _: desk.go(True),
        "Go to the last recorded step.", walks.can_go_forward,
    ),
    Action("recall_faster", WALK, "Play faster", (".",), pacing(1.5), "Raise the rate of play."),
    Action("recall_slower", WALK, "Play slower", (",",), pacing(2 / 3), "Lower the rate of play."),
    Action(
        "pattern_store", PATTERNS, "Store", ("S",), applying(moves.store),
        "Store the state as a pattern: W gains its Hebbian products.",
    ),
    Action(
        "pattern_spoil", PATTERNS, "Spoil", ("X",), applying(moves.corrupt),
        "Flip, erase or cover a part of the state, as the panel Recall says.", has_patterns,
    ),
    Action("pattern_clear", PATTERNS, "Blank state", ("C",), applying(moves.clear),
           "Make the state all paper."),
    Action("pattern_letter", PATTERNS, "Type a letter", ("L",),
           revealing("patterns"),
           "Put the keyboard into the field for letters."),
    Action("recall_reseed", PATTERNS, "New dice", ("N",), applying(steps.reroll),
           "Recall again from the start by the next seed: another order, other noise."),
    *(
        Action(
            f"pattern_{index}", PATTERNS, f"Show pattern {index}", (str(index),), _show(index - 1),
            "Make this stored pattern the state.", has_patterns,
        )
        for index in range(1, 10)
    ),
    Action(
        "machine_boltzmann", MACHINES, "Boltzmann machine", ("B",), revealing("boltzmann_machine"),
        "Teach a machine of up to 16 units with both phases in view.",
    ),
    Action(
        "machine_law", MACHINES, "Its probabilities", (), revealing("boltzmann_law"),
        "Exact probabilities beside Gibbs samples; clamp cells and watch the rest complete.",
    ),
    Action(
        "machine_restricted", MACHINES, "Restricted machine", (), revealing("restricted"),
        "Teach a restricted machine; figures that mislead stand beside those that do not.",
    ),
    Action(
        "machine_pretraining", MACHINES, "Pretraining", (), revealing("pretraining"),
        "The same network with and without layer-by-layer pretraining.",
    ),
    Action(
        "recall_python", FILE, "Copy as Python", ("Ctrl+Shift+C",),
        lambda _, frame: frame.exporter.copy_python(frame.exporter.current()),
        "Copy lines of Python that make the same network and the same steps again.",
    ),
    Action(
        "layout_machines", VIEW, "Layout: machines", ("Ctrl+4",),
        lambda _, frame: frame.arrange("machines"),
        "Boltzmann machines, large, beside the letters that they learn.",
    ),
)  # fmt: skip
