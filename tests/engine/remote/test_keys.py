"""A key is found under its name and shown nowhere."""

from __future__ import annotations

import sys
import types

import pytest

from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.keys import has_keyring, read_key


def test_no_name_is_no_key():
    assert read_key("  ") == ""


def test_the_key_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("MY_SERVER_KEY", " sk-1 \n")
    assert read_key("MY_SERVER_KEY") == "sk-1"


def test_a_variable_that_is_not_set_is_said(monkeypatch):
    monkeypatch.delenv("MY_SERVER_KEY", raising=False)
    with pytest.raises(ServerError, match="no key in the environment variable MY_SERVER_KEY"):
        read_key("MY_SERVER_KEY")


@pytest.mark.parametrize("name", ["sk-abc123", "a b", "1KEY", "x" * 80, "KEY;rm", "ключ"])
def test_a_key_in_the_place_of_a_name_is_not_repeated(name):
    with pytest.raises(ServerError, match="not the key itself") as caught:
        read_key(name)
    assert name not in str(caught.value)


def test_the_keyring_is_asked_where_there_is_one(monkeypatch):
    ring = types.ModuleType("keyring")
    ring.__spec__ = types.SimpleNamespace(name="keyring", origin=None)
    ring.errors = types.SimpleNamespace(KeyringError=OSError)
    ring.get_password = lambda service, name: {"STORED": "sk-2"}.get(name)
    monkeypatch.setitem(sys.modules, "keyring", ring)
    monkeypatch.delenv("STORED", raising=False)
    assert has_keyring()
    assert read_key("STORED") == "sk-2"
    with pytest.raises(ServerError, match="nor in the keyring"):
        read_key("OTHER_NAME")

    def locked(service, name):
        raise OSError("locked")

    ring.get_password = locked
    with pytest.raises(ServerError, match="keyring cannot be read: locked"):
        read_key("STORED")
