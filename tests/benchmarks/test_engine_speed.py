"""How fast a recorded step is, as ratios against peers and a floor in the same run.

    pytest tests/benchmarks --benchmark-only

Shipped weights, 2 threads. The floor is the products of one row with all weight matrices and
nothing else: no attention over earlier tokens, no norm, no activation, nothing recorded. It is
taken twice: with matrices as torch keeps them, and cut into the tiles that the engine keeps. The
second is much faster and no budget: what stands above it is attention and the calls of Python.
"""

from __future__ import annotations

import inspect
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.cli.info import describe
from explorer.engine.matrix import Matrix
from explorer.engine.opening import STORAGES, Storage
from explorer.engine.reader import LocalReader, open_model
from explorer.engine.trace import Trace
from explorer.resources import model_folder

CONTEXTS = (128, 250)
ROUNDS = 60
OLD_CACHE = "past_key_values"


def alternate(*works: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Median ms of each work, taking turns so that a busy machine is busy for all of them."""
    times: list[list[float]] = [[] for _ in works]
    for index in range(rounds + 3):
        for work, taken in zip(works, times, strict=True):
            began = time.perf_counter()
            work()
            if index >= 3:
                taken.append(1e3 * (time.perf_counter() - began))
    return [statistics.median(taken) for taken in times]


def tokens(count: int, vocabulary: int) -> list[int]:
    """The begin token and a fixed row of other ids."""
    ids = np.random.default_rng(0).integers(1, vocabulary, count - 1)
    return [0, *(int(one) for one in ids)]


def recorded_step(reader: LocalReader, context: int) -> Callable[[], Trace]:
    """One step after `context` tokens, as in generation: the text before it has just been read."""
    trace = reader.read(Trace(), tokens(context, reader.facts.vocabulary))
    memo = reader.engine._memos[-1]

    def step() -> Trace:
        memo.ids = memo.ids[:context]
        memo.memory.length = context
        return reader.read(trace, [5])

    return step


def floor(reader: LocalReader) -> Callable[[], None]:
    """The bare products with every weight matrix in the layout that torch multiplies fastest.

    That is (in, out) for one row; torch's own (out, in) takes half as long again.
    """
    weights = [
        weight.t().contiguous()
        for name, weight in reader.engine._model.named_parameters()
        if weight.dim() == 2 and "wpe" not in name
    ]
    rows = [torch.randn(1, len(weight)) for weight in weights]

    @torch.inference_mode()
    def products() -> None:
        for row, weight in zip(rows, weights, strict=True):
            torch.mm(row, weight)

    return products


def tiled_floor(reader: LocalReader) -> Callable[[], None]:
    """The same products in the layout of the engine, see explorer/engine/tiles.py."""
    reading = reader.engine._read.__self__
    matrices = [one for layer in reading.layers for one in vars(layer).values()]
    tiles = [one.tiles for one in (*matrices, reading.head) if isinstance(one, Matrix)]
    rows = [torch.randn(1, one.tiles.shape[1]) for one in tiles]

    @torch.inference_mode()
    def products() -> None:
        for row, tile in zip(rows, tiles, strict=True):
            tile.product(row)

    return products


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_recorded_step_against_transformers_and_the_floor(
    reader: LocalReader, context: int, benchmark
) -> None:
    transformers = pytest.importorskip("transformers")
    network = transformers.GPT2LMHeadModel.from_pretrained(
        model_folder(), attn_implementation="eager", dtype=torch.float32
    ).eval()
    torch.set_num_threads(2)
    ids = torch.tensor([tokens(context, reader.facts.vocabulary)])
    past = transformers.DynamicCache(config=network.config)
    # Renamed in transformers 5.24; the old name warns, and warnings fail the tests.
    name = "cache" if "cache" in inspect.signature(network.forward).parameters else OLD_CACHE
    with torch.inference_mode():
        network(ids, use_cache=True, **{name: past})

    @torch.inference_mode()
    def peer() -> None:
        if past.get_seq_length() > context:
            past.crop(-1)
        network(
            torch.tensor([[5]]),
            use_cache=True,
            output_attentions=True,
            output_hidden_states=True,
            **{name: past},
        )

    # In pairs: the weights of a third network would push ours out of the cache.
    ours, theirs = alternate(recorded_step(reader, context), peer)
    alone, bare = alternate(recorded_step(reader, context), floor(reader))
    tiled, least = alternate(recorded_step(reader, context), tiled_floor(reader))
    benchmark.extra_info.update(
        context=context,
        step_ms=round(ours, 3),
        of_transformers=round(ours / theirs, 3),
        of_floor=round(alone / bare, 3),
        of_tiled_floor=round(tiled / least, 3),
    )
    benchmark.pedantic(recorded_step(reader, context), rounds=20, warmup_rounds=2)
    print(f"\nrecorded step at {context}: {ours:.2f} ms, {ours / theirs:.2f} of transformers' "
          f"{theirs:.2f} ms, {alone / bare:.2f} of the floor's {bare:.2f} ms, "
          f"{tiled / least:.2f} of the tiled floor's {least:.2f} ms")  # fmt: skip
    assert ours / theirs <= 0.8
    assert alone / bare <= 1.5


@pytest.mark.filterwarnings("ignore:HookedTransformer is deprecated:DeprecationWarning")
@pytest.mark.parametrize("context", CONTEXTS)
def test_a_recorded_step_against_transformer_lens(
    reader: LocalReader, context: int, benchmark
) -> None:
    lens = pytest.importorskip("transformer_lens")
    c = reader.engine._model.config
    peer = lens.HookedTransformer(
        lens.HookedTransformerConfig(
            n_layers=c.n_layer, d_model=c.n_embd, n_ctx=c.n_positions, d_head=c.head_width,
            n_heads=c.n_head, d_mlp=c.inner, d_vocab=c.vocab_size, act_fn="gelu_new",
            normalization_type="LN", device="cpu",
        )
    )  # fmt: skip
    torch.set_num_threads(2)
    ids = torch.tensor([[*tokens(context, c.vocab_size), 5]])

    @torch.inference_mode()
    def run_with_cache() -> None:
        peer.run_with_cache(ids)

    ours, theirs = alternate(recorded_step(reader, context), run_with_cache, rounds=15)
    benchmark.extra_info.update(context=context, times_faster=round(theirs / ours, 1))
    benchmark.pedantic(recorded_step(reader, context), rounds=20, warmup_rounds=2)
    print(f"\nrecorded step at {context}: {ours:.2f} ms, run_with_cache {theirs:.1f} ms: "
          f"{theirs / ours:.1f} times faster")  # fmt: skip
    assert theirs / ours >= 10


@pytest.mark.parametrize("name", ["shipped", "llama"])
@pytest.mark.parametrize("storage", STORAGES)
def test_what_info_says_of_a_step_is_of_its_size(
    name: str, storage: Storage, family_folder: Callable[[str], Path], benchmark
) -> None:
    """A large network takes what its weights take to fetch, a small one what its layers cost."""
    folder = model_folder() if name == "shipped" else family_folder(name)
    row = dict(describe(folder))[f"step {storage}"]
    told = float(row.split()[1])
    reader = open_model(folder, storage)
    context = 64
    (took,) = alternate(recorded_step(reader, context))
    benchmark.extra_info.update(model=name, storage=storage, told=told, took=round(took, 2))
    benchmark.pedantic(recorded_step(reader, context), rounds=20, warmup_rounds=2)
    print(f"\n{name}, {storage}: info says {told:g} ms a token, a step took {took:.2f} ms")
    assert 1 / 4 < told / took < 4
