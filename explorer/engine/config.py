"""The sizes of a network, as Hugging Face's GPT-2 `config.json` names them. Knows no tensors."""

from __future__ import annotations

import msgspec

ACTIVATIONS = ("gelu_new", "gelu_pytorch_tanh", "gelu")
_LARGEST = {
    "vocab_size": 1_000_000,
    "n_positions": 65_536,
    "n_embd": 16_384,
    "n_layer": 256,
    "n_head": 256,
    "n_inner": 262_144,
}


class ModelConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes and variants of a GPT-2 network; the ranges are what this engine can run.

    Field names are those of Hugging Face's GPT-2 configuration, so that the file on disk can be
    opened by both. Unknown fields of a foreign file are ignored, values out of range are refused.
    """

    model_type: str = "gpt2"
    architectures: list[str] = msgspec.field(default_factory=lambda: ["GPT2LMHeadModel"])
    vocab_size: int = 4096
    n_positions: int = 256
    n_embd: int = 320
    n_layer: int = 6
    n_head: int = 8
    n_inner: int | None = None
    activation_function: str = "gelu_new"
    layer_norm_epsilon: float = 1e-5
    scale_attn_weights: bool = True
    scale_attn_by_inverse_layer_idx: bool = False
    tie_word_embeddings: bool = True
    attn_pdrop: float = 0.0
    embd_pdrop: float = 0.0
    resid_pdrop: float = 0.0
    initializer_range: float = 0.02
    bos_token_id: int = 0
    eos_token_id: int = 0

    def __post_init__(self) -> None:
        if self.model_type != "gpt2":
            raise ValueError(f"model_type is {self.model_type!r}, this engine runs 'gpt2' only")
        self._check_sizes()
        if self.activation_function not in ACTIVATIONS:
            raise ValueError(
                f"activation_function is {self.activation_function!r}, "
                f"it must be one of {', '.join(ACTIVATIONS)}"
            )
        if not self.scale_attn_weights or self.scale_attn_by_inverse_layer_idx:
            raise ValueError("only attention scaled by 1 / sqrt(head width) is supported")
        if not self.tie_word_embeddings:
            raise ValueError("only a head tied to the token embedding is supported")
        if not 0 < self.layer_norm_epsilon < 1:
            raise ValueError(f"layer_norm_epsilon is {self.layer_norm_epsilon}, not in (0, 1)")
        if not 0 < self.initializer_range < 1:
            raise ValueError(f"initializer_range is {self.initializer_range}, not in (0, 1)")
        for name, token in (("bos", self.bos_token_id), ("eos", self.eos_token_id)):
            if not 0 <= token < self.vocab_size:
                raise ValueError(
                    f"{name}_token_id is {token}, the vocabulary ends at {self.vocab_size - 1}"
                )

    def _check_sizes(self) -> None:
        sizes = {
            "vocab_size": self.vocab_size,
            "n_positions": self.n_positions,
            "n_embd": self.n_embd,
            "n_layer": self.n_layer,
            "n_head": self.n_head,
            "n_inner": self.inner if self.n_inner is None else self.n_inner,
        }
        for name, size in sizes.items():
            if not 1 <= size <= _LARGEST[name]:
                raise ValueError(f"{name} is {size}, it must lie between 1 and {_LARGEST[name]}")
        if self.n_embd % self.n_head:
            raise ValueError(f"n_embd {self.n_embd} is not a multiple of n_head {self.n_head}")

    @property
    def vocabulary(self) -> int:
        """Number V of tokens; this and the next six are the names of `network.Description`."""
        return self.vocab_size

    @property
    def context(self) -> int:
        """The longest text, in tokens."""
        return self.n_positions

    @property
    def width(self) -> int:
        """Width C of the residual stream."""
        return self.n_embd

    @property
    def layers(self) -> int:
        """Number L of blocks."""
        return self.n_layer

    @property
    def heads(self) -> int:
        """Number H of attention heads."""
        return self.n_head

    @property
    def groups(self) -> int:
        """Number G of sets of keys: every head has its own."""
        return self.n_head

    @property
    def head_width(self) -> int:
        """Width D of one head."""
        return self.n_embd // self.n_head

    @property
    def inner(self) -> int:
        """Width of the hidden layer of each MLP."""
        return self.n_inner or 4 * self.n_embd

    @property
    def parameters(self) -> int:
        """Number of trained numbers, the tied head counted once."""
        width, inner = self.n_embd, self.inner
        block = 4 * width * width + 2 * width * inner + 9 * width + inner
        return (self.vocab_size + self.n_positions) * width + self.n_layer * block + 2 * width
