"""`explorer snapshot`: the window or one panel as a picture, drawn without a screen."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from explorer.cli import display, settings
from explorer.cli.story import ask_for_memory

SUFFIXES = (".png", ".svg", ".pdf")
THEMES = ("light", "dark")
WORKSPACES = ("text", "memory", "bridge")
SMALLEST, LARGEST = 160, 8192


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `snapshot` and its options to the parser."""
    parser = commands.add_parser(
        "snapshot", help="draw the window or one panel into a file", allow_abbrev=False
    )
    add = parser.add_argument
    add(
        "prompt",
        metavar="PROMPT",
        help="the text to continue, in memory the letters to store; - reads standard input",
    )
    add("--workspace", default="text", choices=WORKSPACES, help="text if not given")
    add(
        "--steps",
        type=int,
        default=0,
        metavar="N",
        help="before the picture: tokens to write, neurons or memories to update",
    )
    add("--out", type=Path, required=True, metavar="FILE", help="a .png, .svg or .pdf file")
    add("--panel", metavar="ID", help="only this panel")
    add("--size", default="1600x900", metavar="WxH", help="in pixels, 1600x900 if not given")
    add("--theme", default=argparse.SUPPRESS, choices=THEMES, help="colours")
    add(
        "--layout",
        default="explore",
        metavar="NAME",
        help="explore, lecture, debug; memory: machines",
    )
    add("--presenter", action="store_true", default=argparse.SUPPRESS, help="large type")
    settings.add_model(parser)
    settings.add_device(parser)
    settings.add_sampling(parser)
    parser.set_defaults(run=run_snapshot)


def run_snapshot(options: argparse.Namespace) -> int:
    """Check everything that is cheap to check, then draw."""
    sampling = settings.sampling_of(options)
    if not 0 <= options.steps <= settings.MOST_TOKENS:
        raise ValueError(settings.no_count("steps", options.steps))
    settings.check_output(options.out, SUFFIXES)
    size = parse_size(options.size)
    subject = settings.prompt_of(options.prompt)
    if options.workspace != "text":
        _dice_only(options)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # Without a screen Qt warns at every change of a window's size that it cannot tell a screen.
    os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
    if missing := display.missing_library(os.environ):
        raise OSError(display.advice(missing))
    from explorer import snapshots
    from explorer.resources import model_folder

    frame = snapshots.Frame(
        panel=options.panel,
        size=size,
        theme=options.theme if options.theme in THEMES else "light",
        presenter=options.presenter,
        layout=options.layout,
    )
    snapshots.check(options.workspace, frame)
    ask_for_memory(options.model, options.storage, options.device)
    scene = snapshots.Scene(
        subject=subject,
        steps=options.steps,
        sampling=sampling,
        model=options.model or model_folder(),
        workspace=options.workspace,
        storage=options.storage,
        device=options.device,
    )
    snapshots.draw(scene, frame, options.out)
    return 0


def _dice_only(options: argparse.Namespace) -> None:
    """Refuse settings of sampling where no token is drawn, instead of passing over them."""
    given = [name for name in settings.STAGES if getattr(options, name) is not None]
    for name in (*given, *(["preset"] if options.preset is not None else [])):
        if name != "seed":
            raise ValueError(
                f"--{name.replace('_', '-')} is about drawing tokens, and the workspace "
                f"{options.workspace!r} draws none; leave it out"
            )


def parse_size(text: str) -> tuple[int, int]:
    """Width and height in pixels of a text like 1600x900; raises ValueError with a sentence."""
    match = re.fullmatch(r"([0-9]{1,9})[x×]([0-9]{1,9})", text)
    if match is None:
        raise ValueError(f"--size is {text!r}; it must look like 1600x900")
    width, height = int(match[1]), int(match[2])
    if not (min(width, height) >= SMALLEST and max(width, height) <= LARGEST):
        raise ValueError(
            f"--size is {text}; each side must lie between {SMALLEST} and {LARGEST} pixels"
        )
    return width, height
