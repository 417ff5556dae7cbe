"""Pictures without a screen: a workspace after some steps, drawn by the window itself. Wiring."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from explorer.app import build, first_snapshot
from explorer.engine.opening import Storage, Wanted
from explorer.engine.sampling import Sampling
from explorer.makers import load
from explorer.session import moves
from explorer.session.bridge import moves as bridge_moves
from explorer.session.memory import moves as memory_moves
from explorer.session.memory import steps as recall
from explorer.session.memory.snapshot import Memory, empty
from explorer.session.story import grow, open_story
from explorer.ui.bridge_desk import BridgeDesk
from explorer.ui.bridge_workspace import BRIDGE_LAYOUTS, BRIDGE_PANELS
from explorer.ui.layouts import LAYOUTS, Layout
from explorer.ui.memory_workspace import MEMORY_LAYOUTS, MEMORY_PANELS
from explorer.ui.panels.table import PANELS
from explorer.ui.picture import paint_to_file
from explorer.ui.pixels import letter
from explorer.ui.window import Window
from explorer.ui.worker import Worker

PANEL_IDS: Mapping[str, tuple[str, ...]] = {
    "text": tuple(panel.id for panel in PANELS),
    "memory": tuple(panel.id for panel in MEMORY_PANELS),
    "bridge": tuple(panel.id for panel in BRIDGE_PANELS),
}
LAYOUT_TABLES: Mapping[str, Mapping[str, Layout]] = {
    "text": LAYOUTS,
    "memory": MEMORY_LAYOUTS,
    "bridge": BRIDGE_LAYOUTS,
}


@dataclass(frozen=True)
class Scene:
    """What is told before the picture is taken.

    subject: the prompt, or in the memory workspace the letters that are stored. steps: tokens drawn
    in "text"; neurons updated in "memory", where the first letter has been spoilt; updates of the
    four memories in "bridge", which shows a head at the last token of the prompt. model, storage
    and device name the network of the text; sampling is how it draws, and its seed the dice of
    every workspace.
    """

    subject: str
    steps: int
    sampling: Sampling
    model: Path
    workspace: str = "text"
    storage: Storage = "fp32"
    device: Wanted = "auto"


@dataclass(frozen=True)
class Frame:
    """How the window looks: one panel or all of them, size in pixels, colours, type, layout."""

    panel: str | None = None
    size: tuple[int, int] = (1600, 900)
    theme: str = "light"
    presenter: bool = False
    layout: str = "explore"


def draw(scene: Scene, frame: Frame, out: Path) -> None:
    """Write the window, or one panel, as a PNG, SVG or PDF.

    Raises ValueError with a sentence for a bad model, prompt, letter, panel or layout, OSError when
    the file cannot be written.
    """
    check(scene.workspace, frame)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setStyle("Fusion")
    worker = Worker()
    try:
        window = _TELLERS[scene.workspace](scene, frame, worker)
        if frame.presenter:
            window.looks.set_presenter(True)
        window.resize(QSize(*frame.size))
        window.arrange(frame.layout)
        window.show()
        window.arrange(frame.layout)
        if frame.panel is not None:
            window.maximiser.toggle(window.docks[frame.panel])
        _settle(worker)
        widget: QWidget = window if frame.panel is None else window.docks[frame.panel].panel
        paint_to_file(widget, out)
        window.close()
        # A window that lives on is dressed anew with every later one.
        window.deleteLater()
        QApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)
    finally:
        worker.close()


def check(workspace: str, frame: Frame) -> None:
    """Refuse panels and layouts that the workspace has not; raises ValueError with a sentence."""
    panels, layouts = PANEL_IDS[workspace], LAYOUT_TABLES[workspace]
    if frame.panel is not None and frame.panel not in panels:
        raise ValueError(f"there is no panel {frame.panel!r}; there are {', '.join(panels)}")
    if frame.layout not in layouts:
        raise ValueError(f"there is no layout {frame.layout!r}; there are {', '.join(layouts)}")


def _text(scene: Scene, frame: Frame, worker: Worker) -> Window:
    return _with_text(scene, scene.steps, frame, worker)


def _bridge(scene: Scene, frame: Frame, worker: Worker) -> Window:
    window = _with_text(scene, 0, frame, worker)
    window.open_workspace("bridge")
    desk = window.space.desk
    assert isinstance(desk, BridgeDesk)
    desk.watch(True)  # before the steps: another head starts all memories anew
    desk.apply(bridge_moves.use, replace(desk.snapshot.setting, seed=scene.sampling.seed))
    for _ in range(scene.steps):
        before = desk.snapshot
        desk.apply(bridge_moves.step)
        if desk.snapshot is before:
            break
    return window


def _memory(scene: Scene, frame: Frame, worker: Worker) -> Window:
    told = recalled(scene.subject, scene.steps, scene.sampling.seed)
    window = build(worker, frame.theme)
    window.open_workspace("memory")
    window.space.desk.become(told)
    return window


_TELLERS: Mapping[str, Callable[[Scene, Frame, Worker], Window]] = {
    "text": _text,
    "memory": _memory,
    "bridge": _bridge,
}


def recalled(letters: str, steps: int, seed: int) -> Memory:
    """Letters stored by Hebb's rule, the first one spoilt, and so many neurons updated.

    Raises ValueError with a sentence for no letters, and for what cannot be stored.
    """
    s = empty()
    s = recall.use_dynamics(s, replace(s.how, seed=seed))
    for one in letters:
        s = memory_moves.store(memory_moves.put(s, letter(one, s.shape)), one)
        if s.error:
            raise ValueError(s.error)
    if not s.pictures:
        raise ValueError("there are no letters to store; name some, such as AX")
    s = memory_moves.corrupt(memory_moves.show(s, 0))
    while steps > 0 and not recall.why_stopped(s):
        s, steps = recall.step(s, min(steps, s.size)), steps - s.size
    return s


def _with_text(scene: Scene, steps: int, frame: Frame, worker: Worker) -> Window:
    reader = next(load(scene.model, scene.storage, device=scene.device))
    story = moves.sample_with(first_snapshot(), scene.sampling)
    story = open_story(reader, story, scene.subject)
    for _ in range(steps):
        story = grow(reader, story)
    window = build(worker, frame.theme, snapshot=story)
    # Panels that take a pass apart ask the network in the background, as in a session.
    window.controller.reader = reader
    return window


def _settle(worker: Worker) -> None:
    """Let deferred drawing happen: timers of no delay, layout requests, answers of the worker."""
    loop = QEventLoop()
    ticks = QTimer()
    ticks.timeout.connect(lambda: None if worker.busy else loop.quit())
    ticks.start(50)
    loop.exec()
