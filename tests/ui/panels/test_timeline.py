"""The timeline panel: pointing, dragging, keys, and a picture kept between steps."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from explorer.lens.timeline import timeline
from explorer.lens.whatif import pending
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.timeline import TimelinePanel
from explorer.ui.panels.timeline_frame import frame
from explorer.ui.style import DARK, Style


@pytest.fixture
def panel(controller: Controller, style: Style, story, qtbot) -> TimelinePanel:
    """Ten generated tokens, the cursor four before the end."""
    s = story(10, temperature=1.0)
    for _ in range(4):
        s = moves.back(s)
    controller.snapshot = s
    panel = TimelinePanel(controller, style)
    qtbot.addWidget(panel)
    panel.resize(520, 180)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def spot(panel: TimelinePanel, position: float) -> QPoint:
    """The middle of a position's column."""
    picture = timeline(panel.controller.snapshot)
    places = frame(panel.canvas, panel.looks, picture)
    return QPointF(places.x(position + 0.5), places.plot.center().y()).toPoint()


def length(panel: TimelinePanel) -> int:
    return len(panel.controller.snapshot.timeline.node.trace)


def drag(canvas: QWidget, kind: QEvent.Type, where: QPoint) -> None:
    button = Qt.MouseButton.LeftButton
    at, event_at = QPointF(where), QPointF(canvas.mapToGlobal(where))
    event = QMouseEvent(kind, at, event_at, button, button, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas, event)


def wants(widget: QWidget, key: Qt.Key) -> bool:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def picture_of(panel: TimelinePanel) -> QImage:
    return panel.grab().toImage()


def unlike(one: QImage, other: QImage) -> int:
    """The largest difference of a colour part between two pictures."""
    assert one.size() == other.size()
    worst = 0
    for x in range(one.width()):
        for y in range(one.height()):
            if one.pixel(x, y) != other.pixel(x, y):
                a, b = one.pixelColor(x, y), other.pixelColor(x, y)
                worst = max(worst, abs(a.red() - b.red()), abs(a.blue() - b.blue()))
    return worst


@pytest.mark.parametrize("ahead", [-3, -1, 2])
def test_a_click_goes_to_that_position(panel: TimelinePanel, qtbot, ahead: int) -> None:
    position = length(panel) - 1 + ahead
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=spot(panel, position))
    assert length(panel) == position + 1


def test_a_drag_walks_along_and_is_undone_as_one(panel: TimelinePanel) -> None:
    start = length(panel)
    drag(panel.canvas, QEvent.Type.MouseButtonPress, spot(panel, start - 2))
    for position in (start - 3, start - 4, start + 1):
        drag(panel.canvas, QEvent.Type.MouseMove, spot(panel, position))
    assert length(panel) == start + 2
    panel.controller.undo()
    assert length(panel) == start


def test_a_click_beside_the_line_goes_nowhere(panel: TimelinePanel, qtbot) -> None:
    before = panel.controller.snapshot
    for where in (QPoint(1, 90), spot(panel, len(timeline(before).surprise) + 1)):
        qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=where)
    assert panel.controller.snapshot.timeline is before.timeline


def test_the_mouse_lights_a_position_everywhere(panel: TimelinePanel, qtbot) -> None:
    qtbot.mouseMove(panel.canvas, spot(panel, 3))
    assert panel.controller.snapshot.look.hover == 3
    QApplication.sendEvent(panel.canvas, QEvent(QEvent.Type.Leave))
    assert panel.controller.snapshot.look.hover is None


def test_a_position_ahead_lights_here_only(panel: TimelinePanel, qtbot) -> None:
    before = picture_of(panel)
    qtbot.mouseMove(panel.canvas, spot(panel, length(panel) + 1))
    assert panel.controller.snapshot.look.hover is None
    assert picture_of(panel) != before


def test_what_is_lit_elsewhere_is_lit_here(panel: TimelinePanel) -> None:
    before = picture_of(panel)
    panel.controller.apply(moves.hover, 2)
    lit = picture_of(panel)
    assert lit != before
    panel.controller.apply(moves.hover, None)
    assert picture_of(panel) == before


def test_the_keyboard_walks_and_enter_goes_there(panel: TimelinePanel, qtbot) -> None:
    canvas, start = panel.canvas, length(panel)
    panel.activateWindow()
    canvas.clearFocus()
    panel.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(canvas.hasFocus)
    assert canvas.mark == start - 1
    assert wants(canvas, Qt.Key.Key_Left)
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert panel.controller.snapshot.look.hover == start - 2
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert length(panel) == start - 1
    qtbot.keyClick(canvas, Qt.Key.Key_End)
    assert canvas.mark == start + 3
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.mark == start + 3
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert canvas.mark == 0
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.mark is None


def test_after_a_click_the_arrows_still_step_the_story(panel: TimelinePanel, qtbot) -> None:
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=spot(panel, 7))
    assert not wants(panel.canvas, Qt.Key.Key_Right)
    assert not wants(panel.canvas, Qt.Key.Key_Left)


def test_turning_the_temperature_only_marks_where_the_dice_would_turn(
    panel: TimelinePanel, qtbot
) -> None:
    before, kept = picture_of(panel), panel._picture
    was = panel.controller.snapshot.sampling.temperature
    panel.controller.apply(moves.heat, 4.0)
    qtbot.waitUntil(lambda: not pending(panel.controller.snapshot))
    assert panel._picture is kept
    assert picture_of(panel) != before
    panel.controller.apply(moves.heat, was)
    assert picture_of(panel) == before


@pytest.mark.parametrize("presenter", [False, True])
def test_the_kept_picture_equals_one_painted_from_the_start(
    panel: TimelinePanel, worker, style: Style, reader, qtbot, presenter: bool
) -> None:
    style.set_presenter(presenter)
    controller = panel.controller
    s = moves.heat(controller.snapshot, 0.3)
    trace = reader.read(s.timeline.node.trace, [60])
    forced = moves.advance(s, s.timeline.cursor, trace, moves.forced_draw(s, 60))
    for new in (forced, moves.back(forced), moves.seek(forced, 3), moves.to_end(forced)):
        old, controller.snapshot = controller.snapshot, new
        controller.changed.emit(new, old)
        kept = picture_of(panel)
        fresh = TimelinePanel(Controller(new, worker), style)
        qtbot.addWidget(fresh)
        fresh.resize(panel.size())
        fresh.show()
        assert unlike(kept, picture_of(fresh)) <= 2


def test_forced_tokens_have_a_mark_of_their_own(panel: TimelinePanel, reader, style: Style) -> None:
    s = panel.controller.snapshot
    token = s.timeline.nodes[s.timeline.line()[-4]].draw.token
    trace = reader.read(s.timeline.node.trace, [token])
    by_dice = moves.advance(s, s.timeline.cursor, trace, moves.next_draw(s))
    by_hand = moves.advance(s, s.timeline.cursor, trace, moves.forced_draw(s, token))
    pictures = []
    for new in (by_dice, by_hand):
        old, panel.controller.snapshot = panel.controller.snapshot, new
        panel.controller.changed.emit(new, old)
        pictures.append(picture_of(panel))
    assert pictures[0] != pictures[1]


def test_a_theme_repaints_the_kept_picture(panel: TimelinePanel, style: Style) -> None:
    picture_of(panel)
    style.set_theme(DARK)
    assert picture_of(panel).pixelColor(515, 60).lightness() < 80


def test_without_a_story_a_sentence_says_why(worker, style: Style, qtbot) -> None:
    panel = TimelinePanel(Controller(Snapshot(), worker), style)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Right)
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert panel.canvas.mark is None
    assert "Nothing" in panel.canvas.accessibleDescription()
    assert "Nothing" in panel.canvas.placeholder


def test_the_description_follows_the_cursor(panel: TimelinePanel) -> None:
    before = panel.canvas.accessibleDescription()
    panel.controller.apply(moves.back)
    assert panel.canvas.accessibleDescription() != before
