"""A story told without a window: the Snapshot in a local variable, the same moves as there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.engine.facts import ModelFacts
    from explorer.engine.opening import Storage, Wanted
    from explorer.engine.reader import LocalReader
    from explorer.engine.sampling import Distribution, Sampling
    from explorer.session.snapshot import Snapshot


def open_reader(
    folder: Path | None, storage: Storage = "fp32", device: Wanted = "cpu"
) -> LocalReader:
    """The model of a folder, the shipped one for None; raises ValueError with a sentence.

    A model that would take most of the free memory is opened only after a yes in the terminal.
    """
    import torch

    from explorer.engine.reader import open_model
    from explorer.resources import model_folder

    # Two threads that wait for each other on busy cores took twenty times as long as one.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))
    ask_for_memory(folder, storage, device)
    return open_model(folder or model_folder(), storage, device)


def ask_for_memory(folder: Path | None, storage: Storage = "fp32", device: Wanted = "cpu") -> None:
    """Ask before a model takes most of the free memory; raises ValueError where it may not.

    Nobody is asked for the shipped model (None), or for weights that are kept as stored.
    """
    if folder is None or storage != "fp32":
        return
    from explorer.engine.device import choose
    from explorer.engine.network.estimate import estimate

    question = estimate(folder, choose(device)).question()
    if not question:
        return
    advice = f"{question} Use --storage as-stored, or free some memory."
    if not sys.stdin.isatty():
        raise ValueError(advice)
    print(advice, file=sys.stderr)
    if input("Open it as fp32 all the same? [y/N] ").strip().lower() not in ("y", "yes"):
        raise ValueError("the model was not opened")


def begin_story(reader: LocalReader, prompt: str, sampling: Sampling, tokens: int) -> Snapshot:
    """The snapshot after the prompt has been read, limited to `tokens` new ones (0: no limit).

    Raises ValueError with a sentence when the prompt does not fit.
    """
    from explorer.session import moves
    from explorer.session.snapshot import Snapshot
    from explorer.session.story import open_story

    s = moves.limit_to(moves.sample_with(Snapshot(), sampling), tokens)
    return open_story(reader, s, prompt)


def tell(reader: LocalReader, s: Snapshot) -> Iterator[Snapshot]:
    """A snapshot after each new token, until `moves.why_stopped` has a reason."""
    from explorer.session.story import grow

    while (longer := grow(reader, s)) is not s:
        s = longer
        yield s


def candidates_of(s: Snapshot) -> Distribution:
    """All candidates among which the last token was drawn."""
    from explorer.engine.sampling import distribution

    node = s.timeline.node
    assert node.parent is not None and node.draw is not None
    before = s.timeline.nodes[node.parent].trace
    last = before.steps[-1]
    return distribution(last.logits, node.draw.sampling, before.ids, last.rest)


def text_of(model: ModelFacts, ids: tuple[int, ...]) -> str:
    """The text of token ids without the begin token in front and the stop token at the end."""
    inner = ids[1:-1] if len(ids) > 1 and model.ends(ids[-1]) else ids[1:]
    return b"".join(model.pieces[token] for token in inner).decode("utf-8", "replace")
