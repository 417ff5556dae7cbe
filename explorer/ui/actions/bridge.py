"""Commands of the workspace "Attention is a memory": the keys of text, and its own settings."""

from __future__ import annotations

from explorer.session import moves as text_moves
from explorer.session.bridge import moves
from explorer.session.bridge.snapshot import Bridge
from explorer.ui.actions.action import Action, Frame, Verb, applying, can_step, pacing
from explorer.ui.bridge_desk import BridgeDesk

WALK, MEMORIES, HEAD = "&Walk", "Me&mories", "&Attention"


def can_update(s: Bridge) -> bool:
    """Another update can be made."""
    return not moves.why_stopped(s)


def can_go_back(s: Bridge) -> bool:
    """Updates have been made."""
    return s.cursor > 0


def can_go_forward(s: Bridge) -> bool:
    """The record goes on beyond the cursor."""
    return s.cursor < moves.made(s)


def has_head(s: Bridge) -> bool:
    """A text has been read."""
    return s.head is not None


def _warmer(factor: float) -> Verb:
    def verb(desk: BridgeDesk, _: Frame) -> None:
        desk.apply(moves.sharpen, desk.snapshot.setting.sharpness / factor, gesture="sharpness")

    return verb


def _other_store(desk: BridgeDesk, _: Frame) -> None:
    desk.apply(moves.store, "keys" if desk.snapshot.setting.store == "letters" else "letters")


def _next_letter(desk: BridgeDesk, _: Frame) -> None:
    setting = desk.snapshot.setting
    desk.apply(moves.choose, (setting.goal + 1) % setting.count)


def _turn(layers: int, heads: int) -> Verb:
    def verb(desk: BridgeDesk, _: Frame) -> None:
        look = desk.text.snapshot.look
        desk.text.apply(text_moves.look_at, look.layer + layers, look.head + heads)

    return verb


def _write(desk: BridgeDesk, _: Frame) -> None:
    if can_step(desk.text.snapshot):
        desk.text.step()
    else:
        desk.apply(moves.notice, text_moves.why_stopped(desk.text.snapshot))


BRIDGE_ACTIONS: tuple[Action, ...] = (
    Action(
        "bridge_step", WALK, "Step", ("Space", "Right"), lambda desk, _: desk.step(),
        "Update all four memories once: what was retrieved becomes the query.", can_update,
    ),
    Action(
        "bridge_back", WALK, "Back", ("Left", "Backspace"), lambda desk, _: desk.back(),
        "Go one update back; stepping again repeats it exactly.", can_go_back,
    ),
    Action(
        "bridge_play", WALK, "Play or pause", ("P",),
        lambda desk, _: desk.play(not desk.snapshot.play.running),
        "Update again and again at the rate of play, or pause.", can_update,
    ),
    Action(
        "bridge_settle", WALK, "Update to the end", ("R",), lambda desk, _: desk.settle(),
        "Update until nothing moves any more, at most 30 times.", can_update,
    ),
    Action(
        "bridge_start", WALK, "To the start", ("Home",), applying(moves.to_start),
        "Go back to the first query.", can_go_back,
    ),
    Action(
        "bridge_end", WALK, "To the last update", ("End",), applying(moves.to_end),
        "Go to the last update that was made.", can_go_forward,
    ),
    Action("bridge_faster", WALK, "Play faster", (".",), pacing(1.5), "Raise the rate of play."),
    Action("bridge_slower", WALK, "Play slower", (",",), pacing(2 / 3), "Lower the rate of play."),
    Action("bridge_reseed", MEMORIES, "New dice", ("N",), applying(moves.throw),
           "Throw the noise again: other cells are flipped, the query is turned another way."),
    Action("bridge_trained", MEMORIES, "As the head does it", ("D",), applying(moves.as_trained),
           "No noise, the network's own sharpness, every key: then the row is the head's own."),
    Action("bridge_store", MEMORIES, "Letters or keys", ("S",), _other_store,
           "Let the first three memories store letters, or the keys of the head.", has_head),
    Action("bridge_cooler", MEMORIES, "Cooler", ("[",), _warmer(1 / 1.1),
           "Lower the attention temperature 1/β by a tenth: sharper."),
    Action("bridge_warmer", MEMORIES, "Warmer", ("]",), _warmer(1.1),
           "Raise the attention temperature 1/β by a tenth: softer."),
    Action("bridge_neutral", MEMORIES, "Sharpness 1/√d", ("T",), applying(moves.sharpen, 1.0),
           "Back to the sharpness that a transformer is built with."),
    Action("bridge_letter_next", MEMORIES, "Next letter", ("G",), _next_letter,
           "Spoil the next of the stored letters."),
    *(
        Action(
            f"bridge_letter_{index}", MEMORIES, f"Spoil letter {index}", (str(index),),
            applying(moves.choose, index - 1), "Take this letter as the one that is spoilt.",
        )
        for index in range(1, 10)
    ),
    Action("bridge_head_right", HEAD, "Next head", ("L",), _turn(0, 1), "Look at the next head."),
    Action("bridge_head_left", HEAD, "Previous head", ("H",), _turn(0, -1),
           "Look at the head before."),
    Action("bridge_layer_down", HEAD, "Next layer", ("J",), _turn(1, 0), "Look at the next layer."),
    Action("bridge_layer_up", HEAD, "Previous layer", ("K",), _turn(-1, 0),
           "Look at the layer before."),
    Action("bridge_write", HEAD, "Write one more token", ("W",), _write,
           "Let the text go on by one token; the head's row follows.", has_head),
)  # fmt: skip
