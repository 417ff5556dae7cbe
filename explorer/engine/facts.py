"""What the other rooms may know about a network without holding it. Knows no torch."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.engine.anatomy import GPT2, Anatomy
from explorer.engine.capabilities import EVERYTHING, Capabilities

OWN_PROCESS = "a process of its own"


@dataclass(frozen=True)
class ModelFacts:
    """Sizes, names and vocabulary of the network that is loaded.

    pieces[i] is the byte string of token i (a token may hold a part of a UTF-8 character);
    labels[i] is the same made visible: spaces, newlines and lone bytes can be seen.
    further_ends are end tokens beside end_token, which is -1 where the network has none.
    key_groups (None: as many as heads) is how many sets of keys the heads share; scale is the
    sharpness of attention where it is not 1 / sqrt(head_width); windows[layer] says how many last
    tokens a query sees, None or no entry: all; score_cap is the soft cap of scores, None: none.
    anatomy says in which stages a pass goes, inner is the width inside an MLP (0: not known); can
    says what the engine cannot give, and why. An engine that gives nothing from inside has 0
    layers, heads and widths. device is where the network runs as torch names it ("cpu", "cuda:0",
    "mps"), empty where nobody tells; host is whose device that is: empty for this process,
    OWN_PROCESS, or the address of a server.
    """

    name: str
    fingerprint: str
    layers: int
    heads: int
    width: int
    head_width: int
    context: int
    begin_token: int
    end_token: int
    pieces: tuple[bytes, ...]
    labels: tuple[str, ...]
    further_ends: frozenset[int] = frozenset()
    key_groups: int | None = None
    scale: float | None = None
    windows: tuple[int | None, ...] = ()
    score_cap: float | None = None
    anatomy: Anatomy = GPT2
    inner: int = 0
    can: Capabilities = EVERYTHING
    device: str = ""
    host: str = ""

    def __hash__(self) -> int:
        # That of all fields would read the whole vocabulary at every look into a cache.
        return hash((self.fingerprint, self.name, len(self.labels)))

    @property
    def vocabulary(self) -> int:
        """Number V of tokens."""
        return len(self.labels)

    @property
    def beta(self) -> float:
        """The sharpness of attention, mostly 1 / sqrt(D): an inverse temperature in each head."""
        if self.scale is not None:
            return self.scale
        return float(self.head_width**-0.5) if self.head_width else 0.0

    @property
    def groups(self) -> int:
        """How many sets of keys the heads of a layer share."""
        return self.heads if self.key_groups is None else self.key_groups

    def group(self, head: int) -> int:
        """Whose keys a head compares with its query."""
        return head * self.groups // max(1, self.heads)

    def first_key(self, layer: int, position: int) -> int:
        """The earliest position that the query at `position` sees in a layer."""
        window = self.windows[layer] if layer < len(self.windows) else None
        return 0 if window is None else max(0, position + 1 - window)

    def head_name(self, layer: int, head: int, between: str = " · ") -> str:
        """A head in words, with the set of keys that it shares where heads share them."""
        shared = [] if self.groups == self.heads else [f"keys {self.group(head)}"]
        return between.join([f"layer {layer}", f"head {head}", *shared])

    def ends(self, token: int) -> bool:
        """Whether the network says with this token that its text is finished."""
        return token == self.end_token or token in self.further_ends
