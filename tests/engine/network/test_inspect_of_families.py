"""A pass of every family taken apart: its own activations, and formulas that give them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.engine import inspect_block
from explorer.engine.attribution import Part, attribute, decompose
from explorer.engine.edits import EVERY, Edits, Off, Sharpening, Steering, heads_off
from explorer.engine.inspect import Inspection
from explorer.engine.logit_lens import lens_logits
from explorer.engine.model import Transformer
from explorer.engine.network.families import FAMILIES
from explorer.engine.network.lending import Lent
from explorer.engine.reader import LocalReader, open_model
from explorer.engine.trace import Trace

pytestmark = pytest.mark.usefixtures("one_thread")

transformers = pytest.importorskip("transformers")
NAMES = [
    "gpt2", "gpt_neo", "gpt_neox", "gpt_neox in series", "llama", "llama with biases",
    "llama3 rotary", "yarn rotary", "linear rotary", "dynamic rotary", "mistral", "qwen2",
    "qwen3", "gemma2", "gemma3", "phi3", "phi3 longrope", "olmo2", "xglm",
]  # fmt: skip
LENGTH = 24
VECTOR = tuple(float(one) for one in np.random.default_rng(1).normal(size=32))
EDITS = {
    "heads": heads_off((0, 1), (2, 3)),
    "mean": Edits((Off("head", 1, 2, "mean"), Off("mlp", 0, 0, "mean")), reference=(5, 9, 7)),
    "mlp": Edits((Off("mlp", 1), Off("neuron", 0, 7))),
    "steering": Edits(steering=(Steering(1, VECTOR, 1.5, 3),)),
    "sharper": Edits(sharpening=(Sharpening(EVERY, EVERY, 1.7),)),
}


@pytest.fixture(scope="module", params=NAMES)
def reader(request: pytest.FixtureRequest, family_folder: Callable[[str], Path]) -> LocalReader:
    return open_model(family_folder(request.param))


def ids_of(length: int = LENGTH) -> list[int]:
    return torch.randint(3, 320, (length,), generator=torch.Generator().manual_seed(3)).tolist()


def touched(reader: LocalReader, position: int) -> dict[str, NDArray[np.float32]]:
    """Everything that the pass itself names, at one position."""
    names = reader.inspect(reader.read(Trace(), ids_of()), position).names
    found = reader.activations(ids_of(), names)
    return {name: array[..., position, :] for name, array in found.items()}


def test_every_family_is_taken_apart(family_folder: Callable[[str], Path]) -> None:
    tested = {
        open_model(family_folder(name)).engine.parameters.description.family for name in NAMES
    }
    assert tested == set(FAMILIES)


@pytest.mark.parametrize("position", [0, 5, LENGTH - 1])
def test_it_finds_the_activations_of_the_pass(reader: LocalReader, position: int) -> None:
    found, expected = (
        reader.inspect(reader.read(Trace(), ids_of()), position),
        touched(reader, position),
    )
    assert set(found.names) - set(expected) == {"unembed"}
    for one in found.activations:
        if one.name == "unembed":
            continue
        wanted = expected[one.name]
        if "s" in one.stage.axes:
            assert not np.exp(wanted[:, : one.start]).any() or one.name.endswith("pattern")
            wanted = wanted[:, one.start : position + 1]
        np.testing.assert_allclose(one.values, wanted, atol=1e-4, rtol=1e-5, err_msg=one.name)


def test_the_formula_of_any_entry_gives_that_entry(reader: LocalReader) -> None:
    random = np.random.default_rng(4)
    found = reader.inspect(reader.read(Trace(), ids_of()), LENGTH - 2)
    for one in found.activations:
        largest = np.unravel_index(np.abs(one.values).argmax(), one.shape)
        for index in (largest, *(random.integers(0, one.shape) for _ in range(6))):
            index = tuple(int(at) for at in index)
            filled, entry = one.fill(index), float(one.values[index])
            assert filled.value == pytest.approx(entry, abs=5e-5, rel=1e-5), (one.name, index)
            if filled.left is None:
                assert filled.text
                continue
            total = float(filled.products.sum()) + (filled.offset or 0.0)
            if filled.cap is not None:
                total = filled.gain * filled.cap * np.tanh(total / filled.cap)
            assert total == pytest.approx(filled.value, abs=1e-9)


def test_shapes_have_the_axes_that_the_stage_names(reader: LocalReader) -> None:
    found, facts = reader.inspect(reader.read(Trace(), ids_of()), 20), reader.facts
    d = reader.engine.parameters.description
    sizes = {
        "c": d.width, "h": d.heads, "g": d.groups, "d": d.head_width, "f": d.inner,
        "t": d.vocabulary,
    }  # fmt: skip
    for one in found.activations:
        layer = int(one.name.split(".")[1]) if one.name.startswith("blocks") else 0
        sizes["s"] = 21 - facts.first_key(layer, 20)
        assert one.shape == tuple(sizes[axis] for axis in one.stage.axes), one.name
        assert one.stage.title and one.stage.symbol and one.stage.formula


def test_the_logit_lens_ends_with_the_logits(reader: LocalReader) -> None:
    for step in reader.read(Trace(), ids_of()).steps[::6]:
        last = lens_logits(reader.engine.parameters, step.hidden)[-1]
        np.testing.assert_allclose(last, step.logits, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("name", ["none", *EDITS])
def test_the_parts_sum_to_the_stream_and_to_the_logits(reader: LocalReader, name: str) -> None:
    edits = EDITS.get(name, Edits())
    found = reader.inspect(reader.read(Trace((), edits), ids_of(), edits), LENGTH - 1)
    parts = decompose(found)
    final = found.step.hidden[-1]
    np.testing.assert_allclose(parts.vectors.sum(0), final, atol=1e-4, rtol=1e-5)
    for token, versus in ((9, None), (100, None), (9, 100), (0, 319)):
        amounts = attribute(found, token, versus, parts)
        assert amounts.total == pytest.approx(amounts.true, abs=1e-4, rel=1e-5)
        assert len(set(amounts.parts)) == len(amounts.parts) == len(amounts.amounts)
    capped = found.parameters.description.logit_cap is not None
    assert (Part("logit_cap") in amounts.parts) == capped
    heads = {part for part in parts.parts if part.kind == "head"}
    assert len(heads) == reader.facts.layers * reader.facts.heads


def test_a_head_adds_what_the_stream_lacks_without_it(reader: LocalReader) -> None:
    """In the last block, before a norm behind attention: the head's part is the difference."""
    last = reader.facts.layers - 1
    ids, off = ids_of(), heads_off((last, 1))
    plain = reader.inspect(reader.read(Trace(), ids), LENGTH - 1)
    without = reader.inspect(reader.read(Trace((), off), ids, off), LENGTH - 1)
    name = f"blocks.{last}.attn_proj"
    if name in plain:
        gone = plain.values(name) - without.values(name)
        gain = plain.parameters.norm(f"{last}.post_1")
        assert gain is not None
        scale = np.sqrt((plain.values(name).astype(float) ** 2).mean() + 1e-6)
        gone = gone / scale * gain.weight
    else:
        gone = plain.values(f"blocks.{last}.attn_out") - without.values(f"blocks.{last}.attn_out")
    parts = decompose(plain)
    at = parts.parts.index(Part("head", last, 1))
    np.testing.assert_allclose(parts.vectors[at], gone, atol=1e-3)


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_edits_are_honoured_and_formulas_still_hold(reader: LocalReader, edits: Edits) -> None:
    found = reader.inspect(reader.read(Trace((), edits), ids_of(), edits), LENGTH - 1)
    for layer in range(reader.facts.layers):
        for kind in ("resid_pre", "attn_scores", "pattern", "z", "resid_post"):
            one = found[f"blocks.{layer}.{kind}"]
            for index in (tuple(0 for _ in one.shape), tuple(size - 1 for size in one.shape)):
                value = one.fill(index).value
                assert value == pytest.approx(float(one.values[index]), abs=1e-4, rel=1e-5)
    if edits == EDITS["heads"]:
        assert not found.values("blocks.2.z")[3].any() and found.values("blocks.2.z")[2].any()
        assert "switched off" in found["blocks.2.z"].fill((3, 0)).text


def test_the_proof_of_a_text_holds(reader: LocalReader) -> None:
    checks = list(reader.prove(reader.read(Trace(), ids_of(12)), 11, 9))
    assert len(checks) == 6
    assert all(check.ok for check in checks), checks


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["gpt2", "gpt_neox", "phi3", "gemma3", "olmo2"])
def test_weights_as_stored_give_the_pass_of_their_copy(
    name: str, half: torch.dtype, family_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """The arithmetic is fp32 either way, so that only its rounding may differ."""
    transformers.AutoModelForCausalLM.from_pretrained(
        family_folder(name), dtype=half, local_files_only=True
    ).save_pretrained(tmp_path)
    tokenizer = (family_folder(name) / "tokenizer.json").read_bytes()
    (tmp_path / "tokenizer.json").write_bytes(tokenizer)
    kept, copied = open_model(tmp_path, "as-stored"), open_model(tmp_path)
    assert not kept.facts.can.formulas
    one, other = (each.inspect(each.read(Trace(), ids_of()), 20) for each in (kept, copied))
    _same(one, other)
    filled = one["blocks.1.mlp_pre"].fill((3,))
    assert filled.value == pytest.approx(float(one.values("blocks.1.mlp_pre")[3]), abs=1e-4)
    found = attribute(one, 9)
    assert found.total == pytest.approx(found.true, abs=1e-4)


def _same(one: Inspection, other: Inspection) -> None:
    assert one.names == other.names
    for a, b in zip(one.activations, other.activations, strict=True):
        np.testing.assert_allclose(a.values, b.values, atol=1e-4, rtol=1e-5, err_msg=a.name)


def test_the_network_that_trains_and_the_decoder_are_taken_apart_alike(
    family_folder: Callable[[str], Path],
) -> None:
    folder = family_folder("gpt2")
    a, b = open_model(folder), open_model(folder, "as-stored")
    assert isinstance(a.engine._model, Transformer)
    _same(*(each.inspect(each.read(Trace(), ids_of()), 20) for each in (a, b)))


def test_a_block_is_taken_apart_when_it_is_asked_for(
    family_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large network is not computed through for one look at one block."""
    reader = open_model(family_folder("llama"))
    found = reader.inspect(reader.read(Trace(), ids_of()), 20)
    asked: list[str] = []
    product = Lent.product
    monkeypatch.setattr(
        Lent, "product", lambda self, name, x: (asked.append(name), product(self, name, x))[1]
    )
    found.values("blocks.1.mlp_out")
    assert {name.split(".")[0] for name in asked} == {"1"}
    asked.clear()
    found.values("blocks.1.z")
    assert not asked
    assert len(list(found.take_apart())) == reader.facts.layers + 1
    # The parts of the final stream need the last projection of every block.
    again = {name for name in asked if name.startswith("1.")}
    assert again == {"1.out.weight"} and {"0.q.weight", "2.q.weight"} <= set(asked)
    with pytest.raises(KeyError):
        found["blocks.3.z"]


@pytest.mark.parametrize("name", ["gpt2", "mistral"])
def test_a_long_text_is_mixed_in_pieces(
    name: str, family_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = open_model(family_folder(name))
    trace = reader.read(Trace(), ids_of())
    whole = reader.inspect(trace, 20)["blocks.1.z"]
    monkeypatch.setattr(inspect_block, "_ROWS", 3)
    pieces = reader.inspect(trace, 20)["blocks.1.z"]
    np.testing.assert_allclose(pieces.values, whole.values, atol=1e-5)
    for index in ((0, 0), (3, 7)):
        assert pieces.fill(index).value == pytest.approx(whole.fill(index).value, abs=1e-6)
        assert pieces.fill(index).products == pytest.approx(whole.fill(index).products, abs=1e-6)


@pytest.mark.parametrize("name", ["phi3", "gpt_neox"])
def test_matrices_that_are_stored_as_one_are_multiplied_once(
    name: str, family_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = open_model(family_folder(name))
    found = reader.inspect(reader.read(Trace(), ids_of()), 20)
    asked: list[str] = []
    product = Lent.product
    monkeypatch.setattr(
        Lent, "product", lambda self, name, x: (asked.append(name), product(self, name, x))[1]
    )
    found.values("blocks.1.z")
    assert len(asked) == len(set(asked)) and "1.qkv.weight" in asked


def test_what_lies_before_a_window_is_absent(family_folder: Callable[[str], Path]) -> None:
    reader = open_model(family_folder("mistral"))
    found = reader.inspect(reader.read(Trace(), ids_of()), 20)
    one = found["blocks.1.pattern"]
    assert one.shape == (4, 8) and one.start == 13
    assert one.values.sum(-1) == pytest.approx(np.ones(4), abs=1e-5)
    assert found["blocks.1.z"].fill((0, 0)).start == 13


def test_a_turn_is_two_products(family_folder: Callable[[str], Path]) -> None:
    reader = open_model(family_folder("gpt_neox"))
    found = reader.inspect(reader.read(Trace(), ids_of()), 20)
    one: Tensor | NDArray[np.float32] = found.values("blocks.0.q")
    filled = found["blocks.0.rot_q"].fill((2, 1))
    assert filled.names == ("d = 1, cos", "d = 3, sin")
    assert filled.left is not None and filled.left.tolist() == [one[2, 1], one[2, 3]]
    assert "not turned" in found["blocks.0.rot_q"].fill((2, 5)).text
