"""The tokenizer: any text comes back, tokens can be seen, broken files are said in words."""

from __future__ import annotations

import base64
import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.checkpoint import ModelError
from explorer.engine.reader import LocalReader, open_model
from explorer.engine.tokenizer import (
    Tokenizer,
    TokenizerError,
    byte_letters,
    visible,
)
from explorer.resources import model_folder

ANY = st.text(st.characters(codec="utf-8"), max_size=60)
AWKWARD = [
    "",
    " ",
    "\0",
    "a\0b",
    "\r\n\r\n",
    "👩‍👩‍👧",
    "cafe\u0301",
    "שלום עולם",
    "مرحبا",
    "日本語",
    "\u202eabc",
    "\ufeffx",
    "<|endoftext|>",
    "<b>&amp;</b>",
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(model_folder() / "tokenizer.json")


@settings(max_examples=200, deadline=None, database=None)
@given(text=ANY)
def test_any_text_comes_back(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_text_comes_back(tokenizer: Tokenizer, text: str) -> None:
    encoding = tokenizer.encode(text)
    assert encoding.text == text
    assert tokenizer.decode(encoding.ids) == text


@settings(max_examples=100, deadline=None, database=None)
@given(text=ANY)
def test_spans_follow_the_text_and_cover_all_of_it(tokenizer: Tokenizer, text: str) -> None:
    encoding = tokenizer.encode(text)
    assert len(encoding.spans) == len(encoding.ids)
    covered: set[int] = set()
    before = 0
    for (start, end), token in zip(encoding.spans, encoding.ids, strict=True):
        assert before <= start <= end <= len(text)
        assert tokenizer.pieces[token] in text[start:end].encode()
        before = start
        covered |= set(range(start, end))
    assert covered == set(range(len(text)))


@pytest.mark.parametrize("text", ["\ud83d", "a\udc00b", "\udc00\ud83d"])
def test_lone_surrogates_become_the_replacement_character(tokenizer: Tokenizer, text: str) -> None:
    encoding = tokenizer.encode(text)
    assert "\ufffd" in encoding.text
    assert encoding.text == "".join("\ufffd" if "\ud800" <= c < "\ue000" else c for c in text)
    assert tokenizer.decode(encoding.ids) == encoding.text


def test_a_surrogate_pair_in_two_halves_is_one_character(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("\ud83d\ude00").text == "😀"


def test_a_character_of_several_tokens_lies_in_the_span_of_each(tokenizer: Tokenizer) -> None:
    encoding = tokenizer.encode("🧿")
    assert len(encoding.ids) > 1
    assert set(encoding.spans) == {(0, 1)}
    halves = [tokenizer.decode([token]) for token in encoding.ids]
    assert any("\ufffd" in half for half in halves)


@pytest.mark.parametrize(
    ("piece", "label"),
    [
        (b" the", "·the"),
        (b"\n\n", "↵↵"),
        (b"\t", "→"),
        (b"\r", "⏎"),
        (b"\x00", "\\u0000"),
        (b"\xf0", "\\xF0"),
        (b"\x9f\x98", "\\x9F\\x98"),
        ("é".encode(), "é"),
        ("\u202e".encode(), "\\u202E"),
        (b"<b>", "<b>"),
        ("e\u0301\u0302\u0303\u0304".encode(), "e\u0301\u0302\u0303\u0304"),
        (("e" + "\u0301" * 6).encode(), "e" + "\u0301" * 4 + "\\u0301" * 2),
        ("🙂🙂🙂🙂🙂🙂".encode(), "🙂🙂🙂🙂🙂🙂"),
        ("नमस्ते".encode(), "नमस्ते"),
    ],
)
def test_labels_make_visible_what_has_no_shape(piece: bytes, label: str) -> None:
    assert visible(piece) == label


def test_every_label_can_be_printed_and_none_is_blank(tokenizer: Tokenizer) -> None:
    assert all(label.isprintable() and label.strip() for label in tokenizer.labels)


def test_the_byte_alphabet_has_one_letter_for_each_byte() -> None:
    letters = byte_letters()
    assert sorted(letters) == list(range(256))
    assert len(set(letters.values())) == 256
    assert all(letter.isprintable() for letter in letters.values())


def test_every_byte_is_a_token_so_that_any_text_can_be_written(tokenizer: Tokenizer) -> None:
    assert {bytes([byte]) for byte in range(256)} <= set(tokenizer.pieces)


# --- files from strangers -------------------------------------------------------------------


def content(**changes: Any) -> dict[str, Any]:
    """A small byte-level tokenizer: 256 bytes, an end token, one merge; then `changes`."""
    letters = byte_letters()
    vocabulary = {letters[byte]: byte for byte in range(256)} | {"<end>": 256, "Ġa": 257}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [added("<end>", 256)],
        "normalizer": None,
        "pre_tokenizer": level | {"use_regex": True},
        "post_processor": None,
        "decoder": level | {"use_regex": True},
        "model": {"type": "BPE", "vocab": vocabulary, "merges": ["Ġ a"]},
    } | changes


def added(text: str, token: int) -> dict[str, Any]:
    """An added token as the file writes it."""
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": token, "content": text, "special": True, **flags}


def model(**changes: Any) -> dict[str, Any]:
    """The small tokenizer with another model section."""
    return content(model=content()["model"] | changes)


def vocabulary(**more: int) -> dict[str, Any]:
    """The small tokenizer with more words."""
    return model(vocab=content()["model"]["vocab"] | more)


def mapped(data: bytes) -> dict[str, Any]:
    """The small tokenizer with a compiled map of characters."""
    text = base64.b64encode(data).decode()
    return content(normalizer={"type": "Precompiled", "precompiled_charsmap": text})


def unigram(*words: list[Any], unknown: int = 0) -> dict[str, Any]:
    """The small tokenizer with a unigram model."""
    return content(model={"type": "Unigram", "unk_id": unknown, "vocab": list(words)})


def write(folder: Path, data: Any) -> Path:
    path = folder / "tokenizer.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


BROKEN = {
    "an empty file": "",
    "an empty object": "{}",
    "null": "null",
    "a list": "[1]",
    "no JSON": "not json",
    "a merge of an unknown token": model(merges=["Q ZZ"]),
    "a malformed merge": model(merges=["abc"]),
    "a negative id": vocabulary(more=-1),
    "an id over 32 bits": vocabulary(more=2**32),
    "an id far beyond the vocabulary": vocabulary(more=1_000_000),
    "two tokens with one id": vocabulary(more=5),
    "no vocabulary": model(vocab={}, merges=[]) | {"added_tokens": []},
    "an added token out of turn": content(added_tokens=[added("<end>", 256), added("<x>", 999)]),
    "a character map in bad base64": content(
        normalizer={"type": "Precompiled", "precompiled_charsmap": "!!!"}
    ),
    "a character map of four letters": content(
        normalizer={"type": "Precompiled", "precompiled_charsmap": "AAAA"}
    ),
    "replacing nothing": content(
        normalizer={"type": "Replace", "pattern": {"String": ""}, "content": "x"}
    ),
    "replacing an empty pattern": content(
        normalizer={"type": "Replace", "pattern": {"Regex": ""}, "content": "x"}
    ),
    "prepending nothing": content(normalizer={"type": "Prepend", "prepend": ""}),
    "pieces of length zero": content(pre_tokenizer={"type": "FixedLength", "length": 0}),
    "an invalid pattern": content(
        pre_tokenizer={
            "type": "Split",
            "pattern": {"Regex": "("},
            "behavior": "Isolated",
            "invert": False,
        }
    ),
    "a character map whose length lies": mapped(struct.pack("<I", 2**31) + b"abcd"),
    "a character map that points nowhere": mapped(struct.pack("<III", 8, 2**32 - 1, 2**32 - 16)),
    "a character map of zeros": mapped(bytes(12)),
    "a character map of megabytes": mapped(bytes(4 << 20)),
    "letters that become a book": content(
        normalizer={"type": "Replace", "pattern": {"Regex": "."}, "content": "x" * 10_000}
    ),
    "letters that double and double": content(
        normalizer={
            "type": "Sequence",
            "normalizers": [{"type": "Replace", "pattern": {"Regex": "."}, "content": "xx"}] * 40,
        }
    ),
    "a book before every text": content(normalizer={"type": "Prepend", "prepend": "x" * 10_000}),
    "normalizers nested deeply": '{"normalizer":'
    + '{"type":"Sequence","normalizers":[' * 5000
    + "]}" * 5000
    + "}",
    "a token of a megabyte": vocabulary(**{"x" * 1_000_000: 258}),
    "an empty added token": content(added_tokens=[added("<end>", 256), added("", 258)]),
    "an id that is text": model(vocab={"a": "0"}),
    "dropout that is no number": json.dumps(model(dropout=0.5)).replace("0.5", "NaN"),
    "dropout below zero": model(dropout=-1.0),
    "a prefix longer than its merges": model(continuing_subword_prefix="##"),
    "a section given twice": json.dumps(content()).replace('"version"', '"model": null, "version"'),
    "a unigram score that is none": json.dumps(unigram(["a", 0.0], ["b", 0.5])).replace(
        "0.5", "NaN"
    ),
    "a unigram score beyond all numbers": json.dumps(unigram(["a", 0.0], ["b", 0.5])).replace(
        "0.5", "1e999"
    ),
    "a unigram model whose unknown is nowhere": unigram(["a", 0.0], unknown=9),
    "a unigram model of nothing": unigram(),
    "a unigram model without unknown": content(
        model={"type": "Unigram", "unk_id": None, "vocab": [["a", 0.0]]}
    ),
}


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    plain = Tokenizer(write(tmp_path, content()))
    text = "\ufeff" + json.dumps(content(), indent=1).replace("\n", "\r\n")
    (tmp_path / "tokenizer.json").write_bytes(text.encode())
    found = Tokenizer(tmp_path / "tokenizer.json")
    assert found.pieces == plain.pieces
    assert found.encode("a b\r\n").ids == plain.encode("a b\r\n").ids


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_in_a_sentence_that_names_it(
    tmp_path: Path, data: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, data)
    with pytest.raises(TokenizerError, match=r"tokenizer\.json") as caught:
        Tokenizer(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300 + len(str(path))
    assert capfd.readouterr().err == ""
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "changes",
    [
        {
            "truncation": {
                "direction": "Right",
                "max_length": 4,
                "strategy": "LongestFirst",
                "stride": 9,
            }
        },
        {
            "truncation": {
                "direction": "Right",
                "max_length": 0,
                "strategy": "LongestFirst",
                "stride": 0,
            }
        },
        {
            "padding": {
                "strategy": {"Fixed": 10**9},
                "direction": "Right",
                "pad_to_multiple_of": None,
                "pad_id": 0,
                "pad_type_id": 0,
                "pad_token": "x",
            }
        },
        {
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [
                    {"SpecialToken": {"id": "<x>", "type_id": 0}},
                    {"Sequence": {"id": "A", "type_id": 0}},
                ],
                "pair": [
                    {"Sequence": {"id": "A", "type_id": 0}},
                    {"Sequence": {"id": "B", "type_id": 1}},
                ],
                "special_tokens": {"<x>": {"id": "<x>", "ids": [4_000_000], "tokens": ["<x>"]}},
            }
        },
        {
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [
                    {"SpecialToken": {"id": "<x>", "type_id": 0}},
                    {"Sequence": {"id": "A", "type_id": 0}},
                ],
                "pair": [],
                "special_tokens": {},
            }
        },
    ],
    ids=[
        "cutting with a wide stride",
        "cutting to nothing",
        "endless padding",
        "a template",
        "a template without its token",
    ],
)
def test_what_would_cut_or_lengthen_a_prompt_is_ignored(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    found = Tokenizer(write(tmp_path, content(**changes))).encode("a b a b a")
    assert found.ids == Tokenizer(write(tmp_path, content())).encode("a b a b a").ids


def test_dropout_is_ignored_so_that_a_text_has_one_tokenisation(tmp_path: Path) -> None:
    dropping = Tokenizer(write(tmp_path, model(dropout=0.5)))
    assert len({dropping.encode("a a a a a a a a").ids for _ in range(20)}) == 1


def test_a_pattern_that_explodes_on_a_text_is_an_error_of_that_text_only(tmp_path: Path) -> None:
    pattern = {"Regex": "(a|aa)+$"}
    level = content()["pre_tokenizer"] | {"use_regex": False}
    split = {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}
    steps = {"type": "Sequence", "pretokenizers": [split, level]}
    fragile = Tokenizer(write(tmp_path, content(pre_tokenizer=steps)))
    with pytest.raises(TokenizerError, match="this text cannot be read"):
        fragile.encode("a" * 60 + "b")
    assert fragile.decode(fragile.encode("b a b").ids) == "b a b"


def test_a_token_from_a_stranger_is_shown_escaped_and_read_as_text(tmp_path: Path) -> None:
    evil = "<img src=file:///etc/hostname>\0\u202e\u200d"
    data = content(added_tokens=[added("<end>", 256), added(evil, 258)])
    found = Tokenizer(write(tmp_path, data))
    assert found.labels[258] == "<img·src=file:///etc/hostname>\\u0000\\u202E\\u200D"
    assert found.encode(evil).ids == (258,) and found.decode([258]) == evil


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match="is missing"):
        Tokenizer(tmp_path / "tokenizer.json")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)
    with pytest.raises(TokenizerError, match="64 MB"):
        Tokenizer(path)


def test_a_tokenizer_with_more_tokens_than_the_network_is_refused(
    tmp_path: Path, reader: LocalReader
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_folder(), folder)
    data = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    data["model"]["vocab"]["too much"] = reader.facts.vocabulary
    write(folder, data)
    with pytest.raises(ModelError, match="the network only"):
        open_model(folder)


def test_a_megabyte_of_text_is_encoded_whole(tokenizer: Tokenizer) -> None:
    text = "A line of text.\n" * (1 << 16)
    encoding = tokenizer.encode(text)
    assert encoding.spans[-1][1] == len(text)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a file, the words of the vocabulary left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, inner in items:
        found.append((*path, key))
        if isinstance(inner, dict | list) and key != "vocab":
            found += places(inner, (*path, key))
    return found


BASES = {
    "bytes": content(),
    "unigram": unigram(["<unk>", 0.0], ["▁", -1.0], ["A", -2.0], ["b", -2.0], [".", -2.0]),
    "template": content(
        post_processor={
            "type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}],
            "special_tokens": {},
        }
    ),
}
WORDS = st.sampled_from(
    ["", "a", ".", "[", "(a|aa)+$", "▁", "AAAA", "BPE", "Unigram", "WordPiece", "ByteLevel",
     "Metaspace", "Split", "Sequence", "FixedLength", "Replace", "Prepend", "Precompiled", "NFC",
     "Strip", "Isolated", "always", "x" * 300]
)  # fmt: skip
NUMBERS = st.sampled_from([0, 1, -1, 2, 0.5, 2**31, 2**32, 2**63, 1e308])
FIELD = st.sampled_from(
    ["type", "pattern", "Regex", "String", "content", "prepend", "normalizers", "pretokenizers",
     "decoders", "length", "unk_id", "behavior", "invert", "precompiled_charsmap", "replacement"]
)  # fmt: skip
SOMETHING = st.recursive(
    st.none() | st.booleans() | WORDS | NUMBERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELD, inner, max_size=4),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, database=None)
@given(data=st.data(), text=ANY)
def test_a_changed_file_is_a_tokenizer_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, text: str
) -> None:
    whole = json.loads(json.dumps(data.draw(st.sampled_from(list(BASES.values())))))
    for _ in range(data.draw(st.integers(1, 2))):
        *way, last = data.draw(st.sampled_from(places(whole)))
        inner = whole
        for key in way:
            inner = inner[key]
        inner[last] = data.draw(SOMETHING)
    path = write(tmp_path_factory.getbasetemp(), whole)
    try:
        found = Tokenizer(path)
        found.decode(found.encode(text).ids)
    except TokenizerError as error:
        assert "\n" not in str(error) and len(str(error)) < 300 + len(str(path))
