"""What the settings of sampling are called where there is little room. No Qt."""

from __future__ import annotations

SHORT = {
    "temperature": "T",
    "top_k": "top-k",
    "top_p": "top-p",
    "min_p": "min-p",
    "repetition_penalty": "penalty",
    "seed": "seed",
}


def changed(name: str, value: float, sign: str = " ") -> str:
    """One setting with its value, such as T 0.8."""
    return f"{SHORT.get(name, name)}{sign}{value:g}"
