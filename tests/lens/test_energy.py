"""Token energies against the vectors of SCIENCE 3.5(e) and on the shipped model."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.facts import ModelFacts
from explorer.engine.sampling import Sampling
from explorer.engine.trace import Step, Trace
from explorer.lens.energy import energy
from explorer.session import moves
from explorer.session.snapshot import Snapshot

STATES = [
    (0.5, 0.388264, 0.685393, 0.594257, 0.533277),
    (1.0, 0.0, 0.897946, 0.897946, 0.315314),
    (2.0, -0.987620, 1.088323, 1.037971, 0.111671),
]


@pytest.fixture
def three():
    """A text after which the model gives three tokens .6, .3 and .1."""
    facts = ModelFacts("m", "f", 1, 1, 4, 4, 8, 0, 0, (b"a", b"b", b"c"), ("a", "b", "c"))
    none = np.zeros((1, 1, 1), dtype=np.float32)
    logits = np.log([0.3, 0.6, 0.1]).astype(np.float32) + 5.0
    step = Step(0, logits, none, np.zeros((2, 4), np.float32), none, none)
    return moves.begin(moves.load(Snapshot(), facts), "", Trace((step,)))


def test_there_are_no_energies_before_anything_was_read():
    assert energy(Snapshot()) is None


def test_wells_run_by_probability_and_lie_at_minus_log_p(three):
    wells = energy(three).wells
    assert [well.label for well in wells] == ["b", "a", "c"]
    assert [well.rank for well in wells] == [1, 2, 3]
    assert [well.energy for well in wells] == pytest.approx(
        [0.510826, 1.203973, 2.302585], abs=1e-6
    )
    assert [well.raw for well in wells] == pytest.approx([0.6, 0.3, 0.1], abs=1e-6)


@pytest.mark.parametrize(("t", "free", "mean", "spread", "capacity"), STATES)
def test_the_state_functions_match_the_worked_example(three, t, free, mean, spread, capacity):
    state = energy(moves.heat(three, t)).state
    assert state.free_energy == pytest.approx(free, abs=2e-6)
    assert state.mean_energy == pytest.approx(mean, abs=2e-6)
    assert state.entropy == pytest.approx(spread, abs=2e-6)
    assert state.heat_capacity == pytest.approx(capacity, abs=2e-6)


def test_temperature_zero_gives_all_weight_to_the_deepest_well(three):
    picture = energy(moves.heat(three, 0.0))
    assert [well.final for well in picture.wells] == [1.0, 0.0, 0.0]
    assert picture.state.free_energy == pytest.approx(picture.wells[0].energy)
    assert picture.state.entropy == 0.0


def test_a_removed_token_leaves_the_free_energy_of_the_others(three):
    picture = energy(moves.sample_with(three, Sampling(temperature=1.0, top_k=2)))
    assert [well.removed for well in picture.wells] == ["", "", "top-k"]
    assert picture.wells[2].final == 0.0
    assert picture.left == 2
    assert picture.state.free_energy == pytest.approx(-np.log(0.9), abs=1e-6)


def test_a_repetition_penalty_moves_the_energy_and_keeps_the_models_own(three):
    picture = energy(moves.sample_with(three, Sampling(repetition_penalty=2.0)))
    by_label = {well.label: well for well in picture.wells}
    assert by_label["a"].energy > by_label["a"].model_energy  # token 0 is in the text
    assert by_label["a"].model_energy == pytest.approx(1.203973, abs=1e-6)


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(0.7, 40, 0.9, 0.01, 1.2), Sampling(2.5)])
def test_weights_and_state_agree_with_the_draw(story, sampling):
    picture = energy(moves.sample_with(story(3), sampling), 4096)
    weights = np.array([well.final for well in picture.wells])
    depths = np.array([well.energy for well in picture.wells])
    kept, state, t = weights > 0, picture.state, sampling.temperature
    assert weights.sum() == pytest.approx(1.0)
    assert state.mean_energy == pytest.approx(weights[kept] @ depths[kept], abs=1e-9)
    assert state.free_energy == pytest.approx(state.mean_energy - t * state.entropy, abs=1e-9)
    # F is the energy at which a state would hold the whole weight: w = exp((F - E) / T)
    assert weights[kept] == pytest.approx(np.exp((state.free_energy - depths[kept]) / t), rel=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_the_token_of_the_dice_is_always_among_the_wells(story, seed):
    s = moves.sample_with(story(2), Sampling(temperature=5.0, seed=seed))
    marked = [well for well in energy(s, 6).wells if well.dice]
    assert [well.token for well in marked] == [moves.next_draw(s).token]
    assert len(energy(s, 6).wells) == 6


def test_the_range_of_the_axis_does_not_depend_on_the_temperature(three):
    cold, hot = energy(moves.heat(three, 0.2)), energy(moves.heat(three, 3.0))
    assert (cold.lowest, cold.highest) == (hot.lowest, hot.highest)


def test_the_begin_token_alone_has_energies(story):
    s = story(prompt="")
    assert len(s.timeline.node.trace) == 1
    assert len(energy(replace(s), 12).wells) == 12
