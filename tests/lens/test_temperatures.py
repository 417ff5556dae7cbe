"""Three temperatures have three names, three symbols, three controls, everywhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import explorer
from explorer.lens.temperatures import ATTENTION, GLAUBER, SAMPLING, TEMPERATURES

PACKAGE = Path(explorer.__file__).parent
ROOMS = ("ui", "lens", "session")
# What may stand before the word in text that a person reads.
KINDS = ("sampling", "attention", "glauber")
# A field of the settings, not a word.
FIELD = "0.temperature:g}"
# Texts about more than one of them.
ABOUT_ALL = ("Two temperatures", "Next token under each temperature")


def test_no_two_share_a_name_a_symbol_or_a_control() -> None:
    for field in ("name", "symbol", "control", "where"):
        assert len({getattr(one, field) for one in TEMPERATURES}) == 3, field
    for one in TEMPERATURES:
        assert one.control.endswith(one.symbol.removeprefix("1/"))
        assert one.title[0].isupper() and one.title.lower() == one.control.lower()
    assert (SAMPLING.symbol, ATTENTION.symbol, GLAUBER.symbol) == ("T", "1/β", "τ")


def shown_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every string of a module that a person may read: neither a docstring nor one word of code.

    Values put into a text stand as {}.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            silent.update(id(part) for part in ast.walk(node) if part is not node)
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


MODULES = sorted(path for room in ROOMS for path in (PACKAGE / room).rglob("*.py"))


def test_a_temperature_that_is_read_always_says_which_one_it_is() -> None:
    vague = []
    for path in MODULES:
        for line, text in shown_texts(path):
            for found in re.finditer(r"(\S+ )?temperatures?\b", text.replace(FIELD, ""), re.I):
                before = (found[1] or "").strip(" (“").lower()
                if before not in KINDS and text not in ABOUT_ALL:
                    vague.append(f"{path.relative_to(PACKAGE)}:{line}: {text}")
    assert vague == []


@pytest.mark.parametrize("one", TEMPERATURES, ids=lambda one: one.name)
def test_a_name_never_has_the_symbol_of_another(one) -> None:
    others = "|".join(re.escape(other.symbol) for other in TEMPERATURES if other is not one)
    wrong = re.compile(rf"{one.name} ({others})(\W|$)", re.IGNORECASE)
    for path in MODULES:
        for line, text in shown_texts(path):
            assert not wrong.search(text), f"{path.relative_to(PACKAGE)}:{line}: {text}"


def test_panels_of_the_memories_speak_of_tau() -> None:
    subjects = ("memory", "bridge", "recall")
    memory = [
        path for path in MODULES if any(word in "/".join(path.parts[-2:]) for word in subjects)
    ]
    assert len(memory) > 15
    for path in memory:
        for line, text in shown_texts(path):
            assert not re.search(r"(^|\W)T (=|>|<|above|below)", text), f"{path}:{line}: {text}"
