"""Short names of the settings of sampling."""

from __future__ import annotations

from dataclasses import fields

from explorer.engine.sampling import Sampling
from explorer.lens.stages import SHORT, changed


def test_every_setting_has_a_short_name_of_its_own() -> None:
    assert set(SHORT) == {one.name for one in fields(Sampling)}
    assert len(set(SHORT.values())) == len(SHORT)


def test_a_setting_is_named_with_its_value() -> None:
    assert changed("temperature", 0.8) == "T 0.8"
    assert changed("min_p", 0.05, " = ") == "min-p = 0.05"
