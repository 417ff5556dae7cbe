"""The panel of one head's memory: what a click, a key, a step and a resize do."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QLabel

from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.hopfield import HopfieldPanel
from explorer.ui.style import DARK


@pytest.fixture
def panel(controller, style, qtbot):
    panel = HopfieldPanel(controller, style)
    qtbot.addWidget(panel)
    panel.resize(1000, 420)
    panel.show()
    return panel


def picture(widget):
    return widget.grab().toImage()


def spot(panel, key):
    """Where a key is on the map, in pixels."""
    keys = panel.map.terrain().ground.keys.coordinates
    x, y = panel.map.spot(keys[key : key + 1])[0]
    return QPoint(round(x), round(y))


def loneliest(panel):
    """A key that is no rival and not covered by another one."""
    spots = [spot(panel, key) for key in range(len(panel.memory.keys))]
    free = [key for key in range(len(spots)) if key not in panel.memory.place.rivals]
    inside = [key for key in free if panel.map.rect().adjusted(2, 2, -2, -2).contains(spots[key])]
    return max(
        inside,
        key=lambda key: min(
            (spots[key] - other).manhattanLength() for i, other in enumerate(spots) if i != key
        ),
    )


def test_the_pictures_show_the_head_that_is_looked_at(panel, controller):
    before = picture(panel.map)
    controller.apply(moves.look_at, 2, 3)
    assert (panel.memory.place.layer, panel.memory.place.head) == (2, 3)
    assert picture(panel.map) != before
    assert "Layer 2 · head 3" in panel.accessibleDescription()


def test_a_click_on_a_key_puts_the_plane_through_it(panel, controller, qtbot):
    first = panel.memory.place.rivals[0]
    key = loneliest(panel)
    qtbot.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=spot(panel, key))
    assert controller.snapshot.look.rivals == (key, first)
    assert panel.memory.plane.anchors == (key, first)


def test_arrows_and_enter_choose_a_key_without_the_mouse(panel, controller, qtbot):
    qtbot.keyClick(panel.mix, Qt.Key.Key_Down)
    qtbot.keyClick(panel.mix, Qt.Key.Key_Down)
    qtbot.keyClick(panel.mix, Qt.Key.Key_Down)
    third = panel.mix.order()[2]
    qtbot.keyClick(panel.mix, Qt.Key.Key_Return)
    assert controller.snapshot.look.rivals[0] == third


def test_hovering_lights_a_key_and_computes_nothing_anew(panel, controller):
    memory, ground = panel.memory, panel.map.terrain()
    before = picture(panel.map)
    controller.apply(moves.hover, 1)
    assert panel.map.lit == panel.surface.lit == panel.mix.lit == 1
    assert picture(panel.map) != before
    assert panel.memory is memory and panel.map.terrain() is ground


def test_pointing_at_a_key_lights_its_token_everywhere(panel, controller, qtbot):
    key = loneliest(panel)
    qtbot.mouseMove(panel.map, spot(panel, key))
    assert controller.snapshot.look.hover == key


def test_turning_the_temperature_leaves_the_memory_as_it_is(panel, controller):
    memory = panel.memory
    controller.apply(moves.heat, 2.5)
    assert panel.memory is memory


def test_a_step_moves_on_to_the_new_query(panel, controller, qtbot):
    before = len(panel.memory.keys)
    with qtbot.waitSignal(controller.changed):
        controller.step()
    qtbot.waitUntil(lambda: len(panel.memory.keys) == before + 1)
    assert panel.memory.place.position == before


def test_a_picture_taken_right_after_a_change_is_up_to_date(panel, controller):
    before = picture(panel.map)
    controller.apply(moves.look_at, 4, 5)
    assert panel.map.memory.place.layer == 0  # the landscape lets the other panels go first
    assert picture(panel.map) != before
    assert (panel.map.memory.place.layer, panel.map.memory.place.head) == (4, 5)


def test_the_principal_plane_can_be_chosen_and_left(panel, qtbot):
    qtbot.mouseClick(panel.buttons["principal"], Qt.MouseButton.LeftButton)
    assert panel.memory.plane.kind == "principal"
    assert panel.buttons["principal"].isChecked() and not panel.buttons["keys"].isChecked()
    qtbot.mouseClick(panel.buttons["keys"], Qt.MouseButton.LeftButton)
    assert panel.memory.plane.kind == "keys"


def test_on_the_principal_plane_a_click_chooses_no_key(panel, controller, qtbot):
    qtbot.mouseClick(panel.buttons["principal"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=spot(panel, 1))
    assert controller.snapshot.look.rivals is None


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((1000, 420), {"map", "surface", "mix"}),
        ((640, 420), {"map", "mix"}),
        ((260, 160), {"map"}),
        ((300, 900), {"map", "surface", "mix"}),
    ],
)
def test_as_many_pictures_are_shown_as_fit(panel, size, shown):
    panel.resize(*size)
    assert {name for name, canvas in panel.canvases.items() if canvas.isVisible()} == shown


def test_where_one_picture_fits_buttons_choose_it(panel, qtbot):
    panel.resize(420, 300)
    qtbot.mouseClick(panel.buttons["surface"], Qt.MouseButton.LeftButton)
    assert panel.surface.isVisible() and not panel.map.isVisible()


def test_arrow_keys_and_drags_turn_the_surface(panel, qtbot):
    eye, before = panel.surface.eye, picture(panel.surface)
    qtbot.keyClick(panel.surface, Qt.Key.Key_Left)
    assert panel.surface.eye == eye.turned(8, 0)
    assert picture(panel.surface) != before
    qtbot.mousePress(panel.surface, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    qtbot.mouseMove(panel.surface, QPoint(100, 80))
    qtbot.mouseRelease(panel.surface, Qt.MouseButton.LeftButton, pos=QPoint(100, 80))
    assert panel.surface.eye != eye.turned(8, 0)


def test_a_drag_chooses_no_key(panel, controller, qtbot):
    qtbot.mousePress(panel.surface, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    qtbot.mouseMove(panel.surface, QPoint(160, 160))
    qtbot.mouseRelease(panel.surface, Qt.MouseButton.LeftButton, pos=QPoint(160, 160))
    assert controller.snapshot.look.rivals is None


def test_hints_give_exact_values(panel):
    text = panel.map.explain(panel.memory.place.rivals[0])
    assert "lies on this plane" in text and "E = " in text
    assert "exact energy" in panel.map.explain(panel.map.key_at(QPointF(-500, -500)))
    row = panel.mix.explain(0)
    assert f"{panel.memory.attention[0]:.8f}" in row and f"{panel.memory.weights[0]:.8f}" in row
    assert "mix of values" in panel.mix.explain(None)


def test_the_labels_are_plain_text(panel):
    formats = {label.textFormat() for label in panel.findChildren(QLabel)}
    assert formats == {Qt.TextFormat.PlainText}


def test_without_a_text_it_says_what_is_missing(style, worker, qtbot):
    panel = HopfieldPanel(Controller(Snapshot(), worker), style)
    qtbot.addWidget(panel)
    panel.resize(420, 300)
    panel.show()
    assert panel.memory is None
    assert "nothing has been read" in panel.accessibleDescription()
    for canvas in panel.canvases.values():
        qtbot.keyClick(canvas, Qt.Key.Key_Right)
        assert "Nothing has been read" in canvas.explain(canvas.key_at(QPointF(5, 5)))
    assert not picture(panel).isNull()


@pytest.mark.parametrize("size", [(160, 100), (260, 160), (420, 300), (1000, 420)])
def test_the_begin_token_alone_can_be_drawn(panel, controller, story, size):
    s = story(prompt="")
    controller.apply(lambda _: s)
    panel.resize(*size)
    assert len(panel.memory.keys) == 1
    assert not picture(panel).isNull()


def test_another_theme_repaints_every_picture(panel, style):
    before = [picture(canvas) for canvas in panel.canvases.values()]
    style.set_theme(DARK)
    after = [picture(canvas) for canvas in panel.canvases.values()]
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_a_panel_that_is_hidden_waits_for_no_landscape_and_shows_the_present_one(
    panel, controller, qtbot
):
    controller.apply(moves.look_at, 2, 3)
    panel._ask()
    assert panel._job is not None
    panel.hide()
    assert panel._job is None
    qtbot.waitUntil(lambda: not controller.worker.busy)
    assert (panel._memory.place.layer, panel._memory.place.head) != (2, 3)
    panel.show()
    panel.grab()
    assert (panel._memory.place.layer, panel._memory.place.head) == (2, 3)
