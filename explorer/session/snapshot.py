"""Snapshot: everything that is visible, in one frozen value. Knows no Qt, no torch."""

from __future__ import annotations

from dataclasses import dataclass, field

from explorer.engine.edits import NO_EDITS, Edits
from explorer.engine.facts import ModelFacts
from explorer.engine.sampling import Sampling
from explorer.engine.tokenizer import Encoding
from explorer.session.asked_list import Asked
from explorer.session.findings import Findings
from explorer.session.inside import Inside
from explorer.session.sharpness import Sharpness
from explorer.session.status import Play
from explorer.session.stop_list import Stops
from explorer.session.timeline import Timeline
from explorer.session.twin import Twin

DEMO_PROMPT = "The cat sat on the"
# The shipped model's own distribution (temperature 1) has a long tail that spoils its stories.
FIRST_SAMPLING = Sampling(temperature=0.8)


@dataclass(frozen=True)
class Look:
    """What the person looks at.

    layer and head choose the head that is drawn large; position is the token whose row is lit
    (None: the last one read); hover is the token under the mouse, which lights instead;
    rivals are the two keys that span the energy plane (None: the two most attended). whole: what a
    panel counts for one token it averages over the text up to it.
    """

    layer: int = 0
    head: int = 0
    position: int | None = None
    hover: int | None = None
    rivals: tuple[int, int] | None = None
    bars: int = 20
    whole: bool = False


@dataclass(frozen=True)
class Draft:
    """The prompt being typed and its tokens; `note` says what is wrong with it, in words."""

    text: str = DEMO_PROMPT
    encoding: Encoding | None = None
    note: str = ""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The whole visible state; a change makes another one.

    model is None until the network is loaded. limit is the most tokens that a text may grow to
    beyond its prompt (0: up to the context). notice is the last sentence for the status line,
    error the last failure; busy says what the worker is doing. notes are the person's own words
    about the session. locked says why the text cannot be read on (a session of another model),
    empty if it can.
    """

    model: ModelFacts | None = None
    timeline: Timeline = field(default_factory=Timeline)
    draft: Draft = Draft()
    sampling: Sampling = FIRST_SAMPLING
    edits: Edits = NO_EDITS
    findings: Findings = field(default_factory=Findings)
    sharpness: Sharpness = field(default_factory=Sharpness)
    look: Look = Look()
    inside: Inside = field(default_factory=Inside)
    play: Play = field(default_factory=Play)
    limit: int = 0
    twin: Twin = field(default_factory=Twin)
    stops: Stops = field(default_factory=Stops)
    asked: Asked = field(default_factory=Asked)
    notice: str = ""
    error: str = ""
    busy: str = ""
    notes: str = ""
    locked: str = ""
