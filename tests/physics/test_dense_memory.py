"""Laws of the modern Hopfield network, and the numbers of SCIENCE sections 3.2 and 3.3."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.dense_memory import descend, energy, memory, retrieve
from explorer.physics.information import smallest_support

KEYS = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
QUERY = np.array([0.5, 0.2])


@st.composite
def problems(draw):
    """Patterns (N, d), a state (d,), beta and a bias (N,) that may mask some keys."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, d = draw(st.integers(1, 12)), draw(st.integers(1, 8))
    patterns = rng.normal(size=(n, d)) * draw(st.floats(0.1, 5))
    state = rng.normal(size=d) * draw(st.floats(0, 20))
    bias = rng.normal(size=n) * draw(st.floats(0, 3))
    if draw(st.booleans()):
        bias[rng.permutation(n)[: n // 2]] = -math.inf
    return patterns, state, draw(st.floats(0.01, 10)), bias


@given(problems())
def test_an_update_lowers_the_energy_by_at_least_half_its_square(problem):
    # SCIENCE 3.2: E(xi) - E(f) >= |xi - f|^2 / 2
    patterns, state, beta, bias = problem
    new = retrieve(patterns, state, beta, bias).state
    before, after = energy(patterns, [state, new], beta, bias)
    room = 1e-10 * (1 + abs(before))
    assert before - after >= 0.5 * np.sum((state - new) ** 2) - room


@given(problems())
def test_attention_weights_sum_to_one_and_spare_masked_keys(problem):
    patterns, state, beta, bias = problem
    step = retrieve(patterns, state, beta, bias)
    assert step.weights.sum() == pytest.approx(1, abs=1e-12)
    assert np.all(step.weights[np.isinf(bias)] == 0)
    assert np.allclose(step.state, step.weights @ patterns)


@given(problems())
def test_the_gradient_is_the_state_minus_its_update(problem):
    # SCIENCE 3.2 and, with a bias, 3.3: against central differences
    patterns, state, beta, bias = problem
    gradient = state - retrieve(patterns, state, beta, bias).state
    h = 1e-5
    steps = h * np.eye(state.size)
    above, below = (
        energy(patterns, state + steps, beta, bias),
        energy(patterns, state - steps, beta, bias),
    )
    scale = 1 + np.abs(above).max() + beta**2 * np.abs(patterns).max() ** 3
    assert np.allclose((above - below) / (2 * h), gradient, atol=1e-9 * scale)


@given(problems())
def test_energy_is_bounded_inside_the_ball_of_the_patterns(problem):
    # SCIENCE 3.2: 0 <= E <= 2 M^2 for |xi| <= M, without bias
    patterns, state, beta, _ = problem
    longest = np.linalg.norm(patterns, axis=1).max()
    state = state * min(1, longest / (np.linalg.norm(state) + 1e-12))
    assert -1e-9 <= energy(patterns, state, beta) <= 2 * longest**2 + 1e-9


@given(problems())
def test_a_masked_key_is_as_good_as_absent(problem):
    # SCIENCE 3.3: a causal row is the network that stores only the earlier keys
    patterns, state, beta, bias = problem
    kept = np.isfinite(bias)
    masked, absent = (
        retrieve(patterns, state, beta, bias),
        retrieve(patterns[kept], state, beta, bias[kept]),
    )
    assert np.allclose(masked.weights[kept], absent.weights, atol=1e-13)
    here = energy(patterns, state, beta, bias)
    assert here == pytest.approx(energy(patterns[kept], state, beta, bias[kept]), rel=1e-12)


@given(problems(), st.integers(0, 1000))
def test_a_common_rotation_changes_no_energy(problem, seed):
    # SCIENCE 3.3, RoPE: absolute and relative frame agree
    patterns, state, beta, bias = problem
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(state.size,) * 2))[0]
    turned = energy(patterns @ turn, state @ turn, beta, bias)
    assert turned == pytest.approx(energy(patterns, state, beta, bias), rel=1e-9, abs=1e-9)


def test_one_update_is_causal_attention():
    # SCIENCE 3.2 and 3.3, beta = 1 / sqrt(d_k)
    rng = np.random.default_rng(0)
    q, k = rng.normal(size=(2, 9, 16))
    scores = q @ k.T / 4
    scores[np.triu_indices(9, 1)] = -np.inf
    pattern = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    for i in range(9):
        row = retrieve(k[: i + 1], q[i], 0.25).weights
        assert np.allclose(row, pattern[i, : i + 1], atol=1e-14)


def test_a_sink_is_a_pattern_at_the_origin():
    # SCIENCE 3.3: exp(s) inside the logarithm
    sink = 0.7
    rows, bias = np.vstack([KEYS, np.zeros(2)]), np.array([0, 0, 0, sink])
    inside = np.exp(2 * KEYS @ QUERY).sum() + math.exp(sink)
    expected = -math.log(inside) / 2 + QUERY @ QUERY / 2 + math.log(4) / 2 + 0.5
    assert float(energy(rows, QUERY, 2, bias)) == pytest.approx(expected, abs=1e-12)


def test_the_worked_example_with_the_attention_scale():
    # SCIENCE 3.2
    beta = 1 / math.sqrt(2)
    step = retrieve(KEYS, QUERY, beta)
    assert np.allclose(beta * KEYS @ QUERY, (0.353553, 0.141421, -0.353553), atol=1e-6)
    assert np.allclose(step.weights, (0.434419, 0.351383, 0.214198), atol=1e-6)
    assert np.allclose(step.state, (0.220220, 0.351383), atol=1e-6)
    assert np.allclose(energy(KEYS, [QUERY, step.state], beta), (0.519577, 0.448474), atol=1e-6)


def test_the_worked_example_in_the_cold():
    # SCIENCE 3.2
    path = descend(KEYS, QUERY, 4, tolerance=1e-12, max_steps=1000)
    assert path.converged
    assert np.allclose(path.weights[0], (0.757857, 0.228262, 0.013881), atol=1e-6)
    assert np.allclose(path.energies[:2], (0.350338, 0.302993), atol=1e-6)
    assert np.allclose(path.states[-1], (0.977900, 0.021316), atol=1e-6)
    assert path.energies[-1] == pytest.approx(0.269638, abs=1e-6)


@pytest.mark.parametrize(("beta", "x"), [(1.5, 0.858560), (2, 0.957504), (4, 0.999326)])
def test_two_opposite_patterns_are_the_mean_field_magnet(beta, x):
    # SCIENCE 3.2: x = tanh(beta x)
    path = descend([[1.0], [-1.0]], [0.3], beta, tolerance=1e-13, max_steps=1000)
    assert path.states[-1, 0] == pytest.approx(x, abs=1e-6)
    assert path.states[-1, 0] == pytest.approx(math.tanh(beta * path.states[-1, 0]), abs=1e-12)


def test_the_energy_of_the_magnet():
    # SCIENCE 3.2, beta = 2
    assert float(energy([[1.0], [-1.0]], [0.0], 2)) == pytest.approx(0.5, abs=1e-12)
    assert float(energy([[1.0], [-1.0]], [0.957504], 2)) == pytest.approx(0.336738, abs=1e-6)


@pytest.mark.parametrize(("beta", "height"), [(11, 0), (12, 0.137), (20, 0.280)])
def test_a_close_pair_merges_until_beta_is_large_enough(beta, height):
    # SCIENCE 3.2: the border is beta * 0.3^2 = 1
    rows = [[4.0, 0.3], [4.0, -0.3], [-4.0, 0.0]]
    end = descend(rows, rows[0], beta, tolerance=1e-10, max_steps=20000).states[-1]
    assert np.allclose(end, (4, height), atol=1e-3)


def test_ten_patterns_pass_from_one_mean_to_ten_memories():
    # SCIENCE 3.2: ten patterns, d = 16, norm 4
    rows = np.random.default_rng(3).normal(size=(10, 16))
    rows *= 4 / np.linalg.norm(rows, axis=1, keepdims=True)

    def ends(beta):
        paths = [descend(rows, row, beta, max_steps=5000) for row in rows]
        points = {tuple(np.round(path.states[-1], 4)) for path in paths}
        return len(points), {int(smallest_support(path.weights[-1])) for path in paths}

    assert ends(0.05) == (1, {9})
    assert ends(2.0) == (10, {1})


@pytest.mark.parametrize(
    ("beta", "n", "low", "high"),
    [(1, 1000, 0, 1e-9), (0.5, 1000, 0, 1e-4), (1 / 8, 10, 0.01, 0.15), (1 / 8, 1000, 1.8, 3.6)],
)
def test_one_step_recalls_a_noisy_pattern_if_beta_is_large(beta, n, low, high):
    # SCIENCE 3.2: d = 64, radius 8, noise of length 2.4; windows around the medians
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(n, 64))
    rows *= 8 / np.linalg.norm(rows, axis=1, keepdims=True)
    noise = rng.normal(size=(10, 64))
    noise *= 2.4 / np.linalg.norm(noise, axis=1, keepdims=True)
    found = retrieve(rows, rows[:10] + noise, beta).state
    assert low <= np.median(np.linalg.norm(found - rows[:10], axis=1)) <= high


@given(problems())
def test_a_descent_keeps_its_own_books(problem):
    patterns, state, beta, bias = problem
    path = descend(patterns, state, beta, bias, max_steps=20)
    assert np.array_equal(path.states[0], state)
    assert len(path.states) == len(path.energies) == len(path.weights) <= 21
    assert np.allclose(path.weights[:-1] @ patterns, path.states[1:])
    room = 1e-10 * (1 + np.abs(path.energies[:-1]))
    assert np.all(np.diff(path.energies) <= room)
    moved = np.linalg.norm(path.states[-1] - path.states[-2])
    assert path.converged == (moved < 1e-9)


def test_large_scores_stay_finite_and_exact():
    rows = 1e4 * KEYS
    step = retrieve(rows, rows[1], 1.0)
    assert step.weights.tolist() == [0, 1, 0]
    assert float(energy(rows, rows[1], 1.0)) == pytest.approx(math.log(3), abs=1e-6)


def test_batches_match_single_states():
    states = np.random.default_rng(5).normal(size=(2, 3, 2))
    step = retrieve(KEYS, states, 2)
    assert step.weights.shape == (2, 3, 3)
    assert np.allclose(step.state[1, 2], retrieve(KEYS, states[1, 2], 2).state, atol=1e-15)
    assert energy(KEYS, states, 2).shape == (2, 3)


def test_records_are_frozen_and_take_float32():
    keys = KEYS.astype(np.float32)
    path = descend(keys, QUERY.astype(np.float32), 2)
    for array in (path.states, path.energies, path.weights):
        assert array.dtype == np.float64
        assert not array.flags.writeable
    assert keys.flags.writeable
    with pytest.raises(dataclasses.FrozenInstanceError):
        path.converged = False


@pytest.mark.parametrize(
    ("patterns", "state", "beta", "bias", "match"),
    [
        (KEYS[0], QUERY, 1, None, "patterns"),
        (np.zeros((0, 2)), QUERY, 1, None, "patterns"),
        (KEYS * math.nan, QUERY, 1, None, "patterns"),
        (KEYS, [1.0], 1, None, "state"),
        (KEYS, [math.inf, 0], 1, None, "state"),
        (KEYS, QUERY, 0, None, "beta"),
        (KEYS, QUERY, math.nan, None, "beta"),
        (KEYS, QUERY, 1, [0, 0], "bias"),
        (KEYS, QUERY, 1, [0, 0, math.nan], "bias"),
        (KEYS, QUERY, 1, [-math.inf] * 3, "unmasked"),
    ],
)
def test_wrong_input_is_refused(patterns, state, beta, bias, match):
    for function in (energy, retrieve, descend):
        with pytest.raises(ValueError, match=match):
            function(patterns, state, beta, bias)


def test_a_descent_takes_one_state_and_at_least_one_step():
    with pytest.raises(ValueError, match="one state"):
        descend(KEYS, [QUERY], 1)
    with pytest.raises(ValueError, match="max_steps"):
        descend(KEYS, QUERY, 1, max_steps=0)


def test_the_constant_counts_only_unmasked_keys():
    store = memory([[3.0, 4.0], [1.0, 0.0]], 2, [-math.inf, 0])
    assert store.constant == 0.5
