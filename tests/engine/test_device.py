"""Devices: which one is chosen, and that what a GPU would run gives the numbers of the tiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.cli.main import main
from explorer.engine import device, engine, reader
from explorer.engine import sweep as sweeps
from explorer.engine.device import choose, wide
from explorer.engine.edits import Edits, Off, Steering
from explorer.engine.engine import Engine
from explorer.engine.memory import Memory
from explorer.engine.model import Record
from explorer.engine.network.decoder import Decoder
from explorer.engine.network.loading import match
from explorer.engine.network.matrix import Plain
from explorer.engine.network.opening import open_decoder
from explorer.engine.network.placing import placed
from explorer.engine.network.reading import CONFIG, describe, read_fields
from explorer.engine.network.shards import find_tensors
from explorer.engine.opening import Progress, Storage, Wanted
from explorer.engine.reader import open_model
from explorer.engine.trace import Trace
from explorer.engine.weights import ModelError
from explorer.makers import load
from explorer.resources import model_folder

CPU = torch.device("cpu")
FAMILIES = ("shipped", "gpt2", "llama", "gemma2", "gpt_neox", "xglm")


def offer(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in names)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in names)


@pytest.fixture
def folder_of(family_folder: Callable[[str], Path]) -> Callable[[str], Path]:
    return lambda name: model_folder() if name == "shipped" else family_folder(name)


def plain(folder: Path, storage: Storage = "fp32", where: torch.device = CPU) -> Decoder:
    """The network as a GPU would run it."""
    d = describe(read_fields(folder), folder / CONFIG)
    slices = placed(d, match(d, find_tensors(folder), folder), storage, where)
    while True:
        try:
            assert isinstance(next(slices), Progress)
        except StopIteration as end:
            return Decoder(d, end.value, device=where)


def as_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening for cuda gives the network of a GPU, which then runs on the processor."""
    offer(monkeypatch, "cuda")

    def opened(folder, description, storage, where):
        found = yield from open_decoder(folder, description, storage)
        assert where.type == "cuda"
        return type(found)(plain(folder, storage), found.fingerprint)

    monkeypatch.setattr(reader, "open_decoder", opened)


def ids_of(vocabulary: int, length: int) -> list[int]:
    found = torch.randint(3, vocabulary, (length,), generator=torch.Generator().manual_seed(5))
    return [int(one) for one in found]


@pytest.mark.parametrize(
    ("offered", "wanted", "chosen"),
    [
        ((), "auto", "cpu"),
        (("mps",), "auto", "mps"),
        (("cuda",), "auto", "cuda:0"),
        (("cuda", "mps"), "auto", "cuda:0"),
        (("cuda", "mps"), "mps", "mps"),
        (("cuda", "mps"), "cpu", "cpu"),
    ],
)
def test_auto_takes_cuda_then_apples_gpu_and_what_is_named_is_taken(
    monkeypatch: pytest.MonkeyPatch, offered: tuple[str, ...], wanted: Wanted, chosen: str
) -> None:
    offer(monkeypatch, *offered)
    assert str(choose(wanted)) == chosen


def test_a_device_that_torch_does_not_offer_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    offer(monkeypatch, "mps")
    with pytest.raises(ValueError, match=r"no GPU that CUDA can use here; use mps or cpu"):
        choose("cuda")
    offer(monkeypatch)
    with pytest.raises(ValueError, match=r"no GPU of Apple here; use cpu, or auto"):
        choose("mps")
    with pytest.raises(ValueError, match="no device 'tpu'; there are auto, cpu, cuda, mps"):
        choose("tpu")  # type: ignore[arg-type]
    assert main(["generate", "The cat", "--device", "cuda"]) == 2
    said = capsys.readouterr().err
    assert "cuda was asked for" in said and "Traceback" not in said


def test_apples_gpu_has_no_float64() -> None:
    assert wide(torch.device("mps")) == torch.float32
    assert wide(torch.device("cuda")) == wide(device.CPU) == torch.float64


@pytest.mark.parametrize("name", FAMILIES)
def test_plain_matrices_give_the_numbers_of_the_tiles(
    name: str, folder_of: Callable[[str], Path]
) -> None:
    folder = folder_of(name)
    tiles, other = open_model(folder).engine, Engine(plain(folder))
    ids = ids_of(tiles._model.config.vocabulary, 24)
    edits = Edits((Off("head", 1, 2), Off("mlp", 0)), (Steering(1, (0.1,) * width(tiles), 2.0, 3),))
    for under in (Edits(), edits):
        a, b = (engine.read(Trace((), under), ids[:20], under) for engine in (tiles, other))
        for token in ids[20:]:
            a, b = tiles.read(a, [token], under), other.read(b, [token], under)
        for one, two in zip(a.steps, b.steps, strict=True):
            assert two.logits.dtype == np.float32
            for field in ("logits", "attention", "hidden", "queries", "keys"):
                x, y = getattr(one, field), getattr(two, field)
                # A small entry of a stream is rounded with the large ones that it is summed with.
                large = 1.0 if field in ("logits", "attention") else max(1.0, abs(x).max())
                np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-5 * large, err_msg=field)


def width(engine: Engine) -> int:
    return engine._model.config.width


def test_a_matrix_kept_as_stored_gives_the_numbers_of_its_copy(
    folder_of: Callable[[str], Path],
) -> None:
    network = plain(folder_of("shipped"), "as-stored")
    assert isinstance(network._embed, Plain) and network._embed.weight.dtype == torch.float16
    copied, ids = plain(folder_of("shipped")), torch.tensor(ids_of(4096, 12))
    one, two = (each.read(ids, each.memory()).logits for each in (network, copied))
    assert torch.equal(one, two)


def test_a_model_on_a_gpu_is_taken_apart_and_keeps_its_fingerprint(
    monkeypatch: pytest.MonkeyPatch, folder_of: Callable[[str], Path]
) -> None:
    as_on_a_gpu(monkeypatch)
    there, here = open_model(model_folder(), device="cuda"), open_model(model_folder())
    assert isinstance(there.engine._model, Decoder)
    assert there.facts.fingerprint == here.facts.fingerprint and there.facts.can == here.facts.can
    trace = there.read(Trace(), there.encode("The cat sat on the").ids)
    assert all(check.ok for check in there.prove(trace, 3, 7))
    llama = open_model(folder_of("llama"), device="cuda")
    read = llama.read(Trace(), [0, 4, 5, 6])
    assert all(check.ok for check in llama.prove(read, 3, 7))


def test_weights_that_do_not_fit_into_a_gpu_are_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*shape: object, **how: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")

    monkeypatch.setattr(torch, "empty", full)
    with pytest.raises(ModelError, match="do not fit into the memory of the cpu device"):
        plain(model_folder())


def test_a_gpu_that_is_full_is_one_sentence_and_the_text_can_be_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(ids: torch.Tensor, memory: Memory) -> Record:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")

    engine, ids = Engine(plain(model_folder())), ids_of(4096, 8)
    trace = engine.read(Trace(), ids[:5])
    with monkeypatch.context() as broken:
        broken.setattr(engine, "_read", full)
        with pytest.raises(ValueError, match="no memory left for this text"):
            engine.read(trace, ids[5:])
    logits = engine.read(trace, ids[5:]).steps[-1].logits
    never_full = Engine(plain(model_folder()))
    straight = never_full.read(never_full.read(Trace(), ids[:5]), ids[5:])
    np.testing.assert_array_equal(logits, straight.steps[-1].logits)


def no_room_here() -> None:
    torch.empty(1 << 60, dtype=torch.uint8)


def no_room_in_numpy() -> None:
    np.empty(1 << 60, np.uint8)


def no_room_on_cuda() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")


def no_room_on_apples_gpu() -> None:
    raise RuntimeError("MPS backend out of memory (MPS allocated: 1.00 GB, other allocations: ...")


@pytest.mark.parametrize(
    ("full", "said"),
    [
        (no_room_here, "no memory is left here for this text"),
        (no_room_in_numpy, "no memory is left here for this text"),
        (no_room_on_cuda, "the GPU has no memory left for this text"),
        (no_room_on_apples_gpu, "the GPU has no memory left for this text"),
    ],
)
@pytest.mark.parametrize("folder", ["shipped", "llama"])
def test_a_device_that_is_full_is_the_same_sentence_in_every_question(
    monkeypatch: pytest.MonkeyPatch,
    folder_of: Callable[[str], Path],
    full: Callable[[], None],
    said: str,
    folder: str,
) -> None:
    found = open_model(folder_of(folder))
    ids = ids_of(found.facts.vocabulary, 6)
    off = Edits((Off("head", 1, 2),))
    questions: list[Callable[[], object]] = [
        lambda: found.read(Trace(), ids, off),
        lambda: found.activations(ids, ["blocks.1.z"]),
        lambda: list(found.sweep(ids, 7)),
        lambda: list(found.sweep(ids, 7, off)),
    ]

    def read(*arguments: object) -> Record:
        full()
        raise AssertionError("there was room")

    for question in questions:
        with monkeypatch.context() as broken:
            for module in (engine, sweeps):
                broken.setattr(module, "read_named", read)
            with pytest.raises(ValueError, match=said):
                question()
        assert question() is not None


def test_another_failure_is_not_taken_for_a_full_device() -> None:
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), device.within_memory():
        torch.ones(2, 3) @ torch.ones(2, 3)


def test_a_model_in_a_process_of_its_own_is_refused_with_the_same_sentence() -> None:
    if torch.cuda.is_available():
        pytest.skip("torch finds a GPU here")
    with pytest.raises(ValueError, match="cuda was asked for, but torch finds no GPU"):
        list(load(model_folder(), isolated=True, device="cuda"))


def test_what_a_pass_makes_is_on_the_device_of_its_weights(
    folder_of: Callable[[str], Path],
) -> None:
    # The meta device has no numbers, and refuses to meet a tensor of the processor as a GPU does.
    for name in FAMILIES:
        network = plain(folder_of(name), where=torch.device("meta"))
        memory = network.memory()
        assert isinstance(memory, Memory) and memory.keys.is_meta and memory.values.is_meta
        for count in (12, 1):
            record = network.read(torch.arange(count), memory)
            assert record.logits.is_meta and record.hidden.is_meta and record.keys.is_meta


@pytest.mark.skipif(choose("auto").type == "cpu", reason="torch finds no GPU here")
@pytest.mark.parametrize("name", FAMILIES)
def test_a_gpu_gives_the_numbers_of_the_processor(
    name: str, folder_of: Callable[[str], Path]
) -> None:
    here, there = open_model(folder_of(name)), open_model(folder_of(name), device="auto")
    ids = ids_of(here.facts.vocabulary, 24)
    one, two = (each.read(each.read(Trace(), ids[:20]), ids[20:]) for each in (here, there))
    for a, b in zip(one.steps, two.steps, strict=True):
        np.testing.assert_allclose(a.logits, b.logits, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(a.attention, b.attention, atol=1e-5)
