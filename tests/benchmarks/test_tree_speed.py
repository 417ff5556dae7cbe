"""The tree of 1,000 nodes: one step and one move of the cursor, painted. Run by hand, with -s."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

import pytest

from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.tree import TreePanel

NODES, BUDGET_MS = 1000, 16.0


@pytest.fixture
def forest(reader, story) -> Snapshot:
    """A tree of 1,000 nodes with several hundred branches."""
    s, chance = story(0), random.Random(1)
    while len(s.timeline.nodes) < NODES:
        if chance.random() < 0.25 or moves.why_stopped(s):
            s = moves.seek(s, chance.randrange(len(s.timeline.nodes)))
            continue
        s = grown(reader, s, chance.choice((1, 1, 1, 2, 3, 4)))
    return s


def grown(reader, s: Snapshot, rank: int) -> Snapshot:
    draw = moves.forced_draw(s, moves.token_at_rank(s, rank))
    here = moves.known(s, draw)
    if here is not None:
        return here
    trace = reader.read(s.timeline.node.trace, [draw.token], s.edits)
    return moves.advance(s, s.timeline.cursor, trace, draw)


def milliseconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return 1e3 * (time.perf_counter() - start)


def test_a_thousand_nodes_stay_fluid(
    forest: Snapshot, reader, worker, style, qtbot, benchmark
) -> None:
    controller = Controller(forest, worker)
    panel = TreePanel(controller, style)
    qtbot.addWidget(panel)
    panel.resize(480, 800)
    panel.show()
    qtbot.waitExposed(panel)
    chance, steps, walks = random.Random(2), [], []

    def show(s: Snapshot) -> None:
        controller.become(s)
        panel.canvas.viewport().repaint()

    while len(steps) < 30:
        s = moves.seek(controller.snapshot, chance.randrange(NODES))
        walks.append(milliseconds(lambda s=s: show(s)))
        if not moves.why_stopped(s):
            s = grown(reader, s, 5)
            steps.append(milliseconds(lambda s=s: show(s)))
    step, walk = statistics.median(steps), statistics.median(walks)
    rows = len(panel._picture.rows)
    benchmark.extra_info.update(step_ms=round(step, 2), walk_ms=round(walk, 2), rows=rows)
    print(f"\n{NODES} nodes, {rows} rows: a step {step:.1f} ms (max {max(steps):.1f}), "
          f"a walk {walk:.1f} ms (max {max(walks):.1f})")  # fmt: skip
    benchmark.pedantic(lambda: None)
    assert step <= BUDGET_MS
    assert walk <= BUDGET_MS
