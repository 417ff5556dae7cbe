"""Recorded answers of real servers, replayed: every shape is understood as it was sent."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.engine.remote.address import parse_address
from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.http import Client, Limits
from explorer.engine.remote.kinds import connect
from explorer.engine.remote.legacy_answers import Answer, named_in
from explorer.engine.remote.shape import Wishes, decoded
from explorer.engine.remote.wire import Patience

QUICK = Limits(Patience(answer=10.0), pause=0.01, loading_tries=5)
ANSWERS = Path(__file__).with_name("answers")


@pytest.fixture
def replay(server):
    """`replay("vllm")` answers what was asked when it was recorded, and 418 to all else."""
    clients = []

    def replay(name):
        rows = json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))

        # The model is loaded once, then the server is ready.
        first = [row for row in rows if row["note"] == "while it loads"]
        later = [row for row in rows if row["note"] != "while it loads"]

        def answer(call):
            asked = json.loads(call.body) if call.body else None
            if first and first[0]["path"] == call.path:
                row = first.pop()
                call.answer(row["status"], json.dumps(row["answer"]).encode())
                return
            for row in later:
                if row["path"] == call.path and row.get("question") == asked:
                    call.answer(row["status"], json.dumps(row["answer"]).encode())
                    return
            call.answer(418, call.body)

        server.routes = dict.fromkeys((row["path"] for row in rows), answer)
        clients.append(Client(parse_address(server.address), limits=QUICK))
        return clients[-1], {row["note"]: row for row in rows}

    yield replay
    for client in clients:
        client.close()


def test_llama_server_is_understood(replay):
    client, rows = replay("llama-server")
    remote = connect(client, Wishes())
    facts = remote.facts
    assert (facts.vocabulary, facts.context, facts.begin_token, facts.end_token) == (320, 95, 0, 1)
    assert facts.labels[:2] == ("<begin>", "<end>")
    assert remote.shape.title == "llama.cpp server"
    found = remote.encode("the cat sat, é")
    assert "".join(facts.pieces[one].decode("latin-1") for one in found.ids[:7]) == "the cat sat"
    assert found.spans[-1] == found.spans[-2] == (13, 14)
    step = remote.shape.ahead([0, 90, 101])
    assert step.rest == 0
    assert np.exp(step.logits.astype(float)).sum() == pytest.approx(1, abs=1e-4)
    assert facts.labels[int(step.logits.argmax())] == ","
    exact = rows["five candidates"]["answer"]["completion_probabilities"][0]["top_logprobs"]
    for entry in exact:
        assert step.logits[entry["id"]] == pytest.approx(entry["logprob"], abs=1e-4)


def test_llama_server_keeps_probabilities_back_without_a_bias(replay):
    """The reason for the bias in every question: its choice ends within a letter here."""
    _, rows = replay("llama-server")
    held = rows["the same without a bias: its choice ends within a letter"]["answer"]
    assert "completion_probabilities" not in held
    assert rows["behind an end token"]["answer"]["completion_probabilities"]


@pytest.mark.parametrize(
    ("name", "note", "words"),
    [
        ("llama-server", "too long a text", "exceeds the available context size"),
        ("llama-server", "not JSON", "failed.*parse error"),
        ("llama-server", "a token beyond the vocabulary", "invalid tokens"),
        ("llama-server", "an unknown path", "has nothing there.*File Not Found"),
        ("vllm", "more than its operator allows", "greater than max allowed: 20"),
        ("vllm", "too long a text", "max_tokens must be at least 1, got 0"),
        ("vllm", "a token beyond the vocabulary", "Token id 5000 is out of vocabulary"),
        ("vllm", "no text", "must pass at least one prompt"),
        ("vllm", "another model", "has nothing there.*`large` does not exist"),
        ("vllm", "not a token", "should be greater than or equal to 0"),
        ("vllm", "no such door", "has nothing there.*Not Found"),
    ],
)
def test_what_a_server_refuses_is_told_in_its_words(server, name, note, words):
    rows = json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))
    row = next(one for one in rows if one["note"] == note)
    server.routes["/x"] = lambda call: call.answer(
        row["status"], json.dumps(row["answer"]).encode()
    )
    client = Client(parse_address(server.address))
    with pytest.raises(ServerError, match=words):
        client.get("/x")
    client.close()


def test_the_chat_shape_is_understood_as_well(replay):
    _, rows = replay("llama-server")
    answer = decoded(rows["its other door, the chat shape"]["answer"], Answer, "answer")
    named = named_in(answer)
    assert len(named) == 3
    assert all(value < 0 for value in named.values())
    assert b"what" in named


def test_llama_cpp_python_is_understood_by_text(replay):
    client, rows = replay("llama-cpp-python")
    remote = connect(client, Wishes())
    assert remote.shape.title == "server of completions by text"
    exact = rows["a step"]["answer"]["choices"][0]["logprobs"]["top_logprobs"][0]
    assert remote.facts.vocabulary == 1 + len([key for key in exact if key])
    ids = remote.encode("the cat sat").ids
    step = remote.shape.ahead([0, *ids])
    named = np.flatnonzero(np.isfinite(step.logits))
    assert len(named) == len([key for key in exact if key]) < 320
    for token in named[::10]:
        text = remote.facts.pieces[token].decode()
        assert step.logits[token] == pytest.approx(exact[text], abs=1e-5)
    assert step.rest == pytest.approx(
        1 - sum(np.exp(value) for key, value in exact.items() if key), abs=1e-6
    )


def test_vllm_is_understood(replay, family_folder):
    client, rows = replay("vllm")
    remote = connect(client, Wishes(tokenizer=family_folder("gpt2")))
    assert remote.shape.title == "vLLM server"
    assert (remote.facts.vocabulary, remote.facts.context) == (320, 95)
    assert "at most 20 tokens" in remote.facts.can.vocabulary
    step = remote.shape.ahead([0, *remote.encode("the cat sat").ids])
    exact = top_of(rows["a step"])
    assert np.isfinite(step.logits).sum() == len(exact) == 20
    for token, logprob in exact.items():
        assert step.logits[int(token.removeprefix("token_id:"))] == pytest.approx(logprob, abs=1e-6)
    assert step.rest == pytest.approx(1 - np.exp(list(exact.values())).sum(), abs=1e-6)


def test_vllm_names_its_choice_beside_the_most_probable(server, replay, family_folder):
    """A server made to choose an improbable token names one more than it was asked for."""
    client, rows = replay("vllm")
    remote = connect(client, Wishes(tokenizer=family_folder("gpt2")))
    forced = rows["its choice is not among the most probable"]
    assert list(top_of(forced)) == ["token_id:1", *list(top_of(rows["a step"]))[:5]]
    server.routes[forced["path"]] = lambda call: call.json(forced["answer"])
    found = remote.shape.ahead([0, 5])
    assert np.isfinite(found.logits).sum() == 6
    assert found.rest == pytest.approx(1 - np.exp(found.logits.astype(float)).sum(), abs=1e-6)


def test_vllm_by_text_loses_tokens_of_one_text(replay):
    """The reason why its numbers are asked for: 21 tokens come as 11 texts, one of them empty."""
    _, rows = replay("vllm")
    named = top_of(rows["by text"])
    assert len(named) == 11 and "" in named
    assert rows["by text"]["question"]["logprobs"] == 20


def top_of(row):
    """What an answer in the older shape names at its first place."""
    return row["answer"]["choices"][0]["logprobs"]["top_logprobs"][0]


def test_a_server_that_tells_nothing_where_it_would_end_is_asked_with_other_dice(completions):
    server = completions.serve("text")
    client = Client(parse_address(server.address))
    good = server.routes["/v1/completions"]

    def ends(call):
        if json.loads(call.body)["temperature"] == 0:
            call.json({"choices": [{"logprobs": {"top_logprobs": []}, "finish_reason": "stop"}]})
        else:
            good(call)

    remote = connect(client, Wishes())
    ids = (0, *remote.encode("The cat").ids)
    exact = remote.shape.ahead(ids)
    server.routes["/v1/completions"] = ends
    found = remote.shape.ahead(ids)
    assert found.logits.tolist() == exact.logits.tolist()
    client.close()
