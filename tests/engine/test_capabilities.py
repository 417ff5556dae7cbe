"""What an engine can give: nothing lacks in this process, only probabilities elsewhere."""

from __future__ import annotations

from dataclasses import fields

from explorer.engine.capabilities import Capabilities, only_probabilities


def test_a_network_in_this_process_lacks_nothing(reader) -> None:
    assert reader.facts.can.lacking(field.name for field in fields(Capabilities)) == ""
    reader.close()
    assert reader.encode("The cat").ids


def test_the_first_thing_that_is_missing_is_said() -> None:
    can = Capabilities(attention="No rows.", edits="No edits.")
    assert can.lacking(("hidden", "edits", "attention")) == "No edits."
    assert can.lacking(("hidden", "vocabulary")) == ""


def test_probabilities_alone_leave_out_all_that_is_inside() -> None:
    can = only_probabilities("Only numbers.", "Only the largest.")
    assert can.vocabulary == "Only the largest."
    inside = [field.name for field in fields(can) if field.name != "vocabulary"]
    assert all(can.lacking((name,)) == "Only numbers." for name in inside)
