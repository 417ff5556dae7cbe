"""How fast the associative memories are, against peers in the same run and the bounds promised.

    pytest tests/benchmarks/test_memory_speed.py --benchmark-only

One BLAS thread (OMP_NUM_THREADS=1), as when another core draws the window.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest

from explorer.physics.capacity import Plan, sweep
from explorer.physics.hopfield import configuration
from explorer.physics.hopfield_dynamics import Dynamics, stretch
from explorer.physics.hopfield_landscape import plane_of, surface
from explorer.physics.hopfield_noise import flipped
from explorer.physics.hopfield_rules import RULES, stored
from explorer.physics.restricted_learning import Course, learn
from explorer.physics.restricted_machine import fresh

FRAME = 1 / 60


def patterns_of(seed: int, count: int, size: int) -> np.ndarray:
    return np.random.default_rng(seed).choice([-1, 1], (count, size))


def alternate(
    *works: Callable[[], object], rounds: int = 15, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Median seconds of each work, taking turns so that a busy machine is busy for all of them."""
    times: list[list[float]] = [[] for _ in works]
    for index in range(rounds + 2):
        for work, taken in zip(works, times, strict=True):
            began = clock()
            work()
            if index >= 2:
                taken.append(clock() - began)
    return [statistics.median(taken) for taken in times]


@pytest.mark.parametrize(
    ("pictures", "visible", "hidden", "batch"), [(1000, 64, 64, 10), (1000, 784, 128, 100)]
)
def test_an_epoch_of_learning_against_scikit_learn(
    pictures: int, visible: int, hidden: int, batch: int, benchmark
) -> None:
    neural = pytest.importorskip("sklearn.neural_network")
    data = np.random.default_rng(0).integers(0, 2, (pictures, visible)).astype(np.float64)
    peer = neural.BernoulliRBM(
        n_components=hidden, learning_rate=0.05, batch_size=batch, n_iter=1, random_state=0
    )
    # the peer's method: persistent chains, one step, as many chains as patterns in a batch
    course = Course(
        "pcd", 1, 0.05, momentum=0.0, batch=batch, chains=batch, steps=pictures // batch,
        falling=False,
    )  # fmt: skip
    start = fresh(visible, hidden)

    def epoch() -> None:
        for _ in learn(start, data, course, course.steps):
            pass

    ours, theirs = alternate(epoch, lambda: peer.fit(data), clock=time.process_time)
    benchmark.extra_info["ratio"] = ours / theirs
    benchmark.pedantic(epoch, rounds=5)
    assert ours <= theirs


def test_the_landscape_follows_a_change_within_50_ms(benchmark) -> None:
    xi = patterns_of(0, 20, 1024)
    net = stored(xi, "hebb")

    def change() -> None:
        surface(plane_of(net, xi[0], xi[1]), "free", 0.4, (200, 200))

    benchmark(change)
    assert benchmark.stats.stats.median < 0.050


@pytest.mark.parametrize("kind", ["asynchronous", "glauber"])
def test_a_sweep_of_1024_neurons_fits_into_a_frame(kind: str, benchmark) -> None:
    xi = patterns_of(0, 20, 1024)
    net = stored(xi, "hebb")
    start = configuration(net, flipped(xi[0], 0.3, 1))
    how = Dynamics(kind, temperature=0.3)
    benchmark(stretch, net, start, how, 0, 1024)
    assert benchmark.stats.stats.median < FRAME / 2


@pytest.mark.parametrize("rule", RULES)
def test_a_capacity_sweep_of_2000_neurons_ends_within_a_minute(rule: str, benchmark) -> None:
    loads = tuple(0.02 * k for k in range(1, 11))
    plan = Plan(2000, rule, loads, nets=2, starts=10, noise=0.1)
    slices: list[float] = []

    def run() -> None:
        last = time.perf_counter()
        for _ in sweep(plan):
            now = time.perf_counter()
            slices.append(now - last)
            last = now

    benchmark.pedantic(run, rounds=1)
    benchmark.extra_info["median slice (ms)"] = 1e3 * statistics.median(slices)
    benchmark.extra_info["longest slice (ms)"] = 1e3 * max(slices)
    assert benchmark.stats.stats.median < 60
