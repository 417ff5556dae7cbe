"""Node and Timeline: the tree of everything generated, and a cursor. Frozen; nothing is lost.

A root holds a prompt that has been read; every other node adds one token to its parent. Going back
moves the cursor; another choice after going back starts a branch beside the old one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

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
    """All nodes, the one we look at (cursor), and the end of the line that `forward` follows."""

    nodes: tuple[Node, ...] = ()
    cursor: int = -1
    tip: int = -1

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
        """The branches that start at a node, oldest first."""
        return tuple(index for index, node in enumerate(self.nodes) if node.parent == parent)

    def root(self) -> int:
        """The root above the cursor."""
        return self.line(self.cursor)[0]

    def prompt_length(self) -> int:
        """Tokens of the prompt on this line, the begin token included."""
        return len(self.nodes[self.root()].trace)

    def grown(self, node: Node) -> Timeline:
        """With one more node, which becomes the cursor and the tip."""
        index = len(self.nodes)
        return Timeline((*self.nodes, node), index, index)

    def at(self, index: int) -> Timeline:
        """With the cursor on `index`; the tip stays when it lies beyond it on the same line."""
        if index == self.cursor:
            return self
        if not 0 <= index < len(self.nodes):
            raise IndexError(f"there is no node {index}; the tree has {len(self.nodes)}")
        tip = self.tip if index in self.line() else self._last_below(index)
        return replace(self, cursor=index, tip=tip)

    @cached_property
    def _lines(self) -> dict[int, tuple[int, ...]]:
        """The lines asked for so far: every panel asks for the same ones."""
        return {}

    def _upwards(self, index: int) -> Iterator[int]:
        while index >= 0:
            yield index
            parent = self.nodes[index].parent
            index = -1 if parent is None else parent

    def _last_below(self, index: int) -> int:
        while below := self.children(index):
            index = below[-1]
        return index
