"""The landscape between two patterns: exact heights, honest shadows, the way the state came."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.lens.hopfield_relief import Eye, level_colors
from explorer.lens.memory_landscape import chosen_pair, explain, landscape, view
from explorer.physics.hopfield import energy
from explorer.physics.hopfield_dynamics import Dynamics
from explorer.physics.hopfield_landscape import heights
from explorer.physics.hopfield_search import search
from explorer.session.memory import moves, steps
from explorer.session.memory.snapshot import Memory, Valleys, empty
from explorer.ui.style import color_table


@pytest.fixture(scope="module")
def memory() -> Memory:
    random = np.random.default_rng(5)
    s = empty((8, 8))
    for name in "ABC":
        s = moves.store(moves.put(s, random.choice([-1, 1], s.size)), name)
    s = moves.corrupt(moves.show(s, 0))
    return steps.step(s, 64)


def test_patterns_lie_on_their_plane_at_their_own_energy(memory: Memory) -> None:
    land = landscape(memory, (0, 1), "clipped", (50, 50))
    for mark in land.marks[:2]:
        assert mark.distance == pytest.approx(0, abs=1e-9)
        there = heights(land.plane, mark.shadow[0], mark.shadow[1], "clipped")
        assert float(there) == pytest.approx(mark.energy)
    assert land.marks[2].distance > 0.1
    assert "off this plane" in explain(land, land.marks[2])
    assert "on this plane" in explain(land, land.marks[0])


def test_every_inverse_is_drawn_with_the_same_energy(memory: Memory) -> None:
    land = landscape(memory, (0, 1), "clipped", (20, 20))
    for mark, inverse in zip(land.marks[:3], land.marks[3:6], strict=True):
        assert inverse.energy == pytest.approx(mark.energy)
        np.testing.assert_allclose(inverse.shadow, -mark.shadow, atol=1e-12)


def test_the_track_ends_at_the_ball_and_its_energy_never_rises(memory: Memory) -> None:
    land = landscape(memory, (0, 1), "clipped", (20, 20))
    np.testing.assert_allclose(land.track[-1], land.ball.shadow, atol=1e-9)
    assert land.track_energy[-1] == pytest.approx(memory.here.energy)
    assert (np.diff(land.track_energy) <= 1e-9).all()


def test_a_pixel_is_the_energy_of_the_state_under_it(memory: Memory) -> None:
    land = landscape(memory, (0, 2), "clipped", (31, 31))
    xi, eta = (memory.patterns[i].astype(float) for i in (0, 2))
    for row, column in ((3, 7), (15, 15), (30, 2)):
        x, y = land.surface.x[column], land.surface.y[row]
        state = np.clip(x * xi + y * eta, -1, 1)
        expected = float(energy(memory.network, state))
        assert land.surface.height[row, column] == pytest.approx(expected)


def test_the_plane_goes_through_the_chosen_patterns_else_the_likeliest(memory: Memory) -> None:
    assert chosen_pair(memory)[0] == 0
    chosen = moves.look_at(memory, replace(memory.look, chosen=(2, 1)))
    assert chosen_pair(chosen) == (2, 1)
    assert chosen_pair(empty()) is None
    one = moves.store(moves.draw(empty(), [1, 2], 1), "a")
    assert chosen_pair(one) is None


def test_a_pattern_and_its_inverse_span_no_plane() -> None:
    s = moves.store(moves.draw(empty((5, 5)), [1, 2], 1), "a")
    s = moves.store(moves.put(s, -s.here.spins), "b")
    assert len(s.pictures) == 2
    assert chosen_pair(s) is None


def test_the_free_energy_needs_a_temperature(memory: Memory) -> None:
    with pytest.raises(ValueError, match="temperature above 0"):
        landscape(memory, (0, 1), "free", (20, 20))
    warm = steps.use_dynamics(memory, Dynamics("glauber", temperature=0.5))
    assert np.isfinite(landscape(warm, (0, 1), "free", (20, 20)).surface.height).all()


def test_found_valleys_are_marked_until_something_else_is_stored(memory: Memory) -> None:
    found = list(search(memory.network, memory.patterns, starts=300))[-1]
    s = moves.found_valleys(memory, Valleys(memory.network, found))
    odd = [one for one in found.minima if one.sort in ("mixture", "other")]
    land = landscape(s, (0, 1), "clipped", (20, 20))
    assert len(land.marks) == 6 + len(odd)
    fewer = moves.remove(s, 2)
    assert len(landscape(fewer, (0, 1), "clipped", (20, 20)).marks) == 4
    assert moves.found_valleys(fewer, Valleys(memory.network, found)) is fewer


def test_the_solid_shows_the_same_heights(memory: Memory) -> None:
    land = landscape(memory, (0, 1), "clipped", (60, 60))
    colors = level_colors(color_table(["#000000", "#ffffff"]), (0, 0, 0))
    shape = view(land, (90, 120), Eye(), colors)
    assert shape.image.shape == (90, 120, 4)
    assert 0.2 < (shape.image[..., 3] > 0).mean() < 0.95
    low = shape.place(land.marks[0].shadow[None], np.array([land.marks[0].energy]))[0]
    high = shape.place(np.zeros((1, 2)), np.array([0.0]))[0]
    assert 0 <= low[0] < 120 and 0 <= low[1] < 90
    assert high[1] < 60
