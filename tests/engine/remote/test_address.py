"""An address says where a text goes, before anything goes there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.engine.remote.address import Address, AddressError, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost:8080", Address("http", "localhost", 8080)),
        (" http://127.0.0.1:8080/ ", Address("http", "127.0.0.1", 8080)),
        ("[::1]:9931", Address("http", "::1", 9931)),
        ("models.example", Address("https", "models.example", 443)),
        ("10.0.0.7:8000", Address("https", "10.0.0.7", 8000)),
        ("HTTPS://models.example/team/v1/", Address("https", "models.example", 443, "/team")),
        ("http://models.example", Address("http", "models.example", 80)),
    ],
)
def test_an_address_is_read_as_a_person_types_it(text, address):
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Type the address"),
        ("file:///etc/passwd", "file:// is not supported"),
        ("ftp://machine", "ftp:// is not supported"),
        ("javascript://x", "not supported"),
        ("http://", "not the name of a machine"),
        ("http://a b", "not the name of a machine"),
        ("http://me:secret@machine", "user name and password"),
        ("http://machine?key=secret", r"from \? or #"),
        ("http://machine/#x", r"from \? or #"),
        ("http://machine:0", "no address"),
        ("http://machine:99999", "no address"),
        ("http://machine:x", "no address"),
        ("http://[::1", "no address"),
        ("http://machine/\r\nHost: other", "characters that no address has"),
        ("http://machine/a\x00", "characters that no address has"),
        ("http://mach\u0456ne", "not the name of a machine"),
        ("http://machine/ü", "no path"),
        ("h" * 3000, "too long"),
    ],
)
def test_what_is_no_address_is_refused_in_a_sentence(text, words):
    with pytest.raises(AddressError, match=words) as caught:
        parse_address(text)
    assert "secret" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_is_refused(text):
    try:
        address = parse_address(text)
    except AddressError:
        return
    assert parse_address(str(address)) == address
    assert address.scheme in ("http", "https")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http://127.0.0.1:8080", ""),
        ("http://localhost", ""),
        ("http://[::1]:1", ""),
        ("https://models.example", ""),
        ("http://192.168.1.4:8000", "in the network around you can read the text and the key"),
        ("http://models.example", "on the way can read the text and the key"),
        ("http://8.8.8.8", "on the way can read the text and the key"),
    ],
)
def test_a_way_that_others_can_read_is_named(text, words):
    danger = parse_address(text).danger(keyed=True)
    assert words in danger
    assert bool(danger) == bool(words)
