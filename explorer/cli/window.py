"""`explorer` without a command: the window, or the demonstration where there is no display."""

from __future__ import annotations

import argparse
import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli import demo, display, settings

if TYPE_CHECKING:
    from explorer.engine.remote.place import Place

LEVELS = ("debug", "info", "warning", "error")


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options of the window to the parser."""
    add = parser.add_argument
    add(
        "--model",
        type=settings.folder,
        metavar="FOLDER",
        help="a model folder, the shipped one if not given",
    )
    add("--connect", metavar="URL", help="a server that runs the model: llama.cpp, vLLM, others")
    add("--key-variable", default="", metavar="NAME", help="variable that holds the server's key")
    add("--tokenizer", default="", metavar="DIR", help="folder of tokenizer.json for the server")
    add("--open", type=Path, metavar="FILE", help="a saved session; explorer FILE opens it too")
    settings.add_storage(parser, "fp32")
    settings.add_device(parser, "auto")
    add("--isolate", action="store_true", help="run models in a process of their own")
    add("--theme", choices=("light", "dark", "system"), help="colours")
    add("--presenter", action="store_true", help="large type and thick lines for a hall")
    add("--reset-layout", action="store_true", help="forget where the panels were")
    add("--safe-mode", action="store_true", help="start with all settings at their defaults")
    add("--config-dir", type=settings.folder, metavar="DIR", help="keep settings and logs here")
    add("--log-level", default="warning", choices=LEVELS, help="how much is written to the log")
    parser.set_defaults(run=run_window)


def run_window(options: argparse.Namespace) -> int:
    """Open the window; without a display play the demonstration in the terminal.

    Raises ValueError for an address that is none, for what belongs to one that is not given, and
    for a folder or file that is not there.
    """
    server = place(options)
    if options.model is not None and not options.model.is_dir():
        raise ValueError(f"there is no folder {options.model}; --model names a folder with a model")
    if options.open is not None and not options.open.exists():
        raise ValueError(f"there is no file {options.open}; --open names a saved session")
    missing = display.missing_library(os.environ)
    if missing:
        raise OSError(display.advice(missing))
    if not display.is_there(os.environ):
        return demo.run_demo(options)
    # Nothing that is made while the program starts is garbage; the worker takes over from here.
    gc.disable()
    from explorer.app import Options, run

    return run(
        Options(
            model=options.model,
            server=server,
            storage=options.storage,
            device=options.device,
            isolate=options.isolate,
            session=options.open and options.open.absolute(),
            theme=options.theme,
            presenter=options.presenter,
            reset_layout=options.reset_layout,
            safe_mode=options.safe_mode,
            config_dir=options.config_dir,
            log_level=options.log_level.upper(),
        )
    )


def place(options: argparse.Namespace) -> Place | None:
    """The server to connect to, None where there is none; nothing is sent to it yet."""
    if options.connect is None:
        for name in ("key_variable", "tokenizer"):
            if getattr(options, name):
                raise ValueError(f"--{name.replace('_', '-')} needs --connect URL, the server")
        return None
    from explorer.engine.remote.address import parse_address
    from explorer.engine.remote.place import Place

    parse_address(options.connect)
    if options.tokenizer and not _is_there(options.tokenizer):
        raise ValueError(
            f"there is no {options.tokenizer}; --tokenizer names a folder with tokenizer.json"
        )
    return Place(options.connect, "", options.key_variable, options.tokenizer)


def _is_there(name: str) -> bool:
    try:
        return Path(name).expanduser().exists()
    except RuntimeError:  # ~name of nobody
        return False
