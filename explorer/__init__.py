"""Explorer: see, step by step, how a language model writes.

The public interface is `explorer.open_model` and what it returns; see `explorer.api`. It is loaded
when it is asked for (PEP 562), so that the command line answers without torch.
"""

import importlib

__version__ = "0.1.0"
__all__ = [
    "Edits",
    "Model",
    "Off",
    "Sharpening",
    "Story",
    "heads_off",
    "open_model",
    "open_session",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("explorer.api"), name)
