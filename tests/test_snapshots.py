"""Pictures without a screen: what is told before one is taken, and what there is to take."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import snapshots


def test_letters_come_back_before_the_last_step_and_the_picture_waits_no_longer(qapp):
    s = snapshots.recalled("AX", 1_000_000, seed=0)
    assert np.array_equal(s.here.spins, s.pictures[0].spins)
    assert s.track.length <= 300
    spoilt = snapshots.recalled("AX", 0, seed=0)
    assert int((spoilt.here.spins != spoilt.pictures[0].spins).sum()) == 20


def test_other_dice_spoil_other_cells(qapp):
    one, other = (snapshots.recalled("AX", 0, seed) for seed in (1, 2))
    assert not np.array_equal(one.here.spins, other.here.spins)
    assert np.array_equal(one.pictures[0].spins, other.pictures[0].spins)


@pytest.mark.parametrize("workspace", snapshots.PANEL_IDS)
def test_every_panel_and_layout_of_a_workspace_can_be_asked_for_and_no_other(workspace):
    for panel in (None, *snapshots.PANEL_IDS[workspace]):
        for layout in snapshots.LAYOUT_TABLES[workspace]:
            snapshots.check(workspace, snapshots.Frame(panel=panel, layout=layout))
    others = set().union(*snapshots.PANEL_IDS.values()) - set(snapshots.PANEL_IDS[workspace])
    for panel in others:
        with pytest.raises(ValueError, match="there is no panel"):
            snapshots.check(workspace, snapshots.Frame(panel=panel))
