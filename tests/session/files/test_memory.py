"""The memory workspace in a session: what is saved is what is opened, and nothing is believed."""

from __future__ import annotations

import base64
import copy
import json
import zipfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.physics.capacity import Plan, sweep
from explorer.physics.capacity_growth import EXPONENTIAL, GrowthPlan, measure_growth
from explorer.physics.hopfield import energy
from explorer.physics.hopfield_basins import basins
from explorer.physics.hopfield_dynamics import Dynamics
from explorer.physics.hopfield_search import search
from explorer.physics.phase_diagram import theory
from explorer.physics.restricted_learning import Course
from explorer.session.files.archive import Stored, read_session, write_session
from explorer.session.files.errors import SessionError
from explorer.session.files.journal import Journal, read_kept
from explorer.session.files.memory import (
    content,
    pack_memory,
    touched,
    unpack_memory,
    unpacking_memory,
)
from explorer.session.files.parts import PARTS
from explorer.session.memory import experiments, machines, moves, steps, studies, teaching
from explorer.session.memory.lessons import study
from explorer.session.memory.snapshot import Memory, MemoryLook, Spoil, Valleys, empty
from explorer.session.memory.study import advanced, sampled


def random(seed: int, size: int) -> np.ndarray:
    return np.random.default_rng(seed).choice([-1, 1], size)


def reopened(s: Memory) -> Memory:
    return unpack_memory(json.loads(pack_memory(s)))


@pytest.fixture(scope="module")
def worked() -> Memory:
    """Patterns of two grids, another rule, a bias, recall gone back, everything measured."""
    s = empty((6, 7))
    for index in range(3):
        s = moves.store(moves.put(s, random(index, 42)), f"P{index} “<b>”")
    s = moves.resize(s, 8, 9)
    s = moves.store(moves.put(s, random(9, 72)))
    s = moves.use_bias(moves.use_rule(s, "storkey"), 0.25)
    s = moves.spoil_with(moves.show(s, 1), Spoil("erase", 0.3, "zero"))
    s = moves.look_at(moves.corrupt(s), MemoryLook((2, 0), 5))
    s = steps.use_dynamics(s, Dynamics("glauber", "random", 0.7, seed=9))
    for count in (100, 1, 50):
        s = steps.step(s, count)
    s = steps.use_dynamics(steps.back(s, 30), Dynamics("synchronous", seed=4))
    s = steps.back(steps.step(s, 5), 2)
    s = moves.play_at(s, 9.0)
    *_, curve = sweep(Plan(60, "hebb", (0.05, 0.2), nets=1, starts=1))
    s = experiments.keep_curve(s, Plan(60, "hebb", (0.05, 0.2), nets=1, starts=1), curve)
    part = theory()
    s = experiments.keep_theory(s, next(part))
    plan = GrowthPlan(powers=(2.0, EXPONENTIAL), networks=1)
    growth = next(one for one in measure_growth(plan) if one.points)
    s = experiments.keep_growth(s, growth)
    *_, wells = basins(s.network, s.patterns, trials=3)
    s = experiments.keep_basins(s, s.network, wells)
    *_, found = search(s.network, s.patterns, 60)
    return moves.found_valleys(s, Valleys(s.network, found))


@pytest.fixture(scope="module")
def learned(worked: Memory) -> Memory:
    """Two machines have learned: one by hand, the other in the background."""
    *_, taught = advanced(worked.machines.study, 12)
    *_, taught = sampled(taught, 3)
    s = studies.keep_study(worked, taught)
    plan = teaching.Plan("stored", 5, Course("pcd", steps=30))
    *_, end = study(teaching.prepare(s, plan))
    return machines.walk(teaching.keep_learned(s, end), "restricted")


def assert_same(a: Memory, b: Memory) -> None:
    assert (a.shape, a.rule, a.bias, a.how, a.stride) == (b.shape, b.rule, b.bias, b.how, b.stride)
    assert (a.spoil, a.spoilt, a.walks) == (b.spoil, b.spoilt, b.walks)
    assert b.look == replace(a.look, neuron=None)
    assert [one.name for one in a.pictures] == [one.name for one in b.pictures]
    for mine, theirs in zip(a.pictures, b.pictures, strict=True):
        assert np.array_equal(mine.spins, theirs.spins)
        assert np.array_equal(mine.original, theirs.original)
        assert mine.drawn_on == theirs.drawn_on
    np.testing.assert_allclose(a.network.weights, b.network.weights)
    assert np.array_equal(a.here.spins, b.here.spins)
    np.testing.assert_allclose(a.here.energy, b.here.energy, atol=1e-9)
    assert (a.track.step, a.track.how) == (b.track.step, b.track.how)


def test_what_is_opened_is_what_was_saved(worked: Memory) -> None:
    there = reopened(worked)
    assert_same(worked, there)
    assert there.play.rate == 9.0 and not there.play.running
    assert there.track.length == worked.track.length
    np.testing.assert_allclose(there.track.energies, worked.track.energies, atol=1e-9)
    assert np.array_equal(there.track.neurons, worked.track.neurons)
    assert there.measured.curves[0][0] == worked.measured.curves[0][0]
    one, other = (s.measured.curves[0][1].points[0] for s in (worked, there))
    assert one.overlap == other.overlap and np.isnan(other.overlap_error)
    np.testing.assert_array_equal(there.measured.theory.overlap, worked.measured.theory.overlap)
    assert np.array_equal(there.measured.basins.basins.hits, worked.measured.basins.basins.hits)
    assert there.measured.growth == worked.measured.growth
    assert there.measured.basins.network is there.network is there.valleys.network
    names = [(one.sort, one.parts, one.visits) for one in worked.valleys.found.minima]
    assert sorted(names) == sorted(
        (one.sort, one.parts, one.visits) for one in there.valleys.found.minima
    )


def test_recall_goes_back_and_on_as_it_would_have(worked: Memory) -> None:
    there = reopened(worked)
    for s in (steps.to_start(there), steps.to_end(there)):
        assert np.allclose(s.here.energy, float(energy(s.network, s.here.spins)))
    for one, other in ((steps.back(worked, 7), steps.back(there, 7)),
                       (steps.step(worked, 40), steps.step(there, 40))):  # fmt: skip
        assert np.array_equal(one.here.spins, other.here.spins)


def test_patterns_come_back_exactly_on_the_grid_that_they_were_drawn_on(worked: Memory) -> None:
    back = moves.resize(reopened(worked), 6, 7)
    assert np.array_equal(back.pictures[0].spins, random(0, 42))


def test_machines_stay_as_far_as_they_have_learned(learned: Memory) -> None:
    there = reopened(learned)
    assert_same(learned, there)
    mine, theirs = learned.machines.study, there.machines.study
    assert theirs.here.step == mine.here.step == 12
    assert np.array_equal(theirs.here.machine.couplings, mine.here.machine.couplings)
    *_, one = advanced(mine, 3)
    *_, other = advanced(theirs, 3)
    np.testing.assert_allclose(one.here.machine.couplings, other.here.machine.couplings)
    a, b = learned.machines.learned, there.machines.learned
    assert np.array_equal(a.stand.machine.weights, b.stand.machine.weights)
    assert [step for step, _ in a.figures] == [step for step, _ in b.figures]
    assert b.figures[-1][1].log_likelihood == a.figures[-1][1].log_likelihood


def test_a_long_way_is_kept_from_where_the_state_stands() -> None:
    s = moves.store(moves.put(empty((5, 5)), random(1, 25)))
    s = steps.use_dynamics(moves.corrupt(s), Dynamics("glauber", temperature=2.0))
    for _ in range(40):
        s = steps.step(s, 1000)
    for at in (40_000, 39_000, 20_000, 500, 0):
        s = steps.seek(s, at)
        there = reopened(s)
        assert np.array_equal(there.here.spins, s.here.spins)
        assert there.track.step == s.track.step
        assert there.track.length <= 12_000
        one, other = steps.step(s, 30), steps.step(there, 30)
        assert np.array_equal(one.here.spins, other.here.spins)


def test_an_untouched_workspace_is_not_kept(worked: Memory) -> None:
    assert not touched(empty()) and touched(worked)
    assert touched(moves.draw(empty(), [3], 1))
    assert content(worked) == content(moves.look_at(worked, MemoryLook()))
    assert content(worked) == content(steps.back(worked))
    assert content(worked) != content(moves.remove(worked, 0))


def saved(folder: Path, s: Any, memory: Memory | None) -> Path:
    path = folder / "a.explorer"
    for _ in write_session(path, s, others={} if memory is None else {"memory": memory}):
        pass
    return path


def loaded(path: Path) -> Stored:
    *_, last = read_session(path)
    assert isinstance(last, Stored)
    return last


def test_a_session_file_holds_it_beside_the_text(opening, worked, tmp_path) -> None:
    stored = loaded(saved(tmp_path, opening, worked))
    assert stored.manifest.parts == ("memory",)
    assert_same(worked, stored.others["memory"])
    assert stored.snapshot.timeline.node.trace.ids == opening.timeline.node.trace.ids
    assert not loaded(saved(tmp_path, opening, empty())).others


def test_a_session_of_version_3_opens_without_one() -> None:
    stored = loaded(Path(__file__).parent / "golden-version-3.explorer")
    assert stored.manifest.version == 4 and not stored.others
    assert stored.snapshot.timeline.node.trace.ids == (0, 2, 3, 2)
    assert (stored.snapshot.notes, stored.snapshot.play.rate) == ("kept by version 3", 7.0)
    last = stored.snapshot.timeline.node.trace.steps[-1].logits
    assert last[0] == pytest.approx(1.7489444)


def test_a_journal_holds_it_when_it_changed(opening, worked, tmp_path) -> None:
    journal = Journal(tmp_path / "a.journal")
    journal.append(opening, {"memory": empty()})
    first = journal.path.stat().st_size
    assert not read_kept(journal.path).others
    journal.append(opening, {"memory": worked})
    second = journal.path.stat().st_size
    journal.append(opening, {"memory": steps.back(worked)})
    assert journal.path.stat().st_size - second < first, "written again without a change"
    assert_same(worked, read_kept(journal.path).others["memory"])
    journal.append(opening, {"memory": moves.remove(worked, 0)})
    assert len(read_kept(journal.path).others["memory"].pictures) == 3
    journal.append(opening, {"memory": empty()})
    assert not touched(read_kept(journal.path).others["memory"])


def array(raw: Any, values: list[Any], kind: str) -> None:
    data = np.array(values, kind)
    raw.update(
        dtype=data.dtype.str,
        shape=list(data.shape),
        base64=base64.b64encode(data.tobytes()).decode(),
    )


Spoiler = Callable[[dict[str, Any]], object]
HOSTILE: dict[str, tuple[Spoiler, str]] = {
    "no format": (lambda m: m.update(format="x"), "does not say"),
    "a newer version": (lambda m: m.update(version=99), "newer Explorer"),
    "no version": (lambda m: m.update(version=True), "no version"),
    "a huge grid": (lambda m: m.update(shape=[100000, 100000]), "it can have 5 x 5 to 32 x 32"),
    "no grid": (lambda m: m.update(shape=[0, 10]), "0 x 10"),
    "another grid": (lambda m: m.update(shape=[5, 5]), "cells, its grid 25"),
    "NaN as bias": (lambda m: m.update(bias="nan"), "bias"),
    "infinite noise": (lambda m: m["how"].update(temperature="inf"), "temperature"),
    "negative noise": (lambda m: m["how"].update(temperature=-1), "temperature"),
    "an unknown rule": (lambda m: m.update(rule="magic"), "rule"),
    "a share of 3": (lambda m: m["spoil"].update(share=3), "share"),
    "a state of 2s": (lambda m: array(m["way"]["start"], [2] * 72, "i1"), "other values"),
    "a short state": (lambda m: array(m["way"]["start"], [1] * 70, "i1"), "70 cells"),
    "floats as state": (lambda m: array(m["way"]["start"], [1] * 72, "<f8"), "not |i1"),
    "a short pattern": (
        lambda m: array(m["pictures"][0]["cells"], [1] * 3, "i1"), "3 cells, its grid 42"),
    "an erased pattern": (
        lambda m: array(m["pictures"][0]["cells"], [0] * 42, "i1"), "other values"),
    "a pattern of nowhere": (
        lambda m: m["pictures"][0].update(drawn_on=[9999, 9999]), "was drawn on 9999"),
    "a pattern without a name": (lambda m: m["pictures"][0].update(name=""), "empty"),
    "too many patterns": (lambda m: m.update(pictures=m["pictures"] * 2000), "too many"),
    "dependent patterns": (
        lambda m: m.update(rule="projection", pictures=m["pictures"][:1] * 2), "independent|equal"),
    "an array that lies": (
        lambda m: m["way"]["start"].update(shape=[9999999]), "does not have its shape"),
    "an endless array": (
        lambda m: m["way"]["start"].update(shape=[2**40]), "too large|shape"),
    "a negative array": (lambda m: m["way"]["start"].update(shape=[-1]), "too large"),
    "objects": (lambda m: m["way"]["start"].update(dtype="|O8"), "not |i1"),
    "no base64": (lambda m: m["way"]["start"].update(base64="&&&"), "Only base64"),
    "a state beyond its steps": (lambda m: m["way"].update(cursor=10**6), "beyond its steps"),
    "a state before its steps": (lambda m: m["way"].update(cursor=-1), "beyond its steps"),
    "steps from nowhere": (lambda m: m["way"].update(first=-4), "begin nowhere"),
    "flips of nobody": (
        lambda m: array(m["way"]["flips"], [999] * 50, "<i8"), "record|differ"),
    "steps without ends": (lambda m: array(m["way"]["ends"], [], "<i8"), "differ in length"),
    "a curve that is none": (
        lambda m: m["curves"][0][1]["points"][0].update(overlap="nan"), "overlap"),
    "a curve of another plan": (lambda m: m["curves"][0][0].update(loads=[0.9]), "plan"),
    "a plan for giants": (lambda m: m["curves"][0][0].update(size=10**9), "neurons"),
    "a torn diagram": (lambda m: m["theory"].update(loads=m["theory"]["temperatures"]), "fit|load"),
    "more hits than trials": (
        lambda m: m["basins"].update(hits=m["basins"]["trials"] | {"shape": [11, 4]}), "fit"),
    "trials that do not add up": (lambda m: m["basins"].update(done=7), "add up"),
    "a fixed point that is none": (
        lambda m: array(m["search"]["ends"][0]["spins"], random(5, 72).tolist(), "i1"), "is none"),
    "a fixed point too often": (lambda m: m["search"]["ends"][0].update(visits=10**9), "too often"),
    "a machine of giants": (
        lambda m: m["machines"]["study"].update(shape=[9999, 9999]), "cannot be"),
    "a machine without data": (
        lambda m: array(m["machines"]["study"]["patterns"], [[]], "i1"), "shape|data"),
    "an update that was not made": (
        lambda m: m["machines"]["study"].update(cursor=3000), "not made"),
    "machines without number": (
        lambda m: array(m["machines"]["study"]["moments"][0]["machine"]["bias"],
                        [np.nan] * 8, "<f8"), "numbers that cannot be"),
    "lopsided machines": (
        lambda m: array(m["machines"]["study"]["moments"][0]["machine"]["couplings"],
                        np.triu(np.ones((8, 8))).tolist(), "<f8"), "symmetric"),
    "a lesson of other units": (
        lambda m: m["machines"]["learned"]["lesson"].update(hidden=6), "shape"),
    "figures out of order": (
        lambda m: m["machines"]["learned"]["figures"].reverse(), "order"),
    "a growth without number": (
        lambda m: m["growth"]["points"][0].update(theory="nan"), "a growth cannot be"),
    "a growth of giants": (lambda m: m["growth"]["points"][0].update(size=10**9), "its plan"),
    "a list": (lambda m: m.update(way=[1, 2]), "way"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_is_refused_with_a_sentence(name: str, learned: Memory) -> None:
    spoil, said = HOSTILE[name]
    raw = json.loads(pack_memory(learned))
    unpack_memory(copy.deepcopy(raw))
    spoil(raw)
    with pytest.raises(SessionError, match=f"memory workspace is damaged.*({said})"):
        unpack_memory(raw)


def test_a_damaged_workspace_names_the_file(opening, worked, tmp_path) -> None:
    path = saved(tmp_path, opening, worked)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data.replace(b'"rule": "storkey"', b'"rule": "starkey"'))
    with pytest.raises(SessionError, match=r"a\.explorer cannot be.*memory workspace is damaged"):
        loaded(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_field_that_is_another_gives_a_sentence_or_a_workspace(learned: Memory, data) -> None:
    raw = json.loads(pack_memory(learned))
    for _ in range(data.draw(st.integers(1, 2))):
        at: Any = raw
        while True:
            key = data.draw(
                st.sampled_from(sorted(at)) if isinstance(at, dict)
                else st.integers(0, len(at) - 1)
            )  # fmt: skip
            inner = at[key]
            if not (isinstance(inner, (dict, list)) and inner) or data.draw(st.booleans()):
                at[key] = data.draw(JSON)
                break
            at = inner
    try:
        s = unpack_memory(raw)
    except SessionError:
        return
    assert reopened(s).shape == s.shape
    steps.step(s)


def test_every_part_is_its_own_inverse_when_it_is_fresh() -> None:
    for part in PARTS.values():
        fresh = part.fresh()
        assert not part.touched(fresh)
        assert not part.touched(part.unpack(json.loads(part.pack(fresh))))


def test_a_large_workspace_is_opened_in_slices(worked: Memory) -> None:
    *told, last = slices(unpacking_memory(json.loads(pack_memory(worked))))
    assert last.shape == worked.shape
    assert told[:3] == ["memory", "memory, checked", "memory, patterns stored"]
    steps_told = [one for one in told if one.endswith(" steps")]
    points = [one for one in told if one.endswith("fixed points")]
    assert steps_told and len(points) == len(worked.valleys.found.minima)


def slices(generator: Generator[str, None, Memory]) -> Iterator[Any]:
    """What a generator yields, and at last what it returns."""
    yield (yield from generator)
