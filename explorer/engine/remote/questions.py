"""What is asked of a reader that runs elsewhere, and the record that answers each question.

The same questions go over a pipe to a child process and over HTTP to `explorer serve`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from explorer.engine.attribution import Attribution
from explorer.engine.checks import Check
from explorer.engine.edits import NO_EDITS, Edits, How
from explorer.engine.effects import Effect
from explorer.engine.facts import ModelFacts
from explorer.engine.filled import Filled
from explorer.engine.network.description import Description
from explorer.engine.opening import Estimate, Storage, Wanted
from explorer.engine.partial import ALL_ROWS, Rows
from explorer.engine.tokenizer import Encoding
from explorer.engine.trace import Step


class Question(msgspec.Struct, frozen=True, tag_field="ask", tag=str.lower):
    """The base of all questions: its class is its name; long ones are answered in parts."""

    long: ClassVar[bool] = False


class Weigh(Question, frozen=True):
    """What opening a folder will take on a device."""

    folder: str
    device: Wanted = "cpu"


class Open(Question, frozen=True):
    """Open a folder: answers with the bytes read and their number, the facts at last."""

    folder: str
    storage: Storage
    device: Wanted = "cpu"


class Encode(Question, frozen=True):
    """The tokens of a text."""

    text: str


class Read(Question, frozen=True):
    """The steps behind the first `known` of a text read under edits."""

    ids: tuple[int, ...]
    known: int
    edits: Edits = NO_EDITS
    rows: Rows = ALL_ROWS


class Fetch(Question, frozen=True):
    """Rows of the positions from `first` to before `last` of a text that has been read."""

    ids: tuple[int, ...]
    first: int
    last: int
    rows: Rows
    edits: Edits = NO_EDITS


class Activations(Question, frozen=True):
    """Named activations over a text."""

    ids: tuple[int, ...]
    names: tuple[str, ...]
    edits: Edits = NO_EDITS


class Sweep(Question, frozen=True):
    """What each head and MLP does for a token, in slices."""

    long: ClassVar[bool] = True

    ids: tuple[int, ...]
    token: int
    edits: Edits
    how: How
    mlps: bool


class Prove(Question, frozen=True):
    """The checks of a text, one by one."""

    long: ClassVar[bool] = True

    ids: tuple[int, ...]
    edits: Edits
    position: int
    token: int


class TakeApart(Question, frozen=True):
    """Every activation of the pass at a position, the ends first and then block by block."""

    long: ClassVar[bool] = True

    ids: tuple[int, ...]
    edits: Edits
    position: int


class Fill(Question, frozen=True):
    """The formula of one entry of an activation of that pass."""

    ids: tuple[int, ...]
    edits: Edits
    position: int
    name: str
    index: tuple[int, ...]


class Attribute(Question, frozen=True):
    """What each part of that pass adds to a logit, or to its lead over another one."""

    ids: tuple[int, ...]
    edits: Edits
    position: int
    token: int
    versus: int | None


class Lens(Question, frozen=True):
    """The logits that the streams of that pass would give, some layers at a time."""

    long: ClassVar[bool] = True

    ids: tuple[int, ...]
    edits: Edits
    position: int
    final_norm: bool


class Forget(Question, frozen=True):
    """Drop the keys and values of texts read before."""


class Describe(Question, frozen=True):
    """What the network looks like, for taking a pass apart."""


class Product(Question, frozen=True):
    """Rows x (T, in) times a matrix of the network."""

    name: str
    x: NDArray[np.float32]


class RowsOf(Question, frozen=True):
    """These rows of a matrix of the network."""

    name: str
    ids: tuple[int, ...]


class Vector(Question, frozen=True):
    """A bias or the weight of a norm, if there is one of this name."""

    name: str


ANSWERS: Mapping[type[Question], Any] = {
    Weigh: Estimate,
    Open: tuple[int, int] | ModelFacts,
    Encode: Encoding,
    Read: tuple[Step, ...],
    Fetch: tuple[Step, ...],
    Activations: dict[str, NDArray[np.float32]],
    Sweep: tuple[Effect, ...],
    Prove: Check,
    TakeApart: dict[str, NDArray[np.float32]],
    Fill: Filled,
    Attribute: Attribution,
    Lens: NDArray[np.float32],
    Forget: None,
    Describe: Description,
    Product: NDArray[np.float32],
    RowsOf: NDArray[np.float32],
    Vector: NDArray[np.float32] | None,
}
Asked = (
    Weigh | Open | Encode | Read | Fetch | Activations | Sweep | Prove | TakeApart | Fill
    | Attribute | Lens | Forget | Describe | Product | RowsOf | Vector
)  # fmt: skip
# What a server answers: not how to open folders of its machine, and not with its weights.
SERVED: tuple[type[Question], ...] = (
    Encode, Read, Fetch, Activations, Sweep, Prove, TakeApart, Fill, Attribute, Lens,
)  # fmt: skip
