"""The weight matrix as a picture."""

from __future__ import annotations

import numpy as np

from explorer.lens.weights import describe_weight, describe_weights, weight_picture
from explorer.session.memory import moves
from explorer.session.memory.snapshot import empty


def test_levels_are_symmetric_around_nothing() -> None:
    s = moves.store(moves.draw(empty((5, 5)), [0, 1], 1), "two")
    picture = weight_picture(s)
    assert picture.largest == np.abs(s.network.weights).max() == 1 / 25
    assert describe_weights(s) == "Largest weight ±0.04."
    assert (np.diag(picture.levels) == 128).all()
    assert picture.levels[0, 1] == 255
    assert picture.levels[0, 2] == 1


def test_an_empty_network_has_no_weights() -> None:
    picture = weight_picture(empty((5, 5)))
    assert picture.largest == 0
    assert (picture.levels == 128).all()
    assert describe_weights(empty((5, 5))) == "Nothing is stored: every weight is 0."


def test_a_weight_is_explained_by_the_patterns_that_made_it() -> None:
    s = moves.store(moves.draw(empty((5, 5)), [0, 1], 1), "a")
    s = moves.store(moves.draw(s, [1], -1), "b")
    assert "(1 − 1) / 25" in describe_weight(s, 0, 1)
    assert "itself" in describe_weight(s, 3, 3)
