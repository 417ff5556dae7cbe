"""`explorer train`: corpus in, model folder out."""

from __future__ import annotations

import argparse
import re
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import msgspec

from explorer.engine.config import ModelConfig
from explorer.learning.settings import TrainSettings

if TYPE_CHECKING:
    from explorer.learning.corpus import Corpus
    from explorer.learning.group import Group
    from explorer.learning.runs import SavedRun
    from explorer.learning.train import Training

_T = TypeVar("_T")
# option, field of the record, default, help
Rows: TypeAlias = tuple[tuple[str, str, int | float | str, str], ...]
SIZES: Rows = (
    ("layers", "n_layer", 6, "Number of blocks of the network"),
    ("heads", "n_head", 8, "Attention heads of each block, a divisor of the width"),
    ("width", "n_embd", 320, "Width of the residual stream"),
    ("context", "n_positions", 256, "Tokens that the network sees at once"),
    ("vocabulary", "vocab_size", 4096, "Tokens of the tokenizer, 257 or more"),
)
SETTINGS: Rows = (
    ("steps", "steps", 1000, "Optimizer steps of the whole run"),
    ("batch", "batch", 16, "Windows of one step, in total over all processes"),
    ("rate", "rate", 1.5e-3, "Highest learning rate"),
    ("warmup", "warmup", 100, "Steps in which the rate climbs to its highest value"),
    ("finish-share", "finish_share", 0.25, "Last part of the steps, which reads --finish texts"),
    ("evaluate-every", "evaluate_every", 250, "Steps between two scores on the held-out texts"),
    ("seed", "seed", 1, "Number that fixes the first weights and the order of the texts"),
)
PRECISION = ("precision", "precision", "auto", "Number format of the products")
STOPS = (signal.SIGINT, signal.SIGTERM)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `train` and its options to the parser."""
    parser = commands.add_parser(
        "train",
        help="train a tokenizer and a network on text files",
        description="Train a tokenizer and a network on UTF-8 text files whose documents are "
        "separated by lines <|endoftext|>. Ctrl-C finishes the step, saves and stops. Under "
        "torchrun the processes share each batch.",
        usage="explorer train CORPUS[:WEIGHT]... --out FOLDER [options]",
    )
    text = "CORPUS[:WEIGHT]"
    add = parser.add_argument
    add("corpus", nargs="+", metavar=text, help="A text file and how often a pass reads it.")
    add("--out", required=True, type=Path, metavar="FOLDER", help="The folder of the model.")
    add("--finish", nargs="+", default=[], metavar=text, help="Texts of the last part of the run.")
    add("--held-out", nargs="+", default=[], metavar="FILE", help="Texts only to be scored.")
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument(
        "--resume",
        action="store_true",
        help="Continue the run in --out with its own settings and tokenizer; needs its texts.",
    )
    begin.add_argument(
        "--start-from",
        type=Path,
        metavar="FOLDER",
        help="Start a new run from the weights and the tokenizer of the run or model in FOLDER.",
    )
    for option, _, default, meaning in (*SIZES, *SETTINGS):
        note = f"{meaning} (default {default})."
        add(f"--{option}", type=type(default), metavar="NUMBER", help=note)
    add("--save-every", type=int, default=250, metavar="NUMBER", help="Steps between two saves.")
    precision = ("auto", "bf16", "fp32")
    add("--precision", choices=precision, help=f"{PRECISION[3]} (default {PRECISION[2]}).")
    storage = ("F16", "BF16", "F32")
    add("--storage", default="F16", choices=storage, help="Number format of the model file.")
    parser.set_defaults(run=run_train)


class Stop:
    """What Ctrl-C and SIGTERM do: end the process at once, or be noted until the step is whole."""

    def __init__(self) -> None:
        self.asked = 0

    def at_once(self) -> None:
        """Let the system end the process, for the time in which there is nothing to lose."""
        # A handler of Python would not be heard while the tokenizer is trained, for minutes.
        self._listen(signal.SIG_DFL)

    def after_the_step(self) -> None:
        """Write the signal down in `asked` and go on, so that a step and a save stay whole."""
        self._listen(self._note)

    def _listen(self, handler: signal.Handlers | Callable[[int, FrameType | None], None]) -> None:
        for number in STOPS:
            signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        self.asked = number


def run_train(options: argparse.Namespace) -> int:
    """Run `explorer train`; a stop while it trains saves the step and returns 128 + the signal.

    Raises ValueError, OSError and FloatingPointError, on the first process only.
    """
    if options.save_every < 1:
        raise ValueError(f"--save-every is {options.save_every}, it must be 1 or more")
    settings = _build(options, (*SETTINGS, PRECISION), TrainSettings)
    config = _build(options, SIZES, ModelConfig)
    before = [(number, signal.getsignal(number)) for number in STOPS]
    stop = Stop()
    stop.at_once()

    from explorer.learning.group import join_group, leave_group

    group = join_group()
    try:
        training, corpus = _prepare(options, config, settings, group)
        stop.after_the_step()
        return _train(options, training, corpus, stop)
    except (ValueError, OSError, FloatingPointError):
        if group.rank:
            return 2
        raise
    finally:
        leave_group()
        for number, handler in before:
            signal.signal(number, handler)


def _prepare(
    options: argparse.Namespace, config: ModelConfig, settings: TrainSettings, group: Group
) -> tuple[Training, Corpus]:
    from explorer.learning.group import share
    from explorer.learning.runs import (
        claim_folder,
        continue_run,
        holds_run,
        new_training,
        read_run,
        read_weights,
    )

    source: Path | None = options.out if options.resume else options.start_from
    saved = None
    if source is not None:
        whole = options.resume or holds_run(source)
        saved = share(group, lambda: read_run(source) if whole else read_weights(source))
    if saved:
        _refuse_changes(options, SIZES, saved.state.config)
        if options.resume:
            _refuse_changes(options, (*SETTINGS, PRECISION), saved.state.settings)
        training = continue_run(saved, group, None if options.resume else settings)
    else:
        training = new_training(config, settings, group)
    share(group, lambda: claim_folder(options.out, options.resume))
    return training, share(group, lambda: _read_texts(options, training, saved))


def _read_texts(options: argparse.Namespace, training: Training, saved: SavedRun | None) -> Corpus:
    from explorer.learning.corpus import check_same_texts, prepare_corpus
    from explorer.learning.corpus_tokenizer import read_tokenizer
    from explorer.learning.data import Source, parse_source

    config, tokenizer = training.model.config, None
    if saved:
        tokenizer = read_tokenizer(saved.tokenizer_json, options.out, config.vocab_size)
    print("reading the texts", flush=True)
    corpus = prepare_corpus(
        [parse_source(text) for text in options.corpus],
        [parse_source(text) for text in options.finish],
        [Source(Path(text)) for text in options.held_out],
        config,
        training.settings.seed,
        tokenizer,
    )
    if saved and options.resume and saved.state.texts is None:
        print("this run does not say which texts it began with: they are not compared")
    elif saved and options.resume and saved.state.texts is not None:
        check_same_texts(saved.state.texts, corpus.texts)
    return corpus


def _train(options: argparse.Namespace, training: Training, corpus: Corpus, stop: Stop) -> int:
    from explorer.learning.group import any_of, share
    from explorer.learning.runs import save_run
    from explorer.learning.train import train

    group, texts, tokenizer_json = training.group, corpus.texts, corpus.tokenizer.to_str()

    def say(line: str) -> None:
        if group.rank == 0:
            print(line, flush=True)

    def save() -> None:
        save_run(options.out, training, texts, tokenizer_json, options.storage)

    parameters, tokens = training.model.config.parameters / 1e6, corpus.mix.tokens / 1e6
    say(
        f"{parameters:.2f} M parameters, {tokens:.2f} M tokens a pass, "
        f"step {training.step} of {training.settings.steps}"
    )
    saved = -1
    for progress in train(training, corpus.mix, corpus.finish, corpus.held_out):
        if progress.step % 10 == 0 or progress.held_out:
            say(progress.describe())
        stopped = any_of(group, bool(stop.asked))
        if stopped or progress.step % options.save_every == 0:
            share(group, save)
            saved = progress.step
        if stopped:
            say(f"stopped; step {progress.step} is saved, --resume continues")
            return 128 + (stop.asked or signal.SIGTERM)
    if saved != training.step:
        share(group, save)
    return 0


def _build(options: argparse.Namespace, rows: Rows, kind: type[_T]) -> _T:
    """The record of the given numbers; its errors name the options and not the fields."""
    given = {field: vars(options)[_variable(option)] for option, field, _, _ in rows}
    defaults = {field: default for _, field, default, _ in rows}
    values = {field: defaults[field] if value is None else value for field, value in given.items()}
    try:
        return msgspec.convert(values, kind)
    except ValueError as error:
        text = str(error)
        for option, field, _, _ in rows:
            text = re.sub(rf"\b{field}\b", f"--{option}", text)
        raise ValueError(text) from None


def _refuse_changes(options: argparse.Namespace, rows: Rows, stored: msgspec.Struct) -> None:
    kept = msgspec.to_builtins(stored)
    for option, field, _, _ in rows:
        given = vars(options)[_variable(option)]
        if given is not None and given != kept[field]:
            raise ValueError(
                f"--{option} is {given}, but the saved run has {kept[field]} and keeps it; "
                "leave the option out"
            )


def _variable(option: str) -> str:
    return option.replace("-", "_")
