"""From a folder's config.json to a `Description`; every number checked before it is believed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from explorer.engine.network.description import Activation, Description
from explorer.engine.network.families import ALIASES, FAMILIES, Family
from explorer.engine.network.fields import Fields
from explorer.engine.network.layers import rotaries
from explorer.engine.network.shards import inside
from explorer.engine.weights import ModelError, size_of_file

CONFIG = "config.json"
_LARGEST_CONFIG = 1 << 20
_LARGEST = {
    "vocabulary": 1_000_000, "context": 1 << 24, "width": 65_536, "layers": 512, "heads": 1024,
    "groups": 1024, "head_width": 4096, "inner": 1 << 20, "window": 1 << 30,
}  # fmt: skip
_FLAGS = ("tied", "qkv_bias", "out_bias", "mlp_bias", "parallel")
_ACTIVATIONS: dict[str, Activation] = {
    "gelu": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_fast": "gelu_tanh", "silu": "silu", "swish": "silu", "relu": "relu",
}  # fmt: skip

# Phi-3 was published with this code before `transformers` took it in; it is not run here either,
# and the table of families describes what it does.
_TAKEN_IN = {
    "phi3": ("configuration_phi3.Phi3Config", "modeling_phi3.Phi3ForCausalLM", "Xenova/gpt-4o"),
}


def read_fields(folder: Path) -> dict[str, Any]:
    """The fields of config.json, unchecked but for their being a table; raises ModelError."""
    path = folder / CONFIG
    try:
        if not folder.is_dir():
            kind = "is a file, not a folder" if folder.exists() else "does not exist"
            raise ModelError(f"there is no folder {folder}; it {kind}: name a folder with a model")
        if not path.exists() and not path.is_symlink():
            raise ModelError(f"{path} is missing; a model folder needs {CONFIG}")
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    fields = read_table(inside(folder, CONFIG))
    _check_code(fields, path)
    return fields


def _check_code(fields: Mapping[str, Any], path: Path) -> None:
    """Raises ModelError for a network that is described by code of its own, which is never run."""
    named = fields.get("auto_map", {})
    names = list(named.values()) if isinstance(named, dict) else [named]
    known = _TAKEN_IN.get(str(fields.get("model_type")), ())
    # "repository--module.Class" names the same code in another place.
    if any(not isinstance(one, str) or one.rsplit("--", 1)[-1] not in known for one in names):
        raise ModelError(f"{path} contains code (auto_map), which is never run; refused")


def read_table(path: Path, most: int = _LARGEST_CONFIG) -> dict[str, Any]:
    """The fields of a JSON file of at most so many bytes; raises ModelError."""
    try:
        if size_of_file(path) > most:
            raise ModelError(f"{path} is larger than {most >> 20} MB, which no configuration is")
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        return msgspec.json.decode(data, type=dict[str, Any])
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    except ModelError:
        raise
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not a usable configuration: {str(error)[:200]}") from None


def family_of(fields: Mapping[str, Any], path: Path) -> tuple[str, Family]:
    """The row of the table that a configuration names; raises ModelError with the known ones."""
    name = fields.get("model_type")
    known = ALIASES.get(name, name) if isinstance(name, str) else ""
    if known not in FAMILIES:
        shown = repr(name)[:60]
        raise ModelError(
            f"{path}: model_type is {shown}; there is no such family here, only "
            f"{', '.join(FAMILIES)}"
        )
    return known, FAMILIES[known]


def describe(values: Mapping[str, Any], path: Path) -> Description:
    """The network that a configuration asks for; raises ModelError with a sentence."""
    name, family = family_of(values, path)
    fields = _checked(values, family, path)
    sizes = _sizes(fields, family)
    windows = family.windows(fields, sizes["layers"], _window(fields, family))
    always = {key: value for key, value in family.always.items() if key != "embedding_scale"}
    for flag in _FLAGS:
        if flag in family.keys:
            always[flag] = fields.flag(family.keys[flag], family.silent.get(flag, False))
    turning: tuple[Any, ...] = (None,) * sizes["layers"]
    if always.setdefault("positions", "rotary") == "rotary":
        turning = rotaries(fields, sizes["head_width"], windows, family.silent)
        longrope = (rotary.original for rotary in turning if rotary.kind == "longrope")
        sizes["context"] = min([sizes["context"], *longrope])
    always.setdefault("scale", _query_scale(fields, family, sizes["head_width"]))
    return Description(
        family=name,
        windows=tuple(w if w is not None and w < sizes["context"] else None for w in windows),
        rotaries=turning,
        embedding_scale=sizes["width"] ** 0.5 if "embedding_scale" in family.always else 1.0,
        activation=_ACTIVATIONS[_word(fields, family, "activation", tuple(_ACTIVATIONS))],
        epsilon=_epsilon(fields, family),
        score_cap=_cap(fields, family, "score_cap"),
        logit_cap=_cap(fields, family, "logit_cap"),
        vocabulary=sizes["vocabulary"],
        context=sizes["context"],
        width=sizes["width"],
        layers=sizes["layers"],
        heads=sizes["heads"],
        groups=sizes["groups"],
        head_width=sizes["head_width"],
        inner=sizes["inner"],
        **always,
    )


def _checked(values: Mapping[str, Any], family: Family, path: Path) -> Fields:
    """The fields of the text network, none of them asking for what is not supported."""
    fields = Fields(values, str(path))
    if values.get("model_type") in ALIASES and "text_config" in values:
        fields = fields.inner("text_config")
    if fields.values.get("quantization_config") is not None:
        raise ModelError(f"{path}: quantised weights cannot be opened, only fp32, fp16 and bf16")
    for key, value in family.only.items():
        if fields.flag(key, value) != value:
            raise fields.error(key, f"{str(value).lower()}, nothing else is supported")
    return fields


def _sizes(fields: Fields, family: Family) -> dict[str, int]:
    def size(name: str, silent: int | None = None) -> int:
        key = family.keys.get(name)
        if key is None:
            assert silent is not None
            return silent
        return fields.integer(key, family.silent.get(name, silent), 1, _LARGEST[name])

    sizes = {name: size(name) for name in ("vocabulary", "context", "width", "layers", "heads")}
    width, heads = sizes["width"], sizes["heads"]
    sizes["groups"] = size("groups", heads)
    if heads % sizes["groups"]:
        raise fields.error(family.keys["groups"], f"a divisor of the {heads} heads")
    key = family.keys.get("head_width", "")
    given = fields.values.get(key) is not None or "head_width" in family.silent
    if not given and width % heads:
        raise fields.error(family.keys["heads"], f"a divisor of the width {width}")
    sizes["head_width"] = size("head_width", max(width // heads, 1))
    sizes["inner"] = size("inner", 4 * width)
    if family.always.get("positions") == "sinusoidal" and (width % 2 or width < 4):
        raise fields.error(family.keys["width"], "an even number from 4 on")
    return sizes


def _window(fields: Fields, family: Family) -> int | None:
    key = family.keys.get("window")
    if key is None or (key in fields.values and fields.values[key] is None):
        return None
    if key not in fields.values and "window" not in family.silent:
        return None
    return fields.integer(key, family.silent.get("window"), 1, _LARGEST["window"])


def _query_scale(fields: Fields, family: Family, head_width: int) -> float:
    """The sharpness beta: 1 / sqrt(D), or 1 / sqrt of the number that Gemma names."""
    key = family.keys.get("query_scale")
    if key is None:
        return float(head_width**-0.5)
    return float(fields.number(key, family.silent["query_scale"], 1e-6, 1e9) ** -0.5)


def _epsilon(fields: Fields, family: Family) -> float:
    """What norms add to a variance; a family without a field for it has only one."""
    silent: float = family.silent["epsilon"]
    key = family.keys.get("epsilon")
    return silent if key is None else fields.number(key, silent, 1e-20, 0.1)


def _cap(fields: Fields, family: Family, name: str) -> float | None:
    """A soft cap; null in the file switches it off."""
    key = family.keys.get(name)
    if key is None or (key in fields.values and fields.values[key] is None):
        return None
    silent = family.silent.get(name)
    if key not in fields.values and silent is None:
        return None
    return fields.number(key, silent, 1e-6, 1e9)


def _word(fields: Fields, family: Family, name: str, known: tuple[str, ...]) -> str:
    return fields.word(family.keys[name], family.silent[name], known)


def special_tokens(values: Mapping[str, Any], path: Path, vocabulary: int) -> tuple[int, list[int]]:
    """The token that begins every text here, and those that end one.

    A network without a begin token gets an end token before its text, which in its training stood
    between texts; without either it gets token 0.
    """
    ends = _token_list(values, "eos_token_id", path, vocabulary)
    begins = _token_list(values, "bos_token_id", path, vocabulary)
    return (*begins, *ends, 0)[0], ends


def _token_list(values: Mapping[str, Any], key: str, path: Path, vocabulary: int) -> list[int]:
    given = values.get(key, Fields(values, str(path)).inner("text_config").values.get(key))
    listed = given if isinstance(given, list) else [] if given is None else [given]
    if any(isinstance(one, bool) or not isinstance(one, int) for one in listed) or len(listed) > 99:
        raise Fields(values, str(path)).error(key, "a token id or a list of them")
    return [one for one in listed if 0 <= one < vocabulary]
