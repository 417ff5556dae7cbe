"""The numbers of panels, and the files that they become."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from explorer.engine.sampling import Sampling
from explorer.lens.candidates import chances
from explorer.lens.export import NUMBERS, READ, numbers
from explorer.lens.tables import FORMATS, as_csv, as_json, as_npz
from explorer.session import asked, moves
from explorer.session.snapshot import Snapshot

AFTER = ("sweep", "experiments", "history", "whynot", "twin", "proof")


@pytest.mark.parametrize("panel", [one for one in (*NUMBERS, *READ) if one not in AFTER])
@pytest.mark.parametrize("steps", [0, 5])
def test_every_panel_has_columns_of_one_length_in_every_format(panel, steps, reader, story) -> None:
    found = numbers(panel, story(steps), reader)
    assert len({len(column) for column in found.columns.values()}) == 1
    for write in FORMATS.values():
        assert write(found)


@pytest.mark.parametrize("panel", [*AFTER, *READ])
def test_what_has_not_been_found_yet_is_a_sentence(panel, story) -> None:
    with pytest.raises(ValueError, match="There are no numbers yet"):
        numbers(panel, story(2))


def test_before_a_text_there_are_no_numbers() -> None:
    with pytest.raises(ValueError, match="no text has been read"):
        numbers("bars", Snapshot())


def test_the_candidates_are_those_of_the_draw(story) -> None:
    s = story(3)
    columns = numbers("bars", s).columns
    assert columns["final"].sum() == pytest.approx(1)
    assert (np.diff(columns["scaled"]) <= 0).all()
    assert columns["final"].tolist() == sorted(chances(s).distribution.final, reverse=True)


def test_the_attention_of_all_heads_holds_that_of_the_chosen_one(story) -> None:
    s = moves.look_at(story(4), 3, 5)
    every, one = numbers("heads", s).columns, numbers("attention", s).columns
    here = (every["layer"] == 3) & (every["head"] == 5)
    assert every["weight"][here].tolist() == one["weight"].tolist()
    assert every["key"][here].tolist() == one["key"].tolist()


def test_the_recalled_weights_are_the_recorded_attention(story) -> None:
    columns = numbers("hopfield", moves.look_at(story(4), 2, 1)).columns
    np.testing.assert_allclose(columns["update"], columns["attention"], atol=1e-5)


def test_the_segments_of_the_dice_cover_the_line(story) -> None:
    columns = numbers("dice", story(2)).columns
    assert columns["start"][0] == 0
    assert columns["start"][1:].tolist() == columns["end"][:-1].tolist()
    assert columns["chosen"].sum() == 1


def test_the_exact_changes_that_would_let_a_token_in_are_exported(story) -> None:
    s = moves.sample_with(story(4), Sampling(top_k=5))
    s = asked.name(s, moves.token_at_rank(s, 12))
    columns = numbers("whynot", s).columns
    rows = dict(zip(columns["what"].tolist(), columns["named"].tolist(), strict=True))
    assert rows["rank"] == "12" and float(rows["admit top_k"]) == 12


def test_csv_says_what_made_the_numbers_and_reads_back_exactly(story) -> None:
    found = numbers("text", story(3, prompt="a, “b”\n# c"))
    lines = as_csv(found).decode().split("\n")
    facts = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    assert json.loads(facts["prompt"]) == "a, “b”\n# c"
    assert json.loads(facts["seed"]) == found.about["seed"]
    body = [line for line in lines if not line.startswith("# ")]
    rows = list(csv.DictReader(io.StringIO("\n".join(body))))
    assert [float(row["surprise"]) for row in rows][1:] == found.columns["surprise"][1:].tolist()
    assert [row["label"] for row in rows] == found.columns["label"].tolist()


def test_json_is_strict_and_has_null_for_what_is_no_number(story) -> None:
    found = numbers("timeline", story(2))
    whole = json.loads(as_json(found), parse_constant=pytest.fail)
    assert whole["columns"]["surprise"][0] is None
    assert whole["about"]["temperature"] == 0.8
    assert whole["about"]["prompt"] == "The cat sat on the"


def test_npz_opens_without_pickle(story) -> None:
    found = numbers("energy", story(2))
    with np.load(io.BytesIO(as_npz(found)), allow_pickle=False) as arrays:
        assert arrays["raw"].tolist() == found.columns["raw"].tolist()
        assert arrays["label"].tolist() == found.columns["label"].tolist()
        assert json.loads(str(arrays["about"]))["fingerprint"] == story(2).model.fingerprint
