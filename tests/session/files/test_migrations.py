"""What an older Explorer wrote becomes what this one reads."""

from __future__ import annotations

import pytest

from explorer.session.files.migrations import MIGRATIONS


def test_heads_of_version_1_are_parts_of_version_2() -> None:
    old = {"heads_off": [[2, 1], [0, 7]]}
    new = MIGRATIONS[1]({"tree": {"edits": [{}, old]}, "state": {"edits": old}, "version": 1})
    parts = [
        {"part": "head", "layer": 2, "index": 1},
        {"part": "head", "layer": 0, "index": 7},
    ]
    assert new["tree"]["edits"] == [{}, {"off": parts}]
    assert new["state"]["edits"] == {"off": parts}
    assert new["version"] == 2


@pytest.mark.parametrize("edits", [None, 3, [], {"heads_off": 3}, {"heads_off": [[1]]}])
def test_what_is_not_understood_is_left_to_the_checks(edits) -> None:
    new = MIGRATIONS[1]({"tree": {"edits": [edits]}, "state": {"edits": edits}})
    assert new["tree"]["edits"] == [edits]
    assert new["state"]["edits"] == edits
    assert MIGRATIONS[1]({"tree": 1})["tree"] == 1


def test_why_there_are_no_formulas_is_one_of_the_things_that_an_engine_lacks() -> None:
    new = MIGRATIONS[2]({"model": {"name": "a", "closed": "Not here."}, "version": 2})
    assert new == {"model": {"name": "a", "can": {"formulas": "Not here."}}, "version": 3}
    assert MIGRATIONS[2]({"model": None, "version": 2}) == {"model": None, "version": 3}
