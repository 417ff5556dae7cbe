"""The logit lens: the last layer is the output, each layer has statistics of its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from explorer.engine.logit_lens import lens_logits
from explorer.engine.reader import LocalReader
from explorer.engine.trace import Step, Trace


@pytest.fixture(scope="module")
def steps(reader: LocalReader) -> tuple[Step, ...]:
    ids = (0, *reader.encode("The cat sat on the mat. The dog saw the cat on the mat.").ids)
    return reader.read(Trace(), ids).steps


def test_the_last_layer_is_the_output(reader: LocalReader, steps: tuple[Step, ...]) -> None:
    """Logits to 1e-5 of the largest (float32 keeps seven digits), probabilities to 1e-5."""
    for step in steps:
        last = lens_logits(reader.engine.parameters, step.hidden)[-1]
        scale = float(np.abs(step.logits).max())
        np.testing.assert_allclose(last, step.logits, atol=1e-5 * scale, rtol=0)
        ours, theirs = (
            torch.softmax(torch.from_numpy(one.astype(float)), -1) for one in (last, step.logits)
        )
        np.testing.assert_allclose(ours, theirs, atol=1e-5, rtol=0)


def test_every_layer_is_normed_by_itself(reader: LocalReader, steps: tuple[Step, ...]) -> None:
    model, step = reader.engine._model, steps[5]
    found = lens_logits(reader.engine.parameters, step.hidden)
    with torch.inference_mode():
        for layer, stream in enumerate(step.hidden):
            expected = F.linear(model.ln_f(torch.from_numpy(stream.copy())), model.wte.weight)
            np.testing.assert_allclose(found[layer], expected, atol=1e-4, rtol=0)


def test_without_the_final_norm_the_stream_is_read_as_it_is(
    reader: LocalReader, steps: tuple[Step, ...]
) -> None:
    parameters, step = reader.engine.parameters, steps[5]
    found = lens_logits(parameters, step.hidden, final_norm=False)
    np.testing.assert_allclose(
        found, step.hidden @ parameters.unembedding(range(4096)).T, atol=1e-4
    )
    assert np.abs(found[-1] - step.logits).max() > 1
