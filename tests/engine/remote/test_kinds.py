"""A completion server of any kind steps as the network here does, and says what it leaves out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.edits import NO_EDITS, Edits, Off
from explorer.engine.remote.address import parse_address
from explorer.engine.remote.failure import ServerError, StoppedError
from explorer.engine.remote.http import Client
from explorer.engine.remote.kinds import KINDS, connect, opening
from explorer.engine.remote.shape import Wishes
from explorer.engine.trace import Trace
from explorer.resources import model_folder
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow, open_story

HERE = Wishes(tokenizer=model_folder())
ALL_KINDS = [kind.id for kind in KINDS if kind.id in ("llama.cpp", "vllm", "text")]


@pytest.fixture
def join(completions):
    """`join("vllm", 20)` is a reader of a server of this kind that names that many tokens."""
    clients = []

    def join(kind, most=0, wishes=HERE, address=None):
        # llama.cpp sets no limit; there the person does.
        if kind == "llama.cpp" and most:
            most, wishes = 0, replace(wishes, candidates=most)
        server = completions.serve(kind, most)
        clients.append(Client(parse_address(address or server.address)))
        return connect(clients[-1], wishes)

    yield join
    for client in clients:
        client.close()


def told(reader, steps, temperature=0.8, prompt="The cat sat on the"):
    s = open_story(reader, moves.heat(Snapshot(), temperature), prompt)
    for _ in range(steps):
        s = grow(reader, s)
    return s


@pytest.mark.parametrize("kind", ["llama.cpp", "vllm"])
def test_the_whole_vocabulary_tells_the_story_of_the_network_here(join, reader, kind):
    there, here = told(join(kind), 12), told(reader, 12)
    assert there.timeline.node.trace.ids == here.timeline.node.trace.ids
    assert there.model.can.vocabulary == ""
    for one, other in zip(there.timeline.nodes, here.timeline.nodes, strict=True):
        if one.draw is not None:
            assert one.draw.final == pytest.approx(other.draw.final, abs=1e-5)
    assert all(step.rest == 0 for step in there.timeline.node.trace.steps)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_what_is_not_named_is_the_rest(join, reader, kind):
    remote = join(kind, 20)
    trace = remote.read(Trace(), (0, *remote.encode("The cat sat on the").ids))
    # By text the begin token is not sent, so the network reads another text.
    first = 1 if kind == "text" else 0
    here = reader.read(Trace(), trace.ids[first:])
    for one, other in zip(trace.steps[first:], here.steps, strict=True):
        p = np.exp(other.logits - np.logaddexp.reduce(other.logits.astype(np.float64)))
        named = np.isfinite(one.logits)
        assert 15 <= named.sum() <= 20
        assert np.exp(one.logits[named]) == pytest.approx(p[named], abs=1e-5)
        assert one.rest == pytest.approx(1 - p[named].sum(), abs=1e-5)
    assert remote.facts.can.vocabulary
    assert "nothing from inside" in remote.facts.can.attention


def test_fewer_candidates_can_be_asked_for(join):
    remote = join("llama.cpp", wishes=Wishes(candidates=7))
    trace = remote.read(Trace(), (0, 5))
    assert [int(np.isfinite(step.logits).sum()) for step in trace.steps] == [7, 7]
    assert "Only the 7 most probable" in remote.facts.can.vocabulary


def test_every_text_has_the_tokens_and_spans_of_the_network_here(join, reader):
    remote = join("llama.cpp")
    for text in ("The cat", "", "naïve 🐱 cats\n\n  42", "日本", "a<|endoftext|>b"):
        assert remote.encode(text) == reader.encode(text)


def test_the_facts_name_the_tokens(join, reader):
    facts = join("llama.cpp").facts
    assert facts.pieces == reader.facts.pieces
    assert facts.labels[0] == "<|endoftext|>"
    assert (facts.begin_token, facts.end_token) == (0, 0)
    assert facts.name == "stories"
    assert facts.layers == facts.heads == 0


def test_a_text_without_a_tokenizer_here_has_the_texts_that_the_server_names(join, reader):
    remote = join("text", wishes=Wishes())
    assert len(remote.facts.pieces) < reader.facts.vocabulary
    s = told(remote, 5)
    assert "tokens of one text cannot be told apart" in remote.facts.can.vocabulary
    assert 0 < s.timeline.node.trace.steps[-1].rest < 0.01


def test_by_text_nothing_is_known_before_the_first_token(join):
    remote = join("text", 20)
    trace = remote.read(Trace(), (0, *remote.encode("The cat").ids))
    assert trace.steps[0].rest == 1.0
    with pytest.raises(ServerError, match="cannot begin a text from nothing"):
        remote.read(Trace(), (0,))


def test_by_text_a_part_of_a_letter_cannot_be_sent(join, reader):
    remote = join("text", 20)
    part = next(i for i, piece in enumerate(reader.facts.pieces) if piece == b"\xe2")
    with pytest.raises(ServerError, match="ends within a letter"):
        remote.read(Trace(), (0, part))


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_the_kind_is_found_without_being_told(completions, kind):
    most = 0 if kind == "llama.cpp" else 20
    client = Client(parse_address(completions.serve(kind, most).address))
    *said, remote = opening(client, HERE)
    assert remote.shape.title == next(one.title for one in KINDS if one.id == kind)
    assert all("Asking" in sentence for sentence in said)
    client.close()


def test_an_address_may_end_as_other_programs_want_it(join, completions):
    remote = join("vllm", 20, address=f"{completions.server.address}/v1/")
    assert remote.facts.name == "stories"


def test_a_web_site_is_no_server_of_models(server):
    page = "<html><body>hello</body></html>"
    server.routes["/"] = lambda call: call.answer(200, page.encode(), "text/html")
    with pytest.raises(ServerError, match="like none of the servers"):
        connect(Client(parse_address(server.address)), Wishes())


def test_another_kind_than_the_one_chosen_is_said(completions):
    client = Client(parse_address(completions.serve("llama.cpp").address))
    with pytest.raises(ServerError, match=r"llamacpp.*not to vLLM"):
        connect(client, HERE, "vllm")
    with pytest.raises(ServerError, match="no kind of server 'x'"):
        connect(client, HERE, "x")
    client.close()


def test_vllm_without_a_tokenizer_asks_for_one(join):
    with pytest.raises(ServerError, match="Choose the folder of the model's tokenizer"):
        join("vllm", 20, Wishes())


def test_the_tokenizer_of_another_model_is_refused(join, family_folder):
    with pytest.raises(ServerError, match="is not the tokenizer of 'stories'"):
        join("vllm", 20, Wishes(tokenizer=family_folder("gpt2")))


def test_a_model_that_is_not_there_is_named_with_those_that_are(join):
    with pytest.raises(ServerError, match="no model 'other'; it has 'stories'"):
        join("vllm", 20, Wishes(tokenizer=model_folder(), model="other"))


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_server_that_changes_its_model_is_noticed(join, completions, kind):
    remote = join(kind, 20)
    trace = remote.read(Trace(), (0, 478))
    completions.model = "other stories"
    with pytest.raises(ServerError, match="now runs 'other stories' instead of 'stories'"):
        remote.read(trace, (5,))


def test_a_model_that_changed_behind_its_name_is_noticed_when_the_line_was_cut(join, completions):
    remote = join("llama.cpp")
    trace = remote.read(Trace(), (0, 478))
    remote.client.close()
    completions.server.routes["/v1/models"] = lambda call: call.json(
        {"data": [{"id": "stories", "meta": {"n_vocab": 4096, "n_params": 8}}]}
    )
    with pytest.raises(ServerError, match="now runs"):
        remote.read(trace, (5,))
    # The line is new now; what was found out does not get lost with that.
    with pytest.raises(ServerError, match="now runs"):
        remote.read(trace, (5,))


def test_a_full_context_and_edits_are_refused_before_anything_is_sent(join, completions):
    remote = join("llama.cpp")
    before = len(completions.server.calls)
    with pytest.raises(ServerError, match="can read 255 tokens"):
        remote.read(Trace(), [0] * 256)
    with pytest.raises(ServerError, match="nothing from inside"):
        remote.read(Trace(), [0], Edits((Off("head", 0, 0),)))
    assert len(completions.server.calls) == before


@pytest.mark.parametrize("ask", ["inspect", "prove", "activations", "sweep"])
def test_what_lies_inside_is_refused_with_the_reason(join, ask):
    remote = join("llama.cpp")
    question = {
        "inspect": lambda: remote.inspect(Trace(), 0),
        "prove": lambda: remote.prove(Trace(), 0, 0),
        "activations": lambda: remote.activations([0], ["x"], NO_EDITS),
        "sweep": lambda: remote.sweep([0], 0),
    }[ask]
    with pytest.raises(ServerError, match="nothing from inside the network"):
        question()


def test_a_reader_that_was_stopped_reads_on_when_asked_again(join, completions):
    remote = join("llama.cpp")
    whole = completions.server.routes["/completion"]
    completions.server.routes["/completion"] = lambda call: remote.interrupt() or call.sleep(1)
    with pytest.raises(StoppedError):
        remote.read(Trace(), (0,))
    completions.server.routes["/completion"] = whole
    assert len(remote.read(Trace(), (0,))) == 1
