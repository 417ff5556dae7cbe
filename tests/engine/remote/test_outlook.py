"""Numbers that no server should send are refused in a sentence, whatever shape they come in."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.engine.remote.address import parse_address
from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.http import Client
from explorer.engine.remote.kinds import connect
from explorer.engine.remote.outlook import outlook, spread
from explorer.engine.remote.shape import Wishes
from explorer.engine.trace import Trace
from explorer.resources import model_folder

# What llama.cpp and vLLM write for the logarithm of 0.
LOWEST, VLLM_LOWEST = -3.4028234663852886e38, -9999.0


def half(count):
    """Log-probabilities that add up to 1/2."""
    return [float(np.log(0.5 / count))] * count


@pytest.mark.parametrize(
    ("ids", "logprobs", "words"),
    [
        ([], [], "no log-probabilities at all"),
        ([1], [0.7], "0.7 for the logarithm"),
        ([1], [float("nan")], "nan for the logarithm"),
        ([1], [float("inf")], "inf for the logarithm"),
        ([1, 2], [-0.1, None], "null"),
        ([1, 2, 3], [-0.1, -0.2, -3.0], "add up to 1.77"),
        ([1, 1], [-1.0, -2.0], "one token twice"),
        ([1, 9], [-1.0, -2.0], "token 9; its vocabulary has only 6"),
        ([-1], [-1.0], "token -1"),
        ([0, 1, 2, 3, 4, 5], half(6), "add up to only 0.5"),
        ([1, 2], [float("-inf"), LOWEST], "the probability 0"),
    ],
)
def test_numbers_that_are_no_probabilities_are_refused(ids, logprobs, words):
    with pytest.raises(ServerError, match=words):
        spread(outlook(ids, logprobs), 6)


@pytest.mark.parametrize("lowest", [LOWEST, VLLM_LOWEST])
def test_the_lowest_number_of_a_server_is_a_probability_of_0(lowest):
    found = spread(outlook([2, 0], [-0.5, lowest]), 4)
    assert found.logits.tolist() == [-np.inf, -np.inf, -0.5, -np.inf]
    assert found.rest == pytest.approx(1 - np.exp(-0.5))


@given(st.lists(st.floats(0.001, 1.0), min_size=2, max_size=60), st.data())
def test_named_and_rest_are_one(weights, data):
    p = np.array(weights) / np.sum(weights)
    count = data.draw(st.integers(1, len(p)))
    ids = data.draw(st.permutations(range(len(p))))[:count]
    found = spread(outlook(list(ids), [float(np.log(p[i])) for i in ids]), len(p))
    assert np.exp(found.logits).sum() + found.rest == pytest.approx(1, abs=1e-5)
    assert 0 <= found.rest < 1
    assert np.isfinite(found.logits).sum() == count


def llama(entries, model="stories"):
    return {"completion_probabilities": [{"top_logprobs": entries}], "model": model}


def named(token, logprob):
    return {"id": token, "logprob": logprob, "bytes": [65], "token": "A"}


HOSTILE = [
    (b"<html>hi</html>", "not JSON"),
    (b'{"completion_probabilities": [{"top_lo', "not JSON"),
    (b"[]", "another shape"),
    (b"null", "another shape"),
    (b'{"content": " floor"}', "another shape.*completion_probabilities"),
    (json.dumps(llama([])).encode(), "no log-probabilities at all"),
    (b'{"completion_probabilities": [], "model": "stories"}', "no log-probabilities at all"),
    (json.dumps(llama([named(1, 1.0)])).encode(), "never above 0"),
    (json.dumps(llama([named(1, None)])).encode(), "null"),
    (json.dumps(llama([named(1, "x")])).encode(), "another shape"),
    (json.dumps(llama([named(None, -1.0)])).encode(), "another shape"),
    (json.dumps(llama([{"token": "A", "logprob": -1.0}])).encode(), "another shape.*id"),
    (json.dumps(llama([named(2**70, -1.0)])).encode(), "another shape|no vocabulary has"),
    (json.dumps(llama([named(1, -0.1), named(2, -0.2)])).encode(), "more than 1"),
    (json.dumps(llama([named(3, -1.0), named(3, -1.0)])).encode(), "twice"),
    (json.dumps(llama([named(70_000, -1.0)])).encode(), "token 70000"),
    (b'{"completion_probabilities": [{"top_logprobs": [{"id": 1, "logprob": NaN}]}]}', "not JSON"),
    (b'{"completion_probabilities": [{"top_logprobs": [{"id": 1, "logprob": -1e999}]}]}',
     "never above|not JSON|another shape|probability 0"),
    (b'{"completion_probabilities": ' + b"[" * 100_000, "not JSON|another shape"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "words"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_step_is_a_sentence_and_the_server_is_still_open(completions, body, words):
    client = Client(parse_address(completions.serve("llama.cpp").address))
    remote = connect(client, Wishes())
    good = completions.server.routes["/completion"]
    completions.server.routes["/completion"] = lambda call: call.answer(200, body)
    with pytest.raises(ServerError, match=words) as caught:
        remote.read(Trace(), (0,))
    assert len(str(caught.value)) < 500
    completions.server.routes["/completion"] = good
    assert len(remote.read(Trace(), (0,))) == 1
    client.close()


@pytest.mark.parametrize(
    ("logprobs", "words"),
    [
        (None, "no log-probabilities"),
        ({}, "no log-probabilities"),
        ({"top_logprobs": []}, "no log-probabilities"),
        ({"top_logprobs": [None]}, "no log-probabilities"),
        ({"top_logprobs": [{}]}, "no log-probabilities"),
        ({"top_logprobs": [{" cat": -1.0}]}, "by their text although"),
        ({"top_logprobs": [{"token_id:x": -1.0}]}, "by their text although"),
        ({"top_logprobs": [{"token_id:5": None}]}, "null"),
        ({"top_logprobs": [{"token_id:5": 0.3}]}, "never above 0"),
        ({"top_logprobs": [{"token_id:999999": -0.3}]}, "token 999999"),
        ({"top_logprobs": [{"token_id:5": -0.1, "token_id:05": -2.0}]}, "twice"),
        ({"top_logprobs": {"token_id:5": -0.1}}, "another shape"),
    ],
)
def test_a_hostile_step_of_vllm_is_a_sentence(completions, logprobs, words):
    client = Client(parse_address(completions.serve("vllm", 20).address))
    remote = connect(client, Wishes(tokenizer=model_folder()))
    answer = {"choices": [{"logprobs": logprobs}], "model": "stories"}
    completions.server.routes["/v1/completions"] = lambda call: call.json(answer)
    with pytest.raises(ServerError, match=words):
        remote.read(Trace(), (0,))
    client.close()


@pytest.mark.parametrize("extra", [0, 1, -5])
def test_more_or_fewer_entries_than_asked_are_taken_as_they_are(completions, extra):
    """vLLM adds the chosen token when it is not among the most probable; others give fewer."""
    server = completions.serve("vllm", 20)
    client = Client(parse_address(server.address))
    remote = connect(client, Wishes(tokenizer=model_folder()))
    found = completions.named([0], 20 + extra) if extra < 1 else completions.named([0], 20)
    completions.most = 0
    if extra == 1:
        found.append(completions.named([0], 4096)[-1])
    top = {f"token_id:{token}": value for token, value in found}
    answer = {"choices": [{"logprobs": {"top_logprobs": [top]}}], "model": "stories"}
    server.routes["/v1/completions"] = lambda call: call.json(answer)
    step = remote.read(Trace(), (0,)).steps[0]
    assert np.isfinite(step.logits).sum() == 20 + extra
    assert step.rest == pytest.approx(1 - sum(np.exp(value) for _, value in found), abs=1e-9)
    client.close()


def test_tokens_of_one_text_are_told_apart_by_their_numbers_or_go_into_the_rest(completions):
    """Byte tokens have no text of their own: by text 129 of the shipped tokens look alike."""
    client = Client(parse_address(completions.serve("text").address))
    by_text = connect(client, Wishes(tokenizer=model_folder()))
    ids = by_text.encode("The cat").ids
    step = by_text.read(Trace(), (0, *ids)).steps[-1]
    exact = dict(completions.named(list(ids), 4096))
    named = np.flatnonzero(np.isfinite(step.logits))
    assert len(named) < 4096
    assert step.rest == pytest.approx(1 - sum(np.exp(exact[i]) for i in named), abs=1e-5)
    client.close()
