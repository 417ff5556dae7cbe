"""How many tokens a head uses, and what that is called. SCIENCE 3.4."""

import numpy as np
import pytest

from explorer.physics.dense_memory import retrieve
from explorer.physics.regimes import carriers, class_of


@pytest.mark.parametrize(("tokens", "k"), [(10, 9), (22, 20), (64, 58), (512, 461)])
def test_uniform_attention_needs_nine_tenths_of_the_tokens(tokens, k):
    # SCIENCE 3.4: with a slack of 1e-12, ten weights of .1 sum to .9 only up to rounding
    assert carriers(np.full(tokens, 1 / tokens)) == k


@pytest.mark.parametrize(
    ("name", "ks"), [("I", (512, 257)), ("II", (256, 65)), ("III", (64, 17)), ("IV", (16, 1))]
)
def test_the_classes_of_ramsauer_at_512_tokens(name, ks):
    # SCIENCE 3.4
    assert [class_of(k, 512) for k in ks] == [name, name]


def test_short_rows_have_no_class():
    # SCIENCE 3.4: name a class only for N >= 64
    assert class_of(1, 63) is None
    assert class_of(1, 64) == "IV"
    for k in (0, 65, float("nan")):
        with pytest.raises(ValueError, match="between 1 and"):
            class_of(k, 64)


def test_beta_leads_a_head_through_the_regimes():
    rng = np.random.default_rng(1)
    keys = rng.normal(size=(128, 16))
    seen = [
        class_of(int(carriers(retrieve(keys, keys[5], beta).weights)), 128)
        for beta in (0.001, 0.12, 0.25, 2.0)
    ]
    assert seen[0] == "I"
    assert seen[-1] == "IV"
    assert seen == sorted(seen)
