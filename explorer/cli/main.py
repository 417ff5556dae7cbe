"""The entry point: one parser, one table of commands, one place where errors become sentences.

Built without torch and without Qt, so that `explorer --help` answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from explorer import __version__
from explorer.cli import train

COMMANDS = (train,)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (0 done, 1 a check failed, 2 bad input)."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (ValueError, OSError, FloatingPointError) as error:
        print(f"explorer: {error}", file=sys.stderr)
        return 2


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command."""
    parser = argparse.ArgumentParser(prog="explorer", description=__doc__)
    parser.add_argument("--version", action="version", version=f"explorer {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
