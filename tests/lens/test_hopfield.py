"""The memory of a head on the shipped model: update equals attention, energies, planes, words."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.edits import EVERY, NO_EDITS, Edits, Sharpening
from explorer.engine.trace import Trace
from explorer.lens.hopfield import (
    Place,
    describe_key,
    describe_path,
    facts,
    heaviest,
    next_rivals,
    remember,
    survey,
    where,
)
from explorer.physics.dense_memory import energy
from explorer.physics.landscape import lift
from explorer.session import moves
from explorer.session.snapshot import Snapshot


@pytest.fixture(scope="module")
def told(reader):
    """A text of some tokens with its snapshot."""
    s = moves.load(Snapshot(), reader.facts)
    ids = (reader.facts.begin_token, *reader.encode("The cat sat on the mat and then the").ids)
    return moves.begin(s, "", reader.read(Trace(), ids, NO_EDITS))


def test_nothing_is_remembered_before_anything_was_read():
    assert where(Snapshot()) is None


def test_the_update_equals_the_attention_row_in_every_head(told):
    model, last = told.model, len(told.timeline.node.trace) - 1
    for layer in range(model.layers):
        for head in range(model.heads):
            memory = remember(told, Place(layer, head, last, "keys", (0, 1)))
            assert memory.difference < 1e-6, (layer, head)
            assert memory.weights.sum() == pytest.approx(1.0)
            assert memory.mix == pytest.approx(memory.weights @ memory.keys)


def test_a_sharper_head_is_a_memory_of_that_beta(told, reader):
    edits = Edits(sharpening=(Sharpening(2, 1, 3.0), Sharpening(EVERY, EVERY, 0.5)))
    trace = reader.read(Trace((), edits), told.timeline.node.trace.ids, edits)
    s = moves.begin(moves.edit(told, edits), "", trace)
    for (layer, head), factor in (((2, 1), 1.5), ((0, 3), 0.5)):
        memory = remember(s, Place(layer, head, len(trace) - 1, "keys", (0, 1)))
        assert memory.beta == pytest.approx(factor * told.model.beta)
        assert memory.difference < 1e-6
        rule = f"{factor:.3g} × 1/√{told.model.head_width} = "
        assert dict(facts(memory))["sharpness of attention β"].startswith(rule)


def test_a_middle_position_sees_only_the_keys_before_it(told):
    s = moves.select(told, 3)
    memory = remember(s, where(s))
    assert memory.keys.shape == (4, s.model.head_width)
    assert memory.attention.shape == (4,)
    assert memory.difference < 1e-6


def test_one_step_lowers_the_energy_by_at_least_half_the_square_of_its_length(told):
    for layer in range(told.model.layers):
        memory = remember(told, where(moves.look_at(told, layer, 0)))
        length = np.linalg.norm(memory.query - memory.mix)
        assert memory.drop >= 0.5 * length**2 - 1e-9
        assert np.all(np.diff(memory.descent.energies) <= 1e-9)


def test_the_rivals_are_the_two_most_attended_keys_unless_others_are_chosen(told):
    place = where(told)
    row = told.timeline.node.trace.steps[-1].attention[place.layer, place.head]
    assert set(place.rivals) == set(np.argsort(-row, kind="stable")[:2].tolist())
    assert where(moves.compare_keys(told, (5, 2))).rivals == (5, 2)


@pytest.mark.parametrize("rivals", [(50, 1), (3, 3)])
def test_rivals_that_make_no_plane_are_replaced(told, rivals):
    assert where(moves.compare_keys(told, rivals)).rivals == where(told).rivals


def test_hovering_a_token_does_not_move_the_memory(told):
    assert where(moves.hover(told, 2)) == where(told)


def test_query_and_rivals_lie_on_their_plane_and_every_pixel_is_exact(told):
    memory = remember(told, where(told))
    terrain = survey(memory, (9, 12))
    assert memory.plane.kind == "keys"
    assert terrain.ground.query.distance[0] == pytest.approx(0.0, abs=1e-9)
    assert terrain.ground.keys.distance[list(memory.place.rivals)] == pytest.approx(0.0, abs=1e-9)
    grid = np.stack(np.meshgrid(terrain.ground.a, terrain.ground.b), axis=-1)
    true = energy(memory.keys, lift(memory.plane, grid), memory.beta)
    assert terrain.ground.energy == pytest.approx(true, abs=1e-9)


def test_the_principal_plane_says_how_much_of_the_spread_it_holds(told):
    memory = remember(told, where(told, "principal"))
    assert memory.plane.kind == "principal"
    other = remember(told, where(told)).plane.explained
    assert other < memory.plane.explained < 1.0
    assert f"{100 * memory.plane.explained:.0f} %" in dict(facts(memory))["plane"]


def test_the_path_begins_at_the_query_and_goes_on_from_the_mix(told):
    terrain = survey(remember(told, where(told)), (9, 12))
    first, second = terrain.path.coordinates[:2]
    assert first == pytest.approx(terrain.ground.query.coordinates[0])
    assert second == pytest.approx(terrain.ground.retrieved.coordinates[0])
    assert len(terrain.path.energy) > 2


def test_the_begin_token_alone_is_a_single_well(story):
    s = story(prompt="")
    memory = remember(s, where(s))
    assert memory.weights == pytest.approx([1.0])
    assert memory.mix == pytest.approx(memory.keys[0])
    ground = survey(memory, (9, 12)).ground
    assert ground.keys.energy[0] == pytest.approx(0.0, abs=1e-9)
    assert ground.energy.min() >= -1e-9


def test_choosing_a_key_keeps_the_former_first_one():
    place = Place(0, 0, 5, "keys", (1, 2))
    assert next_rivals(place, 4) == (4, 1)
    assert next_rivals(place, 2) == (2, 1)
    assert next_rivals(place, 1) is None
    assert next_rivals(replace(place, rivals=(0,)), 0) is None


def test_facts_name_the_sharpness_and_never_a_temperature(told):
    memory = remember(told, where(told))
    named = dict(facts(memory))
    width = told.model.head_width
    assert named["sharpness of attention β"] == f"1/√{width} = {width**-0.5:.3f}"
    assert named["E at the query"] == f"{memory.descent.energies[0]:.2f}"
    assert "temperature" not in " ".join([*named, *named.values()]).lower()
    assert "output" not in " ".join([*named, *named.values()]).lower()


def test_a_key_off_the_plane_tells_its_distance_and_its_own_energy(told):
    memory = remember(told, where(told))
    terrain = survey(memory, (9, 12))
    off = int(terrain.ground.keys.distance.argmax())
    text = describe_key(terrain, off)
    assert f"{terrain.ground.keys.distance[off]:.2f} off this plane" in text
    assert f"E = {energy(memory.keys, memory.keys[off], memory.beta):.2f}" in text
    assert "lies on this plane" in describe_key(terrain, memory.place.rivals[0])
    assert "query lies on this plane" in describe_path(terrain)


def test_a_token_that_comes_twice_is_named_with_its_position(told):
    memory = remember(told, where(told))
    last = len(memory.labels) - 1
    assert memory.labels.count(memory.labels[last]) > 1
    assert memory.names[last] == memory.labels[last] + "₉"
    assert len(set(memory.names)) == len(memory.names)


def test_the_heaviest_keys_come_first(told):
    memory = remember(told, where(told))
    best = heaviest(memory, 4)
    assert memory.attention[best].tolist() == sorted(memory.attention, reverse=True)[:4]
