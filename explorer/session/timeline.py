"""Node and Timeline: the tree of everything generated, and a cursor. Frozen; nothing is lost.

A root holds a prompt that has been read; every other node adds one token to its parent. Going back
moves the cursor; another choice after going back starts a branch beside the old one. A pruned node
is still among the nodes, so that every index stays what it was, but it is nobody's child any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from explorer.engine.sampling import Draw
from explorer.engine.trace import Trace


@dataclass(frozen=True, eq=False)
class Node:
    """A text that has been read: its trace, the node before it, and the draw that led here.

    parent and draw are None at a root, whose trace holds the begin token and the prompt.
    """

    trace: Trace
    parent: int | None = None
    draw: Draw | None = None
    prompt: str = ""


@dataclass(frozen=True, eq=False)
class Timeline:
    """All nodes, the one we look at (cursor), and the end of the line that `forward` follows.

    names are given by a person to nodes; pruned are the nodes that were cut off, each with all that
    lies below it. Both are plain data by the index of the node.
    """

    nodes: tuple[Node, ...] = ()
    cursor: int = -1
    tip: int = -1
    names: Mapping[int, str] = field(default_factory=dict)
    pruned: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return self.cursor >= 0

    @property
    def node(self) -> Node:
        """The node at the cursor; raises IndexError while nothing has been read."""
        if self.cursor < 0:
            raise IndexError("nothing has been read yet")
        return self.nodes[self.cursor]

    def line(self, end: int | None = None) -> tuple[int, ...]:
        """The nodes from the root to `end` (the tip if not given), in order."""
        last = self.tip if end is None else end
        if last not in self._lines:
            self._lines[last] = tuple(self._upwards(last))[::-1]
        return self._lines[last]

    def children(self, parent: int) -> tuple[int, ...]:
        """The branches that start at a node, oldest first, without those that were pruned."""
        below = self._below.get(parent, ())
        return tuple(x for x in below if x not in self.pruned) if self.pruned else below

    def roots(self) -> tuple[int, ...]:
        """The prompts that were read, oldest first, without those that were pruned."""
        return tuple(x for x in self._below.get(None, ()) if x not in self.pruned)

    def is_below(self, index: int, above: int) -> bool:
        """Whether a node is `above` or one of its descendants."""
        return index >= above and above in self.line(index)

    def root(self) -> int:
        """The root above the cursor."""
        return self.line(self.cursor)[0]

    def prompt_length(self) -> int:
        """Tokens of the prompt on this line, the begin token included."""
        return len(self.nodes[self.root()].trace)

    def grown(self, node: Node) -> Timeline:
        """With one more node, which becomes the cursor and the tip."""
        index = len(self.nodes)
        new = replace(self, nodes=(*self.nodes, node), cursor=index, tip=index)
        # What is known of the older nodes stays true: nothing is looked for again.
        siblings = (*self._below.get(node.parent, ()), index)
        new.__dict__["_below"] = {**self._below, node.parent: siblings}
        return new

    def beside(self, node: Node) -> Timeline:
        """With one more node, while cursor and tip stay."""
        return _alike(self.grown(node), cursor=self.cursor, tip=self.tip)

    def at(self, index: int) -> Timeline:
        """With the cursor on `index`; the tip stays when it lies beyond it on the same line."""
        if index == self.cursor:
            return self
        if not 0 <= index < len(self.nodes):
            raise IndexError(f"there is no node {index}; the tree has {len(self.nodes)}")
        tip = self.tip if index in self.line() else self.end_below(index)
        return _alike(self, cursor=index, tip=tip)

    def named(self, index: int, name: str) -> Timeline:
        """With a name for a node; an empty one takes the name away."""
        if name == self.names.get(index, ""):
            return self
        names = {key: text for key, text in self.names.items() if key != index}
        return _alike(self, names=names | {index: name} if name else names)

    def cut(self, index: int) -> Timeline:
        """Without a node and all below it; a cursor that lay there goes to the parent.

        Raises ValueError for a root when it is the only one.
        """
        parent = self.nodes[index].parent
        left = [root for root in self.roots() if root != index]
        if parent is None and not left:
            raise ValueError("the only prompt of the tree cannot be pruned")
        new = _alike(self, pruned=self.pruned | {index})
        if self.is_below(self.cursor, index):
            cursor = new.end_below(left[-1]) if parent is None else parent
            return _alike(new, cursor=cursor, tip=new.end_below(cursor))
        return (
            _alike(new, tip=new.end_below(self.cursor)) if self.is_below(self.tip, index) else new
        )

    def end_below(self, index: int) -> int:
        """The end of the newest branch below a node."""
        while below := self.children(index):
            index = below[-1]
        return index

    @cached_property
    def _below(self) -> dict[int | None, tuple[int, ...]]:
        """The children of every node, pruned ones too; those of None are the roots."""
        found: dict[int | None, tuple[int, ...]] = {}
        for index, node in enumerate(self.nodes):
            found[node.parent] = (*found.get(node.parent, ()), index)
        return found

    @cached_property
    def _lines(self) -> dict[int, tuple[int, ...]]:
        """The lines asked for so far: every panel asks for the same ones."""
        return {}

    def _upwards(self, index: int) -> Iterator[int]:
        while index >= 0:
            yield index
            parent = self.nodes[index].parent
            index = -1 if parent is None else parent


def _alike(old: Timeline, **changes: Any) -> Timeline:
    """The same nodes with another view of them: what is known of the nodes goes along."""
    new = replace(old, **changes)
    for name in ("_below", "_lines"):
        if name in old.__dict__:
            new.__dict__[name] = old.__dict__[name]
    return new
