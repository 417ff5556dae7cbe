"""Freed memory stays for the next picture."""

from __future__ import annotations

import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
from explorer.ui.allocator import keep_blocks

if "keep" in sys.argv:
    keep_blocks()

def work():
    for _ in range(40):
        first = np.ones(150_000)
        second = first * 2.0
        third = first + second

work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc hands blocks back")
def test_large_arrays_are_not_asked_from_the_system_again_and_again() -> None:
    counts = {}
    for how in ("keep", "plain"):
        done = subprocess.run(
            [sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True
        )
        counts[how] = int(done.stdout)
    assert counts["keep"] < 100 < counts["plain"]
