"""Place: a server as a person names it, without any key. Imports nothing that reaches a network."""

from __future__ import annotations

from typing import Annotated

import msgspec

MOST_CANDIDATES = 1_000_000


class Place(msgspec.Struct, frozen=True):
    """What was typed into the dialog or on the command line.

    kind is the id of one of `kinds.KINDS`, empty: find out. key_variable is the name under which
    the key is found (`keys.read_key`), tokenizer a folder with tokenizer.json, candidates how many
    tokens each step asks for, 0: all that the server gives, model one of several at the address.
    """

    address: str = ""
    kind: str = ""
    key_variable: str = ""
    tokenizer: str = ""
    candidates: Annotated[int, msgspec.Meta(ge=0, le=MOST_CANDIDATES)] = 0
    model: str = ""


class Prospect(msgspec.Struct, frozen=True):
    """What connecting to a place will do: `problem` why it cannot, `danger` what to know before."""

    sentence: str = ""
    danger: str = ""
    problem: str = ""
