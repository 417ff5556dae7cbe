"""The entry point: one parser, one table of commands, one place where errors become sentences.

Built without torch, Qt and numpy, so that `explorer --help` answers at once.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from explorer import __version__
from explorer.cli import checkpoints, doctor, generate, info, replay, serve, snapshot, train, window
from explorer.cli.table import printable

COMMANDS = (generate, snapshot, checkpoints, info, doctor, train, serve, replay)
SESSION_SUFFIX = ".explorer"
BAD_INPUT, INTERRUPTED, PIPE_CLOSED = 2, 130, 141
_LONG_WORD = re.compile(r"(\S{100})\S{200,}(\S{40})")


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every other refusal, not below a page of usage."""

    def error(self, message: str) -> NoReturn:
        """End with the code for bad input."""
        self.exit(_end(f"{message}; see {self.prog} --help", BAD_INPUT))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code.

    0 done, 1 a check failed, 2 bad input, 130 stopped by Ctrl-C, 141 nobody reads the output.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options, strange = build_parser().parse_known_args(opening(given))
    if strange:
        name = options.run.__module__.rsplit(".", 1)[-1].replace("window", "")
        words = f"not understood: {' '.join(strange)}; see {f'explorer {name}'.strip()} --help"
        sys.exit(_end(words, BAD_INPUT))
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
        # Where the current folder was removed, MKL ends the process when torch loads it.
        Path.cwd()
    except OSError:
        return _end("the current folder is not there any more; start in another one", BAD_INPUT)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return _end("stopped", INTERRUPTED)
    except BrokenPipeError:
        return _end("", PIPE_CLOSED)
    except (ValueError, OSError, FloatingPointError) as error:
        return _end(_sentence(error), BAD_INPUT)


def _sentence(error: Exception) -> str:
    """What an error says; one of the system names its file first and keeps its number to itself."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _end(sentence: str, code: int) -> int:
    """Say the sentence in one line; whatever standard output cannot take any more is dropped."""
    try:
        sys.stdout.flush()
    except OSError:
        # Python flushes once more at exit and would print a traceback there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if sentence:
        words = _LONG_WORD.sub(r"\1…\2", " ".join(printable(sentence).split()))
        print(f"explorer: {words}", file=sys.stderr)
    return code


def opening(arguments: Sequence[str]) -> list[str]:
    """`explorer FILE` opens a session: a last argument with that ending is taken for --open."""
    *before, last = arguments or [""]
    commands = {command.__name__.rsplit(".", 1)[-1] for command in COMMANDS}
    if not last.endswith(SESSION_SUFFIX) or last.startswith("-") or commands & set(before):
        return list(arguments)
    return [*before, last] if before and before[-1] == "--open" else [*before, "--open", last]


def build_parser() -> Parser:
    """The parser with every command; without one the window opens."""
    parser = Parser(
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
