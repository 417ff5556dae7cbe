"""Every part switched off in turn: the same numbers as whole passes, whatever is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.checkpoint import open_checkpoint
from explorer.engine.edits import NO_EDITS, Edits, Off
from explorer.engine.effects import Effect, parts
from explorer.engine.engine import ContextFullError, Engine
from explorer.engine.trace import Trace
from explorer.physics.boltzmann import boltzmann
from explorer.physics.information import kl_divergence
from explorer.resources import model_folder

IDS = [0, 40, 300, 77, 1200, 9, 45, 800, 12, 12, 7, 3000]
TOKEN = 321


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(open_checkpoint(model_folder()).model)


def expected(engine: Engine, ids: list[int], edits: Edits, off: Off) -> Effect:
    """The effect by two whole passes."""
    taken = {replace(one, how="zero") for one in edits.off}
    more = edits
    if replace(off, how="zero") not in taken:
        more = replace(edits, off=(*edits.off, off), reference=edits.reference or tuple(ids))
    before = engine.read(Trace((), edits), ids, edits).steps[-1].logits
    after = engine.read(Trace((), more), ids, more).steps[-1].logits
    p, q = (boltzmann(-logits.astype(np.float64), 1.0) for logits in (before, after))
    return Effect(
        off,
        float(after[TOKEN] - before[TOKEN]),
        float(np.log(q[TOKEN]) - np.log(p[TOKEN])),
        float(kl_divergence(p, q)),
    )


def assert_same(one: Effect, other: Effect) -> None:
    assert one.off == other.off
    assert one.logit == pytest.approx(other.logit, abs=1e-4)
    assert one.log_probability == pytest.approx(other.log_probability, abs=1e-4)
    assert one.divergence == pytest.approx(other.divergence, abs=1e-4)


@pytest.mark.parametrize("how", ["zero", "mean"])
@pytest.mark.parametrize("length", [1, 2, 12])
def test_every_effect_is_that_of_two_whole_passes(engine: Engine, how, length: int) -> None:
    ids = IDS[:length]
    found = [one for some in engine.sweep(ids, TOKEN, NO_EDITS, how) for one in some]
    assert [one.off for one in found] == list(parts(6, 8, how, True))
    assert len(found) == 6 * 8 + 6
    for one in found:
        assert_same(one, expected(engine, ids, NO_EDITS, one.off))
    if length == 12:
        assert max(abs(one.logit) for one in found) > 0.1


def test_a_sweep_at_the_full_context_is_exact_too(engine: Engine) -> None:
    ids = [0, *(int(one) for one in np.random.default_rng(5).integers(1, 4096, 255))]
    found = {one.off: one for some in engine.sweep(ids, TOKEN, NO_EDITS, "zero") for one in some}
    for off in (Off("head", 0, 3), Off("head", 3, 7), Off("head", 5, 0), Off("mlp", 2)):
        assert_same(found[off], expected(engine, ids, NO_EDITS, off))


def test_a_sweep_under_edits_keeps_them(engine: Engine) -> None:
    edits = Edits((Off("head", 2, 1), Off("mlp", 4)))
    found = [one for some in engine.sweep(IDS, TOKEN, edits, "zero", mlps=True) for one in some]
    for one in found[::5]:
        assert_same(one, expected(engine, IDS, edits, one.off))
    gone = {one.off: one for one in found}
    assert gone[Off("head", 2, 1)] == Effect(Off("head", 2, 1), 0, 0, 0)


def test_without_mlps_only_heads_are_swept(engine: Engine) -> None:
    found = [one for some in engine.sweep(IDS, TOKEN, NO_EDITS, "zero", False) for one in some]
    assert {one.off.part for one in found} == {"head"} and len(found) == 48


def test_a_sweep_of_what_cannot_be_read_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="not in the vocabulary"):
        engine.sweep([0, 5000], TOKEN, NO_EDITS, "zero")
    with pytest.raises(ContextFullError, match="too long"):
        engine.sweep([0] * 257, TOKEN, NO_EDITS, "zero")


def test_named_activations_are_those_of_the_trace(engine: Engine) -> None:
    trace = engine.read(Trace(), IDS)
    names = ("blocks.2.resid_pre", "blocks.4.pattern", "blocks.1.z")
    found = engine.activations(IDS, names)
    assert set(found) == set(names)
    hidden = np.stack([step.hidden[2] for step in trace.steps])
    np.testing.assert_allclose(found["blocks.2.resid_pre"], hidden, atol=1e-4)
    row = trace.steps[-1].attention[4]
    np.testing.assert_allclose(found["blocks.4.pattern"][:, -1], row, atol=1e-5)
    assert found["blocks.1.z"].shape == (8, len(IDS), 40)
