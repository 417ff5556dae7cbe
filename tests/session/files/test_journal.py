"""The journal: killed at any moment, it loses at most the step in flight."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.engine.edits import heads_off
from explorer.session import moves
from explorer.session.files.journal import Journal, read_journal
from explorer.session.files.manifest import Manifest, SessionError
from explorer.session.files.records import Ledger, state_of
from explorer.session.snapshot import Snapshot

KILLS = 200
TOY = Path(__file__).parents[1] / "conftest.py"
# Forks a process that writes and tells what it has written, kills it, looks at what it left.
KILLER = """
import importlib.util, os, random, select, signal, sys, time
from dataclasses import replace
from pathlib import Path

spec = importlib.util.spec_from_file_location("toy", sys.argv[1])
toy = importlib.util.module_from_spec(spec)
spec.loader.exec_module(toy)
from explorer.session import moves
from explorer.session.files.archive import Stored, read_session, write_session
from explorer.session.files.journal import Journal, read_journal

START = toy.opening.__wrapped__() if hasattr(toy.opening, "__wrapped__") else (
    toy.opening._get_wrapped_function()())

def step(s, dice):
    if dice.random() < 0.3:
        s = moves.back(s)
    if moves.why_stopped(s):
        s = moves.to_start(s)
    draw = moves.forced_draw(s, dice.randrange(2, 6))
    trace = toy._read(s.timeline.node.trace, [draw.token])
    return moves.advance(s, s.timeline.cursor, trace, draw)

def write(folder, tell, seed):
    journal, s, dice = Journal(folder / "a.journal"), START, random.Random(seed)
    for count in range(10_000):
        journal.append(s)
        os.write(tell, b".")
        if count % 8 == 3:
            for _ in write_session(folder / "a.explorer", s):
                pass
        s = step(s, dice)

dice = random.Random(7)
for kill in range(int(sys.argv[3])):
    folder = Path(sys.argv[2]) / str(kill)
    folder.mkdir()
    hear, tell = os.pipe()
    child = os.fork()
    if not child:
        write(folder, tell, kill)
    os.close(tell)
    select.select([hear], [], [])
    time.sleep(dice.random() * 0.03)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    told = 0
    while part := os.read(hear, 65536):
        told += len(part)
    os.close(hear)
    s, again = START, random.Random(kill)
    texts = [s.timeline.node.trace.ids]
    for _ in range(told):
        s = step(s, again)
        texts.append(s.timeline.node.trace.ids)
    tree = read_journal(folder / "a.journal").tree
    here, ids = tree.cursor, ()
    while here is not None and here >= 0:
        node = tree.nodes[here]
        ids = tuple(tree.tokens[one] for one in node.steps) + ids
        here = node.parent
    assert len(tree.nodes) in (told, told + 1), (kill, told, len(tree.nodes))
    assert ids == texts[len(tree.nodes) - 1], kill
    if (folder / "a.explorer").exists():
        *_, stored = read_session(folder / "a.explorer")
        assert isinstance(stored, Stored) and stored.snapshot.timeline
    print(told)
"""


@pytest.fixture(scope="module")
def walk(opening, read) -> list[Snapshot]:
    """Twelve moments of a session: steps, a branch, an edit, a new prompt, settings, undo."""

    def step(s: Snapshot, token: int) -> Snapshot:
        draw = moves.forced_draw(s, token)
        trace = read(s.timeline.node.trace, [token], s.edits)
        return moves.advance(s, s.timeline.cursor, trace, draw)

    moments = [opening]
    for token in (2, 3, 4):
        moments.append(step(moments[-1], token))
    undone = moments[-2]
    moments.append(step(moves.back(moments[-1]), 5))
    moments.append(moves.heat(moments[-1], 0.5))
    moments.append(step(moves.edit(moments[-1], heads_off((0, 0))), 2))
    moments.append(moves.begin(moments[-1], "B", read(moments[0].timeline.node.trace, [1])))
    moments.append(undone)
    moments.append(step(undone, 2))
    moments.append(replace(moments[-1], notes="kept"))
    named = replace(moments[-1].timeline, names={1: "one"}, pruned=frozenset({2}))
    moments.append(replace(moments[-1], timeline=named))
    moments.append(moves.seek(moments[-1], 1))
    return moments


def whole(s: Snapshot) -> tuple[object, ...]:
    """Everything of a snapshot that a journal must hold, in comparable form."""
    tree = Ledger().tree(s.timeline)
    return (tree, state_of(s))


def as_written(manifest: Manifest) -> tuple[object, ...]:
    """The same of what was read; indices of settings and edits are replaced by what they mean."""
    return (manifest.tree, manifest.state)


def meaning(pair: tuple[object, ...]) -> tuple[object, ...]:
    """Trees are equal when they mean the same: tables may be in another order."""
    tree, state = pair
    nodes = [
        (
            node.parent,
            tuple(tree.tokens[step] for step in node.steps),
            node.fresh,
            tree.edits[node.edits],
            node.draw and (replace(node.draw, sampling=0), tree.samplings[node.draw.sampling]),
            node.prompt,
        )
        for node in tree.nodes
    ]
    return nodes, tree.cursor, tree.tip, tree.names, tree.pruned, state


def written(walk: list[Snapshot], folder: Path) -> tuple[bytes, list[int]]:
    """The bytes of a whole journal, and where each entry ends."""
    journal, ends = Journal(folder / "whole.journal"), []
    for moment in walk:
        assert journal.append(moment)
        ends.append(journal.path.stat().st_size)
    return journal.path.read_bytes(), ends


def test_the_journal_is_the_session_after_every_entry(walk, tmp_path) -> None:
    data, ends = written(walk, tmp_path)
    for moment, end in zip(walk, ends, strict=True):
        (tmp_path / "cut.journal").write_bytes(data[:end])
        found = meaning(as_written(read_journal(tmp_path / "cut.journal")))
        assert found == meaning(whole(moment))


def test_a_journal_cut_anywhere_is_the_session_at_the_last_whole_entry(walk, tmp_path) -> None:
    data, ends = written(walk, tmp_path)
    meanings = [meaning(whole(moment)) for moment in walk]
    path = tmp_path / "cut.journal"
    for offset in range(ends[0], len(data), 11):
        path.write_bytes(data[:offset])
        last = sum(end <= offset for end in ends) - 1
        assert meaning(as_written(read_journal(path))) == meanings[last]


@given(data=st.data())
@settings(max_examples=100, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_bytes_that_the_disk_lost_end_the_journal_there(walk, tmp_path, data) -> None:
    good, ends = written(walk, tmp_path)
    (tmp_path / "whole.journal").unlink()
    at = data.draw(st.integers(ends[2], len(good) - 1))
    spoiled = bytearray(good)
    spoiled[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "spoiled.journal"
    path.write_bytes(spoiled)
    last = sum(end <= at for end in ends) - 1
    assert meaning(as_written(read_journal(path))) == meaning(whole(walk[last]))


@pytest.mark.parametrize("data", [b"", b"garbage", b"00000000 {}\n", b"\0" * 5000])
def test_what_is_no_journal_is_a_sentence(data, tmp_path) -> None:
    (tmp_path / "a.journal").write_bytes(data)
    with pytest.raises(SessionError, match=r"a\.journal cannot be opened as a journal"):
        read_journal(tmp_path / "a.journal")


def test_without_a_text_there_is_no_journal(tmp_path) -> None:
    journal = Journal(tmp_path / "a.journal")
    assert not journal.append(Snapshot())
    assert list(tmp_path.iterdir()) == []


def test_a_session_that_was_saved_needs_no_journal(walk, tmp_path) -> None:
    journal = Journal(tmp_path / "new" / "a.journal")
    journal.append(walk[0])
    journal.remove()
    assert list((tmp_path / "new").iterdir()) == []


def test_another_model_begins_the_journal_anew(walk, tmp_path) -> None:
    journal = Journal(tmp_path / "a.journal")
    for moment in walk:
        journal.append(moment)
    last = replace(walk[1], model=replace(walk[1].model, name="other", fingerprint="o"))
    journal.append(last)
    manifest = read_journal(journal.path)
    assert manifest.model.name == "other"
    assert meaning(as_written(manifest)) == meaning(whole(last))


@pytest.mark.skipif(sys.platform == "win32", reason="there no process can be forked")
def test_two_hundred_kills_lose_at_most_the_step_in_flight(
    environment: Callable[..., dict[str, str]], tmp_path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(TOY), str(tmp_path), str(KILLS)],
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    told = [int(line) for line in done.stdout.split()]
    assert len(told) == KILLS
    assert len(set(told)) > 3
