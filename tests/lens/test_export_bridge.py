"""The numbers of the four memories and of their curve."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.lens.export_bridge import bridge_numbers
from explorer.lens.tables import FORMATS
from explorer.session.bridge import moves
from explorer.session.bridge.head import head_of
from explorer.session.bridge.snapshot import Bridge


def test_the_weights_of_every_row_are_the_lines_of_a_table(story) -> None:
    s = moves.as_trained(moves.follow(moves.opened(), head_of(story(6))))
    found = bridge_numbers("bridge", s)
    heads = found.columns["memory"] == "head"
    assert np.abs(found.columns["recorded"] - found.columns["weight"])[heads].max() < 1e-6
    assert np.isnan(found.columns["recorded"][~heads]).all()
    for kind in ("hopfield", "dense", "modern", "head"):
        weights = found.columns["weight"][found.columns["memory"] == kind]
        assert np.abs(weights).sum() == pytest.approx(1.0)
    assert found.about["sharpness"] == 1.0 and found.about["updates"] == 0
    assert len({len(column) for column in found.columns.values()}) == 1


@pytest.mark.parametrize("panel", ["bridge", "bridge_curve"])
@pytest.mark.parametrize("suffix", FORMATS)
def test_numbers_can_be_written_in_every_form(story, panel: str, suffix: str) -> None:
    for s in (Bridge(), moves.opened(), moves.follow(moves.opened(), head_of(story(2)))):
        assert FORMATS[suffix](bridge_numbers(panel, s))


def test_the_curve_is_a_table_of_the_fixed_points(story) -> None:
    columns = bridge_numbers("bridge_curve", moves.opened()).columns
    at = dict(zip(columns["temperature"].round(6), columns["kept"], strict=True))
    assert at[0.5] == pytest.approx(0.957504, abs=1e-6)


def test_another_panel_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="has no numbers"):
        bridge_numbers("bars", moves.opened())
