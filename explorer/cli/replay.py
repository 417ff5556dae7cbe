"""`explorer replay`: run a saved session again and compare every token and number."""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli import settings, story


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `replay` and its options to the parser."""
    parser = commands.add_parser(
        "replay", help="run a saved session again and compare every number", allow_abbrev=False
    )
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="a saved session")
    add("--tolerance", type=float, default=None, metavar="X", help="1e-4 if not given")
    settings.add_model(parser)
    parser.set_defaults(run=run_replay)


def run_replay(options: argparse.Namespace) -> int:
    """0 when everything is as it was, 1 with the first deviation; ValueError for bad input."""
    from explorer.session.files.archive import Stored, read_session
    from explorer.session.files.journal import JOURNAL_SUFFIX, read_journal
    from explorer.session.files.replay import TOLERANCE, replay

    tolerance = TOLERANCE if options.tolerance is None else options.tolerance
    if not 0 <= tolerance <= 1:
        raise ValueError(f"--tolerance is {tolerance}; it must lie between 0 and 1")
    if options.file.suffix == JOURNAL_SUFFIX:
        stored = Stored(read_journal(options.file))
    else:
        *_, last = read_session(options.file)
        assert isinstance(last, Stored)
        stored = last
    reader = story.open_reader(options.model)
    model, there = stored.manifest.model, reader.facts
    if model.fingerprint != there.fingerprint:
        raise ValueError(
            f"{options.file} was made with the model {model.name!r} ({model.fingerprint[:8]}), "
            f"this is {there.name!r} ({there.fingerprint[:8]}); name the right one with --model"
        )
    nodes, numbers, largest = 0, 0, 0.0
    for one in replay(stored, reader, tolerance):
        nodes, numbers, largest = nodes + 1, numbers + one.numbers, max(largest, one.largest)
        if one.deviation:
            label = model.labels[one.token]
            print(f"node {one.node} ({label}): {one.deviation}")
            return 1
    arrays = "" if stored.steps is not None else "; the file holds no arrays to compare"
    print(
        f"{nodes} nodes and {numbers:,} numbers are as they were, "
        f"the largest difference is {largest:.1e}{arrays}"
    )
    return 0
