"""Proofs that the numbers on the screen are what they claim to be, made on this machine.

Every check computes a difference, measured here and now, against a bound. Knows no screen.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from explorer.engine.checkpoint import open_checkpoint
from explorer.engine.checks import ATTENTION, CHANCE, HOPFIELD, LOGITS, SUMS
from explorer.engine.checks import Check as Check
from explorer.engine.checks import at_most as at_most
from explorer.engine.reader import LocalReader
from explorer.engine.sampling import Sampling, choose, distribution, uniform
from explorer.engine.trace import Trace
from explorer.physics.chance import chi_square
from explorer.physics.dense_memory import retrieve

LENGTH, DRAWS = 256, 10_000


def prove(reader: LocalReader, folder: Path, length: int = LENGTH) -> Iterator[Check]:
    """All checks of a model over a text of `length` tokens that it writes itself.

    Each `next()` is one check, so that a worker can take them in slices.
    """
    cached = write_text(reader, length)
    last = len(cached) - 1
    yield from reader.prove(cached, last, int(cached.steps[last].logits.argmax()))
    yield at_most("probabilities sum to 1", softmax_sums(cached), SUMS)
    yield at_most("logits against the pass of training", training_pass(cached, folder), LOGITS)
    yield at_most("attention against the Hopfield update", hopfield(cached, reader), HOPFIELD)
    yield drawn_against_bars(cached)
    yield from against_transformers(cached, folder)


def write_text(reader: LocalReader, length: int) -> Trace:
    """A trace of `length` tokens (at most the context), drawn by the model, read one by one."""
    trace = reader.read(Trace(), [reader.facts.begin_token])
    while len(trace) < min(length, reader.facts.context):
        candidates = distribution(trace.steps[-1].logits, Sampling())
        token = choose(candidates, uniform(1, len(trace)))
        trace = reader.read(trace, [token])
    return trace


def softmax_sums(trace: Trace) -> float:
    """The largest distance from 1 of a sum of probabilities, raw and final, over all tokens."""
    sampling = Sampling(temperature=0.8, top_k=50, top_p=0.95)
    every = [distribution(step.logits, sampling, trace.ids) for step in trace.steps]
    return max(abs(float(p.sum()) - 1) for one in every for p in (one.raw, one.scaled, one.final))


@torch.inference_mode()
def training_pass(trace: Trace, folder: Path) -> float:
    """The largest difference of logits to the pass that training uses, which keeps no memory."""
    logits = open_checkpoint(folder).model(torch.tensor([trace.ids]))[0].numpy()  # (T, V)
    return float(np.abs(logits - np.stack([step.logits for step in trace.steps])).max())


def hopfield(trace: Trace, reader: LocalReader) -> float:
    """The largest difference between an attention row and one modern Hopfield update.

    For every head, at eight positions spread over the text (Ramsauer et al. 2020, equation 3).
    """
    facts, worst = reader.facts, 0.0
    for position in np.unique(np.linspace(0, len(trace) - 1, 8).astype(int)):
        step = trace.steps[position]
        for layer in range(facts.layers):
            for head in range(facts.heads):
                keys = trace.keys(layer, head, int(position))
                row = retrieve(keys, step.queries[layer, head], facts.beta).weights
                worst = max(worst, float(np.abs(row - step.attention[layer, head]).max()))
    return worst


def drawn_against_bars(trace: Trace, draws: int = DRAWS) -> Check:
    """Ten thousand real draws, with the dice of ten thousand positions, against the bars."""
    every = [distribution(step.logits, Sampling(top_p=0.95)) for step in trace.steps]
    candidates = max(every, key=lambda one: int(np.count_nonzero(one.final)))  # the widest choice
    tokens = [choose(candidates, uniform(1, position)) for position in range(draws)]
    counts = np.bincount(tokens, minlength=len(candidates.final))
    found = chi_square(counts, candidates.final)
    name = f"{draws:,} draws against the bars"
    return Check(name, f"p = {found.p_value:.3f}", f">= {CHANCE:.0e}", found.p_value >= CHANCE)


@torch.inference_mode()
def against_transformers(trace: Trace, folder: Path) -> Iterator[Check]:
    """The same ids through Hugging Face's implementation; nothing when it is not installed."""
    if importlib.util.find_spec("transformers") is None:
        yield Check("against transformers", "not installed", "any", True)
        return
    # The folder is all that is needed; nothing may be asked of a server.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers import GPT2LMHeadModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = GPT2LMHeadModel.from_pretrained(
        folder, local_files_only=True, dtype=torch.float32, attn_implementation="eager"
    )
    out = model.train(False)(torch.tensor([trace.ids]), output_attentions=True)
    logits = np.stack([step.logits for step in trace.steps])  # (T, V)
    attention = max(
        float(np.abs(theirs[0, :, t, : t + 1].numpy() - step.attention[layer]).max())
        for layer, theirs in enumerate(out.attentions)
        for t, step in enumerate(trace.steps)
    )
    yield at_most("attention against transformers", attention, ATTENTION)
    yield at_most(
        "logits against transformers", float(np.abs(out.logits[0].numpy() - logits).max()), LOGITS
    )
