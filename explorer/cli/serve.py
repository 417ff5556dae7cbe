"""`explorer serve FOLDER`: a model on this machine for an Explorer on another one."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.table import printable

if TYPE_CHECKING:
    from explorer.engine.remote.service import Service

PORT = 8765
NEEDED = ("starlette", "uvicorn")
ENGINES = ("explorer", "transformers")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `serve` and its options to the parser."""
    parser = commands.add_parser(
        "serve", help="let an Explorer on another machine use a model on this one",
        allow_abbrev=False,
    )  # fmt: skip
    add = parser.add_argument
    add("folder", type=Path, nargs="?", metavar="FOLDER", help="a model folder")
    add("--port", type=int, default=PORT, metavar="N", help=f"{PORT} if not given, 0: a free one")
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="this machine only if not given")
    add("--token-env", default="", metavar="NAME", help="the variable that holds the token")
    add("--storage", choices=("fp32", "as-stored"), default="fp32", help="how weights are kept")
    add("--engine", choices=ENGINES, default="explorer", help="transformers spreads large models")
    add("--memory", default="", metavar="SIZE", help="at most this for weights, as 6GB")
    add("--offload", type=Path, metavar="FOLDER", help="where weights beyond that are put")
    parser.set_defaults(run=run_serve)


def run_serve(options: argparse.Namespace) -> int:
    """Check everything that is cheap to check, open the model, answer."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise ValueError(
            f"serving needs {' and '.join(missing)}; install it with pip install 'explorer[serve]'"
        )
    if not 0 <= options.port <= 65_535:
        raise ValueError(f"--port is {options.port}; ports go from 0 to 65535")
    if options.engine == "explorer" and (options.memory or options.offload):
        raise ValueError("--memory and --offload belong to --engine transformers")
    from explorer.engine.remote.serve import run

    rules = run.rules_for(options.host, run.token_of(options.token_env))
    with run.bind(options.host, options.port) as listening:
        service, engine = open_service(options)
        name = printable(service.reader.facts.name)

        def tell(url: str) -> None:
            print(f"{name} answers at {url} until Ctrl-C", flush=True)

        run.run(service, listening, rules, engine, tell)
    return 0


def open_service(options: argparse.Namespace) -> tuple[Service, str]:
    """The model behind its service, and the engine in words."""
    from dataclasses import replace

    from explorer.engine.reader import open_model
    from explorer.engine.remote.service import Service
    from explorer.resources import model_folder

    folder = options.folder or model_folder()
    reader = open_model(folder, options.storage)
    away = "The formulas of a pass need the weights, which stay on the server."
    reader.facts = replace(reader.facts, can=replace(reader.facts.can, formulas=away))
    return Service(reader), f"explorer, {options.storage}"
