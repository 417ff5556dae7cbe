"""What several benchmarks need: checkpoints of GPT-2's small size with random weights."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from explorer.resources import model_folder

WIDTH, LAYERS, HEADS, LONGEST, VOCABULARY = 768, 12, 12, 1024, 50_257


@pytest.fixture(scope="session")
def write_gpt2() -> Callable[..., Path]:
    """Write a folder: `write_gpt2(folder, dtype, vocabulary)`."""
    return _write


def _write(folder: Path, dtype: torch.dtype, vocabulary: int = VOCABULARY) -> Path:
    """A folder with random weights of GPT-2's small size and the shipped tokenizer."""
    random = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random).mul_(0.02).to(dtype)

    weights = {
        "transformer.wte.weight": normal(vocabulary, WIDTH),
        "transformer.wpe.weight": normal(LONGEST, WIDTH),
    }
    sizes = {"attn.c_attn": (1, 3), "attn.c_proj": (1, 1), "mlp.c_fc": (1, 4), "mlp.c_proj": (4, 1)}
    norms = ["transformer.ln_f"]
    for layer in range(LAYERS):
        base = f"transformer.h.{layer}"
        norms += [f"{base}.ln_1", f"{base}.ln_2"]
        for name, (rows, columns) in sizes.items():
            weights[f"{base}.{name}.weight"] = normal(rows * WIDTH, columns * WIDTH)
            weights[f"{base}.{name}.bias"] = torch.zeros(columns * WIDTH, dtype=dtype)
    for name in norms:
        weights[f"{name}.weight"] = torch.ones(WIDTH, dtype=dtype)
        weights[f"{name}.bias"] = torch.zeros(WIDTH, dtype=dtype)
    folder.mkdir(exist_ok=True)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = {
        "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": vocabulary,
        "n_positions": LONGEST, "n_embd": WIDTH, "n_layer": LAYERS, "n_head": HEADS,
        "activation_function": "gelu_new", "bos_token_id": 0, "eos_token_id": 0,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    shutil.copy(model_folder() / "tokenizer.json", folder)
    return folder
