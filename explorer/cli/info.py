"""`explorer info FOLDER`: what a model folder is and what opening it will take, unopened."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli import settings
from explorer.cli.table import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.engine.network.description import Description
    from explorer.engine.opening import Wanted

_LARGEST_TABLE = 16 << 20  # tokenizers of 250,000 words describe each control token there


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `info` and its options to the parser."""
    parser = commands.add_parser(
        "info", help="sizes, memory and speed of a model folder", allow_abbrev=False
    )
    parser.add_argument("folder", type=settings.folder, metavar="FOLDER", help="a model folder")
    settings.add_device(parser)
    parser.set_defaults(run=run_info)


def run_info(options: argparse.Namespace) -> int:
    """Read configuration, headers and tokenizer, measure this machine, print the rows."""
    for name, value in describe(options.folder, options.device):
        print(f"{name:16} {printable(value)}".rstrip())
    return 0


def describe(folder: Path, device: Wanted = "cpu") -> Iterator[tuple[str, str]]:
    """The rows; raises ValueError with a sentence for a folder that cannot be opened."""
    from explorer.engine.device import choose
    from explorer.engine.network.estimate import estimate
    from explorer.engine.network.reading import CONFIG, read_fields
    from explorer.engine.network.reading import describe as describe_network
    from explorer.engine.opening import STORAGES
    from explorer.engine.reader import open_tokenizer
    from explorer.engine.tempo import seconds_per_byte, seconds_per_layer

    d = describe_network(read_fields(folder), folder / CONFIG)
    chosen = choose(device)
    found = estimate(folder, chosen)
    tokenizer = open_tokenizer(folder, d.vocabulary)
    yield "model", f"{found.name}, {found.family}"
    files = "1 file" if found.files == 1 else f"{found.files} files"
    yield "parameters", f"{found.parameters:,} in {files}, {', '.join(found.types)}"
    yield "network", network_row(d)
    yield "attention", attention_row(d)
    yield "context", f"{d.context:,} tokens"
    yield "vocabulary", f"{d.vocabulary:,}, {len(tokenizer.pieces):,} in the tokenizer"
    yield "chat template", chat_template(folder)
    yield "device", found.device
    for storage in STORAGES:
        fits = "fits" if found.fits(storage) else "asks first: more than 70 % of what is free"
        needed = both(found.needed(storage), found.record)
        yield f"memory {storage}", f"{needed} with {found.tokens:,} tokens of text; {fits}"
    yield "free now", both(found.free, found.beside_free)
    layers = d.layers * seconds_per_layer(chosen)
    plain = seconds_per_byte("F32", chosen) * 4 * found.step_numbers
    unpacked = seconds_per_byte(found.types[0], chosen) * found.step_bytes
    for storage, fetched in zip(STORAGES, (plain, unpacked), strict=True):
        took = 1000 * (layers + fetched)
        yield f"step {storage}", f"about {took:.2g} ms a token, from speeds measured just now"
    for note in found.notes:
        yield "note", note


def both(there: int, beside: int) -> str:
    """Bytes on the device, and those in the memory of the processor where that is another one."""
    from explorer.engine.opening import gigabytes

    return gigabytes(there) + (f" and {gigabytes(beside)} beside the GPU" if beside else "")


def network_row(d: Description) -> str:
    """Sizes in a line."""
    tied = "head tied to the embedding" if d.tied else "head of its own"
    return f"{d.layers} layers, width {d.width:,}, MLP {d.inner:,}, {tied}"


def attention_row(d: Description) -> str:
    """Heads, groups, windows and positions in a line."""
    groups = "" if d.groups == d.heads else f" in {d.groups} groups that share keys"
    sizes = sorted({window for window in d.windows if window is not None})
    inside = sum(window is not None for window in d.windows)
    size = " or ".join(f"{one:,}" for one in sizes)
    windows = f", {inside} layers with a window of {size} tokens" if inside else ""
    return f"{d.heads} heads of width {d.head_width}{groups}{windows}, {d.positions} positions"


def chat_template(folder: Path) -> str:
    """Whether the folder brings one; it is not run, a prompt is read as it is typed."""
    from explorer.engine.network.reading import read_table
    from explorer.engine.network.shards import inside
    from explorer.engine.weights import ModelError

    try:
        file, table = inside(folder, "chat_template.jinja"), inside(folder, "tokenizer_config.json")
        there = file.is_file()
        if not there and table.is_file():
            there = "chat_template" in read_table(table, _LARGEST_TABLE)
    except ModelError as error:
        return f"unknown, and not needed: {error}"
    return "present; prompts are read as they are typed, without it" if there else "none"
