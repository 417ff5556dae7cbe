"""Stops: they hold where the numbers say so; running to and back meet the same nodes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.trace import Trace
from explorer.lens.candidates import candidates
from explorer.lens.stops import stop_rows
from explorer.lens.surprise import outlook, rank, surprise
from explorer.physics.information import smallest_support
from explorer.session import moves, stops
from explorer.session.snapshot import Snapshot
from explorer.session.stop_language import StopError, parse
from explorer.session.stop_list import Stop
from explorer.session.stop_meaning import holds, truth
from explorer.session.stop_values import Moment, tokens_named
from explorer.session.stop_words import explain
from explorer.session.story import grow
from explorer.session.timeline import Node, Timeline

LENGTH = 40


@pytest.fixture(scope="module")
def told(story) -> Snapshot:
    """Forty tokens by the shipped model, at the end."""
    return story(LENGTH)


def moment(s: Snapshot, node: int | None = None) -> Moment:
    at = s.timeline.nodes[s.timeline.cursor if node is None else node]
    return Moment(at.trace, at.draw is not None, s.model)


def where(s: Snapshot, text: str) -> list[int]:
    """The nodes of the line at which a condition holds."""
    condition = parse(text)
    return [node for node in s.timeline.line() if holds(condition, moment(s, node))]


def test_entropy_and_top1_are_those_of_the_next_token(told) -> None:
    for node in told.timeline.line():
        step = told.timeline.nodes[node].trace.steps[-1]
        nats = outlook(step).entropy
        p = np.exp(step.logits - step.logits.max(), dtype=np.float64)
        best = float((p / p.sum()).max())
        m = moment(told, node)
        assert holds(parse(f"entropy > {nats - 1e-6:.9f}"), m)
        assert not holds(parse(f"entropy > {nats + 1e-6:.9f}"), m)
        assert holds(parse(f"entropy < {(nats + 1e-6) / math.log(2):.9f} bits"), m)
        assert holds(parse(f"top1 < {100 * best + 1e-4:.9f} %"), m)
        assert not holds(parse(f"top1 < {100 * best - 1e-4:.9f} %"), m)


def test_rank_and_surprise_are_those_of_the_token_that_was_chosen(told) -> None:
    for node in told.timeline.line()[1:]:
        *_, before, step = told.timeline.nodes[node].trace.steps
        m = moment(told, node)
        assert holds(parse(f"rank = {rank(before, step.token)}"), m)
        nats = surprise(before, step.token)
        assert holds(parse(f"surprise > {nats - 1e-5:.9f} and surprise < {nats + 1e-5:.9f}"), m)
        p = math.exp(-nats)
        assert holds(parse(f"probability > {p - 1e-6:.9f} and probability < {p + 1e-6:.9f}"), m)


CONDITIONS = (
    "entropy > {a}", "entropy <= {a}", "not entropy > {a}", "entropy = {a}", "entropy != {a}",
    "top1 < {b} %", "rank > {n}", "rank <= {n}", "rank != {n}", "surprise > {a}", "surprise < {a}",
    "probability < {b} %", 'odds("the") > {b} %', 'odds("the") <= {b} %', 'odds("·cat") < {b} %',
    "entropy > {a} and rank > {n}", "entropy < {a} or surprise > {a}", "position > {n}", "nan",
    "not (rank > {n} or top1 > {b} %)", "not rank > {n} and not surprise < {a}",
)  # fmt: skip


def cut(trace: Trace, count: int) -> Trace:
    """A text of which only the `count` most probable tokens are named at each step."""
    steps = []
    for step in trace.steps:
        exact = step.logits - np.logaddexp.reduce(step.logits.astype(np.float64))
        named = np.argsort(-exact, kind="stable")[:count]
        logits = np.full(len(exact), -np.inf, np.float32)
        logits[named] = exact[named]
        steps.append(replace(step, logits=logits, rest=1 - float(np.exp(exact[named]).sum())))
    return Trace(tuple(steps))


@settings(max_examples=150)
@given(
    text=st.sampled_from(CONDITIONS),
    count=st.sampled_from([1, 5, 20, 400]),
    node=st.integers(0, LENGTH),
    a=st.sampled_from([0.5, 1.0, 2.0, 3.0, 5.0]),
    b=st.sampled_from([0.1, 1, 20, 60]),
    n=st.sampled_from([1, 3, 10, 100]),
)
def test_what_is_certain_of_the_named_tokens_is_true_of_all(told, text, count, node, a, b, n):
    whole = moment(told, told.timeline.line()[node])
    condition = parse(text.format(a=a, b=b, n=n))
    some = Moment(cut(whole.trace, count), whole.chosen, whole.model)
    known, exact = truth(condition, some), truth(condition, whole)
    assert exact is not None
    assert known is None or known == exact
    if known:
        assert "nan" not in explain(condition, some).lower()


def test_a_stop_that_tokens_are_missing_for_says_so_and_no_run_stops_there(told) -> None:
    some = cut(told.timeline.node.trace, 20)
    least = outlook(some.steps[-1]).entropy
    s = replace(told, timeline=Timeline().grown(Node(some, prompt="x")))
    s = stops.add(stops.add(s, f"entropy > {least + 0.05:.2f}"), f"entropy > {least - 0.05:.2f}")
    assert [stops.open_here(s, stop) for stop in s.stops.items] == [True, False]
    assert [one.index for one in stops.held(s, 0)] == [1]
    assert "entropy of the next token at least" in stops.held(s, 0)[0].why
    first, second = stop_rows(s)
    assert first.note.startswith("may hold here or not. Only 20 of 4,096 tokens are named")
    assert not first.wrong and second.note.startswith("holds here")


@pytest.mark.parametrize("text", ["rank >= 1", "not rank < 1 and surprise > 0", "probability > 0"])
def test_nobody_chose_the_last_token_of_the_prompt(told, text) -> None:
    assert where(told, text) == list(told.timeline.line()[1:])


def test_a_token_is_found_by_its_label_its_text_and_its_word(told) -> None:
    label = told.model.labels[told.timeline.node.draw.token]
    nodes = told.timeline.nodes
    wanted = [
        node for node in told.timeline.line()
        if told.model.labels[nodes[node].trace.steps[-1].token] == label
    ]  # fmt: skip
    assert where(told, f'token = "{label}"') == wanted
    assert where(told, f'token = "{label.replace("·", " ")}"') == wanted
    assert set(where(told, f'token = "{label.strip("·")}"')) >= set(wanted)
    assert where(told, f'token != "{label}"') == [
        node for node in told.timeline.line() if node not in wanted
    ]


def test_a_pattern_holds_where_a_match_has_just_been_written(story) -> None:
    s = story(0, prompt="The cat sat on the mat. The cat")
    assert where(s, 'text ~ "cat$"') and where(s, 'text ~ "(?i)^the cat .* The CAT"')
    assert where(s, r'text ~ "\bcat"')
    assert not where(s, 'text ~ "mat"')  # was written earlier
    trace = s.timeline.node.trace
    later = Moment(trace.extend([trace.steps[4]]), False, s.model)
    assert not holds(parse('text ~ "cat"'), later)


def test_odds_are_the_probability_of_any_token(told) -> None:
    p = candidates(told).raw
    for word in ("·cat", "cat", "·the", "."):
        mass = float(sum(p[token] for token in tokens_named(told.model, word)))
        assert holds(parse(f'odds("{word}") > {mass * 0.999:.15f}'), moment(told))
        assert not holds(parse(f'odds("{word}") > {mass * 1.001:.15f}'), moment(told))


def test_a_loop_is_a_group_of_tokens_that_stands_there_again(told) -> None:
    trace = told.timeline.nodes[0].trace
    a, b, c = trace.steps[1:4]
    for steps, text, wanted in (
        ((a, b, c, b, c), "loop(2, 2)", True),
        ((a, b, c, b, c), "loop(2, 3)", False),
        ((a, b, b, b), "loop(1, 3)", True),
        ((a, b, b), "loop(1, 3)", False),
        ((a, b, c, a, b, c, a, b, c), "loop(3, 3)", True),
        ((c, a, b, c, a, b), "loop(3, 2)", True),
    ):
        looped = Moment(trace.extend(steps), False, told.model)
        assert holds(parse(text), looped) is wanted, text


def test_attention_is_read_from_the_row_of_the_token_read_last(told) -> None:
    row = told.timeline.node.trace.steps[-1].attention[2, 1]
    m = moment(told)
    for at in (0, 3, -1, -2):
        assert holds(parse(f"attention(2, 1, {at}) > {float(row[at]) * 0.999:.12f}"), m)
        assert not holds(parse(f"attention(2, 1, {at}) > {float(row[at]) * 1.001 + 1e-9:.12f}"), m)
    ids = told.timeline.node.trace.ids
    cat = next(iter(tokens_named(told.model, "·cat")))
    whole = sum(float(row[i]) for i, token in enumerate(ids) if token == cat)
    assert ids.count(cat) > 1 and whole > 0
    assert holds(parse(f'attention(2, 1, "·cat") > {whole * 0.999:.12f}'), m)
    assert not holds(parse(f'attention(2, 1, "·cat") > {whole * 1.001:.12f}'), m)
    assert not holds(parse("attention(2, 1, 9999) >= 0"), m)


def test_a_regime_changes_where_k_says_so(told) -> None:
    nodes, line = told.timeline.nodes, told.timeline.line()
    names = []
    for step in nodes[line[-1]].trace.steps:
        weights = step.attention[3, 2]
        k, size = int(smallest_support(weights)), len(weights)
        names.append("single" if k == 1 else "average" if k > size / 2 else "subset")
    first = len(nodes[line[0]].trace) - 1
    changed = [
        node for at, node in enumerate(line, first)
        if at >= 8 and names[at] != names[at - 1]
    ]  # fmt: skip
    assert changed
    assert where(told, "regime(3, 2) changes") == changed
    here = [node for at, node in enumerate(line, first) if at >= 7 and names[at] == "average"]
    assert where(told, 'regime(3, 2) = "average"') == here


@pytest.mark.parametrize("part", ["logits", "attention", "hidden", "queries", "keys"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_found_in_every_part_of_the_record(told, part, bad) -> None:
    trace = told.timeline.node.trace
    array = getattr(trace.steps[-1], part).copy()
    array.flat[array.size // 2] = bad
    broken = replace(trace, steps=(*trace.steps[:-1], replace(trace.steps[-1], **{part: array})))
    m = Moment(broken, True, told.model)
    assert not holds(parse("nan"), moment(told))
    assert holds(parse("nan"), m)
    assert explain(parse("nan"), m) == f"NaN or an infinity in {part}"
    # and no other condition fails on such a record
    for text in ("entropy > 1", "top1 < 0.5", 'odds("·cat") > 0', "rank > 1", "surprise > 1",
                 "attention(2, 1, 0) > 0.1", "regime(2, 1) changes", 'text ~ "a"'):  # fmt: skip
        assert holds(parse(text), m) in (True, False)


def test_and_or_not_join(told) -> None:
    every = list(told.timeline.line())
    high = where(told, "entropy > 3")
    sure = where(told, "top1 > 40 %")
    assert high and sure
    assert where(told, "entropy > 3 and top1 > 40 %") == [n for n in high if n in sure]
    assert where(told, "entropy > 3 or top1 > 40 %") == sorted({*high, *sure})
    assert where(told, "not entropy > 3") == [n for n in every if n not in high]


def with_stops(s: Snapshot, *texts: str) -> Snapshot:
    for text in texts:
        s = stops.add(s, text)
    return s


STARTS = ("entropy > 4", "surprise > 5", "rank >= 10", "top1 < 20 %", 'token = "·the"',
          'text ~ "[.,]"', "regime(3, 2) changes", "attention(2, 1, 2) > 0.3")  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(STARTS), min_size=1, max_size=3), st.integers(0, LENGTH))
def test_running_to_and_running_back_reverse_each_other(told, texts, start) -> None:
    s = moves.seek(with_stops(told, *texts), told.timeline.line()[start])
    there = stops.run(s)
    if there.play.running or there.stops.hit is None:
        return  # no stop holds before the end of what has been read
    back = stops.run_back(there)
    again = stops.run(back)
    assert back.timeline.cursor <= start < there.timeline.cursor
    assert again.timeline.cursor == there.timeline.cursor
    assert again.stops.hit == there.stops.hit
    assert again.timeline.tip == told.timeline.tip
    further = stops.run_back(again)
    assert further.timeline.cursor == back.timeline.cursor


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(STARTS), min_size=1, max_size=3))
def test_running_meets_every_node_that_holds_and_no_other(told, texts) -> None:
    wanted = sorted({node for text in texts for node in where(told, text)})
    s, met = moves.to_start(with_stops(told, *texts)), []
    while (s := stops.run(s)).stops.hit is not None and not s.play.running:
        if met and s.timeline.cursor == met[-1]:
            break
        met.append(s.timeline.cursor)
    assert met == [node for node in wanted if node != told.timeline.line()[0]]
    s, back = moves.to_end(with_stops(told, *texts)), []
    while (new := stops.run_back(s)).timeline.cursor != s.timeline.cursor and not new.notice:
        s = new
        back.append(s.timeline.cursor)
    assert back == [node for node in reversed(wanted) if node != told.timeline.line()[-1]]


def test_forced_tokens_are_walked_and_not_drawn_anew(reader, story) -> None:
    s = story(3)
    token = moves.token_at_rank(s, 3500)
    trace = reader.read(s.timeline.node.trace, [token], s.edits)
    s = moves.advance(s, s.timeline.cursor, trace, moves.forced_draw(s, token))
    for _ in range(3):
        s = grow(reader, s)
    s = with_stops(moves.heat(s, 5.0), "rank >= 3000")
    back = stops.run_back(s)
    assert back.timeline.node.draw.forced
    assert stops.run(moves.to_start(back)).timeline.cursor == back.timeline.cursor


def test_hits_are_counted_and_said_in_words(told) -> None:
    s = with_stops(moves.to_start(told), "entropy > 4", "top1 < 1.1")
    s = stops.switch(s, 1, False)
    there = stops.run(s)
    assert there.stops.items[0].hits == 1 and there.stops.items[1].hits == 0
    position = len(there.timeline.node.trace) - 1
    nats = outlook(there.timeline.node.trace.steps[-1]).entropy
    assert there.stops.hit.sentence == (
        f"Stopped at position {position}: entropy of the next token {nats:.2f} nats > 4."
    )
    assert stops.run(there).stops.items[0].hits == 2


def test_without_stops_nothing_runs_and_the_sentence_says_what_to_do(told) -> None:
    off = stops.switch(with_stops(told, "entropy > 4"), 0, False)
    for s in (told, off):
        for move in (stops.run, stops.run_back):
            assert move(s).timeline is s.timeline and "F9" in move(s).notice
            assert not move(s).play.running


def test_the_ends_are_said(told, story) -> None:
    s = with_stops(told, "position > 9999")
    back = stops.run_back(s)
    assert back.timeline.cursor == back.timeline.root() and "prompt" in back.notice
    assert stops.run(back).play.to_stop and stops.run(back).timeline.cursor == told.timeline.tip
    full = with_stops(story(300, temperature=1.2), "position > 9999")
    assert stops.run(full).notice.startswith("No stop was reached.")
    assert stops.run(Snapshot()).notice and stops.run_back(Snapshot()).notice


def test_the_list_is_edited_purely(told) -> None:
    s = with_stops(told, "entropy > 4", "rank > 3")
    assert stops.add(s, " entropy > 4 ") is s
    assert stops.rewrite(s, 0, "entropy > 4") is s
    assert stops.switch(s, 0, True) is s
    off = stops.switch(s, 0, False)
    assert stops.add(off, "entropy > 4").stops == s.stops
    assert stops.rewrite(s, 1, "rank > 5").stops.items == (Stop("entropy > 4"), Stop("rank > 5"))
    assert stops.remove(s, 0).stops.items == (Stop("rank > 3"),)
    for move in (stops.add, lambda s, text: stops.rewrite(s, 0, text)):
        with pytest.raises(StopError):
            move(s, "entropy >")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("attention(9, 0, 1) > 0.5", "no head 9.0: the model has layers 0 to 5 and heads 0 to 7"),
        ("nan or not regime(0, 8) changes", "no head 0.8"),
        ('token = "·qqqq"', "no token “·qqqq”"),
        ('nan and not "zzzz" = token', "no token “zzzz”"),
        ('odds("qqqq") > 0', "no token"),
        ('attention(0, 0, "qqqq") > 0', "no token"),
    ],
)
def test_what_this_model_cannot_do_is_said_and_never_holds(told, text, words) -> None:
    s = with_stops(told, text)
    assert words in stops.complaint(s, s.stops.items[0])
    assert stops.held(s, s.timeline.cursor) == ()


def test_a_stop_from_a_damaged_file_is_said_and_never_holds(told) -> None:
    s = replace(told, stops=replace(told.stops, items=(Stop("entropy >"),)))
    assert "missing" in stops.complaint(s, s.stops.items[0])
    assert stops.held(s, s.timeline.cursor) == ()


def test_the_token_that_is_lit_can_become_a_stop(told) -> None:
    ids, labels = told.timeline.node.trace.ids, told.model.labels
    assert stops.for_token(told).startswith(f'token = "{labels[ids[-1]]}"')
    assert stops.for_token(moves.select(told, 2)) == f'token = "{labels[ids[2]]}"'
    assert stops.for_token(moves.hover(told, 3)) == f'token = "{labels[ids[3]]}"'
    assert stops.for_token(Snapshot()) == ""


def test_the_stop_of_a_piece_of_a_word_is_not_one_of_the_word(told) -> None:
    inner = next(
        token for token, label in enumerate(told.model.labels)
        if label.isalpha() and f"·{label}" in told.model.labels
    )  # fmt: skip
    trace = told.timeline.node.trace
    last = replace(trace.steps[-1], token=inner)
    s = moves.advance(told, told.timeline.cursor, trace.extend([last]), moves.next_draw(told))
    condition = parse(stops.for_token(s))
    word = told.model.labels.index(f"·{told.model.labels[inner]}")
    other = Moment(trace.extend([replace(last, token=word)]), True, told.model)
    assert holds(condition, moment(s)) and not holds(condition, other)


def test_stops_live_on_under_another_model_and_travel_with_time(told) -> None:
    s = with_stops(told, "entropy > 4")
    assert moves.load(s, told.model).stops == s.stops
    assert moves.carry(told, s).stops == s.stops


def test_a_root_without_a_draw_is_a_moment_too(told) -> None:
    assert isinstance(told.timeline.nodes[0], Node)
    assert where(told, "entropy > 0")[0] == 0
