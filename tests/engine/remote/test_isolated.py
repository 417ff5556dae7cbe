"""A model in a process of its own: the same numbers, and a crash that stays there."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Timer

import numpy as np
import pytest
import torch

from explorer.engine.attribution import attribute
from explorer.engine.edits import heads_off
from explorer.engine.facts import OWN_PROCESS
from explorer.engine.logit_lens import lens_logits
from explorer.engine.opening import STORAGES, Estimate, Progress, Storage
from explorer.engine.reader import LocalReader, open_model
from explorer.engine.remote.isolated import IsolatedReader, opening, weigh
from explorer.engine.trace import Trace
from explorer.resources import model_folder
from explorer.session.experiments import difference

ARRAYS = ("logits", "attention", "hidden", "queries", "keys")


@pytest.fixture(scope="module")
def apart() -> Iterator[IsolatedReader]:
    *parts, found = opening(model_folder())
    assert parts and all(isinstance(part, Progress) for part in parts)
    assert isinstance(found, IsolatedReader)
    yield found
    found.close()


def text(reader, words: str = "The cat sat on the mat and looked at the dog.") -> Trace:
    return reader.read(Trace(), (0, *reader.encode(words).ids))


def test_facts_and_every_array_are_those_of_this_process(
    apart: IsolatedReader, reader: LocalReader
) -> None:
    assert apart.facts == replace(reader.facts, host=OWN_PROCESS)
    reader.engine.forget()
    mine, theirs = text(reader), text(apart)
    for token in (5, 9, 300):
        mine, theirs = reader.read(mine, [token]), apart.read(theirs, [token])
    assert mine.ids == theirs.ids
    for a, b in zip(mine.steps, theirs.steps, strict=True):
        for name in ARRAYS:
            assert np.allclose(getattr(a, name), getattr(b, name), atol=1e-5, rtol=0)


def test_large_records_lie_in_shared_memory_that_outlives_its_file(apart: IsolatedReader) -> None:
    trace = text(apart, "The cat sat on the mat. " * 20)
    assert trace.nbytes > 1 << 20
    assert list(apart._process.folder.iterdir()) == []
    rows = [step.attention[0].sum(-1) for step in trace.steps]
    assert all(np.allclose(row, 1, atol=1e-5) for row in rows)


def test_edits_sweeps_steering_and_activations_are_the_same(
    apart: IsolatedReader, reader: LocalReader
) -> None:
    ids, edits = text(reader).ids, heads_off((2, 1))
    mine, theirs = reader.read(Trace(), ids, edits), apart.read(Trace(), ids, edits)
    assert theirs.edits == edits
    assert np.allclose(mine.steps[-1].logits, theirs.steps[-1].logits, atol=1e-4)
    swept = [[one for part in who.sweep(ids, 5) for one in part] for who in (reader, apart)]
    for a, b in zip(*swept, strict=True):
        assert a.off == b.off and a.logit == pytest.approx(b.logit, abs=1e-3)
    name = "blocks.3.mlp_out"
    assert np.allclose(
        apart.activations(ids, (name,))[name], reader.activations(ids, (name,))[name], atol=1e-5
    )
    one, other = (difference(who, "love", "hate", 2) for who in (apart, reader))
    assert np.allclose(one, other, atol=1e-4)


def test_a_pass_is_taken_apart_here_with_the_weights_of_the_child(
    apart: IsolatedReader, reader: LocalReader
) -> None:
    trace = text(apart)
    alike(reader, apart, trace)
    assert all(check.ok for check in apart.prove(trace, 4, 11))


def alike(here: LocalReader, apart: IsolatedReader, trace: Trace) -> None:
    mine, theirs = (who.inspect(trace, 4) for who in (here, apart))
    assert mine.parameters.description == theirs.parameters.description
    for a, b in zip(mine.activations, theirs.activations, strict=True):
        # Sums of another number of threads are rounded with the large numbers beside them.
        near = 5e-6 * max(1.0, float(np.abs(b.values).max(where=np.isfinite(b.values), initial=0)))
        np.testing.assert_allclose(a.values, b.values, atol=near, rtol=0, err_msg=a.name)
        last = tuple(size - 1 for size in a.shape)
        assert a.fill(last).value == pytest.approx(b.fill(last).value, abs=near)
    assert attribute(mine, 9).amounts == pytest.approx(attribute(theirs, 9).amounts, abs=1e-5)
    lens = (lens_logits(one.parameters, one.step.hidden) for one in (mine, theirs))
    np.testing.assert_allclose(*lens, atol=1e-4)


@pytest.mark.parametrize("name", ["gpt_neox", "gemma2", "phi3", "olmo2", "xglm"])
@pytest.mark.parametrize("storage", STORAGES)
def test_every_family_is_taken_apart_with_the_weights_of_the_child(
    name: str, storage: Storage, family_folder: Callable[[str], Path]
) -> None:
    *_, apart = opening(family_folder(name), storage)
    assert isinstance(apart, IsolatedReader)
    alike(open_model(family_folder(name), storage), apart, apart.read(Trace(), range(3, 15)))
    apart.close()


def test_what_the_child_refuses_is_its_sentence_and_it_goes_on(apart: IsolatedReader) -> None:
    with pytest.raises(ValueError, match="too long"):
        apart.read(Trace(), [0] * 300)
    with pytest.raises(ValueError, match="token id 99999"):
        apart.read(Trace(), [0, 99999])
    assert apart.encode("cat").ids


def test_a_process_that_dies_is_a_sentence_and_the_next_question_starts_it_again(
    apart: IsolatedReader,
) -> None:
    before = text(apart)
    apart._process._child.kill()
    with pytest.raises(ValueError, match=r"ended by itself \(SIGKILL"):
        apart.read(before, [7])
    again = apart.read(before, [7])
    assert again.steps[:-1] == before.steps and again.ids[-1] == 7


def test_a_pass_is_ended_from_another_thread(apart: IsolatedReader) -> None:
    apart.encode("ready")
    apart._process._child.send_signal(19)  # SIGSTOP: as a model that never answers
    started = time.monotonic()
    timer = Timer(0.2, apart.interrupt)
    timer.start()
    with pytest.raises(ValueError, match="was stopped; the next step starts it again"):
        text(apart)
    assert time.monotonic() - started < 20
    timer.join()
    assert len(text(apart)) > 5


def test_a_folder_that_cannot_be_opened_is_refused_by_the_child(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"config\.json is missing"):
        list(opening(tmp_path))
    with pytest.raises(ValueError, match=r"config\.json is missing"):
        list(weigh(tmp_path))


def test_an_opening_that_is_left_ends_its_process(family_folder: Callable[[str], Path]) -> None:
    parts = opening(family_folder("llama"))
    next(parts)
    process = parts.gi_frame.f_locals["process"]
    parts.close()
    assert not process.alive and process._child.wait(5) != 0
    assert not process.folder.exists()


def test_a_device_that_the_child_does_not_find_is_its_sentence() -> None:
    if torch.cuda.is_available():
        pytest.skip("torch finds a GPU here")
    with pytest.raises(ValueError, match="cuda was asked for, but torch finds no GPU"):
        list(weigh(model_folder(), "cuda"))
    *_, found = weigh(model_folder(), "auto")
    assert isinstance(found, Estimate) and found.device in ("cpu", "mps")


def test_another_family_is_weighed_and_opened_with_its_reasons(
    family_folder: Callable[[str], Path],
) -> None:
    (found,) = [one for one in weigh(family_folder("llama")) if one is not None]
    assert found.family == "Llama"
    *_, llama = opening(family_folder("llama"), "as-stored")
    assert isinstance(llama, IsolatedReader)
    assert not llama.facts.can.formulas
    assert all(check.ok for check in llama.prove(llama.read(Trace(), [0, 4, 5]), 1, 4))
    llama.close()
    with pytest.raises(ValueError, match="was closed"):
        llama.encode("cat")


def test_the_parent_needs_no_torch_and_the_child_ends_with_it(
    environment: Callable[..., dict[str, str]],
) -> None:
    code = (
        "import sys, os\n"
        "from explorer.engine.remote.isolated import opening\n"
        "from explorer.resources import model_folder\n"
        "*_, reader = opening(model_folder())\n"
        "assert 'torch' not in sys.modules\n"
        "print(reader._process._child.pid, reader._process.folder, flush=True)\n"
        "os._exit(3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 3, done.stderr
    pid, folder = done.stdout.split()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}/cmdline").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            break
    assert time.monotonic() < deadline and not Path(folder).exists()
