"""Training lowers the loss by the schedule that is written down, and says so in one line."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from explorer.engine.config import ModelConfig
from explorer.engine.model import Transformer
from explorer.learning.data import HeldOut, Mix, encode_documents
from explorer.learning.group import Group, any_of, mean_of, peers, share
from explorer.learning.machine import check_memory, enough_memory
from explorer.learning.runs import new_training
from explorer.learning.settings import TrainSettings
from explorer.learning.train import (
    Progress,
    bits_per_byte,
    cross_entropy,
    learning_rate,
    train,
)

SMALL = ModelConfig(n_layer=2, n_head=2, n_embd=32, n_positions=16, vocab_size=300)


def counting_mix() -> Mix:
    def encode(batch: list[str]) -> list[list[int]]:
        return [[1 + index % 7 for index in range(len(text))] for text in batch]

    return Mix((encode_documents("counting.txt", ["x" * 400], encode, 0),), 16, 1)


def test_a_sequence_that_repeats_is_learnt(alone: Group) -> None:
    settings = TrainSettings(steps=60, batch=8, rate=1e-2, warmup=5, precision="fp32")
    training = new_training(SMALL, settings, alone)
    losses = [one.loss for one in train(training, counting_mix(), None, {})]
    assert losses[0] == pytest.approx(math.log(300), rel=0.05)
    assert losses[-1] < 0.5
    assert training.step == 60
    assert training.curve == [(60, losses[-1], {})]


def test_the_last_part_reads_the_finishing_texts(alone: Group) -> None:
    asked: list[tuple[str, int]] = []

    class Noted(Mix):
        def batch(self, step: int, rows: range, size: int) -> np.ndarray:
            asked.append((self.streams[0].name, step))
            return super().batch(step, rows, size)

    mix = counting_mix()
    last = encode_documents("last.txt", ["y" * 50], lambda b: [[2] * len(t) for t in b], 0)
    settings = TrainSettings(steps=8, batch=2, finish_share=0.25, precision="fp32")
    training = new_training(SMALL, settings, alone)
    list(train(training, Noted(mix.streams, 16, 1), Noted((last,), 16, 1), {}))
    assert [name for name, _ in asked] == ["counting.txt"] * 6 + ["last.txt"] * 2
    assert [step for _, step in asked] == list(range(8))


def test_the_rate_climbs_then_falls_to_its_last_share() -> None:
    settings = TrainSettings(steps=100, rate=0.01, warmup=10, final_rate=0.1)
    rates = [learning_rate(settings, step) for step in range(101)]
    assert rates[0] == pytest.approx(0.001)
    assert rates[9] == rates[10] == 0.01
    assert all(b < a for a, b in pairwise(rates[10:]))
    assert rates[100] == pytest.approx(0.001)


def test_the_sliced_loss_is_the_plain_one() -> None:
    random = torch.Generator().manual_seed(1)
    logits = torch.randn(1200, 50, generator=random)
    targets = torch.randint(50, (1200,), generator=random)
    torch.testing.assert_close(cross_entropy(logits, targets), F.cross_entropy(logits, targets))


@pytest.mark.parametrize("length", [2, 17, 18, 40, 100])
def test_bits_per_byte_count_every_token_after_the_first_once(length: int) -> None:
    model = Transformer(SMALL).requires_grad_(False)
    model.initialise(1)
    random = np.random.default_rng(length)
    ids = random.integers(0, 300, length)
    nats = 0.0
    for start in range(0, length - 1, 16):
        window = torch.from_numpy(ids[start : start + 17])
        nats += float(F.cross_entropy(model(window[None, :-1])[0], window[1:], reduction="sum"))
    settings = TrainSettings(batch=2, precision="fp32")
    scored = bits_per_byte(model, HeldOut(ids, 77), settings, torch.device("cpu"))
    assert scored == pytest.approx(nats / math.log(2) / 77, rel=1e-5)


def test_a_loss_that_is_not_finite_stops_with_the_weights_unchanged(alone: Group) -> None:
    training = new_training(SMALL, TrainSettings(steps=5, batch=2, precision="fp32"), alone)
    steps = train(training, counting_mix(), None, {})
    next(steps)
    with torch.no_grad():
        training.model.ln_f.bias[0] = math.inf
    before = [weight.clone() for weight in training.model.parameters()]
    with pytest.raises(FloatingPointError, match="at step 2; the last saved state is kept"):
        next(steps)
    assert training.step == 1
    for old, new in zip(before, training.model.parameters(), strict=True):
        assert torch.equal(old, new)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", 0),
        ("steps", 10**12),
        ("batch", 0),
        ("batch", 10**9),
        ("rate", math.nan),
        ("rate", -1.0),
        ("rate", math.inf),
        ("final_rate", math.nan),
        ("warmup", -1),
        ("decay", math.nan),
        ("clip", 0.0),
        ("betas", (0.9, 1.0)),
        ("finish_share", 1.5),
        ("evaluate_every", 0),
        ("precision", "fp64"),
        ("seed", -1),
        ("seed", 2**64),
    ],
)
def test_a_setting_out_of_range_is_named(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        TrainSettings(**{field: value})  # type: ignore[arg-type]


def test_a_network_that_no_machine_can_train_is_refused_before_it_is_made() -> None:
    config = ModelConfig(n_layer=256, n_head=8, n_embd=16_384)
    with pytest.raises(ValueError, match=r"needs [\d,]+ GB of memory or more, this machine"):
        check_memory(config, TrainSettings(), torch.device("cpu"))
    check_memory(ModelConfig(), TrainSettings(), torch.device("cpu"))


def test_a_refused_allocation_becomes_a_sentence() -> None:
    with pytest.raises(ValueError, match="memory does not suffice"), enough_memory():
        torch.empty(2**60)
    with pytest.raises(RuntimeError, match="other"), enough_memory():
        raise RuntimeError("other")


def test_a_batch_must_be_shared_evenly() -> None:
    three = Group(0, 3, torch.device("cpu"))
    with pytest.raises(ValueError, match="batch of 16 cannot be shared evenly by 3"):
        new_training(SMALL, TrainSettings(), three)


def test_a_group_of_one_needs_no_network(alone: Group) -> None:
    assert share(alone, lambda: "text") == "text"
    assert any_of(alone, True) and not any_of(alone, False)
    assert mean_of(alone, torch.tensor(1.5)) == 1.5


def test_a_lost_connection_becomes_a_sentence() -> None:
    two = Group(0, 2, torch.device("cpu"))
    with pytest.raises(ConnectionError, match="another process of this run has ended"), peers(two):
        raise RuntimeError("Connection closed by peer")


def test_a_line_tells_step_loss_rate_and_time_left() -> None:
    progress = Progress(10, 100, 1.23456, 1e-3, 1000, 250.0, {"held out": 1.5})
    assert progress.seconds_left == pytest.approx(36)
    assert progress.describe() == (
        "step 10/100  loss 1.2346  lr 1.00e-03  250 tokens/s  0:00:36 left  "
        "bits per byte: held out 1.5000"
    )
