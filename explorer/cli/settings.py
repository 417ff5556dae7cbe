"""Options that several commands share: the model folder, the prompt, the stages of sampling."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.engine.opening import DEVICES

if TYPE_CHECKING:
    from explorer.engine.sampling import Sampling

MOST_TOKENS = 10_000_000
_LARGEST_PROMPT = 8 << 20
STAGES = ("temperature", "top_k", "top_p", "min_p", "repetition_penalty", "seed")


def no_count(name: str, value: int) -> str:
    """Why an option cannot be that many tokens, in a sentence."""
    return f"--{name} is {value}; it must lie between 0 and {MOST_TOKENS:,}"


def folder(text: str) -> Path:
    """The folder that an option names; an empty name would be the current one."""
    if not text:
        raise argparse.ArgumentTypeError("an empty name is no folder")
    return Path(text)


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add --model; SUPPRESS lets the same option before the command keep its value."""
    parser.add_argument(
        "--model",
        type=folder,
        metavar="FOLDER",
        default=argparse.SUPPRESS,
        help="a model folder, the shipped one if not given",
    )
    add_storage(parser, argparse.SUPPRESS)


def add_storage(parser: argparse.ArgumentParser, silent: str) -> None:
    """Add --storage; `silent` is its value where it is not given."""
    parser.add_argument(
        "--storage",
        choices=("fp32", "as-stored"),
        default=silent,
        help="weights copied to fp32, or mapped from the disk as they are stored",
    )


def add_device(parser: argparse.ArgumentParser, silent: str = argparse.SUPPRESS) -> None:
    """Add --device; SUPPRESS lets the same option before the command keep its value."""
    parser.add_argument(
        "--device",
        choices=DEVICES,
        default=silent,
        help="where the model runs; auto: a GPU of CUDA or Apple where there is one, else cpu",
    )


def add_sampling(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stages of sampling; what is not given comes from the preset."""
    add = parser.add_argument_group("which token next").add_argument
    add(
        "--temperature",
        type=float,
        metavar="T",
        help="0 is greedy, 1 the model itself; 0.8 if not given",
    )
    add("--top-k", type=int, metavar="K", help="keep the K most probable tokens")
    add("--top-p", type=float, metavar="P", help="keep the tokens that make up this probability")
    add("--min-p", type=float, metavar="P", help="keep tokens above P times the most probable")
    add("--repetition-penalty", type=float, metavar="R", help="above 1 avoids repeating tokens")
    add("--preset", metavar="NAME", help="plain, factual, chat, creative or code")
    add("--seed", type=int, metavar="N", help="the dice; the same seed gives the same text")


def sampling_of(options: argparse.Namespace) -> Sampling:
    """The settings that the options ask for; raises ValueError with a sentence."""
    from dataclasses import replace

    from explorer.engine.sampling import PRESETS
    from explorer.session.snapshot import Snapshot

    start = Snapshot().sampling
    if options.preset is not None:
        if options.preset not in PRESETS:
            raise ValueError(f"there is no preset {options.preset!r}; there are {_list(PRESETS)}")
        start = PRESETS[options.preset]
    given = {name: getattr(options, name) for name in STAGES}
    return replace(start, **{name: value for name, value in given.items() if value is not None})


def prompt_of(text: str) -> str:
    """The prompt as typed, or for `-` what stands on standard input, less its last line end.

    Arguments are taken as UTF-8 whatever the locale says. Raises ValueError beyond 8 MB.
    """
    if text != "-":
        try:
            return os.fsencode(text).decode("utf-8", "replace")
        except UnicodeEncodeError:  # a lone surrogate that no terminal can have sent
            return text
    data = sys.stdin.buffer.read(_LARGEST_PROMPT + 1)
    if len(data) > _LARGEST_PROMPT:
        raise ValueError("the prompt on standard input is larger than 8 MB")
    return data.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "replace")


def check_output(path: Path, suffixes: tuple[str, ...]) -> None:
    """Refuse a file that could not be written, before any work is done for it.

    Raises ValueError for an unknown ending, OSError for a folder that takes no files.
    """
    if path.suffix.lower() not in suffixes:
        raise ValueError(f"{path} must end in {' or '.join(suffixes)}")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a file")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise OSError(f"cannot write into the folder {path.parent}: {error.strerror}") from None


def _list(names: dict[str, Sampling]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}"
