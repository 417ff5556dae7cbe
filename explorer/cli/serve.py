"""`explorer serve FOLDER`: a model on this machine for an Explorer on another one."""

from __future__ import annotations

import argparse
import re
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli import settings
from explorer.cli.story import ask_for_memory
from explorer.cli.table import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explorer.engine.remote.service import Service

PORT = 8765
NEEDED, SPREAD = ("starlette", "uvicorn"), ("transformers", "accelerate")
ENGINES = ("explorer", "transformers")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `serve` and its options to the parser."""
    parser = commands.add_parser(
        "serve", help="let an Explorer on another machine use a model on this one",
        allow_abbrev=False,
    )  # fmt: skip
    add = parser.add_argument
    add("folder", type=settings.folder, nargs="?", metavar="FOLDER", help="a model folder")
    add("--port", type=int, default=PORT, metavar="N", help=f"{PORT} if not given, 0: a free one")
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="this machine only if not given")
    add("--token-env", default="", metavar="NAME", help="the variable that holds the token")
    add("--storage", choices=("fp32", "as-stored"), default="fp32", help="how weights are kept")
    settings.add_device(parser)
    add("--engine", choices=ENGINES, default="explorer", help="transformers spreads large models")
    add("--memory", default="", metavar="SIZE", help="at most this for weights, as 6GB")
    add("--offload", type=Path, metavar="FOLDER", help="where weights beyond that are put")
    parser.set_defaults(run=run_serve)


def run_serve(options: argparse.Namespace) -> int:
    """Check everything that is cheap to check, open the model, answer."""
    needed = (*NEEDED, *(SPREAD if options.engine == "transformers" else ()))
    if missing := [name for name in needed if find_spec(name) is None]:
        raise ValueError(
            f"serving needs {' and '.join(missing)}; install it with pip install 'explorer[serve]'"
        )
    if not 0 <= options.port <= 65_535:
        raise ValueError(f"--port is {options.port}; ports go from 0 to 65535")
    if options.engine == "explorer" and (options.memory or options.offload):
        raise ValueError("--memory and --offload belong to --engine transformers")
    if options.engine == "transformers" and options.device != "auto":
        raise ValueError("--device belongs to --engine explorer; transformers spreads by itself")
    if options.engine == "transformers":
        return run_spread(options)
    ask_for_memory(options.folder, options.storage, options.device)
    with listening(options) as answer:
        answer(open_service(options), f"explorer, {options.storage}")
    return 0


@contextmanager
def listening(options: argparse.Namespace) -> Iterator[Callable[[Service, str], None]]:
    """Take the address first, since a large model opens slowly; then answer with a service."""
    from explorer.engine.remote.serve import run

    rules = run.rules_for(options.host, run.token_of(options.token_env))
    with run.bind(options.host, options.port) as socket:

        def answer(service: Service, engine: str) -> None:
            name = printable(service.reader.facts.name)

            def tell(url: str) -> None:
                print(f"{name} ({engine}) answers at {url} until Ctrl-C", flush=True)

            run.run(service, socket, rules, engine, tell)

        yield answer


def open_service(options: argparse.Namespace) -> Service:
    """The model run by our own engine, behind its service."""
    from explorer.engine.reader import open_model
    from explorer.engine.remote.service import Service
    from explorer.resources import model_folder

    reader = open_model(options.folder or model_folder(), options.storage, options.device)
    return Service(reader)


def run_spread(options: argparse.Namespace) -> int:
    """Answer with transformers; under torchrun the other processes help until the first ends."""
    memory = size_of(options.memory)
    if memory is not None and options.offload is None:
        raise ValueError("--memory needs --offload, a folder for the weights that do not fit")
    from explorer.engine.remote.serve.ranks import Ranks
    from explorer.engine.remote.serve.spread import Spread, open_spread
    from explorer.engine.remote.service import Service
    from explorer.resources import model_folder

    folder = options.folder or model_folder()
    spread = Spread(options.storage, memory, options.offload)
    ranks = Ranks()
    if not ranks.leads:
        passes = open_spread(folder, spread, ranks)[1]
        while (asked := ranks.hear()) is not None:
            passes.feed(*asked)
        return 0
    with listening(options) as answer:
        reader, passes = open_spread(folder, spread, ranks)
        try:
            answer(Service(reader), f"transformers, {passes.placed}")
        finally:
            with suppress(ConnectionError):
                ranks.dismiss()
    return 0


def size_of(text: str) -> int | None:
    """A size such as 6GB, 500 MB or 1000 in bytes, None for an empty one; raises ValueError."""
    if not text:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMG]B)?", text.strip(), re.IGNORECASE)
    if found is None:
        raise ValueError(f"--memory is {text!r}; a size looks like 6GB or 500MB")
    unit = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}[(found[2] or "").upper()]
    return int(float(found[1]) * unit)
