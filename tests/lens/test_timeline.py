"""The numbers of the timeline."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from explorer.engine.reader import LocalReader
from explorer.lens.surprise import outlook
from explorer.lens.timeline import (
    first_change,
    heights,
    label_every,
    readout,
    runs,
    summary,
    ticks,
    timeline,
)
from explorer.session import moves
from explorer.session.snapshot import Snapshot

Story = Callable[..., Snapshot]


def test_nothing_read_is_no_picture(reader: LocalReader) -> None:
    assert timeline(Snapshot()) is None
    assert timeline(moves.load(Snapshot(), reader.facts)) is None
    assert "Nothing" in summary(None)


def test_every_position_has_its_numbers_and_the_open_step_its_entropy(story: Story) -> None:
    s = story(4)
    picture = timeline(s)
    count = len(s.timeline.node.trace)
    assert len(picture.surprise) == len(picture.labels) == len(picture.temperature) == count
    assert len(picture.entropy) == count + 1
    assert np.isnan(picture.surprise[0])
    assert np.isnan(picture.entropy[0])
    assert np.isfinite(picture.entropy[1:]).all()
    steps = s.timeline.node.trace.steps
    assert picture.entropy[count] == outlook(steps[-1]).entropy


def test_the_begin_token_alone_is_a_picture(story: Story) -> None:
    picture = timeline(story(0, prompt=""))
    assert len(picture.surprise) == 1
    assert "next token" in summary(picture)
    assert picture.span > 1


def test_the_temperature_is_that_of_the_draw_not_of_the_slider(story: Story) -> None:
    s = moves.heat(story(2, temperature=0.7), 3.0)
    picture = timeline(s)
    assert np.isnan(picture.temperature[: picture.prompt]).all()
    assert (picture.temperature[picture.prompt :] == 0.7).all()


def test_a_forced_token_has_a_mark_and_no_temperature(story: Story, reader: LocalReader) -> None:
    s = story(1)
    trace = reader.read(s.timeline.node.trace, [50])
    picture = timeline(moves.advance(s, s.timeline.cursor, trace, moves.forced_draw(s, 50)))
    assert picture.forced[-1]
    assert not any(picture.forced[:-1])
    assert np.isnan(picture.temperature[-1])


def test_a_full_context_fits_on_the_axis(story: Story, reader: LocalReader) -> None:
    prompt = "One"
    while len(reader.encode(prompt + " dog").ids) < reader.facts.context - 4:
        prompt += " dog"
    s = story(9, prompt=prompt, temperature=2.0)
    picture = timeline(s)
    assert len(picture.surprise) <= picture.span <= s.model.context + 1
    assert np.nanmax(picture.surprise) <= picture.top
    assert np.nanmax(picture.entropy) <= picture.top


def test_the_axes_rest_while_a_story_grows_by_a_token(story: Story) -> None:
    s = story(8)
    spans = {timeline(moves.seek_position(s, p)).span for p in range(6, 10)}
    assert len(spans) == 1


@pytest.mark.parametrize("top", [4.0, 6.0, 8.0, 12.0, 24.0])
@pytest.mark.parametrize("room", [2, 4, 9])
def test_ticks_are_even_start_at_zero_and_fit(top: float, room: int) -> None:
    found = ticks(top, room)
    assert found[0] == 0
    assert 2 <= len(found) <= room
    assert found[-1] <= top
    assert len(set(np.diff(found))) == 1


def test_temperatures_stand_on_a_logarithmic_scale() -> None:
    found = heights(np.array([0.0, 0.05, 0.5, 5.0, 50.0, np.nan]))
    assert found[:5] == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0])
    assert np.isnan(found[5])


def test_runs_join_equal_temperatures_and_leave_gaps_out() -> None:
    values = np.array([np.nan, np.nan, 1.0, 1.0, 0.5, np.nan, 0.5, 0.5])
    assert runs(values, 99) == [(2, 4), (4, 5), (6, 8)]
    assert runs(values, 3) == [(2, 3), (3, 4), (4, 5), (6, 8)]
    assert runs(np.array([]), 0) == []
    assert runs(np.array([np.nan]), 1) == []


def test_equal_pictures_have_no_first_change(story: Story) -> None:
    s = story(3)
    assert first_change(timeline(s), timeline(s)) is None


def test_the_first_change_is_the_token_that_came_or_went(story: Story) -> None:
    s = story(4)
    last = len(s.timeline.node.trace) - 1
    behind = moves.back(s)
    assert first_change(timeline(behind), timeline(s)) == last
    assert first_change(timeline(s), timeline(behind)) == last


def test_another_token_at_a_place_is_a_change_there(story: Story, reader: LocalReader) -> None:
    s = moves.back(moves.back(story(4)))
    trace = reader.read(s.timeline.node.trace, [50])
    other = moves.advance(s, s.timeline.cursor, trace, moves.forced_draw(s, 50))
    assert first_change(timeline(s), timeline(other)) == len(trace) - 1


def test_the_readout_goes_from_long_to_short(story: Story) -> None:
    picture = timeline(story(2))
    said = readout(picture, 3)
    assert [len(line) for line in said] == sorted((len(line) for line in said), reverse=True)
    assert all(f"{picture.surprise[3]:.2f}" in line for line in said)
    assert picture.labels[0] in readout(picture, 0)[0]


def test_the_summary_names_the_last_surprise(story: Story) -> None:
    picture = timeline(story(2))
    assert f"{picture.surprise[-1]:.2f} nats" in summary(picture)


@pytest.mark.parametrize("positions", [24, 129, 1025, 2049, 32_769])
@pytest.mark.parametrize("width", [120.0, 300.0, 1200.0])
def test_labels_of_positions_never_run_together(positions: int, width: float) -> None:
    every = label_every(width / positions, 45.0)
    assert every * width / positions >= 45.0
    assert every == 1 or every * width / positions < 45.0 * 2.1
