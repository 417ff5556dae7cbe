"""A network run by transformers: in memory, from the disk, shared by two processes."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from explorer.engine.edits import heads_off
from explorer.engine.partial import ALL_ROWS, Rows
from explorer.engine.reader import open_model
from explorer.engine.remote.packing import pack
from explorer.engine.remote.protocol import KIND, ROOT
from explorer.engine.remote.questions import Read
from explorer.engine.remote.serve.ranks import Ranks
from explorer.engine.remote.serve.spread import Spread, blocks, open_spread
from explorer.engine.remote.served import ServedReader, connecting
from explorer.engine.trace import Trace

Folder = Callable[[str], Path]
IDS = [0, 5, 6, 9, 44, 45, 46, 47, 48, 49, 50, 51, 52]


def gaps(one: Trace, other: Trace) -> dict[str, float]:
    """The largest difference of each array; of hidden streams as a share of their largest entry."""
    assert one.ids == other.ids
    largest = max(float(np.abs(step.hidden).max()) for step in one.steps)
    found = {
        name: max(
            float(np.abs(getattr(a, name) - getattr(b, name)).max())
            for a, b in zip(one.steps, other.steps, strict=True)
        )
        for name in ("logits", "attention", "hidden")
    }
    return found | {"hidden": found["hidden"] / largest}


def told(reader) -> Trace:
    """A text read at once and two tokens one by one."""
    trace = reader.read(Trace(), IDS)
    for token in (7, 8):
        trace = reader.read(trace, [token])
    return trace


@pytest.mark.parametrize("family", ["gpt2", "gpt_neox", "llama", "mistral", "qwen3", "gemma3"])
def test_it_records_what_our_own_engine_records(family: str, family_folder: Folder) -> None:
    folder = family_folder(family)
    mine = told(open_model(folder))
    reader, passes = open_spread(folder, Spread(), Ranks())
    assert passes.placed == "all in memory"
    assert max(gaps(mine, told(reader)).values()) < 1e-4
    assert reader.facts.layers == len(blocks(passes._model, reader.facts.layers))


def test_another_branch_goes_on_from_what_both_have(family_folder: Folder) -> None:
    reader, _ = open_spread(family_folder("qwen3"), Spread(), Ranks())
    first = told(reader)
    branch = reader.read(Trace(first.steps[:6]), [99, 98])
    again = open_spread(family_folder("qwen3"), Spread(), Ranks())[0]
    assert max(gaps(branch, again.read(Trace(), branch.ids)).values()) < 1e-5
    assert reader.read(branch, []) is branch


def test_a_model_that_does_not_fit_is_read_from_the_disk(
    family_folder: Folder, tmp_path: Path
) -> None:
    """More than the memory allowed lies on the disk: the numbers stay the same."""
    folder = family_folder("llama")
    whole = told(open_spread(folder, Spread(), Ranks())[0])
    reader, passes = open_spread(folder, Spread(memory=60_000, offload=tmp_path), Ranks())
    assert re.fullmatch(r"\d+ of \d+ parts on the disk", passes.placed)
    assert any(weight.is_meta for weight in passes._model.parameters())
    assert max(gaps(whole, told(reader)).values()) < 1e-5


def test_what_transformers_does_not_give_is_said(family_folder: Folder) -> None:
    reader, _ = open_spread(family_folder("llama"), Spread(), Ranks())
    can = reader.facts.can
    assert not can.attention and not can.hidden
    assert all("--engine explorer" in said for said in (can.queries, can.formulas, can.sweep))
    with pytest.raises(ValueError, match="takes no edits"):
        reader.read(Trace(), [0], heads_off((0, 0)))
    with pytest.raises(ValueError, match="vocabulary"):
        reader.read(Trace(), [0, 5000])
    with pytest.raises(ValueError, match="context holds 96"):
        reader.read(Trace(), [0] * 97)
    assert len(reader.read(Trace(), [0, 3])) == 2


def test_a_folder_that_our_fence_refuses_never_reaches_transformers(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"config\.json"):
        open_spread(tmp_path, Spread(), Ranks())


@contextlib.contextmanager
def torchrun(
    folder: Path, environment: Callable[..., dict[str, str]]
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [
            sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
            "-m", "explorer", "serve", str(folder), "--engine", "transformers", "--port", "0",
        ],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def exact_streams(folder: Path, ids: tuple[int, ...]) -> np.ndarray:
    """The streams (T, L + 1, C) of a text in float64, by transformers in one process."""
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float64, attn_implementation="eager", local_files_only=True
    ).eval()
    last: list[torch.Tensor] = []
    model.model.layers[-1].register_forward_hook(lambda *found: last.append(found[-1]))
    with torch.inference_mode():
        found = model(torch.tensor([ids]), output_hidden_states=True).hidden_states
    streams = [*found[:-1], last[0][0] if isinstance(last[0], tuple) else last[0]]
    return np.stack([one[0].numpy() for one in streams], 1)


def test_two_processes_answer_as_one(
    family_folder: Folder, environment: Callable[..., dict[str, str]]
) -> None:
    """Logits and attention within 1e-5; hidden streams within 1e-5 of their largest entry.

    The streams of this network reach 40, where neighbouring float32 numbers lie 4e-6 apart. Two
    processes add the halves of each sum in another order than one does. Measured against float64,
    one process is off by 1.8e-5 and two by 2.5e-5, and by 1.7e-5 between themselves: 8e-7 of the
    length of a stream. No order of summing float32 numbers gives 1e-5 there.
    """
    folder = family_folder("qwen3")
    single = told(open_spread(folder, Spread(), Ranks())[0])
    with torchrun(folder, environment) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "2 processes" in line
        *_, reader = connecting(re.search(r"http://\S+", line).group())  # type: ignore[union-attr]
        assert isinstance(reader, ServedReader)
        reader.want(Rows(None, (), hidden=True))
        both = told(reader)
        # Attention of all four heads, of which each process holds two.
        assert both.steps[-1].attention.shape == (3, 4, len(both))
        assert max(gaps(single, both).values()) < 1e-5
        exact = exact_streams(folder, both.ids)
        one, two = (np.stack([step.hidden for step in text.steps]) for text in (single, both))
        lengths = np.linalg.norm(exact, axis=-1)
        assert (np.linalg.norm(one - two, axis=-1) < 3e-6 * lengths).all()
        assert abs(two - exact).max() < 3 * abs(one - exact).max()
        branch = reader.read(Trace(both.steps[:5]), [60])
        assert len(branch) == 6
        reader.close()


def test_a_family_without_a_plan_is_refused_under_torchrun(
    family_folder: Folder, environment: Callable[..., dict[str, str]]
) -> None:
    with torchrun(family_folder("gpt2"), environment) as process:
        _, said = process.communicate(timeout=60)
        assert "it has no plan for this family" in said


def test_a_spread_model_is_looked_into_over_the_line(
    family_folder: Folder, serve: Callable[..., str], tmp_path: Path
) -> None:
    folder = family_folder("llama")
    address = serve(folder, "--engine", "transformers", "--memory", "60KB", "--offload", tmp_path)
    *_, reader = connecting(address)
    assert isinstance(reader, ServedReader)
    reader.want(Rows(((1, 2),), ((1, 2),)))
    mine, theirs = told(open_model(folder)), told(reader)
    assert np.allclose(mine.attention(1, 2), theirs.attention(1, 2), atol=1e-5, equal_nan=True)
    # Queries are not there at all, so that nobody waits for them.
    assert "no queries" in reader.facts.can.queries
    assert not reader.lacks(theirs, Rows(states=None))
    whole = reader.fetch(theirs, ALL_ROWS)
    assert np.allclose(whole.steps[4].attention, mine.steps[4].attention, atol=1e-5)
    body = b"".join(bytes(part) for part in pack(Read((0, 1), 0)))
    with pytest.raises(ValueError, match="no queries"):
        raise ValueError(reader._client.post(f"{ROOT}/read", body, KIND).body.decode())
    reader.close()
