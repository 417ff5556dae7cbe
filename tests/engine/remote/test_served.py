"""A model behind a real `explorer serve`: the numbers are those of this process, row by row."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.engine.edits import heads_off
from explorer.engine.partial import ALL_ROWS, Partial, Rows
from explorer.engine.reader import LocalReader
from explorer.engine.remote.composing import blocks
from explorer.engine.remote.packing import pack
from explorer.engine.remote.protocol import FAILED, KIND, ROOT
from explorer.engine.remote.questions import Encode, Read
from explorer.engine.remote.served import ServedReader, connecting
from explorer.engine.trace import Trace
from explorer.session.experiments import difference

TOKEN = "correct horse battery staple"


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve()


@pytest.fixture(scope="module")
def served(address: str) -> Iterator[ServedReader]:
    *_, found = connecting(address)
    assert isinstance(found, ServedReader)
    yield found
    found.close()


def text(reader, words: str = "The cat sat on the mat and looked at the dog.") -> Trace:
    return reader.read(Trace(), (0, *reader.encode(words).ids))


def ask(
    address: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    line.request("GET" if body is None else "POST", path, body, named)
    answer = line.getresponse()
    found = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    line.close()
    return found


def test_probabilities_and_the_rows_that_are_wanted_are_those_of_this_process(
    served: ServedReader, reader: LocalReader
) -> None:
    served.want(Rows(((2, 1), (0, 3)), ((2, 1),)))
    reader.engine.forget()
    mine, theirs = text(reader), text(served)
    for token in (5, 9, 300):
        mine, theirs = reader.read(mine, [token]), served.read(theirs, [token])
    for a, b in zip(mine.steps, theirs.steps, strict=True):
        assert np.allclose(a.logits, b.logits, atol=1e-5, rtol=0)
        assert np.allclose(a.queries[2, 1], b.queries[2, 1], atol=1e-5)
    for head in ((2, 1), (0, 3)):
        assert np.allclose(
            mine.attention(*head), theirs.attention(*head), atol=1e-5, equal_nan=True
        )
    assert np.allclose(mine.keys(2, 1, 6), theirs.keys(2, 1, 6), atol=1e-5)


def test_what_was_not_asked_for_is_absent_and_takes_no_memory(served: ServedReader) -> None:
    served.want(Rows(((2, 1),)))
    trace = text(served)
    assert np.isnan(trace.attention(4, 4)).all()
    assert isinstance(trace.steps[0].attention, Partial)
    assert trace.steps[0].attention.shape == (6, 8, 1)
    inside = trace.nbytes - sum(step.logits.nbytes for step in trace.steps)
    assert inside == 4 * sum(range(1, len(trace) + 1))


def test_rows_are_fetched_later_and_once(served: ServedReader, reader: LocalReader) -> None:
    served.want(Rows())
    poor, full = text(served), text(reader)
    rows = Rows(((1, 5),), ((1, 5),), hidden=True)
    assert served.lacks(poor, rows)
    rich = served.fetch(poor, rows)
    assert not served.lacks(rich, rows) and served.fetch(rich, rows) is rich
    assert np.allclose(rich.attention(1, 5), full.attention(1, 5), atol=1e-5, equal_nan=True)
    assert np.allclose(rich.steps[3].hidden, full.steps[3].hidden, atol=1e-4)
    whole = served.fetch(rich, ALL_ROWS)
    for a, b in zip(whole.steps, full.steps, strict=True):
        for name in ("attention", "queries", "keys"):
            assert np.allclose(getattr(a, name), getattr(b, name), atol=1e-5)
    # A step behind it goes on from a text that the server still knows.
    assert len(served.read(whole, [7])) == len(whole) + 1


def test_edits_sweeps_proofs_and_steering_work_from_afar(
    served: ServedReader, reader: LocalReader
) -> None:
    ids, edits = text(reader).ids, heads_off((2, 1))
    mine, theirs = reader.read(Trace(), ids, edits), served.read(Trace(), ids, edits)
    assert np.allclose(mine.steps[-1].logits, theirs.steps[-1].logits, atol=1e-4)
    assert [part.off for one in served.sweep(ids, 5) for part in one] == [
        part.off for one in reader.sweep(ids, 5) for part in one
    ]
    assert all(check.ok for check in served.prove(text(served), 4, 5))
    assert np.allclose(
        difference(served, "love", "hate", 2), difference(reader, "love", "hate", 2), atol=1e-4
    )
    name = "blocks.3.mlp_out"
    found = served.activations(ids, (name,))[name]
    assert np.allclose(found, reader.activations(ids, (name,))[name], atol=1e-5)


def test_what_cannot_be_done_is_the_servers_sentence(served: ServedReader) -> None:
    with pytest.raises(ValueError, match="token id 99999 is not in the vocabulary"):
        served.read(Trace(), [0, 99999])
    with pytest.raises(ValueError, match="position 99 has not been read"):
        served.inspect(text(served), 99)
    with pytest.raises(ValueError, match="4096 is not in the vocabulary"):
        served.inspect(text(served), 1).attribute(4096)
    with pytest.raises(ValueError, match="no head 77"):
        served.fetch(text(served), Rows(((77, 1),)))
    assert not served.facts.can.formulas and not served.facts.can.attention


def test_waiting_is_ended_from_another_thread_and_goes_on_afterwards(served: ServedReader) -> None:
    trace = text(served)
    served.interrupt()
    assert len(served.read(trace, [5])) == len(trace) + 1


def test_a_token_is_demanded_and_never_shown(serve: Callable[..., str]) -> None:
    address = serve("--token-env", "SECRET", SECRET=TOKEN)
    for head in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
        status, _, body = ask(address, f"{ROOT}/facts", **head)
        assert status == 401 and b"horse" not in body
    with pytest.raises(ValueError, match="wants a key"):
        list(connecting(address))
    *_, found = connecting(address, TOKEN)
    assert isinstance(found, ServedReader) and found.encode("cat").ids
    found.close()


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        (f"{ROOT}/read", b"\xff" * 40, {}, 400),
        (f"{ROOT}/read", b"", {}, 400),
        (f"{ROOT}/open", b"", {}, 404),
        (f"{ROOT}/weights", b"", {}, 404),
        (f"{ROOT}/more/unknown", b"", {}, 404),
        ("/", None, {}, 404),
        (ROOT, None, {"Host": "evil.example"}, 403),
        (ROOT, None, {"Host": "127.0.0.1.evil.example:80"}, 403),
        (f"{ROOT}/read", b"x" * ((16 << 20) + 1), {}, 413),
    ],
)
def test_strange_questions_are_refused_and_the_next_one_is_answered(
    address: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    try:
        found = ask(address, path, body, **headers)[0]
    except (BrokenPipeError, ConnectionResetError):  # the server need not hear it to its end
        found = 413
    assert found == status
    good = b"".join(bytes(part) for part in pack(Encode("cat")))
    assert ask(address, f"{ROOT}/encode", good, Content_Type=KIND)[0] == 200


@pytest.mark.parametrize("question", [Read((0, 1), 5), Read((0, 1), -1), Read((-4,), 0)])
def test_impossible_texts_are_sentences(address: str, question: Read) -> None:
    body = b"".join(bytes(part) for part in pack(question))
    status, headers, said = ask(address, f"{ROOT}/read", body)
    assert status == 200 and headers[FAILED] == "1" and 10 < len(said) < 200


def test_the_greeting_names_the_protocol(address: str) -> None:
    found = msgspec.json.decode(ask(address, ROOT)[2])
    assert found["explorer"] == 1 and found["model"] == "model"


def test_a_body_that_drips_holds_up_nobody(address: str) -> None:
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    line.putrequest("POST", f"{ROOT}/encode")
    line.putheader("Content-Length", "100")
    line.endheaders(b"1")
    started = time.monotonic()
    assert ask(address, ROOT)[0] == 200 and time.monotonic() - started < 5
    line.close()


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 1 << 16), st.booleans())
def test_long_texts_come_in_blocks_that_cover_them_once(
    reader: LocalReader, first: int, count: int, most: int, whole: bool
) -> None:
    rows = ALL_ROWS if whole else Rows(((0, 0),))
    found = list(blocks(first, first + count, rows, reader.facts, True, most))
    assert [at for start, end in found for at in range(start, end)] == list(
        range(first, first + count)
    )


def test_a_text_in_blocks_is_the_text_at_once(
    served: ServedReader, reader: LocalReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(*given: Any) -> Iterator[tuple[int, int]]:
        return blocks(*given[:4], logits=True, most=60_000)

    monkeypatch.setattr(
        "explorer.engine.remote.served.blocks", lambda *given, logits: small(*given)
    )
    served.want(Rows(((2, 1),)))
    mine, theirs = text(reader), text(served)
    assert mine.ids == theirs.ids
    theirs = served.fetch(theirs, ALL_ROWS)
    for a, b in zip(mine.steps, theirs.steps, strict=True):
        for name in ("logits", "attention", "keys"):
            assert np.allclose(getattr(a, name), getattr(b, name), atol=1e-4)
