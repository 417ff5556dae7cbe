"""Twenty-six letters to remember, 16 x 16 cells each, the same ones on every machine. No Qt.

A letter is 64 hexadecimal digits, four for each line from the top, the leftmost cell first; a bit
that is set is ink (+1), any other paper (-1). The shapes are those of DejaVu Sans Bold.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from explorer.physics.hopfield import Spins

SHAPE = (16, 16)
_LETTERS = {
    "A": "000003c007e007e007e00ff00e700e701e781e783ffc3ffc381c781e700e0000",
    "B": "00003fe03ff83ff83c783c783ff83ff03ff83c3c3c3c3c3c3ffc3ff83ff00000",
    "C": "000003f807fc0ffc1e041e003c003c003c003c001e001e040ffc07fc03f80000",
    "D": "00007fc07ff07ff8787c783c781e781e781e781e783c787c7ff87ff07fc00000",
    "E": "00001ff81ff81ff81e001e001ff01ff81ff81e001e001e001ff81ff81ff80000",
    "F": "00001ff81ff81ff81e001e001ff01ff81ff81e001e001e001e001e001e000000",
    "G": "000003f80ffc1ffc3e043c003800787c787e387e3c1e3e1e1ffe0ffc03f80000",
    "H": "0000381c381c381c381c381c3ffc3ffc3ffc381c381c381c381c381c381c0000",
    "I": "000003c003c003c003c003c003c003c003c003c003c003c003c003c003c00000",
    "J": "000000e000e000e000e000e000e000e000e000e000e000e001c007c007800000",
    "K": "0000787c78f879f07be07fc07f807f007f007f807bc079e078f07878783c0000",
    "L": "00001e001e001e001e001e001e001e001e001e001e001e001ff81ff81ff80000",
    "M": "000000007c3e7c3e7c3e7e7e766e77ee77ee73ce73ce718e700e700e00000000",
    "N": "00003c1c3e1c3e1c3f1c3f1c3f9c3b9c39dc39fc38fc38fc387c387c383c0000",
    "O": "000007e01ff83ffc3c3c781e781e781e781e781e781e3c3c3ffc1ff807e00000",
    "P": "00003fe03ff83ff83c3c3c3c3c3c3ff83ff83ff03c003c003c003c003c000000",
    "Q": "000007e00ff01e783c3c381c381c381c381c3c3c1e780ff007e0007000380000",
    "R": "00003fe03ff03ff03878387838703ff03fe03ff038f038783878383c383c0000",
    "S": "000007f01ff81ff81c001c001f801ff007f800f8003810381ff81ff00fe00000",
    "T": "00007ffe7ffe3ffc03c003c003c003c003c003c003c003c003c003c003c00000",
    "U": "00003c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c1ff81ff807e00000",
    "V": "0000700e781e381c3c3c3c3c1c381e780e700f700ff007e007e007e003c00000",
    "W": "000000000000718e73ce73ce33cc3bdc3e7c3e7c1e781e781c38000000000000",
    "X": "0000781e3c3c1e781e780ff007e007e007e007e00ff01e781e783c3c781e0000",
    "Y": "0000781e3c3c3c3c1e780ff00ff007e003c003c003c003c003c003c003c00000",
    "Z": "00003ffc3ffc3ffc007800f001e003c007c007800f001e003ffc3ffc3ffc0000",
}
NAMES = tuple(_LETTERS)


@cache
def letters() -> Spins:
    """All letters (26, 256) of +1 and -1, in the order of NAMES; read-only."""
    rows = [np.frombuffer(bytes.fromhex(digits), np.uint8) for digits in _LETTERS.values()]
    ink = np.unpackbits(np.array(rows), axis=1)
    patterns: Spins = np.where(ink, 1, -1).astype(np.int8)
    patterns.setflags(write=False)
    return patterns
