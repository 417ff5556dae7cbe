"""Commands that change something inside the network and ask what it does."""

from __future__ import annotations

from explorer.engine.edits import Off, Part
from explorer.lens.attention import chosen_head
from explorer.session.snapshot import Snapshot
from explorer.ui.actions.action import Action, Frame, Verb, has_text
from explorer.ui.controller import Controller

EXPERIMENT = "E&xperiment"


def has_edits(s: Snapshot) -> bool:
    """Something is changed inside the network."""
    return bool(s.edits)


def _toggle_head(c: Controller, _: Frame) -> None:
    layer, head = chosen_head(c.snapshot)
    c.lab.toggle(Off("head", layer, head, c.snapshot.findings.how))


def _toggle_layer(part: Part) -> Verb:
    """A verb for the MLP or the block of the chosen layer."""

    def verb(c: Controller, _: Frame) -> None:
        layer, _head = chosen_head(c.snapshot)
        c.lab.toggle(Off(part, layer, 0, c.snapshot.findings.how))

    return verb


def _sweep(c: Controller, frame: Frame) -> None:
    frame.reveal("sweep")
    c.examiner.sweep()


def _prove(c: Controller, frame: Frame) -> None:
    frame.reveal("proof")
    c.examiner.prove()


EXPERIMENT_ACTIONS: tuple[Action, ...] = (
    Action(
        "toggle_head", EXPERIMENT, "Switch the chosen head off or on", ("X",), _toggle_head,
        "Replace what the head mixes by zeros, or by its mean, at every position, and read the "
        "text again.", has_text,
    ),
    Action(
        "toggle_mlp", EXPERIMENT, "Switch the chosen layer's MLP off or on", (),
        _toggle_layer("mlp"), "Replace the output of the MLP of the layer that is looked at.",
        has_text,
    ),
    Action(
        "toggle_block", EXPERIMENT, "Switch the chosen layer off or on", (),
        _toggle_layer("block"), "Replace the outputs of the layer's attention and of its MLP.",
        has_text,
    ),
    Action(
        "clear_edits", EXPERIMENT, "Clear all edits", ("Shift+X",), lambda c, _: c.lab.clear(),
        "Read the text again with nothing changed inside the network.", has_edits,
    ),
    Action(
        "sweep", EXPERIMENT, "Which head matters: sweep or stop", ("S",), _sweep,
        "Switch every head and MLP off in turn and measure what it does to the next token.",
        has_text,
    ),
    Action(
        "prove", EXPERIMENT, "Prove what is on screen", ("F6",), _prove,
        "Check that rows sum to 1, parts add up, and reading anew gives the same.", has_text,
    ),
)  # fmt: skip
