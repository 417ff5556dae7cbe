"""What differs from layer to layer: which keys a query sees, and how q and k are turned.

These are the rules of config.json that are more than a name, each as one function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from explorer.engine.network.fields import Fields
from explorer.engine.network.rotary import Kind, Rotary

SLIDING, FULL = "sliding_attention", "full_attention"
_LONGEST = 1 << 24
_KINDS: dict[str, Kind] = {
    "default": "default", "linear": "linear", "llama3": "llama3", "yarn": "yarn",
    "longrope": "longrope", "su": "longrope",
    # Up to the context in config.json the dynamic kind leaves every angle as it is.
    "dynamic": "default",
}  # fmt: skip


def no_windows(fields: Fields, layers: int, window: int | None) -> tuple[int | None, ...]:
    """Every layer sees the whole text."""
    return (None,) * layers


def every_layer(fields: Fields, layers: int, window: int | None) -> tuple[int | None, ...]:
    """One window in all layers (Mistral, Phi-3)."""
    return (window,) * layers


def from_a_layer_on(fields: Fields, layers: int, window: int | None) -> tuple[int | None, ...]:
    """Layers from max_window_layers on have the window, if windows are used at all (Qwen)."""
    listed = fields.words("layer_types", layers, (SLIDING, FULL))
    if not fields.flag("use_sliding_window", False):
        return (None,) * layers
    if listed is not None:
        return tuple(window if kind == SLIDING else None for kind in listed)
    first = fields.integer("max_window_layers", 28, 0, 1 << 16)
    return tuple(window if layer >= first else None for layer in range(layers))


def listed_layers(
    every: int,
) -> Callable[[Fields, int, int | None], tuple[int | None, ...]]:
    """Layers are listed, or every n-th one sees all and the others have the window (Gemma)."""

    def windows(fields: Fields, layers: int, window: int | None) -> tuple[int | None, ...]:
        kinds = layer_kinds(fields, layers, every)
        return tuple(window if kind == SLIDING else None for kind in kinds)

    return windows


def layer_kinds(fields: Fields, layers: int, every: int) -> tuple[str, ...]:
    """The kind of each layer's attention."""
    listed = fields.words("layer_types", layers, (SLIDING, FULL))
    if listed is not None:
        return listed
    keys = ("sliding_window_pattern", "_sliding_window_pattern")
    given = next((key for key in keys if fields.values.get(key) is not None), keys[0])
    every = fields.integer(given, every, 1, 1 << 16)
    return tuple(FULL if (layer + 1) % every == 0 else SLIDING for layer in range(layers))


def global_and_local(fields: Fields, layers: int, window: int | None) -> tuple[int | None, ...]:
    """`attention_types` as [[kinds, repeats], ...] or `attention_layers` as a list (GPT-Neo)."""
    kinds = fields.words("attention_layers", layers, ("global", "local"))
    if kinds is None:
        kinds = _repeated(fields, layers)
    return tuple(window if kind == "local" else None for kind in kinds)


def _repeated(fields: Fields, layers: int) -> tuple[str, ...]:
    key = "attention_types"
    wanted = f"[[kinds, repeats], ...] that make {layers} layers of global and local"
    given = fields.values.get(key, [[["global", "local"], layers // 2]])
    kinds: list[str] = []
    if not isinstance(given, list):
        raise fields.error(key, wanted)
    for part in given:
        if not (isinstance(part, list) and len(part) == 2 and isinstance(part[0], list)):
            raise fields.error(key, wanted)
        names, times = part
        if not isinstance(times, int) or not 0 <= times <= layers or len(names) > layers:
            raise fields.error(key, wanted)
        kinds += names * times
    if len(kinds) != layers or any(kind not in ("global", "local") for kind in kinds):
        raise fields.error(key, wanted)
    return tuple(kinds)


def rotaries(
    fields: Fields, head_width: int, windows: tuple[int | None, ...], silent: Mapping[str, Any]
) -> tuple[Rotary, ...]:
    """How each layer turns q and k, from the new spelling of config.json or the older one."""
    new = fields.inner("rope_parameters")
    theta, turned = silent.get("theta", 10_000.0), silent.get("turned", 1.0)
    if SLIDING in new.values or FULL in new.values:
        kinds = {
            kind: _rotary(new.inner(kind), fields, head_width, theta, turned)
            for kind in (SLIDING, FULL)
        }
    else:
        one = _one_rotary(fields, new, head_width, theta, turned)
        # Gemma 3 turns its layers with a window by an angle of their own, never stretched.
        local = Rotary(one.width, fields.number("rope_local_base_freq", 10_000.0, 1, 1e12))
        own = "rope_local_base_freq" in fields.values or theta == 1_000_000.0
        kinds = {FULL: one, SLIDING: local if own else one}
    return tuple(kinds[FULL if window is None else SLIDING] for window in windows)


def _one_rotary(
    fields: Fields, new: Fields, head_width: int, theta: float, turned: float
) -> Rotary:
    old = fields.inner("rope_scaling")
    theta_key = next((k for k in ("rope_theta", "rotary_emb_base") if k in fields.values), "")
    turned_key = next(
        (k for k in ("partial_rotary_factor", "rotary_pct") if k in fields.values), ""
    )
    theta = fields.number(theta_key, theta, 1, 1e12) if theta_key else theta
    turned = fields.number(turned_key, turned, 0, 1) if turned_key else turned
    return _rotary(new if new.values else old, fields, head_width, theta, turned)


def _rotary(table: Fields, fields: Fields, head_width: int, theta: float, turned: float) -> Rotary:
    """One table of rope_parameters or rope_scaling."""
    theta = table.number("rope_theta", theta, 1, 1e12)
    turned = table.number("partial_rotary_factor", turned, 0, 1)
    width = int(head_width * turned)
    if width < 2 or width % 2:
        raise table.error("partial_rotary_factor", f"a share of {head_width} that makes pairs")
    key = "rope_type" if table.values.get("rope_type") is not None else "type"
    kind = _KINDS[table.word(key, "default", tuple(_KINDS))]
    if kind == "default":
        return Rotary(width, theta)
    if kind == "linear":
        return Rotary(width, theta, kind, table.number("factor", None, 1e-6, 1e6))
    context = fields.integer("max_position_embeddings", 2048, 1, _LONGEST)
    silent = fields.integer("original_max_position_embeddings", context, 1, _LONGEST)
    original = table.integer("original_max_position_embeddings", silent, 1, _LONGEST)
    if kind == "longrope":
        return _longrope(table, width, theta, context, original)
    factor = table.number("factor", context / original, 1e-6, 1e6)
    if kind == "llama3":
        low = table.number("low_freq_factor", None, 1e-6, 1e6)
        high = table.number("high_freq_factor", None, 1e-6, 1e6)
        if low == high:
            raise table.error("high_freq_factor", "a number other than low_freq_factor")
        return Rotary(width, theta, kind, factor, original, low, high)
    return Rotary(
        width, theta, kind, factor, original,
        low=table.number("beta_slow", 1.0, 1e-6, 1e6),
        high=table.number("beta_fast", 32.0, 1e-6, 1e6),
        scaling=_yarn_scaling(table, factor),
        truncate=table.flag("truncate", True),
    )  # fmt: skip


def _yarn_scaling(table: Fields, factor: float) -> float:
    """YaRN's temperature of attention, 0.1 ln(factor) + 1, which multiplies what is turned."""
    if table.values.get("attention_factor") is not None:
        return table.number("attention_factor", None, 1e-6, 1e6)

    def scale(weight: float) -> float:
        return 1.0 if factor <= 1 else 0.1 * weight * math.log(factor) + 1.0

    top = table.number("mscale", 0.0, 0, 1e6)
    all_ = table.number("mscale_all_dim", 0.0, 0, 1e6)
    return scale(top) / scale(all_) if top and all_ else scale(1.0)


def _longrope(table: Fields, width: int, theta: float, context: int, original: int) -> Rotary:
    """LongRoPE's short factors, which hold for texts up to the original context."""
    factor = table.number("factor", context / original, 1e-6, 1e6)
    silent = 1.0 if factor <= 1 else math.sqrt(1 + math.log(factor) / math.log(original))
    return Rotary(
        width, theta, "longrope", factor, original,
        scaling=table.number("attention_factor", silent, 1e-6, 1e6),
        factors=table.numbers("short_factor", width // 2),
    )  # fmt: skip
