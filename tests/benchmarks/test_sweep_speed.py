"""How fast the sweep over all heads and MLPs is, as a ratio to whole passes in the same run.

    pytest tests/benchmarks/test_sweep_speed.py -s

Shipped weights, 1 thread. Two yardsticks: the engine's own uncached reading of the text under each
edit, and the pass of training with a hook, which records nothing and is the fastest whole pass.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
import torch

from explorer.engine.edits import NO_EDITS, Edits
from explorer.engine.effects import parts
from explorer.engine.reader import LocalReader
from explorer.engine.trace import Trace

ROUNDS = 3


@pytest.mark.parametrize("length", [64, 250])
def test_a_sweep_against_a_whole_pass_for_each_part(
    reader: LocalReader, length: int, benchmark
) -> None:
    engine, model = reader.engine, reader.engine._model
    torch.set_num_threads(1)
    random = np.random.default_rng(0)
    ids = [0, *(int(one) for one in random.integers(1, reader.facts.vocabulary, length - 1))]
    every = parts(reader.facts.layers, reader.facts.heads, "zero", True)

    def swept() -> None:
        assert sum(len(some) for some in engine.sweep(ids, 5, NO_EDITS, "zero")) == len(every)

    def read_anew() -> None:
        for off in every:
            engine.forget()
            engine.read(Trace(), ids, Edits((off,)))

    @torch.inference_mode()
    def hooked() -> None:
        width = reader.facts.head_width
        for off in every:
            block = model.h[off.layer]
            if off.part == "head":
                part = slice(off.index * width, (off.index + 1) * width)

                def silence(_, inputs, part=part):
                    inputs[0][..., part] = 0

                hook = block.attn.c_proj.register_forward_pre_hook(silence)
            else:
                hook = block.mlp.register_forward_hook(lambda _, x, y: torch.zeros_like(y))
            model(torch.tensor([ids]))
            hook.remove()

    swept()
    times: list[list[float]] = [[], [], []]
    works: tuple[Callable[[], None], ...] = (swept, read_anew, hooked)
    for _ in range(ROUNDS):
        for work, taken in zip(works, times, strict=True):
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
    ours, anew, fast = (statistics.median(taken) for taken in times)
    slices = []
    rest = engine.sweep(ids, 5, NO_EDITS, "zero")
    while True:
        began = time.perf_counter()
        if next(rest, None) is None:
            break
        slices.append(1e3 * (time.perf_counter() - began))
    benchmark.extra_info.update(
        length=length,
        sweep_ms=round(1e3 * ours),
        times_faster=round(anew / ours, 2),
        times_faster_than_hooks=round(fast / ours, 2),
        longest_slice_ms=round(max(slices), 1),
    )
    benchmark.pedantic(swept, rounds=1)
    print(f"\nsweep of {len(every)} parts over {length} tokens: {1e3 * ours:.0f} ms, "
          f"{anew / ours:.1f} times faster than reading anew, "
          f"{fast / ours:.1f} times than hooked passes; slices of "
          f"{statistics.median(slices):.0f} ms, at most {max(slices):.0f}")  # fmt: skip
    assert anew / ours >= 3
