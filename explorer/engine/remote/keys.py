"""The key of a server: from the environment, or from the keyring of the desktop if there is one.

Only the name under which it is found is ever kept or shown.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re

from explorer.engine.remote.failure import ServerError

SERVICE = "explorer"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def read_key(name: str) -> str:
    """The key under a name, empty for no name; raises ServerError where there is none."""
    name = name.strip()
    if not name:
        return ""
    if not _NAME.fullmatch(name):
        raise ServerError(
            "Type the name of the environment variable that holds the key, such as VLLM_API_KEY, "
            "not the key itself."
        )
    key = os.environ.get(name, "").strip() or _from_keyring(name)
    if not key:
        rings = " nor in the keyring" if has_keyring() else ""
        raise ServerError(
            f"There is no key in the environment variable {name}{rings}. Set it before Explorer "
            "starts, or leave the field empty."
        )
    return key


def has_keyring() -> bool:
    """Whether the package `keyring` is installed."""
    return importlib.util.find_spec("keyring") is not None


def _from_keyring(name: str) -> str:
    if not has_keyring():
        return ""
    keyring = importlib.import_module("keyring")
    try:
        return (keyring.get_password(SERVICE, name) or "").strip()
    except keyring.errors.KeyringError as error:
        raise ServerError(f"The keyring cannot be read: {error}.") from None
