"""A session with a completion server is saved and opened like any other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.engine.remote.address import parse_address
from explorer.engine.remote.http import Client
from explorer.engine.remote.kinds import connect
from explorer.engine.remote.shape import Wishes
from explorer.session import moves
from explorer.session.files.archive import read_session, write_session
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow, open_story


@pytest.fixture
def join(completions):
    """A reader of a server that names this many tokens, 0: all."""
    clients = [Client(parse_address(completions.serve("llama.cpp").address))]
    yield lambda candidates=0: connect(clients[0], Wishes(candidates=candidates))
    clients[0].close()


@pytest.mark.parametrize("candidates", [0, 20])
def test_a_story_of_a_server_comes_back_from_its_file(join, story, tmp_path, candidates):
    remote = join(candidates)
    # What was looked at inside the former model does not stand in the way.
    before = moves.look_at(story(0), 3, 2)
    before = replace(before, inside=replace(before.inside, open=frozenset({2})))
    s = open_story(remote, moves.load(before, remote.facts), "The cat")
    for _ in range(4):
        s = grow(remote, s)
    path = tmp_path / "story.explorer"
    for _ in write_session(path, s):
        pass
    *_, stored = read_session(path)
    assert stored.manifest.model == remote.facts
    assert tuple(stored.manifest.tree.tokens[: len(s.timeline.node.trace)])
    # The whole vocabulary is kept; where tokens are missing the server is asked again.
    kept = stored.steps or ()
    assert len(kept) == (0 if candidates else len(s.timeline.node.trace))
    for step, again in zip(s.timeline.node.trace.steps, kept, strict=False):
        assert again.logits.tolist() == step.logits.tolist()


def test_a_text_of_a_server_is_not_read_on_with_another_model(join, reader):
    remote = join()
    s = open_story(remote, Snapshot(), "The cat")
    assert moves.load(s, reader.facts).timeline.nodes == ()
    assert moves.load(s, replace(remote.facts)).model.fingerprint == remote.facts.fingerprint
