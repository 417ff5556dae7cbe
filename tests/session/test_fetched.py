"""Rows that come later: every text that shares a step gets them, and no other."""

from __future__ import annotations

from dataclasses import replace

from explorer.engine.trace import Trace
from explorer.session import moves
from explorer.session.fetched import enrich


def test_every_text_of_the_tree_gets_the_richer_steps(story) -> None:
    s = story(4)
    before = s.timeline.node.trace
    after = Trace(tuple(replace(step) for step in before.steps), before.edits)
    new = enrich(s, before, after)
    assert new.timeline.node.trace.steps == after.steps
    assert all(node.trace.steps == after.steps[: len(node.trace)] for node in new.timeline.nodes)
    assert moves.back(new).timeline.node.trace.steps == after.steps[:-1]


def test_nothing_changes_where_the_text_is_gone(story) -> None:
    s, other = story(2), story(2, prompt="A dog")
    before = other.timeline.node.trace
    assert enrich(s, before, Trace(tuple(replace(step) for step in before.steps))) is s
    assert enrich(s, s.timeline.node.trace, s.timeline.node.trace) is s
