"""`explorer generate`: a text token by token, as a readable table or as JSON lines."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import __version__
from explorer.cli import settings, story, table

if TYPE_CHECKING:
    from explorer.session.snapshot import Snapshot

_BAR = 18


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `generate` and its options to the parser."""
    parser = commands.add_parser(
        "generate", help="write a text and show every step", allow_abbrev=False
    )
    add = parser.add_argument
    add("prompt", metavar="PROMPT", help="the text to continue; - reads standard input")
    add("--tokens", type=int, default=40, metavar="N", help="how many at most, 0: until it is full")
    add("--json", action="store_true", help="JSON lines with everything recorded")
    add("--plain", action="store_true", help="the table in ASCII")
    add("--top", type=int, default=20, metavar="N", help="candidates per step in --json, 0: all")
    add("--arrays", type=Path, metavar="FILE.npz", help="write logits, attention, hidden states")
    settings.add_model(parser)
    settings.add_device(parser)
    settings.add_sampling(parser)
    parser.set_defaults(run=run_generate)


def run_generate(options: argparse.Namespace) -> int:
    """Tell the story and write each step as soon as it is there."""
    sampling = settings.sampling_of(options)
    for name in ("tokens", "top"):
        if not 0 <= getattr(options, name) <= settings.MOST_TOKENS:
            raise ValueError(settings.no_count(name, getattr(options, name)))
    if options.arrays is not None:
        settings.check_output(options.arrays, (".npz",))
    prompt = settings.prompt_of(options.prompt)
    reader = story.open_reader(options.model, options.storage, options.device)
    s = story.begin_story(reader, prompt, sampling, options.tokens)
    write = JsonLines(options.top) if options.json else StepTable(options.plain)
    write.header(s)
    write.columns()
    for longer in story.tell(reader, s):
        write.step(longer)
        s = longer
    write.end(s)
    if options.arrays is not None:
        write_arrays(options.arrays, s)
    return 0


class StepTable:
    """The readable table; in ASCII when asked for or when the terminal has nothing else."""

    def __init__(self, plain: bool) -> None:
        self._plain = plain or not table.can_show_unicode(sys.stdout)

    def header(self, s: Snapshot) -> None:
        """The model, the settings and the prompt."""
        assert s.model is not None
        model, count = s.model, len(s.timeline.node.trace)
        self._say(
            f"{model.name}: {model.layers} layers × {model.heads} heads, "
            f"{model.vocabulary} tokens, context {model.context}"
        )
        self._say(describe_sampling(s))
        tokens = "the begin token" if count == 1 else f"{count} tokens with the begin token"
        prompt = table.printable(s.timeline.node.prompt).replace("\n", "↵")
        self._say(f'prompt "{prompt}", {tokens}\n')

    def columns(self) -> None:
        """The names of the columns."""
        self._say(
            f"{'pos':>4}  {'token':14}  {'raw':>9}  {'final':>9}  {'':{_BAR}}  "
            f"{'surprise':>8}  {'entropy':>7}"
        )

    def step(self, s: Snapshot) -> None:
        """One row: what was drawn, how probable it was, surprise and entropy in nats."""
        facts = step_facts(s)
        label = table.fit(table.spell(facts["token"], self._plain), 14, self._plain)
        surprise = "inf" if facts["surprise"] is None else f"{facts['surprise']:.2f}"
        self._say(
            f"{facts['position']:4}  {label}  {table.percent(facts['raw']):>9}  "
            f"{table.percent(facts['final']):>9}  "
            f"{table.bar(facts['final'], _BAR, self._plain)}  "
            f"{surprise:>8}  {facts['entropy']:7.2f}"
        )

    def end(self, s: Snapshot) -> None:
        """The whole text, and why it ends."""
        from explorer.session import moves

        assert s.model is not None
        text = story.text_of(s.model, s.timeline.node.trace.ids)
        self._say(f"\n{table.printable(text)}\n\n{moves.why_stopped(s)}")

    def _say(self, text: str) -> None:
        print("\n".join(table.spell(line, self._plain) for line in text.split("\n")), flush=True)


class JsonLines:
    """A header, one line for each step, an end; ASCII, so that every terminal can carry it."""

    def __init__(self, top: int) -> None:
        self._top = top

    def header(self, s: Snapshot) -> None:
        """The model, the settings and the prompt as read."""
        assert s.model is not None
        names = ("name", "fingerprint", "layers", "heads", "width", "head_width", "context")
        model = {name: getattr(s.model, name) for name in names}
        model |= {"vocabulary": s.model.vocabulary, "begin_token": s.model.begin_token}
        ids = s.timeline.node.trace.ids
        _emit(
            kind="header",
            explorer=__version__,
            model=model | {"end_token": s.model.end_token},
            sampling=asdict(s.sampling),
            limit=s.limit,
            prompt=s.timeline.node.prompt,
            ids=ids,
            tokens=[s.model.labels[token] for token in ids],
        )

    def columns(self) -> None:
        """Nothing: every line names its fields."""

    def step(self, s: Snapshot) -> None:
        """Everything about one draw; entropies and surprise in nats."""
        from explorer.engine.sampling import REMOVERS

        assert s.model is not None
        chances = story.candidates_of(s)
        top = [
            {
                "id": int(token),
                "token": s.model.labels[token],
                "raw": float(chances.raw[token]),
                "final": float(chances.final[token]),
                "removed_by": REMOVERS[chances.removed[token]] or None,
            }
            for token in chances.order[: self._top or None]
        ]
        _emit(kind="step", **step_facts(s), candidates=top)

    def end(self, s: Snapshot) -> None:
        """The text and why it ends."""
        from explorer.session import moves

        assert s.model is not None
        ids = s.timeline.node.trace.ids
        _emit(kind="end", text=story.text_of(s.model, ids), ids=ids, stopped=moves.why_stopped(s))


def describe_sampling(s: Snapshot) -> str:
    """The settings of the draw in one line; stages that are off are left out."""
    now = s.sampling
    stages = {
        f"top-k {now.top_k}": now.top_k > 0,
        f"top-p {now.top_p:g}": now.top_p < 1,
        f"min-p {now.min_p:g}": now.min_p > 0,
        f"repetition penalty {now.repetition_penalty:g}": now.repetition_penalty != 1,
    }
    heat = f"temperature {now.temperature:g}" + (" (greedy)" if now.temperature == 0 else "")
    return ", ".join([heat, *(name for name, on in stages.items() if on), f"seed {now.seed}"])


def step_facts(s: Snapshot) -> dict[str, Any]:
    """The last draw in plain numbers; surprise is that of the model itself, -ln raw, in nats.

    `entropy` is that of the raw probabilities, `entropy_final` that of the ones drawn from.
    """
    from explorer.physics.information import entropy

    draw, chances = s.timeline.node.draw, story.candidates_of(s)
    assert draw is not None and s.model is not None
    return {
        "position": len(s.timeline.node.trace) - 1,
        "id": draw.token,
        "token": s.model.labels[draw.token],
        "bytes": s.model.pieces[draw.token].hex(),
        "raw": draw.raw,
        "final": draw.final,
        "uniform": draw.uniform,
        "surprise": -math.log(draw.raw) if draw.raw > 0 else None,
        "entropy": float(entropy(chances.raw)),
        "entropy_final": float(entropy(chances.final)),
    }


def write_arrays(path: Path, s: Snapshot) -> None:
    """All that was recorded over T tokens, in one .npz without pickle; raises OSError.

    ids (T,), logits (T, V), attention (L, H, T, T) with NaN where a key lies after its query,
    hidden (T, L + 1, C), queries and keys (T, L, H, D).
    """
    import numpy as np

    trace = s.timeline.node.trace
    assert s.model is not None
    arrays = {
        name: np.stack([getattr(step, name) for step in trace.steps])
        for name in ("logits", "hidden", "queries", "keys")
    }
    heads = [
        [trace.attention(layer, head) for head in range(s.model.heads)]
        for layer in range(s.model.layers)
    ]
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
        temporary = Path(file.name)
        try:
            np.savez(
                file,
                ids=np.array(trace.ids),
                attention=np.array(heads),
                allow_pickle=False,
                **arrays,
            )
            file.close()
            temporary.chmod(0o644)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def _emit(**facts: Any) -> None:
    print(json.dumps(facts, allow_nan=False), flush=True)
