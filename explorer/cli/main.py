"""The entry point: one parser, one table of commands, one place where errors become sentences.

Built without torch, Qt and numpy, so that `explorer --help` answers at once.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from explorer import __version__
from explorer.cli import checkpoints, doctor, generate, info, replay, serve, snapshot, train, window

COMMANDS = (generate, snapshot, checkpoints, info, doctor, train, serve, replay)
SESSION_SUFFIX = ".explorer"
BAD_INPUT, INTERRUPTED, PIPE_CLOSED = 2, 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code.

    0 done, 1 a check failed, 2 bad input, 130 stopped by Ctrl-C, 141 nobody reads the output.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = build_parser().parse_args(opening(given))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    code = _run(options)
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        # A thread of gloo that frees a tensor while Python takes itself down is ended in the middle
        # of C++, and now and then that aborts the process (torch 2.13). Everything is written.
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
    return code


def _run(options: argparse.Namespace) -> int:
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return _end("stopped", INTERRUPTED)
    except BrokenPipeError:
        return _end("", PIPE_CLOSED)
    except (ValueError, OSError, FloatingPointError) as error:
        return _end(str(error), BAD_INPUT)


def _end(sentence: str, code: int) -> int:
    """Say the sentence in one line; whatever standard output cannot take any more is dropped."""
    try:
        sys.stdout.flush()
    except OSError:
        # Python flushes once more at exit and would print a traceback there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if sentence:
        print(f"explorer: {' '.join(sentence.split())}", file=sys.stderr)
    return code


def opening(arguments: Sequence[str]) -> list[str]:
    """`explorer FILE` opens a session: a last argument with that ending is taken for --open."""
    *before, last = arguments or [""]
    commands = {command.__name__.rsplit(".", 1)[-1] for command in COMMANDS}
    if not last.endswith(SESSION_SUFFIX) or last.startswith("-") or commands & set(before):
        return list(arguments)
    return [*before, last] if before and before[-1] == "--open" else [*before, "--open", last]


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command; without one the window opens."""
    parser = argparse.ArgumentParser(
        prog="explorer",
        description="See, step by step, how a language model writes. "
        "Without a command the window opens.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"explorer {__version__}")
    window.add_to(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
