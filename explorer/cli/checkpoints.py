"""`explorer checkpoints`: which families of model folders can be opened."""

from __future__ import annotations

import argparse


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `checkpoints` and its options to the parser."""
    parser = commands.add_parser(
        "checkpoints", help="which families of models can be opened", allow_abbrev=False
    )
    parser.add_argument("--markdown", action="store_true", help="the table of the README")
    parser.set_defaults(run=run_checkpoints)


def run_checkpoints(options: argparse.Namespace) -> int:
    """Print the table, which is written from the code that opens them."""
    from explorer.engine.network.listing import HEADINGS, markdown, rows

    if options.markdown:
        print(markdown(), end="")
        return 0
    for row in rows():
        print(row[0].replace("`", ""))
        for heading, cell in zip(HEADINGS[1:], row[1:], strict=True):
            print(f"    {heading:10} {cell}")
    print("\nA folder needs config.json, model.safetensors (or shards with their index) and")
    print("tokenizer.json. `explorer info FOLDER` says what opening it will take.")
    return 0
