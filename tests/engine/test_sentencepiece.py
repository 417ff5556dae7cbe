"""Tokenizers spelled as SentencePiece does: ▁ for a space, <0xE2> for a lone byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, decoders, models, normalizers, pre_tokenizers
from tokenizers import Tokenizer as Rust

from explorer.engine.tokenizer import Tokenizer

WORDS = ["▁", "t", "h", "e", "c", "a", "▁t", "▁th", "▁the", "▁c", "at", "▁cat", "é", "s"]
MERGES = [("▁", "t"), ("▁t", "h"), ("▁th", "e"), ("▁", "c"), ("a", "t"), ("▁c", "at")]
STYLES = ["llama", "gemma", "metaspace"]


def write(folder: Path, style: str) -> Path:
    """A small tokenizer with byte fallback as Llama 2, Gemma or Mistral write it."""
    vocabulary = {"<unk>": 0, "<s>": 1, "</s>": 2}
    for word in (*(f"<0x{byte:02X}>" for byte in range(256)), *WORDS):
        vocabulary[word] = len(vocabulary)
    rust = Rust(models.BPE(vocabulary, MERGES, unk_token="<unk>", byte_fallback=True))
    rust.add_special_tokens([AddedToken(word, special=True) for word in ("<unk>", "<s>", "</s>")])
    spaces = normalizers.Replace(" ", "▁")
    back = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    if style == "llama":
        rust.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), spaces])
        rust.decoder = decoders.Sequence([*back, decoders.Strip(" ", 1, 0)])
    elif style == "gemma":
        rust.normalizer = spaces
        rust.decoder = decoders.Sequence(back)
    else:
        rust.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="first", split=False)
        rust.decoder = decoders.Sequence(
            [decoders.ByteFallback(), decoders.Metaspace("▁", prepend_scheme="first")]
        )
    path = folder / f"{style}.json"
    rust.save(str(path))
    return path


@pytest.fixture(params=STYLES)
def tokenizer(request: pytest.FixtureRequest, tmp_path: Path) -> Tokenizer:
    return Tokenizer(write(tmp_path, request.param))


def test_spaces_and_lone_bytes_are_shown_as_in_a_byte_level_vocabulary(
    tokenizer: Tokenizer,
) -> None:
    found = tokenizer.encode("the cat")
    assert [tokenizer.labels[token] for token in found.ids][-1] == "·cat"
    assert tokenizer.decode(found.ids).lstrip() == "the cat"
    smile = tokenizer.encode("the🙂").ids[-4:]
    assert [tokenizer.labels[token] for token in smile] == ["\\xF0", "\\x9F", "\\x99", "\\x82"]
    assert tokenizer.decode(smile) == "🙂"
    assert "\ufffd" in tokenizer.decode(smile[:2])
    newline = tokenizer.encode("\n").ids[-1]
    assert tokenizer.labels[newline] == "↵"


@settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="▁"), max_size=30))
def test_any_text_comes_back_and_spans_cover_it(tokenizer: Tokenizer, text: str) -> None:
    found = tokenizer.encode(text)
    back = tokenizer.decode(found.ids)
    assert text in (back, back.removeprefix(" "))
    covered: set[int] = set()
    before = 0
    for start, end in found.spans:
        assert before <= start <= end <= len(text)
        before = start
        covered |= set(range(start, end))
    assert covered == set(range(len(text)))


def test_control_tokens_are_themselves(tokenizer: Tokenizer) -> None:
    assert tokenizer.pieces[1] == b"<s>"
    assert tokenizer.labels[2] == "</s>"
    assert tokenizer.added == {0, 1, 2}
