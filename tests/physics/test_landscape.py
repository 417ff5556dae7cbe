"""The plane is exact at every pixel; shadows keep their own height. SCIENCE section 3.5a and b."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.physics.dense_memory import descend, energy, retrieve
from explorer.physics.landscape import (
    landscape,
    lift,
    plane_through,
    principal_plane,
    project,
    sample,
)


def case(seed, n=12, d=8, spread=2.0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) * spread, rng.normal(size=d) * spread


@st.composite
def scenes(draw):
    n, d = draw(st.integers(1, 12)), draw(st.integers(2, 8))
    patterns, query = case(draw(st.integers(0, 2**32)), n, d, draw(st.floats(0.1, 4)))
    keys = draw(st.sampled_from([(0,), (0, n - 1), None]))
    plane = principal_plane(patterns) if keys is None else plane_through(patterns, query, keys)
    return patterns, query, draw(st.floats(0.05, 5)), plane


@settings(deadline=None)
@given(scenes())
def test_every_pixel_is_the_energy_at_its_point(scene):
    patterns, query, beta, plane = scene
    picture = landscape(patterns, query, beta, plane, size=(7, 9))
    assert picture.energy.shape == (7, 9)
    points = lift(plane, np.stack(np.meshgrid(picture.a, picture.b), axis=-1))
    true = energy(patterns, points, beta)
    assert np.allclose(picture.energy, true, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("beta", [0.2, 1.0, 40.0, 4000.0])
def test_a_sharp_memory_is_sampled_as_exactly_as_a_soft_one(beta):
    patterns, query = case(5, n=30, d=16)
    plane = plane_through(patterns, query, (3, 4))
    a, b = np.linspace(-9, 9, 11), np.array([-4.0, 0.0, 7.0])
    bias = np.zeros(30)
    bias[7] = -np.inf
    seen = sample(patterns, beta, plane, a, b, bias)
    points = lift(plane, np.stack(np.meshgrid(a, b), axis=-1))
    assert np.allclose(seen, energy(patterns, points, beta, bias), rtol=1e-11, atol=1e-11)


@settings(deadline=None)
@given(scenes())
def test_the_axes_of_a_plane_are_orthonormal(scene):
    plane = scene[3]
    axes = np.stack([plane.e1, plane.e2])
    assert np.allclose(axes @ axes.T, np.eye(2), atol=1e-12)
    assert 0 <= plane.explained <= 1


@settings(deadline=None)
@given(scenes())
def test_the_frame_holds_what_it_must(scene):
    patterns, query, beta, plane = scene
    picture = landscape(patterns, query, beta, plane, size=(9, 12))
    shown = [picture.query, picture.retrieved]
    points = np.concatenate(
        [s.coordinates for s in shown] + [picture.keys.coordinates[list(plane.anchors)]]
    )
    assert np.all(points > [picture.a[0], picture.b[0]])
    assert np.all(points < [picture.a[-1], picture.b[-1]])
    assert np.diff(picture.a).max() == pytest.approx(np.diff(picture.b).max(), rel=1e-6)


def test_the_query_and_its_keys_lie_on_their_plane():
    # SCIENCE 3.5a: off-plane distance 0, equal energy
    patterns, query = case(0)
    plane = plane_through(patterns, query, (3, 7))
    assert (plane.kind, plane.anchors) == ("keys", (3, 7))
    on = project(plane, np.stack([query, patterns[3], patterns[7]]), patterns, 0.4)
    assert np.allclose(on.distance, 0, atol=1e-12)
    assert np.allclose(on.energy, energy(patterns, lift(plane, on.coordinates), 0.4), atol=1e-10)
    assert np.allclose(on.coordinates[0], 0)
    assert on.coordinates[1, 1] == pytest.approx(0, abs=1e-12)


def test_other_points_keep_their_own_height():
    # SCIENCE 3.5a: the height of a shadow is not that of the pixel below it
    patterns, query = case(1, d=32)
    plane = plane_through(patterns, query, (0, 1))
    seen = project(plane, patterns, patterns, 1.0)
    assert np.all(seen.distance[2:] > 1)
    assert np.allclose(seen.energy, energy(patterns, patterns, 1.0))
    below = energy(patterns, lift(plane, seen.coordinates), 1.0)
    assert np.abs(below - seen.energy)[2:].max() > 1
    away = patterns - lift(plane, seen.coordinates)
    assert np.allclose(np.linalg.norm(away, axis=1), seen.distance)
    assert np.allclose(away @ plane.e1, 0, atol=1e-12)


def test_the_landscape_places_query_update_and_keys():
    patterns, query = case(2)
    plane = plane_through(patterns, query, (0, 1))
    bias = np.linspace(-1, 1, 12)
    picture = landscape(patterns, query, 0.5, plane, bias=bias)
    new = retrieve(patterns, query, 0.5, bias).state
    assert picture.energy.shape == (72, 72)
    assert picture.query.energy[0] == pytest.approx(energy(patterns, query, 0.5, bias))
    assert picture.retrieved.energy[0] == pytest.approx(energy(patterns, new, 0.5, bias))
    assert len(picture.keys.energy) == 12
    nearest = picture.energy[np.abs(picture.b).argmin(), np.abs(picture.a).argmin()]
    assert nearest == pytest.approx(picture.query.energy[0], abs=0.2)


def test_masked_keys_do_not_move_the_surface():
    patterns, query = case(3)
    plane = plane_through(patterns, query, (0, 1))
    bias = np.where(np.arange(12) < 8, 0, -math.inf)
    masked = landscape(patterns, query, 0.5, plane, bias=bias)
    absent = landscape(patterns[:8], query, 0.5, plane)
    assert np.allclose(masked.energy, absent.energy, atol=1e-10)
    assert np.array_equal(masked.a, absent.a)


def test_most_keys_are_inside_unless_one_is_far_away():
    patterns, query = case(4, n=40)
    plane = plane_through(patterns, query, (0, 1))
    patterns[5] += 1000 * plane.e1
    picture = landscape(patterns, query, 0.5, plane)
    a, b = picture.keys.coordinates.T
    inside = (picture.a[0] < a) & (a < picture.a[-1]) & (picture.b[0] < b) & (b < picture.b[-1])
    assert not inside[5]
    assert inside.mean() > 0.6
    must = [picture.query.coordinates, picture.retrieved.coordinates, picture.keys.coordinates[:2]]
    spans = np.ptp(np.concatenate(must), axis=0)
    assert spans.max() * 2 * 1.3 >= np.ptp(picture.a) * 0.999


@pytest.mark.parametrize("angle", [0.0, 0.01])
def test_nearly_collinear_points_fall_back_to_the_principal_plane(angle):
    # SCIENCE 3.5a
    patterns, query = case(5)
    arm = patterns[0] - query
    patterns[1] = query + 2 * arm + 2 * angle * np.linalg.norm(arm) * np.eye(8)[0]
    plane = plane_through(patterns, query, (0, 1))
    assert (plane.kind, plane.anchors) == ("principal", ())
    patterns[1] = query
    assert plane_through(patterns, query, (0, 1)).kind == "principal"


def test_the_principal_plane_holds_the_widest_spread():
    # SCIENCE 3.5b: compared with the eigenvalues of the covariance
    patterns, _ = case(6, n=30)
    plane = principal_plane(patterns)
    values = np.linalg.eigvalsh(np.cov(patterns.T))
    assert plane.explained == pytest.approx(values[-2:].sum() / values.sum(), rel=1e-10)
    assert np.allclose(plane.origin, patterns.mean(axis=0))


def test_twelve_random_keys_leave_two_thirds_off_the_principal_plane():
    # SCIENCE 3.5b: 34 % for 12 random keys in 32 dimensions
    shares = [principal_plane(case(seed, 12, 32)[0]).explained for seed in range(20)]
    assert np.mean(shares) == pytest.approx(0.34, abs=0.05)


def test_the_principal_plane_does_not_depend_on_the_order_of_keys():
    patterns, _ = case(7)
    forward, backward = principal_plane(patterns), principal_plane(patterns[::-1])
    assert np.allclose(forward.e1, backward.e1)
    assert np.allclose(forward.e2, backward.e2)


def test_a_single_key_has_a_landscape_too():
    patterns, query = np.array([[1.0, 2.0, 0.0]]), np.array([0.0, 0.5, 1.0])
    plane = plane_through(patterns, query, (0,))
    assert (plane.kind, plane.anchors, plane.explained) == ("line", (0,), 1)
    picture = landscape(patterns, query, 1.0, plane)
    assert picture.energy.min() == pytest.approx(0, abs=0.01)  # one bowl around the key
    assert picture.keys.energy[0] == pytest.approx(0, abs=1e-12)
    assert plane_through(patterns, query, (0, 0)).kind == "principal"


def test_a_query_on_its_only_key_has_a_landscape_too():
    patterns = np.array([[0.0, 3.0]])
    plane = plane_through(patterns, patterns[0], (0,))
    assert plane.kind == "principal"
    picture = landscape(patterns, patterns[0], 1.0, plane)
    assert np.isfinite(picture.energy).all()
    assert np.ptp(picture.a) >= 1


def test_a_query_that_hardly_moves_still_sees_its_surroundings():
    patterns, _ = case(12)
    resting = descend(patterns, patterns[0], 0.05, tolerance=1e-13, max_steps=1000).states[-1]
    picture = landscape(patterns, resting, 0.05, principal_plane(patterns))
    assert np.ptp(picture.a) > 0.2 * np.ptp(picture.keys.coordinates)


def test_equal_keys_at_the_origin_have_a_plane():
    plane = principal_plane(np.zeros((4, 5)))
    assert plane.explained == 1
    assert plane.e1 @ plane.e2 == pytest.approx(0, abs=1e-15)


def test_a_path_of_descent_can_be_projected():
    patterns, query = case(8)
    path = descend(patterns, query, 0.5)
    seen = project(plane_through(patterns, query, (0, 1)), path.states, patterns, 0.5)
    assert np.allclose(seen.energy, path.energies)
    assert seen.coordinates.shape == (len(path.states), 2)


def test_records_are_read_only():
    patterns, query = case(9)
    plane = plane_through(patterns, query, (0, 1))
    picture = landscape(patterns, query, 0.5, plane)
    arrays = (plane.origin, plane.e1, plane.e2, picture.a, picture.b, picture.energy)
    shadows = (picture.keys.coordinates, picture.keys.distance, picture.keys.energy)
    assert not any(array.flags.writeable for array in (*arrays, *shadows))


def test_wrong_input_is_refused():
    patterns, query = case(10)
    plane = plane_through(patterns, query, (0, 1))
    with pytest.raises(ValueError, match="one or two keys"):
        plane_through(patterns, query, (0, 1, 2))
    with pytest.raises(ValueError, match="query"):
        plane_through(patterns, query[:3], (0, 1))
    with pytest.raises(ValueError, match="d >= 2"):
        principal_plane(np.zeros((3, 1)))
    with pytest.raises(ValueError, match="pixels"):
        landscape(patterns, query, 0.5, plane, size=(1, 5))
    with pytest.raises(ValueError, match="margin"):
        landscape(patterns, query, 0.5, plane, margin=-1)
