"""The workspace "Attention is a memory" in a session file: its sliders, every one checked.

All states follow from them and from the head of the text, so nothing else is kept. Knows no disk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from explorer.session.bridge.moves import FASTEST, opened, start, why_not
from explorer.session.bridge.snapshot import Bridge, Setting
from explorer.session.files.errors import SessionError
from explorer.session.files.parts import Part
from explorer.session.files.plain import from_json, to_json
from explorer.session.status import SLOWEST

FORMAT, VERSION = "explorer-bridge", 1


@dataclass(frozen=True)
class BridgeRecord:
    """What is kept of the workspace."""

    format: str
    version: int
    setting: Setting
    rate: float


def pack(s: Bridge) -> bytes:
    """What a session keeps of the workspace."""
    return to_json(BridgeRecord(FORMAT, VERSION, s.setting, s.play.rate))


def unpack(raw: Any) -> Bridge:
    """The workspace of raw JSON, at its start; raises SessionError with a sentence."""
    try:
        record = from_json(raw, BridgeRecord)
        if record.format != FORMAT:
            raise ValueError("it does not say what it is")
        if not 1 <= record.version <= VERSION:
            raise ValueError(f"its format is {record.version}; this Explorer reads {VERSION}")
        if wrong := _wrong(record):
            raise ValueError(wrong)
    except ValueError as error:
        raise SessionError(f"its workspace “Attention is a memory” is damaged: {error}") from None
    s = opened()
    return start(replace(s, setting=record.setting, play=replace(s.play, rate=record.rate)))


def touched(s: Bridge) -> bool:
    """Whether there is anything in the workspace that would be lost."""
    return s.setting != Setting()


def content(s: Bridge) -> tuple[object, ...]:
    """What makes it another session: the sliders, not the updates that follow from them."""
    return (s.setting,)


def _wrong(record: BridgeRecord) -> str:
    """What cannot be, in words; empty if all can."""
    setting = record.setting
    if wrong := why_not(setting):
        return wrong
    if not 0 <= setting.goal < setting.count:
        return f"letter {setting.goal} is not one of the {setting.count} that are stored"
    if not 0 <= setting.throw < 2**31:
        return f"the number of throws is {setting.throw}"
    return "" if SLOWEST <= record.rate <= FASTEST else f"the rate of play is {record.rate:g}"


KEPT = Part(pack, unpack, touched, content, opened)
