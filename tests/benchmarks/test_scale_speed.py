"""How fast and how large a network of GPT-2's small size is: 124 million random weights.

    pytest tests/benchmarks/test_scale_speed.py --benchmark-only -s

One thread, as in the window on two cores. The floor of bandwidth is one reading of the weights
from memory and nothing else, taken twice in the same run: by the sum of one plain fp32 tensor of
their size, as torch allocates it, and by the bare products of one row with the engine's tiles.
Times are those of the thread, so that other programs disturb them less.
"""

from __future__ import annotations

import ctypes
import gc
import inspect
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QCoreApplication

from explorer.app import build
from explorer.engine.matrix import Matrix
from explorer.engine.opening import Storage
from explorer.engine.reader import LocalReader, open_model
from explorer.engine.tiles import Tiles
from explorer.engine.trace import Trace
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow
from explorer.ui.window import Window
from explorer.ui.worker import Worker

CONTEXT, ROUNDS = 128, 20
LONGEST = 1024
OLD_CACHE = "past_key_values"
NEAR = 1.2


@pytest.fixture(scope="module")
def folders(
    tmp_path_factory: pytest.TempPathFactory, write_gpt2: Callable[..., Path]
) -> Iterator[dict[str, Path]]:
    base = tmp_path_factory.mktemp("scale")
    kinds = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    yield {name: write_gpt2(base / name, dtype) for name, dtype in kinds.items()}
    shutil.rmtree(base)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    gc.collect()


def in_turns(*works: Callable[[], object]) -> list[float]:
    """The least ms of the thread for each work, in turns."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, taken in zip(works, times, strict=True):
            began = time.thread_time()
            work()
            taken.append(1e3 * (time.thread_time() - began))
    return [min(taken[2:]) for taken in times]


def tokens(count: int) -> list[int]:
    return [0, *(int(one) for one in np.random.default_rng(0).integers(1, 4000, count - 1))]


def recorded_step(reader: LocalReader) -> Callable[[], Trace]:
    """One step after CONTEXT tokens that have just been read."""
    trace = reader.read(Trace(), tokens(CONTEXT))
    memo = reader.engine._memos[-1]

    def step() -> Trace:
        memo.ids = memo.ids[:CONTEXT]
        memo.memory.length = CONTEXT
        return reader.read(trace, [5])

    return step


def bare_step(folder: Path) -> Callable[[], None]:
    """The same step in `transformers`, as fast as it goes: cached, nothing returned but logits."""
    transformers = pytest.importorskip("transformers")
    network = transformers.GPT2LMHeadModel.from_pretrained(folder, dtype="auto").eval()
    past = transformers.DynamicCache(config=network.config)
    name = "cache" if "cache" in inspect.signature(network.forward).parameters else OLD_CACHE
    with torch.inference_mode():
        network(torch.tensor([tokens(CONTEXT)]), use_cache=True, **{name: past})

    @torch.inference_mode()
    def step() -> None:
        if past.get_seq_length() > CONTEXT:
            past.crop(-1)
        network(torch.tensor([[5]]), use_cache=True, **{name: past})

    return step


def tiles_of(reader: LocalReader) -> list[Tiles]:
    reading = reader.engine._read.__self__
    matrices = [one for layer in reading.layers for one in vars(layer).values()]
    return [one.tiles for one in (*matrices, reading.head) if isinstance(one, Matrix)]


def products(tiles: list[Tiles]) -> Callable[[], None]:
    rows = [torch.randn(1, one.tiles.shape[1]) for one in tiles]

    @torch.inference_mode()
    def work() -> None:
        for row, tile in zip(rows, tiles, strict=True):
            tile.product(row)

    return work


def test_a_step_in_fp32_is_near_the_floor_and_faster_than_transformers(
    folders: dict[str, Path], benchmark
) -> None:
    reader = open_model(folders["fp32"])
    tiles = tiles_of(reader)
    plain = torch.ones(sum(one.tiles.numel() for one in tiles))
    step = recorded_step(reader)
    ours, fetched, multiplied, theirs = in_turns(
        step, plain.sum, products(tiles), bare_step(folders["fp32"])
    )
    benchmark.extra_info.update(
        step_ms=round(ours, 1), of_bandwidth=round(ours / fetched, 2),
        of_products=round(ours / multiplied, 2), of_transformers=round(ours / theirs, 2),
    )  # fmt: skip
    print(f"\nfp32: {ours:.1f} ms, {ours / fetched:.2f} of one reading ({fetched:.1f} ms), "
          f"{ours / multiplied:.2f} of the bare products ({multiplied:.1f} ms), "
          f"{ours / theirs:.2f} of transformers ({theirs:.1f} ms)")  # fmt: skip
    benchmark.pedantic(step, rounds=10)
    assert ours <= NEAR * multiplied
    assert ours < theirs


@pytest.mark.parametrize("kind", ["fp32", "bf16", "fp16"])
def test_a_step_with_weights_as_stored_is_faster_than_transformers(
    folders: dict[str, Path], kind: str, benchmark
) -> None:
    """Half precision is made fp32 on its way to the product, which costs more than fetching it."""
    storage: Storage = "as-stored"
    reader = open_model(folders[kind], storage)
    step = recorded_step(reader)
    stored = torch.ones((folders[kind] / "model.safetensors").stat().st_size // 4)
    ours, theirs, fetched = in_turns(step, bare_step(folders[kind]), stored.sum)
    benchmark.extra_info.update(
        step_ms=round(ours, 1), of_bandwidth=round(ours / fetched, 2),
        of_transformers=round(ours / theirs, 2),
    )  # fmt: skip
    print(
        f"\n{kind} as stored: {ours:.1f} ms, {ours / theirs:.2f} of transformers "
        f"({theirs:.1f} ms), {ours / fetched:.2f} of one reading of the file ({fetched:.1f} ms)"
    )
    benchmark.pedantic(step, rounds=10)
    assert ours < theirs


def anonymous() -> int:
    """Bytes in use that no file holds: what the allocator only keeps for later is given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with Path("/proc/self/status").open() as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("RssAnon"))


@pytest.mark.skipif(sys.platform != "linux", reason="Linux counts it")
def test_a_full_trace_of_1024_tokens_takes_less_than_400_mb(
    folders: dict[str, Path], benchmark
) -> None:
    reader = open_model(folders["fp32"])
    reader.read(Trace(), tokens(200))  # the working memory of products
    reader.engine.forget()
    before = anonymous()
    trace = reader.read(Trace(), tokens(LONGEST - 24))
    for token in range(24):
        trace = reader.read(trace, [token])
    kept = reader.engine._memos[-1].memory
    memo = kept.keys.nbytes + kept.values.nbytes
    del kept
    reader.engine.forget()
    taken = anonymous() - before
    rows = sum(step.attention.nbytes for step in trace.steps)
    benchmark.extra_info.update(trace_mb=round(taken / 1e6), rows_on_disk_mb=round(rows / 1e6))
    print(f"\n1,024 tokens: {taken / 1e6:.0f} MB in memory, {rows / 1e6:.0f} MB of attention rows "
          f"in a file, {memo / 1e6:.0f} MB of keys and values for the next step")  # fmt: skip
    benchmark.pedantic(lambda: None)
    assert len(trace) == LONGEST
    assert taken <= 400e6


def begun(reader: LocalReader, count: int) -> Snapshot:
    """A text of so many tokens, read."""
    trace = reader.read(Trace(), tokens(count))
    return moves.begin(moves.load(Snapshot(), reader.facts), "", trace)


def settled(window: Window) -> None:
    """Paint whatever is waiting."""
    for _ in range(5):
        QCoreApplication.processEvents()


def changes(window: Window, panels: tuple[str, ...], states: list[Snapshot]) -> float:
    """The median ms of the thread to draw and paint panels for a change, walking to and fro."""
    shown = [window.docks[name].panel for name in panels]
    taken = []
    for _ in range(4):
        for old, new in pairwise(states):
            began = time.thread_time()
            for panel in shown:
                panel.draw(new, old)
            QCoreApplication.processEvents()
            taken.append(1e3 * (time.thread_time() - began))
        for panel in shown:
            panel.draw(states[0], states[-1])
        settled(window)
    return statistics.median(taken)


def test_the_grid_of_144_heads_takes_5_ms_a_step_at_1024_tokens(
    folders: dict[str, Path], worker: Worker, looks_of_the_application: None, qtbot, benchmark
) -> None:
    reader = open_model(folders["fp32"])
    s = begun(reader, 1016)
    states = [s]
    for _ in range(6):
        states.append(grow(reader, states[-1]))
    window = build(worker, "light", snapshot=states[0])
    qtbot.addWidget(window)
    window.resize(1600, 900)
    window.show()
    window.arrange("explore")
    settled(window)
    took = changes(window, ("heads",), states)
    benchmark.extra_info.update(grid_ms=round(took, 1))
    print(f"\n144 heads at 1,024 tokens: {took:.1f} ms a step")
    benchmark.pedantic(lambda: None)
    assert took <= 5
