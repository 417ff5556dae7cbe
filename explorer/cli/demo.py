"""The demonstration in the terminal where no window can open: same prompt, same dice."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from explorer.cli import story, table
from explorer.cli.generate import StepTable

if TYPE_CHECKING:
    from explorer.session.snapshot import Snapshot

TOKENS, BARS, WIDTH = 24, 8, 40
SENTENCE = "There is no display, so Explorer plays its demonstration in the terminal."


def run_demo(options: argparse.Namespace) -> int:
    """Say why, then the bars of the first choice and the table of all steps."""
    from explorer.session.snapshot import DEMO_PROMPT, Snapshot

    print(SENTENCE, flush=True)
    reader = story.open_reader(options.model, options.storage, options.device)
    s = story.begin_story(reader, DEMO_PROMPT, Snapshot().sampling, TOKENS)
    plain = not table.can_show_unicode(sys.stdout)
    steps = StepTable(plain)
    print()
    steps.header(s)
    for longer in story.tell(reader, s):
        if longer.timeline.node.parent == s.timeline.root():
            print("\n".join(first_choice(longer, plain)) + "\n", flush=True)
            steps.columns()
        steps.step(longer)
        s = longer
    steps.end(s)
    return 0


def first_choice(s: Snapshot, plain: bool) -> list[str]:
    """The most probable candidates of the last draw as bars, and which one the dice chose."""
    assert s.model is not None and s.timeline.node.draw is not None
    draw, chances = s.timeline.node.draw, story.candidates_of(s)
    shown = [int(token) for token in chances.order[:BARS]]
    largest = float(chances.final[shown[0]])
    lines = ["What may come next:"]
    for token in shown:
        share = float(chances.final[token])
        label = table.fit(table.spell(s.model.labels[token], plain), 14, plain)
        mark = "<- chosen" if token == draw.token else ""
        full = table.bar(share / largest, WIDTH, plain)
        lines.append(f"  {label}  {full}  {table.percent(share):>9}  {mark}".rstrip())
    rest = 1 - float(chances.final[shown].sum())
    lines.append(f"  {'all others':14}  {'':{WIDTH}}  {table.percent(max(rest, 0)):>9}")
    chosen = table.spell(s.model.labels[draw.token], plain)
    lines.append(f"The dice fell on {draw.uniform:.3f}: the next token is {chosen}")
    return lines
