"""A corpus is prepared the same way twice, and a change of it is named."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from explorer.engine.config import ModelConfig
from explorer.learning.corpus import Corpus, check_same_texts, prepare_corpus
from explorer.learning.corpus_tokenizer import read_tokenizer, train_tokenizer
from explorer.learning.data import SEPARATOR, Source

SMALL = ModelConfig(n_layer=2, n_head=2, n_embd=32, n_positions=16, vocab_size=300)


def prepare(*paths: Path, config: ModelConfig = SMALL) -> Corpus:
    return prepare_corpus([Source(path) for path in paths], [], [], config, seed=1)


def test_the_same_texts_give_the_same_tokens_and_tokenizer(corpus_file: Path) -> None:
    one, two = prepare(corpus_file), prepare(corpus_file)
    assert one.tokenizer.to_str() == two.tokenizer.to_str()
    assert one.texts == two.texts


def test_held_out_documents_are_not_trained_on(tmp_path: Path) -> None:
    path = tmp_path / "numbers.txt"
    documents = [f"document {index} is here" for index in range(1000, 1400)]
    path.write_text(SEPARATOR.join(documents))
    corpus = prepare(path)
    text = corpus.tokenizer.decode(corpus.mix.streams[0].ids.tolist())
    held = corpus.tokenizer.decode(corpus.held_out["held out"].ids.tolist())
    missing = [document for document in documents if document not in text]
    assert missing
    assert all(document in held for document in missing)
    assert len(missing) < 20


def test_the_description_of_a_text_has_its_name_without_its_folder(corpus_file: Path) -> None:
    described = [text.describe() for text in prepare(corpus_file).texts]
    assert described[0].startswith("stories.txt (mix, weight 1, ")
    assert not any(str(corpus_file.parent) in text for text in described)


def test_a_changed_text_is_named_and_the_same_ones_pass(corpus_file: Path) -> None:
    began = prepare(corpus_file).texts
    check_same_texts(began, prepare(corpus_file).texts)
    heavier = [msgspec.structs.replace(began[0], weight=2.0), *began[1:]]
    with pytest.raises(ValueError, match=r"missing: stories.* weight 1.*new: stories.* weight 2"):
        check_same_texts(began, heavier)
    with pytest.raises(ValueError, match="order"):
        check_same_texts(began, began[::-1])
    with pytest.raises(ValueError, match=r"missing: held out[^;]*\)"):
        check_same_texts(began, began[:-1])


def test_a_text_too_small_for_the_vocabulary_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.txt"
    path.write_text("a cat sat on the mat and another cat sat on another mat")
    with pytest.raises(ValueError, match=r"yields only \d+ tokens, not 300"):
        prepare(path)


def test_a_vocabulary_without_room_for_every_byte_is_refused(corpus_file: Path) -> None:
    with pytest.raises(ValueError, match="needs 257 entries or more, not 256"):
        prepare(corpus_file, config=msgspec.structs.replace(SMALL, vocab_size=256))


@pytest.mark.parametrize("text", ["", "😀 naïve\n日本", "\x00\x01\x7f", " \n\t "])
def test_every_text_survives_the_tokenizer(text: str) -> None:
    tokenizer = train_tokenizer(["plain words"], 257)
    assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text


@pytest.mark.parametrize("text", ["", "{}", "null", '{"model": {"type": "BPE"}}'])
def test_a_broken_tokenizer_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"here\.json holds no usable tokenizer"):
        read_tokenizer(text, Path("here.json"), 300)


def test_a_tokenizer_of_another_size_is_refused() -> None:
    text = train_tokenizer(["plain words"], 257).to_str()
    with pytest.raises(ValueError, match="has 257 tokens, the network 300"):
        read_tokenizer(text, Path("here.json"), 300)
