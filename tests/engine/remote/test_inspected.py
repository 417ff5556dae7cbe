"""A pass on a real `explorer serve` looks as it does here, and a server's lies are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.engine.attribution import Part
from explorer.engine.edits import Edits, Off
from explorer.engine.filled import Filled
from explorer.engine.kept import MissingError, only_here
from explorer.engine.passage import layer_of
from explorer.engine.reader import LocalReader, open_model
from explorer.engine.remote.inspected import Inspected
from explorer.engine.remote.packing import PackingError
from explorer.engine.remote.questions import Attribute, Fill, Question, TakeApart
from explorer.engine.remote.served import ServedReader, connecting
from explorer.engine.remote.service import Service
from explorer.engine.trace import Trace

IDS = [0, 5, 80, 7, 200, 33, 19, 12, 44, 51, 9, 70]
OFF = Edits((Off("head", 1, 2),))


@pytest.fixture(scope="module")
def here(family_folder: Callable[[str], Path]) -> LocalReader:
    return open_model(family_folder("gemma2"))


@pytest.fixture(scope="module")
def there(
    serve: Callable[..., str], family_folder: Callable[[str], Path]
) -> Iterator[ServedReader]:
    *_, found = connecting(serve(family_folder("gemma2")))
    assert isinstance(found, ServedReader)
    yield found
    found.close()


@pytest.mark.parametrize("edits", [Edits(), OFF], ids=["plain", "a head off"])
def test_it_is_the_pass_of_this_process(
    here: LocalReader, there: ServedReader, edits: Edits
) -> None:
    mine, theirs = (
        who.inspect(who.read(Trace((), edits), IDS, edits), 11) for who in (here, there)
    )
    assert isinstance(theirs, Inspected)
    assert len(list(theirs.take_apart())) == here.facts.layers + 1
    for one in mine.activations:
        other = theirs[one.name]
        assert (other.stage, other.start) == (one.stage, one.start)
        np.testing.assert_allclose(other.values, one.values, atol=1e-5, err_msg=one.name)
    for name, index in (("blocks.1.z", (2, 3)), ("blocks.2.attn_scores", (0, 1)), ("embed", (4,))):
        a, b = mine[name].fill(index), theirs[name].fill(index)
        assert b.value == pytest.approx(a.value, abs=1e-5)
        assert (a.names, a.axis, a.start, a.cap) == (b.names, b.axis, b.start, b.cap)
        assert b.products == pytest.approx(a.products, abs=1e-5)
    a, b = mine.attribute(9, 100), theirs.attribute(9, 100)
    assert a.parts == b.parts and b.total == pytest.approx(b.true, abs=1e-4)
    assert b.amounts == pytest.approx(a.amounts, abs=1e-5)
    for normed in (True, False):
        np.testing.assert_allclose(theirs.lens(normed), mine.lens(normed), atol=1e-4)


def test_what_is_not_here_is_fetched_by_another_thread(there: ServedReader) -> None:
    found = there.inspect(there.read(Trace(), IDS), 11)
    list(found.take_apart())
    with only_here(), pytest.raises(MissingError) as missing:
        found["blocks.1.v"].fill((0, 1))
    missing.value.fetch()
    with only_here():
        assert found["blocks.1.v"].fill((0, 1)).left is not None
        with pytest.raises(MissingError):
            found.attribute(9)


def test_a_pass_that_does_not_exist_is_the_servers_sentence(there: ServedReader) -> None:
    trace = there.read(Trace(), IDS)
    with pytest.raises(ValueError, match="has not been read; the text has 12 tokens"):
        next(there.answers(TakeApart(trace.ids, trace.edits, 12)))
    for name, index in (("blocks.9.z", (0, 0)), ("nothing", (0,)), ("embed", (-1,))):
        with pytest.raises(ValueError, match="no such entry"):
            next(there.answers(Fill(trace.ids, trace.edits, 3, name, index)))


def lying(here: LocalReader, change: Callable[[Question, Any], Any]) -> Inspected:
    """A pass that a real service answers about, its answers changed on the way."""
    service = Service(here)

    def ask(question: Question) -> Iterator[Any]:
        return (change(question, value) for value in service.answers(question))

    return Inspected(ask, here.facts, here.read(Trace(), IDS), 11)


LIES: dict[str, Callable[[Any], Any]] = {
    "a name": lambda some: {f"{name}x": array for name, array in some.items()},
    "a shape": lambda some: {name: array[:1] for name, array in some.items()},
    "no numbers": lambda some: {name: array * np.nan for name, array in some.items()},
    "a block too few": lambda some: {n: a for n, a in some.items() if layer_of(n) != 2},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_activations_that_cannot_be_are_refused(here: LocalReader, lie: Any) -> None:
    with pytest.raises(PackingError):
        list(lying(here, lambda _, value: lie(value)).take_apart())


def test_parts_and_formulas_that_cannot_be_are_refused(here: LocalReader) -> None:
    def change(question: Question, value: Any) -> Any:
        if isinstance(question, Attribute):
            return replace(value, parts=(Part("head", 0, 77), *value.parts[1:]))
        if isinstance(question, Fill):
            return Filled(1.0, np.ones(99), np.ones(99), axis="s")
        return value

    found = lying(here, change)
    with pytest.raises(PackingError, match="parts"):
        found.attribute(9)
    with pytest.raises(PackingError, match="formula"):
        found["blocks.0.z"].fill((0, 0))
