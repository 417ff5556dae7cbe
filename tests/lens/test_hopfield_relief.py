"""Contour bands and the solid view: round widths, exact samples, what is in front."""

import numpy as np
import pytest

from explorer.lens.hopfield import remember, survey, where
from explorer.lens.hopfield_relief import (
    Eye,
    contour,
    level_colors,
    round_step,
    solid,
    track,
)
from explorer.physics.dense_memory import energy
from explorer.physics.landscape import lift

GREY = np.stack([np.arange(256)] * 3 + [np.full(256, 255)], axis=1).astype(np.uint8)


@pytest.fixture(scope="module")
def bowl():
    b, a = np.mgrid[-3:3:61j, -4:4:81j]
    return 2.0 + a**2 + b**2


@pytest.fixture
def terrain(story):
    s = story(2)
    return survey(remember(s, where(s)), (30, 40))


@pytest.mark.parametrize(
    ("raw", "round_"), [(1.0, 1.0), (1.01, 2.0), (0.21, 0.25), (26.0, 50.0), (0.0051, 0.01)]
)
def test_band_widths_are_round_and_not_smaller(raw, round_):
    assert round_step(raw) == pytest.approx(round_)


def test_each_pixel_is_in_the_band_of_its_energy(bowl):
    picture = contour(bowl)
    band = picture.levels // 16
    assert picture.lowest == bowl.min()
    assert np.array_equal(band, np.floor((bowl - bowl.min()) / picture.step))
    assert 6 <= band.max() <= 15


def test_lines_are_drawn_where_bands_meet_and_not_at_the_minimum(bowl):
    picture = contour(bowl)
    ink = picture.levels % 16
    borders = (picture.levels[:, 1:] // 16) != (picture.levels[:, :-1] // 16)
    assert np.all(np.maximum(ink[:, 1:], ink[:, :-1])[borders] > 0)
    assert ink[30, 40] == 0
    assert (ink == 0).mean() > 0.4


def test_a_flat_landscape_has_one_band():
    assert np.all(contour(np.ones((4, 5))).levels == 0)


def test_lines_darken_the_colour_of_their_band():
    colors = level_colors(GREY, (0, 0, 0))
    assert colors[16 * 15].tolist() == [255, 255, 255, 255]
    assert colors[16 * 15 + 15, 0] < 200
    assert np.all(colors[:, 3] == 255)


def test_the_eye_stays_above_the_horizon():
    assert Eye().turned(0, -500).elevation == 15
    assert Eye().turned(0, 500).elevation == 90
    assert Eye(350).turned(20, 0).azimuth == 10


@pytest.mark.parametrize("azimuth", [0.0, 30.0, 200.0])
@pytest.mark.parametrize("elevation", [20.0, 52.0, 90.0])
def test_the_solid_is_a_part_of_its_picture_and_clear_around_it(terrain, azimuth, elevation):
    shape = solid(terrain, (60, 90), Eye(azimuth, elevation), level_colors(GREY, (0, 0, 0)))
    seen = shape.image[..., 3] > 0
    assert 0.1 < seen.mean() < 0.9
    assert np.all(shape.front[seen] >= 0)
    assert not seen[[0, 0, -1, -1], [0, -1, 0, -1]].any()


def test_seen_from_above_the_solid_is_the_map(terrain):
    shape = solid(terrain, (80, 80), Eye(0.0, 90.0), level_colors(GREY, (0, 0, 0)))
    points = np.array([[0.0, 0.0], [0.3, -0.2]]) * shape.radius + shape.centre
    placed = shape.place(points, np.array([shape.contour.lowest, shape.ceiling]))
    across, up = placed[1, :2] - placed[0, :2]
    assert across > 0 and up > 0  # rows run downwards
    assert across / up == pytest.approx(1.5)
    memory = terrain.memory
    values = energy(memory.keys, lift(memory.plane, points), memory.beta)
    for (x, y, _), value in zip(placed.tolist(), values, strict=True):
        band = shape.contour.levels[shape.front[int(y), int(x)], int(x)] // 16
        assert abs(band + 0.5 - (value - shape.contour.lowest) / shape.contour.step) <= 1.5


def test_higher_energy_is_drawn_higher(terrain):
    shape = solid(terrain, (60, 90), Eye(), level_colors(GREY, (0, 0, 0)))
    point = np.repeat(shape.centre[None], 2, axis=0)
    low, high = shape.place(point, np.array([shape.contour.lowest, shape.ceiling]))
    assert low[0] == pytest.approx(high[0])
    assert high[1] < low[1]


def test_what_is_sunk_behind_the_front_is_hidden(terrain):
    shape = solid(terrain, (60, 90), Eye(30.0, 52.0), level_colors(GREY, (0, 0, 0)))
    start = terrain.path.coordinates[:1]
    on_it = shape.place(start, track(terrain.memory, start, 1)[1])
    behind = on_it.copy()
    behind[0, 2] += 0.3  # at the same place of the picture, but further away
    assert not shape.hidden(on_it)[0]
    assert shape.hidden(behind)[0]


def test_a_track_lies_on_the_surface(terrain):
    corners = terrain.path.coordinates[:3]
    points, heights = track(terrain.memory, corners)
    assert len(points) == 25
    assert points[[0, 12, 24]] == pytest.approx(corners)
    true = energy(terrain.memory.keys, lift(terrain.memory.plane, points), terrain.memory.beta)
    assert heights == pytest.approx(true)
