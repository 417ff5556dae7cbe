"""`explorer snapshot`: the window or one panel as a picture, drawn without a screen."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from explorer.cli import display, settings

SUFFIXES = (".png", ".svg", ".pdf")
THEMES = ("light", "dark")
SMALLEST, LARGEST = 160, 8192


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `snapshot` and its options to the parser."""
    parser = commands.add_parser(
        "snapshot", help="draw the window or one panel into a file", allow_abbrev=False
    )
    add = parser.add_argument
    add("prompt", metavar="PROMPT", help="the text to continue; - reads standard input")
    add("--steps", type=int, default=0, metavar="N", help="tokens to write before the picture")
    add("--out", type=Path, required=True, metavar="FILE", help="a .png, .svg or .pdf file")
    add("--panel", metavar="ID", help="only this panel")
    add("--size", default="1600x900", metavar="WxH", help="in pixels, 1600x900 if not given")
    add("--theme", default=argparse.SUPPRESS, choices=THEMES, help="colours")
    add("--layout", default="explore", metavar="NAME", help="explore, lecture or debug")
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
    prompt = settings.prompt_of(options.prompt)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # Without a screen Qt warns at every change of a window's size that it cannot tell a screen.
    os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
    if missing := display.missing_library(os.environ):
        raise OSError(display.advice(missing))
    from explorer.app import snapshot_picture
    from explorer.resources import model_folder
    from explorer.ui.layouts import LAYOUTS
    from explorer.ui.panels.table import PANELS

    known = [panel.id for panel in PANELS]
    if options.panel is not None and options.panel not in known:
        raise ValueError(f"there is no panel {options.panel!r}; there are {', '.join(known)}")
    if options.layout not in LAYOUTS:
        raise ValueError(f"there is no layout {options.layout!r}; there are {', '.join(LAYOUTS)}")
    snapshot_picture(
        model=options.model or model_folder(),
        storage=options.storage,
        device=options.device,
        prompt=prompt,
        steps=options.steps,
        sampling=sampling,
        out=options.out,
        panel=options.panel,
        size=size,
        theme=options.theme if options.theme in THEMES else "light",
        presenter=options.presenter,
        layout=options.layout,
    )
    return 0


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
