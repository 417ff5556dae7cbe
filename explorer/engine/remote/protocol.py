"""How `explorer serve` and its clients talk: paths, headers, the greeting. One version, no others.

    GET  /explorer/v1          the greeting, JSON: what answers here
    GET  /explorer/v1/facts    the facts of the model, packed
    POST /explorer/v1/NAME     a packed question of `questions`; the answer is packed, or with the
                               header FAILED a sentence; MORE names the rest of a long answer
    POST /explorer/v1/more/ID  the next part of it

Every answer names the model by its fingerprint (MODEL).
"""

from __future__ import annotations

import msgspec

VERSION = 1
ROOT = f"/explorer/v{VERSION}"
KIND = "application/x-msgpack"
FAILED, MODEL, MORE = "x-explorer-failed", "x-explorer-model", "x-explorer-more"


class Hello(msgspec.Struct, frozen=True):
    """What a server says about itself: the version of the protocol, program, model, engine."""

    explorer: int
    program: str
    model: str
    engine: str
