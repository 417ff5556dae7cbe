"""Session files: what is saved is what is opened, and what is no session is a sentence."""

from __future__ import annotations

import copy
import io
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.engine.edits import heads_off
from explorer.engine.reader import LocalReader
from explorer.session import moves
from explorer.session.files.archive import ARRAYS, Stored, read_session, write_session
from explorer.session.files.json_text import reading_json
from explorer.session.files.manifest import SessionError
from explorer.session.files.records import state_of
from explorer.session.files.reread import open_session
from explorer.session.files.slices import run
from explorer.session.snapshot import Snapshot
from explorer.session.stop_list import Hit, Stop, Stops
from explorer.session.story import grow, open_story
from explorer.session.twin import Twin


def save(path: Path, s: Snapshot, arrays: bool = True) -> Path:
    for _ in write_session(path, s, arrays):
        pass
    return path


def load(path: Path) -> Stored:
    *_, last = read_session(path)
    assert isinstance(last, Stored)
    return last


@pytest.fixture(scope="module")
def branched(reader: LocalReader) -> Snapshot:
    """Two prompts, a forced token, two settings, a head switched off in the middle, gone back."""
    s = moves.heat(open_story(reader, Snapshot(), "Once upon a time"), 0.8)
    for _ in range(3):
        s = grow(reader, s)
    draw = moves.forced_draw(moves.back(s), 300)
    s = moves.back(s)
    s = moves.advance(s, s.timeline.cursor, reader.read(s.timeline.node.trace, [300]), draw)
    s = moves.edit(moves.heat(s, 1.3), heads_off((2, 1), (0, 7)))
    s = grow(reader, grow(reader, s))
    draft, trace = moves.write(s, s.draft).draft, reader.read(s.timeline.nodes[0].trace, [5])
    s = moves.begin(moves.write(s, replace(draft, text="🙂 שלום")), "🙂 שלום", trace)
    s = moves.seek(s, 5)
    s = moves.select(moves.look_at(s, 3, 2), 4)
    named = replace(s.timeline, names={1: "here", 4: "“<b>”"}, pruned=frozenset({3}))
    s = replace(s, timeline=named)
    stops = Stops((Stop("entropy > 2", hits=3), Stop("rank > 5", on=False)), Hit(2, "because"))
    return replace(
        moves.limit_to(moves.play_at(s, 9.0), 70),
        notes="watch “lily”",
        stops=stops,
        twin=Twin(2, s.sampling),
    )


def assert_same_tree(one: Snapshot, other: Snapshot, exact: bool = True) -> None:
    a, b = one.timeline, other.timeline
    assert (a.cursor, a.tip, len(a.nodes)) == (b.cursor, b.tip, len(b.nodes))
    for mine, theirs in zip(a.nodes, b.nodes, strict=True):
        assert (mine.parent, mine.draw, mine.prompt) == (theirs.parent, theirs.draw, theirs.prompt)
        assert (mine.trace.ids, mine.trace.edits) == (theirs.trace.ids, theirs.trace.edits)
        for step, again in zip(mine.trace.steps, theirs.trace.steps, strict=True):
            for name in ARRAYS:
                tolerance = 0 if exact else 1e-4
                np.testing.assert_allclose(
                    getattr(again, name), getattr(step, name), atol=tolerance, rtol=tolerance
                )


def test_a_session_that_is_opened_is_the_one_that_was_saved(branched, tmp_path) -> None:
    opened = load(save(tmp_path / "a.explorer", branched)).snapshot
    assert_same_tree(branched, opened)
    assert state_of(opened) == state_of(branched)
    assert opened.timeline.names == branched.timeline.names
    assert opened.timeline.pruned == branched.timeline.pruned
    assert opened.model == branched.model


def test_steps_that_branches_share_are_stored_and_opened_once(branched, tmp_path) -> None:
    opened = load(save(tmp_path / "a.explorer", branched)).snapshot
    steps = {id(step) for node in opened.timeline.nodes for step in node.trace.steps}
    before = {id(step) for node in branched.timeline.nodes for step in node.trace.steps}
    assert len(steps) == len(before)


def test_opened_arrays_cannot_be_changed(branched, tmp_path) -> None:
    step = load(save(tmp_path / "a.explorer", branched)).snapshot.timeline.node.trace.steps[-1]
    with pytest.raises(ValueError, match="read-only"):
        step.logits[0] = 1.0


def test_saving_the_same_session_twice_gives_the_same_bytes(branched, tmp_path) -> None:
    one, two = save(tmp_path / "1", branched), save(tmp_path / "2", branched)
    assert one.read_bytes() == two.read_bytes()


def test_numpy_opens_the_arrays_of_a_session(branched, tmp_path) -> None:
    with np.load(save(tmp_path / "a.explorer", branched), allow_pickle=False) as arrays:
        assert arrays["logits"].shape[1] == branched.model.vocabulary


def test_without_arrays_a_session_is_small_and_holds_its_tokens(branched, tmp_path) -> None:
    path = save(tmp_path / "a.explorer", branched, arrays=False)
    assert path.stat().st_size < 400_000
    stored = load(path)
    assert stored.manifest.tree.cursor == branched.timeline.cursor
    with pytest.raises(SessionError, match="no arrays"):
        _ = stored.snapshot


def test_there_is_nothing_to_save_before_a_text_has_been_read(tmp_path) -> None:
    with pytest.raises(SessionError, match="nothing to save"):
        save(tmp_path / "a.explorer", Snapshot())
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_leaves_the_old_session_whole(branched, tmp_path, monkeypatch) -> None:
    path = save(tmp_path / "a.explorer", branched, arrays=False)
    old = path.read_bytes()

    def fsync(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match=r"cannot write .*a\.explorer: No space left on device"):
        save(path, branched)
    assert path.read_bytes() == old
    assert [one.name for one in tmp_path.iterdir()] == ["a.explorer"]


def test_a_folder_that_vanishes_while_saving_is_a_sentence(branched, tmp_path) -> None:
    folder = tmp_path / "network"
    folder.mkdir()
    writing = write_session(folder / "a.explorer", branched)
    next(writing)
    shutil.rmtree(folder)
    with pytest.raises(OSError, match=r"cannot write .*a\.explorer: No such file"):
        list(writing)
    assert list(tmp_path.iterdir()) == []


def test_saving_that_is_given_up_leaves_nothing_behind(branched, tmp_path) -> None:
    writing = write_session(tmp_path / "a.explorer", branched)
    next(writing)
    writing.close()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def parts(branched, tmp_path_factory) -> dict[str, bytes]:
    """The members of a good file."""
    path = save(tmp_path_factory.mktemp("good") / "a.explorer", branched)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


Change = Callable[[dict[str, Any]], object]
HEAD_9_9 = {"part": "head", "layer": 9, "index": 9}
BAD_MANIFESTS: dict[str, tuple[Change, str]] = {
    "newer": (lambda m: m.update(version=99), "newer Explorer (format 99"),
    "no version": (lambda m: m.pop("version"), "version is None"),
    "version true": (lambda m: m.update(version=True), "version is True"),
    "other format": (lambda m: m.update(format="picture"), "does not say"),
    "unknown field": (lambda m: m["state"].update(colour=1), "$.state.colour"),
    "unknown field deep": (lambda m: m["tree"]["nodes"][3].update(x=1), "$.tree.nodes[3].x"),
    "text for a number": (lambda m: m["state"]["sampling"].update(temperature="0.7"), "float"),
    "negative": (lambda m: m["state"]["sampling"].update(temperature=-1), "temperature is -1"),
    "huge": (lambda m: m["state"]["sampling"].update(temperature=1e308), "temperature is"),
    "id 2^70": (lambda m: m["tree"]["tokens"].__setitem__(0, 2**70), "tree.tokens is 118"),
    "id beyond": (lambda m: m["tree"]["tokens"].__setitem__(0, 4096), "tree.tokens is 4096"),
    "cursor beyond": (lambda m: m["tree"].update(cursor=99), "tree.cursor is 99"),
    "cursor off the line": (lambda m: m["tree"].update(cursor=3), "not on the line"),
    "own parent": (lambda m: m["tree"]["nodes"][2].update(parent=2), "node 2: its parent is 2"),
    "no draw": (lambda m: m["tree"]["nodes"][2].update(draw=None), "node 2 has no draw"),
    "two tokens": (lambda m: m["tree"]["nodes"][2].update(steps=[1, 2]), "add one token"),
    "probability 2": (lambda m: m["tree"]["nodes"][2]["draw"].update(raw=2.0), "a probability"),
    "no such setting": (lambda m: m["tree"]["nodes"][2]["draw"].update(sampling=9), "sampling"),
    "no such edit": (lambda m: m["tree"]["nodes"][2].update(edits=9), "its edits is 9"),
    "no such neuron": (
        lambda m: m["state"]["edits"].update(off=[{"part": "neuron", "layer": 1, "index": 1280}]),
        "there is no neuron 1280, each MLP has 1280",
    ),
    "an MLP of no width": (lambda m: m["model"].update(inner=-1), "model.inner"),
    "stages of no network": (
        lambda m: m["model"]["anatomy"].update(norm="batch"),
        "model.anatomy.norm",
    ),
    "other edits": (lambda m: m["tree"]["nodes"][2].update(edits=1), "under other edits"),
    "no such head": (
        lambda m: m["state"]["edits"].update(off=[{"part": "head", "layer": 9, "index": 9}]),
        "head 9.9",
    ),
    "no layers": (lambda m: m["model"].update(layers=0), "model.layers is 0"),
    "no labels": (lambda m: m["model"].update(labels=[]), "differ in number"),
    "short context": (lambda m: m["model"].update(context=3), "longer than the context"),
    "looks at no head": (lambda m: m["state"]["look"].update(head=8), "look.head is 8"),
    "looks beyond": (lambda m: m["state"]["look"].update(position=250), "a position is 250"),
    "step twice": (lambda m: m["tree"]["nodes"][0].update(steps=[0, 1, 2, 2, 4]), "two positions"),
    "no such stop": (lambda m: m["state"]["stops"]["items"][0].update(text="e >"), "the stop"),
    "inside no place": (lambda m: m["state"]["inside"].update(place=99), "inside.place is 99"),
    "inside no token": (lambda m: m["state"]["inside"].update(token=5000), "inside.token is 5000"),
    "names nothing": (lambda m: m["tree"].update(names=[[99, "x"]]), "tree.names: a node is 99"),
    "cuts nothing": (lambda m: m["tree"].update(pruned=[-1]), "tree.pruned: a node is -1"),
    "asks nothing": (lambda m: m["state"].update(asked=4096), "state.asked is 4096"),
    "no such twin": (lambda m: m["state"]["twin"].update(other=77), "state.twin.other is 77"),
    "hit nowhere": (lambda m: m["state"]["stops"]["hit"].update(node=99), "stops.hit.node is 99"),
    "more layers": (lambda m: m["model"].update(layers=7), "it must be float32"),
}


@pytest.mark.parametrize("change", BAD_MANIFESTS)
def test_a_manifest_that_cannot_be_is_a_sentence_that_names_the_place(
    change, parts, tmp_path
) -> None:
    edit, words = BAD_MANIFESTS[change]
    manifest = json.loads(parts["session.json"])
    edit(manifest)
    path = tmp_path / "bad.explorer"
    path.write_bytes(zipped(parts | {"session.json": json.dumps(manifest).encode()}))
    with pytest.raises(SessionError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


TEXTS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda text: b"",
    "cut": lambda text: text[:-20],
    "BOM": lambda text: b"\xef\xbb\xbf" + text,
    "NaN": lambda text: text.replace(b'"rate":9.0', b'"rate":NaN'),
    "1e999": lambda text: text.replace(b'"rate":9.0', b'"rate":1e999'),
    "bad UTF-8": lambda text: text.replace(b"watch", b"w\xffatch"),
    "trailing bytes": lambda text: text + b"{}",
    "same key twice": lambda text: text.replace(b'"rate":9.0', b'"rate":9.0,"rate":9.0'),
    "a list": lambda text: b"[]",
    "deep": lambda text: b"[" * 200_000,
}


@pytest.mark.parametrize("change", TEXTS)
def test_a_manifest_that_is_no_json_is_a_sentence(change, parts, tmp_path) -> None:
    text = TEXTS[change](parts["session.json"])
    assert text != parts["session.json"]
    path = tmp_path / "bad.explorer"
    path.write_bytes(zipped(parts | {"session.json": text}))
    with pytest.raises(SessionError, match=r"bad\.explorer"):
        load(path)


def _array(data: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, data, version=(1, 0), allow_pickle=False)
    return out.getvalue()


def _spoil(parts: dict[str, bytes]) -> dict[str, bytes]:
    logits = np.load(io.BytesIO(parts["logits.npy"]), allow_pickle=False)
    spoiled = logits.copy()
    spoiled[0, 0] = np.nan
    header = parts["logits.npy"][:128]
    count = str(len(logits)).encode()
    return {
        "NaN in an array": _array(spoiled),
        "double precision": _array(logits.astype(np.float64)),
        "a row less": _array(logits[1:]),
        "another order": _array(np.asfortranarray(logits)),
        "cut": parts["logits.npy"][:-4],
        "longer": parts["logits.npy"] + b"\0\0\0\0",
        "empty": b"",
        "a header that lies": header.replace(count, b"9" * len(count)) + parts["logits.npy"][128:],
        "objects": b"\x93NUMPY\x01\x00\x46\x00"
        + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(69)
        + b"\n",
    }


@pytest.mark.parametrize("kind", range(9))
def test_an_array_that_is_not_what_the_manifest_says_is_a_sentence(kind, parts, tmp_path) -> None:
    data = list(_spoil(parts).values())[kind]
    path = tmp_path / "bad.explorer"
    path.write_bytes(zipped(parts | {"logits.npy": data}))
    with pytest.raises(SessionError, match=r"bad\.explorer"):
        load(path)


def test_a_part_that_is_compressed_could_swell_and_is_refused(parts, tmp_path) -> None:
    path = tmp_path / "bomb.explorer"
    path.write_bytes(zipped(parts | {"logits.npy": b"\0" * 50_000_000}, zipfile.ZIP_DEFLATED))
    assert path.stat().st_size < 10_000_000
    with pytest.raises(SessionError, match="compressed"):
        load(path)


@pytest.mark.parametrize("extra", ["model.bin", "../outside.npy", "/etc/passwd"])
def test_a_part_that_no_session_has_is_refused(extra, parts, tmp_path) -> None:
    path = tmp_path / "a.explorer"
    path.write_bytes(zipped(parts | {extra: b"x"}))
    with pytest.raises(SessionError, match="parts are not those"):
        load(path)


@pytest.mark.parametrize("name", [*ARRAYS, "session"])
def test_a_part_that_is_missing_is_a_sentence(name, parts, tmp_path) -> None:
    path = tmp_path / "a.explorer"
    path.write_bytes(zipped({k: v for k, v in parts.items() if not k.startswith(name)}))
    with pytest.raises(SessionError, match=r"parts are not those|no session\.json"):
        load(path)


def test_what_is_no_file_is_a_sentence(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, word in (("none", "No such file"), (".", "not a file"), ("pipe", "not a file")):
        with pytest.raises(SessionError, match=word):
            load(tmp_path / name)


@given(st.binary(max_size=400))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_bytes_make_the_reader_fail_otherwise(tmp_path, data) -> None:
    path = tmp_path / "any.explorer"
    path.write_bytes(data)
    with pytest.raises(SessionError):
        load(path)


@pytest.fixture(scope="module")
def small(branched, tmp_path_factory) -> bytes:
    """A good file without arrays and with a short vocabulary, so that every byte matters."""
    path = save(tmp_path_factory.mktemp("small") / "a.explorer", branched, arrays=False)
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("session.json"))
    manifest["model"]["labels"] = manifest["model"]["labels"][:3]
    manifest["model"]["pieces"] = manifest["model"]["pieces"][:3]
    manifest["model"].update(begin_token=0, end_token=0)
    manifest["tree"]["tokens"] = [0] * len(manifest["tree"]["tokens"])
    return zipped({"session.json": json.dumps(manifest).encode()})


@given(st.data())
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_changed_bytes_give_a_sentence_or_a_session(small, tmp_path, data) -> None:
    spoiled = bytearray(small)
    for _ in range(data.draw(st.integers(1, 4))):
        spoiled[data.draw(st.integers(0, len(small) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "any.explorer"
    path.write_bytes(spoiled)
    try:
        load(path)
    except SessionError as error:
        assert str(path) in str(error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.data())
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_value_in_any_place_gives_a_sentence_or_a_session(small, tmp_path, data) -> None:
    with zipfile.ZipFile(io.BytesIO(small)) as archive:
        manifest = copy.deepcopy(json.loads(archive.read("session.json")))
    here: Any = manifest
    while True:
        key = data.draw(st.sampled_from(list(here) if isinstance(here, dict) else range(len(here))))
        if not isinstance(here[key], (dict, list)) or not here[key] or data.draw(st.booleans()):
            break
        here = here[key]
    here[key] = data.draw(JSON)
    path = tmp_path / "any.explorer"
    path.write_bytes(zipped({"session.json": json.dumps(manifest).encode("utf-8", "replace")}))
    try:
        load(path)
    except SessionError as error:
        assert str(path) in str(error)


@pytest.fixture(scope="module")
def bushy(story) -> Snapshot:
    """A prompt with 20,000 branches of one token each."""
    s = story(1)
    first, second = s.timeline.nodes
    nodes = (first, *(replace(second) for _ in range(20_000)))
    return replace(s, timeline=replace(s.timeline, nodes=nodes))


def test_many_branches_are_saved_and_opened_in_slices(bushy, reader, tmp_path) -> None:
    saving = list(write_session(tmp_path / "a.explorer", bushy))
    opening = list(open_session(tmp_path / "a.explorer", reader))
    told = [one for one in opening if isinstance(one, str)]
    assert any("4,000 of 20,001 nodes" in one for one in saving)
    # Text, records, checks, positions, texts and nodes: each in parts of 2,000.
    assert len(told) > 6 * 9 and "16,000 of 20,001 nodes checked" in "\n".join(told)
    s = opening[-1].snapshot
    assert len(s.timeline.nodes) == 20_001
    assert s.timeline.node.trace.ids == bushy.timeline.node.trace.ids


def test_a_fault_behind_many_branches_is_named_with_its_place(bushy, tmp_path) -> None:
    path = save(tmp_path / "a.explorer", bushy, arrays=False)
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("session.json"))
    manifest["tree"]["nodes"][9000]["x"] = 1
    path.write_bytes(zipped({"session.json": json.dumps(manifest).encode()}))
    with pytest.raises(SessionError, match=re.escape("$.tree.nodes[9000].x")):
        load(path)


def test_a_manifest_written_by_another_hand_is_the_same(parts, tmp_path) -> None:
    text = json.dumps(json.loads(parts["session.json"]), indent=3).replace("\n", " \r\n\t")
    (tmp_path / "a.explorer").write_bytes(zipped(parts | {"session.json": text.encode()}))
    (tmp_path / "b.explorer").write_bytes(zipped(parts))
    assert load(tmp_path / "a.explorer").manifest == load(tmp_path / "b.explorer").manifest


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)  # fmt: skip


@given(ANY_JSON, st.integers(0, 3), st.data())
def test_json_in_slices_is_json(value, indent, data) -> None:
    raw = {"tree": {"nodes": value, "more": value}, "nodes": value}
    text = json.dumps(raw, indent=indent or None).encode()
    assert run(reading_json(text, ("tree", "nodes"))) == raw
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    for damaged in (cut, text + b"}", text.replace(b":", b"", 1)):
        with pytest.raises(SessionError, match="manifest"):
            run(reading_json(damaged, ("tree", "nodes")))


@pytest.mark.parametrize(
    "text", ['{"tree": {"nodes": [1,, 2]}}', '{"tree": {"nodes": [1 2]}}', '{"tree": {1: 2}}',
             '{"tree": {"a": 1 "nodes": []}}', '{"tree": {"nodes": [], "nodes": []}}', "{,}",
             '{"tree": {"nodes": [NaN]}}', '{"tree": {"nodes": ['],
)  # fmt: skip
def test_what_only_looks_like_json_is_refused_in_slices_too(text) -> None:
    for way in (("tree", "nodes"), None):
        with pytest.raises(SessionError, match="manifest"):
            run(reading_json(text.encode(), way))
