"""Explorer: see, step by step, how a language model writes.

The public interface is `explorer.open_model` and what it returns, see `explorer.api`, and for the
associative memory `explorer.open_memory`, see `explorer.api_memory`. Both are loaded when they are
asked for (PEP 562), so that the command line answers without torch.
"""

import importlib

__version__ = "0.1.0"
__all__ = [
    "Edits",
    "Memory",
    "Model",
    "Off",
    "Sharpening",
    "Story",
    "heads_off",
    "open_memory",
    "open_model",
    "open_session",
]
_OF_MEMORY = ("Memory", "open_memory")


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "explorer.api_memory" if name in _OF_MEMORY else "explorer.api"
    return getattr(importlib.import_module(module), name)
