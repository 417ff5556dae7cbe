"""Opens the libraries of torch without holding up the other threads of Python.

`import torch` opens half a gigabyte of machine code, and Python keeps its lock meanwhile: a window
that is already on the screen would stand still for a fifth of a second. Opened through the system's
own `dlopen`, which `ctypes` calls without the lock, they are there when the import asks for them.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import sys
from pathlib import Path

# As torch/__init__.py opens them: the first for everybody, the second for torch alone.
_LIBRARIES = (("libtorch_global_deps.so", True), ("libtorch_python.so", False))


def open_libraries() -> list[str]:
    """Open what `import torch` will ask for; the names opened, none on another system than Linux.

    It only saves time: whatever cannot be opened here is left to the import and its error.
    """
    found = importlib.util.find_spec("torch")
    if not sys.platform.startswith("linux") or found is None or not found.origin:
        return []
    opened = []
    with contextlib.suppress(OSError, AttributeError):
        dlopen = ctypes.CDLL(None).dlopen
        dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
        for name, shared in _LIBRARIES:
            path = Path(found.origin).with_name("lib") / name
            mode = os.RTLD_NOW | os.RTLD_GLOBAL if shared else os.RTLD_LAZY
            if path.exists() and dlopen(os.fsencode(path), mode):
                opened.append(name)
    return opened
