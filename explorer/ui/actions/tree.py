"""Commands that walk through the tree of branches and tend it."""

from __future__ import annotations

from typing import cast

from explorer.lens.whatif import turn
from explorer.session import branches, twin
from explorer.session.snapshot import Snapshot
from explorer.ui.actions.action import Action, Frame, Verb, has_text
from explorer.ui.controller import Controller
from explorer.ui.panels.tree import TreePanel
from explorer.ui.turning import start_branch

TREE = "&Branches"


def _walk(across: int, down: int) -> Verb:
    return lambda c, _: c.apply(branches.walk, across, down)


def _panel(frame: Frame) -> TreePanel:
    return cast(TreePanel, frame.reveal("tree"))


def _rename(_: Controller, frame: Frame) -> None:
    _panel(frame).rename()


def _prune(_: Controller, frame: Frame) -> None:
    _panel(frame).prune()


def _twin(c: Controller, frame: Frame) -> None:
    c.apply(twin.toggle)
    if twin.is_on(c.snapshot):
        frame.reveal("twin")


def _has_branches(s: Snapshot) -> bool:
    return len(s.timeline.nodes) > 1


def _would_turn(s: Snapshot) -> bool:
    return turn(s) is not None


TREE_ACTIONS: tuple[Action, ...] = (
    Action(
        "branch_left", TREE, "To the fork before", ("Alt+Left",), _walk(-1, 0),
        "Go back to where this branch left the others.", has_text,
    ),
    Action(
        "branch_right", TREE, "To the fork or end after", ("Alt+Right",), _walk(1, 0),
        "Go to the end of this branch, or along the next one.", has_text,
    ),
    Action(
        "branch_up", TREE, "Branch above", ("Alt+Up",), _walk(0, -1),
        "Go to the end of the branch one row higher in the tree.", _has_branches,
    ),
    Action(
        "branch_down", TREE, "Branch below", ("Alt+Down",), _walk(0, 1),
        "Go to the end of the branch one row lower in the tree.", _has_branches,
    ),
    Action(
        "branch_name", TREE, "Name the branch …", ("F2",), _rename,
        "Give the branch that is marked in the tree, or the one we are on, a name.", has_text,
    ),
    Action(
        "branch_prune", TREE, "Prune the branch", ("Delete",), _prune,
        "Cut off the branch that is marked in the tree, or the one we are on; undo brings it back.",
        _has_branches,
    ),
    Action(
        "branch_whatif", TREE, "Branch where the dice would turn", ("B",),
        lambda c, _: start_branch(c),
        "Go to the first token that the present settings would have drawn otherwise, and draw it.",
        _would_turn,
    ),
    Action(
        "twin", TREE, "Twin runs", ("W",), _twin,
        "Let a second text with the present settings grow beside ours, with the same dice; or end.",
        has_text,
    ),
)  # fmt: skip
