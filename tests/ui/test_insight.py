"""Models of other families inside the window: every stage of a pass, the lens, the attribution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from explorer.engine.interface import Reader
from explorer.engine.opening import Progress
from explorer.engine.remote.served import connecting
from explorer.lens.why_not_inside import STRONGEST
from explorer.makers import ChildOpener, LocalOpener
from explorer.session import asked, inside
from explorer.session.inside import name_at
from explorer.ui.panels.attribution import AttributionPanel
from explorer.ui.panels.inside import InsidePanel
from explorer.ui.panels.logit_lens import LogitLensPanel
from explorer.ui.panels.why_not import WhyNotPanel
from explorer.ui.window import Window

Opening = Callable[[Path, Callable[..., str]], Iterator[Progress | Reader]]
# The family, and how it is opened.
OPENED: dict[str, tuple[str, Opening]] = {
    "llama": ("llama", lambda folder, _: LocalOpener("cpu").open(folder, "fp32")),
    "gemma2 as stored": ("gemma2", lambda folder, _: LocalOpener("cpu").open(folder, "as-stored")),
    "qwen3 apart": ("qwen3", lambda folder, _: ChildOpener("cpu").open(folder, "as-stored")),
    "olmo2 served": ("olmo2", lambda folder, serve: connecting(serve(folder))),
}


EVERYWHERE = pytest.mark.parametrize("opened", OPENED, indirect=True)


@pytest.fixture(params=list(OPENED)[:2])
def opened(
    request: pytest.FixtureRequest,
    window: Window,
    family_folder: Callable[[str], Path],
    serve: Callable[..., str],
    qtbot,
) -> Window:
    """The window with one of these models, which has read the demo prompt."""
    family, opening = OPENED[request.param]
    window.arrange("debug")

    def readers() -> Iterator[Reader]:
        for part in opening(family_folder(family), serve):
            if not isinstance(part, Progress):
                yield part

    window.controller.start(readers())
    qtbot.waitUntil(lambda: _name(window) == family, timeout=20_000)
    return window


def _name(window: Window) -> str:
    s = window.controller.snapshot
    return s.model.name if s.model is not None and s.timeline and not s.busy else ""


def test_inside_lens_and_attribution_are_filled(opened: Window, qtbot) -> None:
    s = opened.controller.snapshot
    assert s.model is not None and not s.model.can.formulas
    pass_, lens, parts = (opened.reveal(name) for name in ("inside", "logitlens", "attribution"))
    assert isinstance(pass_, InsidePanel) and isinstance(lens, LogitLensPanel)
    assert isinstance(parts, AttributionPanel)
    for name in ("inside", "logitlens", "attribution"):
        opened.reveal(name)
        qtbot.waitUntil(opened.docks[name].panel.isVisible)
        assert opened.docks[name].panel.absence == ""
    opened.reveal("inside")
    qtbot.waitUntil(lambda: pass_.picture is not None)
    opened.reveal("logitlens")
    qtbot.waitUntil(lambda: lens.canvas.table is not None)
    assert len(lens.canvas.table.layers) == s.model.layers + 1
    step = s.timeline.node.trace.steps[-1]
    assert lens.canvas.table.layers[-1].guesses[0].token == int(step.logits.argmax())
    opened.reveal("attribution")
    qtbot.waitUntil(lambda: parts.picture is not None)
    assert parts.picture.total == pytest.approx(parts.picture.true, abs=1e-4)
    assert any(bar.label.startswith("L1 H") for bar in parts.picture.bars)


@EVERYWHERE
def test_every_stage_is_walked_through_by_key(opened: Window, qtbot) -> None:
    panel = opened.reveal("inside")
    assert isinstance(panel, InsidePanel)
    opened.controller.apply(inside.go, "embed")
    s = opened.controller.snapshot
    names = [name_at(s.inside, s.model)]
    for key, modifier in (
        (Qt.Key.Key_F10, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_F7, Qt.KeyboardModifier.NoModifier),
        *[(Qt.Key.Key_F10, Qt.KeyboardModifier.NoModifier)] * 80,
    ):
        s = opened.controller.snapshot
        expected = name_at(s.inside, s.model)

        def there(expected: str = expected) -> bool:
            picture = panel.picture
            return picture is not None and picture.activation.name == expected

        qtbot.waitUntil(there)
        picture = panel.picture
        assert picture is not None
        entry = float(picture.activation.values[picture.entry])
        assert picture.sum.value == pytest.approx(entry, abs=1e-4)
        assert picture.sum.equation in panel.accessibleDescription()
        names.append(expected)
        qtbot.keyClick(opened, key, modifier)
    assert names[-1] == "logits"
    found = opened.controller.snapshot
    assert found.model is not None
    assert {name.split(".")[1] for name in names if name.startswith("blocks")} == {"0", "1", "2"}


@EVERYWHERE
def test_another_entry_and_other_tokens_are_explained(opened: Window, qtbot) -> None:
    panel = opened.reveal("inside")
    assert isinstance(panel, InsidePanel)
    opened.controller.apply(inside.go, "blocks.1.mlp_pre")
    qtbot.waitUntil(lambda: panel.picture is not None)
    for entry in ((3,), (40,)):
        opened.controller.apply(inside.choose_entry, "blocks.1.mlp_pre", entry)
        qtbot.waitUntil(lambda entry=entry: panel.picture.entry == entry)
        values = panel.picture.activation.values
        assert panel.picture.sum.value == pytest.approx(float(values[entry]), abs=1e-4)
    parts = opened.reveal("attribution")
    assert isinstance(parts, AttributionPanel)
    opened.controller.apply(inside.ask_token, 77)
    opened.controller.apply(inside.ask_versus, 78)
    qtbot.waitUntil(lambda: parts.picture is not None and parts.picture.token == 77)
    logits = opened.controller.snapshot.timeline.node.trace.steps[-1].logits
    assert parts.picture.versus == 78
    assert parts.picture.total == pytest.approx(float(logits[77] - logits[78]), abs=1e-4)


def test_why_not_goes_down_the_layers_and_into_the_components(opened: Window, qtbot) -> None:
    panel = opened.reveal("whynot")
    assert isinstance(panel, WhyNotPanel)
    token = int(np.argsort(opened.controller.snapshot.timeline.node.trace.steps[-1].logits)[5])
    opened.controller.apply(asked.name, token)

    def lines() -> list[str]:
        return [line.name for line in panel.rows.lines]

    qtbot.waitUntil(lambda: "sum = logit z" in lines())
    assert lines()[-1] == "sum = logit z" and f"after block {2}" in lines()
    assert lines().index("sum = logit z") - lines().index("By component") == STRONGEST + 2
