"""What is remembered between starts: theme, text size, layout. One JSON file, checked when read.

A damaged `restoreState` blob can crash Qt, so the layout carries a hash and a version, and a marker
file stands while it is being restored: found at the next start, it means that the last restore did
not survive.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

LAYOUT_VERSION = 1
_LARGEST = 1 << 20
# Qt holds lengths in 32 bits and pictures of windows in fewer.
Length = Annotated[int, msgspec.Meta(ge=1, le=32_767)]


class SavedLayout(msgspec.Struct, frozen=True):
    """A window state of this layout version, with its SHA-256."""

    version: int
    sha256: str
    blob: str


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """The remembered choices; the defaults are those of a first start.

    panels are those that the layout shows; "?" stands for what an older version did not write.
    """

    theme: Literal["system", "light", "dark"] = "system"
    zoom: float = 1.0
    layout: SavedLayout | None = None
    panels: tuple[str, ...] = ("?",)
    size: tuple[Length, Length] | None = None
    maximised: bool = False


@dataclass(frozen=True)
class SettingsFile:
    """The file in its folder; `load` and `save` say in words what went wrong.

    read_only: another window keeps the settings, so that this one only reads them. Its marker says
    nothing then, as that window may be starting.
    """

    folder: Path
    read_only: bool = False

    @property
    def path(self) -> Path:
        """The settings file."""
        return self.folder / "settings.json"

    @property
    def marker(self) -> Path:
        """Exists while a layout is being restored."""
        return self.folder / "restoring"

    def load(self) -> tuple[Settings, str]:
        """(settings, note): the defaults and a sentence when the file cannot be used."""
        try:
            if self.path.stat().st_size > _LARGEST:
                return Settings(), f"{self.path} is too large to be settings; defaults are used."
            settings = msgspec.json.decode(self.path.read_bytes(), type=Settings)
        except FileNotFoundError:
            return Settings(), ""
        except (OSError, msgspec.DecodeError, RecursionError) as error:
            return Settings(), f"{self.path} cannot be used ({error}); defaults are used."
        if not self.read_only and self.marker.exists():
            self.unmark()
            note = "The last start did not survive its layout; the default layout is used."
            return msgspec.structs.replace(settings, layout=None), note
        return settings, ""

    def save(self, settings: Settings) -> str:
        """Write all or nothing; returns a sentence when it cannot be written."""
        if self.read_only:
            return ""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=".settings.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(msgspec.json.format(msgspec.json.encode(settings)))
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(name, self.path)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            return f"The settings cannot be kept in {self.folder}: {error.strerror}."
        return ""

    def mark(self) -> None:
        """Say that a layout is about to be restored; a read-only folder cannot say it."""
        if self.read_only:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.marker.touch()
        except OSError:
            return

    def unmark(self) -> None:
        """The restored layout has survived."""
        if self.read_only:
            return
        try:
            self.marker.unlink(missing_ok=True)
        except OSError:
            return


def pack_layout(blob: bytes) -> SavedLayout:
    """A window state with its hash and version."""
    return SavedLayout(
        LAYOUT_VERSION, hashlib.sha256(blob).hexdigest(), base64.b64encode(blob).decode()
    )


def unpack_layout(layout: SavedLayout | None) -> bytes | None:
    """The window state, or None when it is of another version or not what was saved."""
    if layout is None or layout.version != LAYOUT_VERSION:
        return None
    try:
        blob = base64.b64decode(layout.blob, validate=True)
    except ValueError:
        return None
    return blob if hashlib.sha256(blob).hexdigest() == layout.sha256 else None
