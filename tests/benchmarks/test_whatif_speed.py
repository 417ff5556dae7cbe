"""What-if over a full context: 256 steps x 4,096 entries. Run by hand, with -s.

Times of the thread: what other processes take from the processor is left out.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

import pytest

from explorer.engine.sampling import Sampling
from explorer.lens import whatif
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow, open_story

BUDGET_MS = 16.0
WAYS = {
    "temperature": lambda x: {"temperature": 0.8 + 1e-6 * x},
    "penalty": lambda x: {"repetition_penalty": 1.1 + 1e-7 * x},
    "min-p": lambda x: {"min_p": 1e-9 * x},
    "top-p": lambda x: {"top_p": 0.98 - 1e-8 * x},
    "top-k": lambda x: {"top_k": 4090 - x},
}
BASE = {"penalty": {"repetition_penalty": 1.1}, "top-p": {"top_p": 0.98}}


@pytest.mark.parametrize("way", WAYS)
def test_a_slider_moves_over_the_whole_history(way: str, reader, benchmark) -> None:
    """Changes so small that nothing falls elsewhere: the search goes to the end of the line."""
    s = long_story(reader, Sampling(temperature=0.8, **BASE.get(way, {})))
    times = []
    for x in range(1, 25):
        sampling = replace(s.sampling, **WAYS[way](x))
        start = time.thread_time()
        *_, found = whatif.search(moves.sample_with(s, sampling))
        times.append(1e3 * (time.thread_time() - start))
        if found.place is not None:
            times.pop()
    median = statistics.median(times)
    benchmark.extra_info.update(ms=round(median, 2), first_ms=round(times[0], 2))
    print(f"\n{way}: {len(s.timeline.line()) - 1} steps, "
          f"first {times[0]:.1f} ms, median {median:.1f} ms, "
          f"max of the others {max(times[1:]):.1f} ms, {len(times)} of 24")  # fmt: skip
    benchmark.pedantic(lambda: None)
    assert len(times) > 12
    assert median <= BUDGET_MS


def long_story(reader, sampling: Sampling) -> Snapshot:
    """A line that fills the context; the stop token is passed over by hand."""
    s = moves.sample_with(open_story(reader, Snapshot(), "The"), sampling)
    while len(s.timeline.node.trace) < s.model.context:
        new = grow(reader, s)
        if new.timeline.node.trace.ids[-1] == s.model.end_token:
            draw = moves.forced_draw(s, moves.token_at_rank(s, 2))
            trace = reader.read(s.timeline.node.trace, [draw.token], s.edits)
            new = moves.advance(s, s.timeline.cursor, trace, draw)
        s = new
    return s
