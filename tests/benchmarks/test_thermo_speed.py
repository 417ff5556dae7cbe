"""How much dearer than one temperature the curves of the thermodynamics panel are, at each step.

A step draws them anew in the debugger's layout. Ratios of the processor's time in one run, the
least of many, so that other programs on the machine do not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest

from explorer.lens.thermo import COLDEST, HOTTEST
from explorer.physics.boltzmann import thermodynamics, token_energies
from explorer.physics.heat_curve import heat_curve


def least(work: Callable[[], object], times: int = 40) -> float:
    """The least milliseconds of this thread that a piece of work takes."""
    found = []
    for _ in range(times):
        began = time.thread_time()
        work()
        found.append(1e3 * (time.thread_time() - began))
    return min(found)


@pytest.mark.parametrize("vocabulary", [4096, 50_257])
def test_the_curves_of_a_step_cost_little_more_than_a_few_temperatures(
    vocabulary: int, benchmark
) -> None:
    energies = token_energies(3 * np.random.default_rng(1).normal(size=vocabulary))
    curve = heat_curve(energies, COLDEST, HOTTEST)
    one = least(lambda: thermodynamics(energies, 0.8))
    each = least(lambda: [thermodynamics(energies, float(t)) for t in curve.temperatures], 5)
    whole = least(lambda: heat_curve(energies, COLDEST, HOTTEST))
    benchmark.pedantic(lambda: heat_curve(energies, COLDEST, HOTTEST), rounds=5)
    benchmark.extra_info.update({"curve_ms": round(whole, 3), "one_by_one_ms": round(each, 3)})
    print(
        f"\nV = {vocabulary:,}: {len(curve.temperatures)} temperatures {whole:.2f} ms, one by one "
        f"{each:.2f} ms ({each / whole:.1f} times), one alone {one:.2f} ms"
    )
    assert whole < each / 2
