"""Tables and bars for a terminal, in Unicode where it can be shown and in ASCII elsewhere."""

from __future__ import annotations

import unicodedata
from typing import TextIO

_EIGHTHS = " ▏▎▍▌▋▊▉"
_ASCII = {"·": "_", "↵": "\\n", "→": "\\t", "⏎": "\\r", "…": "...", "×": "x", "–": "-"}


def can_show_unicode(stream: TextIO) -> bool:
    """Whether the stream's encoding has block characters and the marks of tokens."""
    try:
        "█·↵…".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def bar(share: float, width: int, plain: bool = False) -> str:
    """A bar of `width` cells filled to `share` (0 to 1); what is above 0 shows at least a mark."""
    share = min(max(share, 0.0), 1.0)
    if plain:
        return ("#" * max(round(share * width), 1 if share > 0 else 0)).ljust(width)
    eighths = max(round(share * width * 8), 1 if share > 0 else 0)
    part = _EIGHTHS[eighths % 8] if eighths % 8 else ""
    return ("█" * (eighths // 8) + part).ljust(width)


def percent(share: float) -> str:
    """A probability with three digits that count: 52.3 %, 0.0417 %, 3.1e-05 %."""
    value = 100 * share
    if value >= 99.95 or value == 0:
        return f"{value:.0f} %"
    if value >= 0.001:
        digits = 1 if value >= 10 else 2 if value >= 1 else 3 if value >= 0.1 else 4
        return f"{value:.{digits}f} %"
    return f"{value:.1e} %"


def printable(text: str) -> str:
    """Text that cannot steer the terminal: control and direction characters become their code."""
    return "".join(
        char if char.isprintable() or char == "\n" else f"\\u{ord(char):04X}"
        for char in text.replace("\r\n", "\n").replace("\t", "    ")
    )


def spell(text: str, plain: bool) -> str:
    """The marks of tokens in ASCII when `plain`; every other character as its code."""
    if not plain:
        return text
    text = "".join(_ASCII.get(char, char) for char in text)
    return text.encode("ascii", "backslashreplace").decode()


def cells(text: str) -> int:
    """How many terminal cells a text takes: wide characters two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def fit(text: str, width: int, plain: bool = False) -> str:
    """Text in exactly `width` cells, shortened with an ellipsis where it is longer."""
    mark = "~" if plain else "…"
    if cells(text) > width:
        while cells(text) > width - 1:
            text = text[:-1]
        text += mark
    return text + " " * (width - cells(text))
