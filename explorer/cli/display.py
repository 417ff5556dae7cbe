"""Is there a display, and are the system libraries there that Qt's platform plugin needs?

Qt ends the program with an abort when a library is missing, before any Python handler, so the
question is asked first, without loading PySide6. Only Linux can lack either.
"""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path

APT_LINE = (
    "sudo apt-get install -y libglib2.0-0 libegl1 libgl1 libdbus-1-3 libfontconfig1 libxkbcommon0 "
    "libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-image0 "
    "libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libwayland-cursor0"
)
MODULES = ("Core", "Gui", "Widgets", "OpenGLWidgets", "Svg")


def is_there(environ: Mapping[str, str]) -> bool:
    """Whether a window can be opened: a display answers, or Qt is told to do without one."""
    if sys.platform != "linux":
        return True
    wanted = platforms(environ)
    if "xcb" in wanted and _answers_x11(environ.get("DISPLAY", "")):
        return True
    if "wayland" in wanted and _wayland_socket(environ).is_socket():
        return True
    return any(name not in ("xcb", "wayland") for name in wanted)


def platforms(environ: Mapping[str, str]) -> list[str]:
    """The platform plugins that Qt will try, by name; none without a display."""
    named = [name.split(":")[0] for name in environ.get("QT_QPA_PLATFORM", "").split(";")]
    if any(named):
        return ["wayland" if "wayland" in name else name for name in named if name]
    found = []
    if environ.get("WAYLAND_DISPLAY"):
        found.append("wayland")
    if environ.get("DISPLAY"):
        found.append("xcb")
    return found


def missing_library(environ: Mapping[str, str], qt: Path | None = None) -> str:
    """The first system library that Qt lacks for this display, empty when it can start.

    One plugin that loads is enough. `qt` is the folder of Qt, that of PySide6 if not given.
    """
    folder = qt or qt_folder()
    wanted = platforms(environ)
    if sys.platform != "linux" or folder is None or not wanted:
        return ""
    for module in MODULES:
        if missing := _missing_for(folder / "lib" / f"libQt6{module}.so.6"):
            return missing
    reasons = [_missing_for_platform(folder, name) for name in wanted]
    return "" if "" in reasons else reasons[0]


def advice(missing: str) -> str:
    """What is missing and the one line that helps, in one sentence each."""
    return (
        f"the system library {missing} is missing, without which Qt cannot open a window. "
        f"On Debian or Ubuntu this line installs all that it needs: {APT_LINE}"
    )


def qt_folder() -> Path | None:
    """The folder of Qt inside PySide6, found without importing it."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "Qt"


def _missing_for_platform(folder: Path, name: str) -> str:
    plugins = sorted((folder / "plugins" / "platforms").glob(f"libq{name}*.so"))
    reasons = [_missing_for(plugin) for plugin in plugins]
    return "" if "" in reasons or not reasons else reasons[0]


def _missing_for(library: Path) -> str:
    """The name of what a library needs and the system lacks, as the dynamic linker says it."""
    if not library.exists():
        return ""
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        return str(error).split(":")[0]
    return ""


def _answers_x11(name: str) -> bool:
    """Whether an X server answers under this name."""
    if not name:
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(name.encode(errors="replace"), None))
    broken = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not broken


def _wayland_socket(environ: Mapping[str, str]) -> Path:
    name = environ.get("WAYLAND_DISPLAY") or "wayland-0"
    return Path(environ.get("XDG_RUNTIME_DIR", "/nowhere")) / name
