"""A network run by `transformers`: spread over devices and disk, or over processes by torchrun.

For models that our own engine cannot hold. With a limit of memory the weights that do not fit lie
on the disk and are read at each step (accelerate's device_map and offload); under torchrun each
process holds a share of every layer (tensor parallel, tp_plan). Only safetensors, only local files,
no code of the folder is run; the folder passes the same checks as for our own engine first.

Recorded are probabilities, attention and residual streams. Shapes as in `engine.trace`.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import torch
import transformers
from accelerate.utils import get_max_memory
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.engine.apart import Apart
from explorer.engine.capabilities import Capabilities
from explorer.engine.checks import Check
from explorer.engine.edits import NO_EDITS, Edits, How
from explorer.engine.effects import Effect
from explorer.engine.engine import ContextFullError
from explorer.engine.facts import ModelFacts
from explorer.engine.network.loading import match
from explorer.engine.network.opening import fingerprint
from explorer.engine.network.reading import CONFIG, describe, read_fields
from explorer.engine.network.shards import find_tensors
from explorer.engine.opening import Storage
from explorer.engine.reader import facts_of, open_tokenizer
from explorer.engine.remote.serve.ranks import Ranks
from explorer.engine.tokenizer import Encoding, Tokenizer
from explorer.engine.trace import Step, Trace
from explorer.engine.weights import ModelError

_ONLY = "This model is run by transformers, which gives {}; start the server with --engine explorer"
_FORMULAS = _ONLY.format("no formulas") + " and look at it on that machine."
_EDITS = _ONLY.format("attention and hidden streams, but takes no edits") + " for experiments."
_QUERIES = _ONLY.format("no queries and keys") + " for landscapes of heads."
CAN = Capabilities(
    formulas=_FORMULAS, queries=_QUERIES, edits=_EDITS, activations=_EDITS, sweep=_EDITS,
    proof=_ONLY.format("nothing to prove numbers against") + " for proofs.",
)  # fmt: skip


@dataclass(frozen=True)
class Spread:
    """How a model is spread: bytes of memory for weights (None: what is free), and the disk."""

    storage: Storage = "fp32"
    memory: int | None = None
    offload: Path | None = None


class Passes:
    """Feeds a network behind what it has read, and records; the same on every process."""

    def __init__(self, model: Any, ranks: Ranks, layers: int, heads: int) -> None:
        self._model, self._ranks = model, ranks
        self._layers, self._heads = layers, heads
        self._cache = transformers.DynamicCache()
        self._last: list[Tensor] = []
        # A weight on the disk has no device; accelerate takes the ids to where they are needed.
        on_disk = model.device.type == "meta"
        self._device = torch.device("cpu") if on_disk else model.device
        self.ids: list[int] = []
        blocks(model, layers)[-1].register_forward_hook(self._keep_last)

    @property
    def placed(self) -> str:
        """Where the weights lie, in words."""
        if self._ranks.size > 1:
            return f"{self._ranks.size} processes"
        places = list(getattr(self._model, "hf_device_map", {}).values())
        disk = sum(str(one) == "disk" for one in places)
        return f"{disk} of {len(places)} parts on the disk" if disk else "all in memory"

    @torch.inference_mode()
    def feed(self, known: int, ids: Sequence[int]) -> list[Step]:
        """The steps of `ids`, read behind the first `known` tokens of the text read last."""
        self._ranks.tell(known, ids)
        if known < len(self.ids):
            self._cache.crop(known - len(self.ids)) if known else self._start()
        before = self.ids[:known]
        self._last.clear()
        try:
            found = self._run(torch.tensor([list(ids)], device=self._device))
        except BaseException:
            self._start()
            raise
        self.ids = [*before, *ids]
        return self._steps(found, ids, known)

    def _run(self, ids: Tensor) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return self._model(
                input_ids=ids, past_key_values=self._cache, use_cache=True,
                output_attentions=True, output_hidden_states=True,
            )  # fmt: skip

    def _steps(self, found: Any, ids: Sequence[int], known: int) -> list[Step]:
        rows = torch.stack(
            [self._ranks.gathered(one[0].float().cpu(), self._heads) for one in found.attentions]
        ).numpy()  # (L, H, T, S)
        streams = [*found.hidden_states[: self._layers], self._last[0]]
        hidden = torch.stack([one[0].float().cpu() for one in streams]).numpy()  # (L + 1, T, C)
        logits = found.logits[0].float().cpu().numpy()  # (T, V)
        none = np.zeros((0, 0, 0), np.float32)
        return [
            Step(
                token,
                logits[at].copy(),
                np.ascontiguousarray(rows[:, :, at, : known + at + 1]),
                np.ascontiguousarray(hidden[:, at]),
                none.copy(),
                none.copy(),
            )
            for at, token in enumerate(ids)
        ]

    def _start(self) -> None:
        self._cache, self.ids = transformers.DynamicCache(), []

    def _keep_last(self, block: nn.Module, given: Any, output: Any) -> None:
        self._last.append(output[0] if isinstance(output, tuple) else output)


class SpreadReader:
    """Reads text with a network that transformers runs; see `Reader`."""

    def __init__(self, passes: Passes, tokenizer: Tokenizer, facts: ModelFacts) -> None:
        self.facts = facts
        self._passes, self._tokenizer = passes, tokenizer

    def encode(self, text: str) -> Encoding:
        """The tokens of a text, without the begin token; raises TokenizerError."""
        return self._tokenizer.encode(text)

    def read(self, trace: Trace, ids: Sequence[int], edits: Edits = NO_EDITS) -> Trace:
        """The trace after reading `ids` behind it; raises ValueError with a sentence."""
        if edits or trace.edits:
            raise ValueError(_EDITS)
        text = [*trace.ids, *(int(one) for one in ids)]
        if len(text) > self.facts.context:
            raise ContextFullError(
                f"the text has {len(text)} tokens, the context holds {self.facts.context}"
            )
        if any(not 0 <= one < self.facts.vocabulary for one in text):
            raise ValueError(f"a token id is not in the vocabulary of {self.facts.vocabulary}")
        if len(text) == len(trace):
            return trace
        pairs = enumerate(zip(self._passes.ids, text, strict=False))
        shared = min(len(self._passes.ids), len(text))
        shared = next((at for at, (mine, one) in pairs if mine != one), shared)
        known = min(shared, len(trace))
        steps = self._passes.feed(known, text[known:])
        return trace.extend(steps[len(trace) - known :])

    def inspect(self, trace: Trace, position: int) -> Apart:
        """Always ValueError: the formulas are those of our own engine."""
        raise ValueError(_FORMULAS)

    def prove(self, trace: Trace, position: int, token: int) -> Iterator[Check]:
        """Always ValueError."""
        self._refuse()

    def activations(
        self, ids: Sequence[int], names: Collection[str], edits: Edits = NO_EDITS
    ) -> dict[str, NDArray[np.float32]]:
        """Always ValueError."""
        self._refuse()

    def sweep(
        self, ids: Sequence[int], token: int, edits: Edits, how: How, mlps: bool
    ) -> Iterator[tuple[Effect, ...]]:
        """Always ValueError."""
        self._refuse()

    def interrupt(self) -> None:
        """A pass cannot be ended from outside."""

    def close(self) -> None:
        """Nothing to leave behind."""

    def _refuse(self) -> NoReturn:
        raise ValueError(_EDITS)


def open_spread(folder: Path, spread: Spread, ranks: Ranks) -> tuple[SpreadReader, Passes]:
    """Check and load a folder; raises ModelError or TokenizerError with a sentence."""
    fields = read_fields(folder)
    d = describe(fields, folder / CONFIG)
    tokenizer = open_tokenizer(folder, d.vocabulary)
    digest = fingerprint(match(d, find_tensors(folder), folder))
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    model = _load(folder, spread, ranks)
    passes = Passes(model, ranks, d.layers, d.heads)
    where = f"transformers, {passes.placed}"
    facts = facts_of(folder, fields, d, tokenizer, digest, CAN, where)
    return SpreadReader(passes, tokenizer, facts), passes


def _load(folder: Path, spread: Spread, ranks: Ranks) -> Any:
    where: dict[str, Any] = {"device_map": "auto"}
    if ranks.size > 1:
        where = {"tp_plan": "auto"}
    elif spread.memory is not None:
        where["max_memory"] = {**get_max_memory(), "cpu": spread.memory}
        where["offload_folder"] = str(spread.offload) if spread.offload else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            found: Any = transformers.AutoModelForCausalLM.from_pretrained(
                str(folder.absolute()), local_files_only=True, trust_remote_code=False,
                use_safetensors=True, attn_implementation="eager", output_loading_info=True,
                dtype=torch.float32 if spread.storage == "fp32" else "auto", **where,
            )  # fmt: skip
    except (ValueError, OSError, RuntimeError, KeyError) as error:
        if ranks.size > 1 and "tp_plan" in str(error):
            raise ModelError(
                f"transformers cannot share {folder} among processes: it has no plan for this "
                "family (it has for Llama, Mistral, Qwen and others); start it without torchrun."
            ) from None
        raise ModelError(f"transformers cannot open {folder}: {error}") from None
    model, said = found
    for kind in ("missing_keys", "mismatched_keys"):
        if said.get(kind):
            raise ModelError(f"{folder}: transformers finds {kind.replace('_', ' ')}: {said[kind]}")
    model.eval()
    return model


def blocks(model: nn.Module, layers: int) -> nn.ModuleList:
    """The list of a network's blocks, found by its length; raises ModelError."""
    for module in model.modules():
        if isinstance(module, nn.ModuleList) and len(module) == layers:
            return module
    raise ModelError("the blocks of this network are not where they are expected")
