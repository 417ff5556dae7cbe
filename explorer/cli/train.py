"""`explorer train`: corpus in, model folder out."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `train` and its options to the parser."""
    parser = commands.add_parser("train", help="train a tokenizer and a network on text files")
    parser.add_argument("corpus", nargs="+", metavar="CORPUS[:WEIGHT]")
    parser.add_argument("--out", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--finish", nargs="+", default=[], metavar="CORPUS[:WEIGHT]")
    parser.add_argument("--finish-share", type=float, default=0.25)
    parser.add_argument("--held-out", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start-from", type=Path, metavar="FOLDER")
    for name, value in (("layers", 6), ("heads", 8), ("width", 320), ("context", 256)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--warmup", type=int, default=100)
    parser.add_argument("--evaluate-every", type=int, default=250)
    parser.add_argument("--save-every", type=int, default=250)
    parser.add_argument("--precision", default="auto", choices=("auto", "bf16", "fp32"))
    parser.add_argument("--storage", default="F16", choices=("F16", "BF16", "F32"))
    parser.add_argument("--seed", type=int, default=1)
    parser.set_defaults(run=run_train)


def run_train(options: argparse.Namespace) -> int:
    """`explorer train`: corpus in, model folder out; Ctrl-C keeps the last state."""
    from explorer.engine.config import ModelConfig
    from explorer.learning.data import parse_source
    from explorer.learning.runs import load_training, new_training, prepare_corpus, save_training
    from explorer.learning.train import TrainSettings, join_group, leave_group, train

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    group = join_group()
    config = ModelConfig(
        n_layer=options.layers,
        n_head=options.heads,
        n_embd=options.width,
        n_positions=options.context,
        vocab_size=options.vocabulary,
    )
    settings = TrainSettings(
        steps=options.steps,
        batch=options.batch,
        rate=options.rate,
        warmup=options.warmup,
        evaluate_every=options.evaluate_every,
        finish_share=options.finish_share,
        precision=options.precision,
        seed=options.seed,
    )
    tokenizer = None
    if options.resume:
        training, tokenizer = load_training(options.out, group)
    elif options.start_from:
        training, tokenizer = load_training(options.start_from, group, settings)
    else:
        training = new_training(config, settings, group)
    corpus = prepare_corpus(
        [parse_source(text) for text in options.corpus],
        [parse_source(text) for text in options.finish],
        [parse_source(text) for text in options.held_out],
        training.model.config,
        training.settings,
        tokenizer,
    )
    text = corpus.tokenizer.to_str()

    def save() -> None:
        if group.rank == 0:
            save_training(options.out, training, text, options.storage)

    if group.rank == 0:
        options.out.mkdir(parents=True, exist_ok=True)
        print(
            f"{training.model.config.parameters / 1e6:.2f} M parameters, "
            f"{corpus.mix.tokens / 1e6:.2f} M tokens a pass, from step {training.step}",
            flush=True,
        )
    try:
        for progress in train(training, corpus.mix, corpus.finish, corpus.held_out):
            if group.rank == 0 and (progress.step % 10 == 0 or progress.held_out):
                print(describe_progress(progress), flush=True)
            if progress.step % options.save_every == 0:
                save()
    except KeyboardInterrupt:
        save()
        print(f"stopped; step {training.step} is saved, --resume continues", flush=True)
        return 130
    finally:
        leave_group()
    save()
    return 0


def describe_progress(progress: object) -> str:
    """One line: step, loss, rate and time left."""
    from explorer.learning.train import Progress

    assert isinstance(progress, Progress)
    minutes, seconds = divmod(round(progress.seconds_left), 60)
    line = (
        f"step {progress.step}/{progress.steps}  loss {progress.loss:.4f}  "
        f"lr {progress.learning_rate:.2e}  {progress.tokens_per_second:,.0f} tokens/s  "
        f"{minutes // 60}:{minutes % 60:02}:{seconds:02} left"
    )
    if progress.held_out:
        scores = "  ".join(f"{name} {bits:.4f}" for name, bits in progress.held_out.items())
        line += f"  bits per byte: {scores}"
    return line
