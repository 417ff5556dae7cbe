"""The text panel: typing, reading, pointing and walking, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QFont, QGuiApplication, QImage, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from explorer.lens.text import Word
from explorer.lens.whatif import pending, turn
from explorer.session import moves
from explorer.session.snapshot import FIRST_SAMPLING, Draft, Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.text import TextPanel
from explorer.ui.panels.text_chips import Chip
from explorer.ui.panels.text_flow import Flow
from explorer.ui.panels.text_prompt import LONGEST, PromptEditor, editable
from explorer.ui.style import DARK, Style


@pytest.fixture
def panel(controller: Controller, style: Style, qtbot) -> TextPanel:
    panel = TextPanel(controller, style)
    qtbot.addWidget(panel)
    panel.resize(480, 360)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def told(panel: TextPanel, story) -> TextPanel:
    """The panel with eight generated tokens, the cursor three before the end."""
    s = story(8, temperature=1.0)
    for _ in range(3):
        s = moves.back(s)
    show(panel, s)
    return panel


def show(panel: TextPanel, s: Snapshot) -> None:
    old, panel.controller.snapshot = panel.controller.snapshot, s
    panel.controller.changed.emit(s, old)


def spot(panel: TextPanel, index: int) -> QPoint:
    return panel.story.box(index).center().toPoint()


def on_screen(panel: TextPanel, qtbot) -> QImage:
    """What the last paint events left on the screen; nothing is painted for it."""
    qtbot.waitUntil(lambda: QApplication.processEvents() is None)
    return panel.screen().grabWindow(panel.winId()).toImage()


def move_mouse(widget: QWidget, where: QPoint, qtbot) -> None:
    qtbot.mouseMove(widget, where)


def wants(widget: QWidget, key: Qt.Key) -> bool:
    """Whether a focused widget keeps a key from the window's shortcuts."""
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def paste(editor: PromptEditor, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    editor.insertFromMimeData(data)


# --- the prompt -----------------------------------------------------------------------------


def test_the_editor_opens_with_the_prompt_that_was_read(panel: TextPanel) -> None:
    assert panel.prompt.editor.text() == panel.controller.snapshot.draft.text
    assert "tokens" in panel.prompt.status.text()
    assert not panel.prompt.chips.isVisible()


def test_typing_shows_the_tokens_of_what_is_typed(panel: TextPanel, qtbot) -> None:
    qtbot.keyClicks(panel.prompt.editor, "My ")
    draft = lambda: panel.controller.snapshot.draft  # noqa: E731
    qtbot.waitUntil(lambda: draft().encoding is not None and draft().encoding.text == draft().text)
    assert draft().text.startswith("My ")
    assert panel.prompt.chips.isVisible()
    assert "not read yet" in panel.prompt.status.text()


def test_enter_reads_the_prompt_and_keeps_the_old_story(panel: TextPanel, qtbot) -> None:
    editor, before = panel.prompt.editor, panel.controller.snapshot.timeline.nodes
    editor.selectAll()
    qtbot.keyClicks(editor, "Two dogs")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.controller.snapshot.timeline.node.prompt == "Two dogs")
    assert panel.controller.snapshot.timeline.nodes[: len(before)] == before
    qtbot.waitUntil(lambda: not panel.prompt.chips.isVisible())


@pytest.mark.parametrize("way", ["key", "mouse"])
def test_after_reading_the_keys_step_and_do_not_type(window, qtbot, way: str) -> None:
    window.activateWindow()
    panel = window.reveal("text")
    qtbot.keyClicks(panel.prompt.editor, "!")
    qtbot.waitUntil(lambda: "!" in window.controller.snapshot.draft.encoding.text)
    if way == "key":
        qtbot.keyClick(panel.prompt.editor, Qt.Key.Key_Return)
    else:
        qtbot.mouseClick(panel.prompt.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.controller.snapshot.timeline.node.prompt.count("!") == 1)
    draft = window.controller.snapshot.draft.text
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.controller.snapshot.timeline.node.draw is not None)
    assert window.controller.snapshot.draft.text == draft


def test_a_prompt_that_cannot_be_read_keeps_the_keyboard(window, qtbot) -> None:
    window.activateWindow()
    panel = window.reveal("text")
    panel.prompt.editor.selectAll()
    paste(panel.prompt.editor, "word " * 1000)
    qtbot.waitUntil(lambda: "too long" in panel.prompt.status.text())
    qtbot.keyClick(panel.prompt.editor, Qt.Key.Key_Return)
    assert window.focusWidget() is panel.prompt.editor


@pytest.mark.parametrize("modifier", ["NoModifier", "ControlModifier"])
def test_the_button_and_both_enters_ask_for_reading(panel: TextPanel, qtbot, modifier: str) -> None:
    count = len(panel.controller.snapshot.timeline.nodes)
    qtbot.keyClick(panel.prompt.editor, Qt.Key.Key_Enter, getattr(Qt.KeyboardModifier, modifier))
    qtbot.waitUntil(lambda: len(panel.controller.snapshot.timeline.nodes) == count + 1)
    qtbot.mouseClick(panel.prompt.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(panel.controller.snapshot.timeline.nodes) == count + 2)


def test_shift_enter_makes_a_new_line_and_the_editor_grows(panel: TextPanel, qtbot) -> None:
    editor = panel.prompt.editor
    low, count = editor.height(), len(panel.controller.snapshot.timeline.nodes)
    for _ in range(2):
        qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert editor.text().count("\n") == 2
    assert panel.controller.snapshot.draft.text.count("\n") == 2
    assert editor.height() > low
    assert len(panel.controller.snapshot.timeline.nodes) == count
    for _ in range(30):
        qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert editor.height() < panel.height() / 2


def test_an_empty_prompt_is_read_as_the_begin_token(panel: TextPanel, qtbot) -> None:
    panel.prompt.editor.selectAll()
    qtbot.keyClick(panel.prompt.editor, Qt.Key.Key_Delete)
    qtbot.keyClick(panel.prompt.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(panel.controller.snapshot.timeline.node.trace) == 1)
    assert "begin token" in panel.prompt.status.text()


def test_a_prompt_that_is_too_long_says_by_how_much_and_keeps_the_story(
    panel: TextPanel, qtbot
) -> None:
    before = panel.controller.snapshot.timeline
    panel.prompt.editor.selectAll()
    paste(panel.prompt.editor, "word " * 1000)
    qtbot.keyClick(panel.prompt.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "too long" in panel.prompt.status.text())
    assert panel.controller.snapshot.timeline is before


def test_a_megabyte_is_cut_with_a_sentence(panel: TextPanel, qtbot) -> None:
    panel.prompt.editor.selectAll()
    paste(panel.prompt.editor, "a line\n" * 150_000)
    assert len(panel.prompt.editor.text()) == LONGEST
    assert "1,050,000 characters" in panel.prompt.status.text()
    panel.prompt.editor.selectAll()
    qtbot.keyClicks(panel.prompt.editor, "x")
    assert "1,050,000" not in panel.prompt.status.text()


@pytest.mark.parametrize(
    "text", ["👩‍👩‍👧", "e\u0301", "שלום", "a\u00a0b", "\ttab", "a\0b", "<b>x</b>"]
)
def test_pasted_text_arrives_unchanged(panel: TextPanel, text: str) -> None:
    panel.prompt.editor.selectAll()
    paste(panel.prompt.editor, text)
    assert panel.controller.snapshot.draft.text == text


@settings(max_examples=150, deadline=None, database=None)
@given(text=st.text(st.characters(codec="utf-8"), max_size=40))
def test_the_editor_holds_any_text_that_it_is_given(qapp: object, text: str) -> None:
    holder = QWidget()
    editor = PromptEditor(holder)
    editor.setPlainText(editable(text))
    assert editor.text() == editable(text)


def test_a_draft_from_elsewhere_is_shown_and_not_sent_back(panel: TextPanel) -> None:
    long = "One\r\ntwo\u2028three " + "x" * (LONGEST + 100)
    panel.controller.apply(moves.write, Draft(long))
    assert panel.prompt.editor.text().startswith("One\ntwo\nthree ")
    assert panel.controller.snapshot.draft.text == long


def test_escape_leaves_the_editor_for_the_story(panel: TextPanel, qtbot) -> None:
    panel.activateWindow()
    panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
    qtbot.waitUntil(panel.prompt.editor.hasFocus)
    assert wants(panel.prompt.editor, Qt.Key.Key_Escape)
    qtbot.keyClick(panel.prompt.editor, Qt.Key.Key_Escape)
    assert panel.story.hasFocus()
    assert panel.story.mark is None


def test_the_editor_survives_the_loading_of_the_model(qtbot, worker, style: Style, reader) -> None:
    controller = Controller(Snapshot(), worker)
    panel = TextPanel(controller, style)
    qtbot.addWidget(panel)
    panel.show()
    assert not panel.prompt.button.isEnabled()
    panel.prompt.editor.selectAll()
    qtbot.keyClicks(panel.prompt.editor, "Early")
    controller.start(iter([reader]))
    qtbot.waitUntil(lambda: bool(controller.snapshot.timeline))
    assert controller.snapshot.timeline.node.prompt == "Early"
    assert panel.prompt.editor.text() == "Early"


# --- the story ------------------------------------------------------------------------------


def test_a_click_goes_to_the_token_back_and_ahead(told: TextPanel, qtbot) -> None:
    controller = told.controller
    last = len(controller.snapshot.timeline.node.trace) - 1
    for position in (last - 1, last + 2):
        qtbot.mouseClick(told.story.viewport(), Qt.MouseButton.LeftButton, pos=spot(told, position))
        assert len(controller.snapshot.timeline.node.trace) == position + 1


def test_a_click_in_the_prompt_lights_that_token(told: TextPanel, qtbot) -> None:
    qtbot.mouseClick(told.story.viewport(), Qt.MouseButton.LeftButton, pos=spot(told, 2))
    assert told.controller.snapshot.timeline.node.parent is None
    assert told.controller.snapshot.look.position == 2


def test_the_mouse_lights_a_token_and_leaving_puts_it_out(told: TextPanel, qtbot) -> None:
    move_mouse(told.story.viewport(), spot(told, 3), qtbot)
    assert told.controller.snapshot.look.hover == 3
    QApplication.sendEvent(told.story.viewport(), QEvent(QEvent.Type.Leave))
    assert told.controller.snapshot.look.hover is None


def test_a_token_ahead_lights_here_only(told: TextPanel, qtbot) -> None:
    last = len(told.controller.snapshot.timeline.node.trace) - 1
    before = told.grab().toImage()
    move_mouse(told.story.viewport(), spot(told, last + 2), qtbot)
    assert told.controller.snapshot.look.hover is None
    assert told.grab().toImage() != before


def test_the_keyboard_walks_the_story_and_enter_goes_there(told: TextPanel, qtbot) -> None:
    story = told.story
    told.activateWindow()
    story.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(story.hasFocus)
    last = len(told.controller.snapshot.timeline.node.trace) - 1
    assert story.mark == last
    qtbot.keyClick(story, Qt.Key.Key_Left)
    assert story.mark == last - 1
    assert told.controller.snapshot.look.hover == last - 1
    qtbot.keyClick(story, Qt.Key.Key_Return)
    assert len(told.controller.snapshot.timeline.node.trace) == last
    for key, mark in ((Qt.Key.Key_Home, 0), (Qt.Key.Key_Left, 0), (Qt.Key.Key_Right, 1)):
        qtbot.keyClick(story, key)
        assert story.mark == mark
    qtbot.keyClick(story, Qt.Key.Key_End)
    assert story.mark == last + 3
    qtbot.keyClick(story, Qt.Key.Key_Escape)
    assert story.mark is None


def test_up_and_down_change_the_line(told: TextPanel, qtbot) -> None:
    told.resize(260, 360)
    story = told.story
    qtbot.keyClick(story, Qt.Key.Key_Down)
    first = story.mark
    qtbot.keyClick(story, Qt.Key.Key_Up)
    assert story.box(story.mark).top() < story.box(first).top()
    qtbot.keyClick(story, Qt.Key.Key_Down)
    assert story.box(story.mark).top() == story.box(first).top()


def test_after_a_click_the_arrows_still_step_the_story(told: TextPanel, qtbot) -> None:
    story = told.story
    qtbot.mouseClick(story.viewport(), Qt.MouseButton.LeftButton, pos=spot(told, 4))
    assert not wants(story, Qt.Key.Key_Left)
    assert not wants(story, Qt.Key.Key_Right)
    qtbot.keyClick(story, Qt.Key.Key_Up)
    assert wants(story, Qt.Key.Key_Left)
    assert not wants(story, Qt.Key.Key_Space)


def test_the_cursor_stays_in_view_while_the_story_grows(panel: TextPanel, story, qtbot) -> None:
    panel.resize(260, 200)
    panel.prompt.editor.clearFocus()
    s = story(40, temperature=1.0)
    for _ in range(2):
        for end in (s.timeline.root(), *s.timeline.line()[-8:]):
            show(panel, moves.seek(s, end))
            screen = on_screen(panel, qtbot)
            assert screen == panel.grab().toImage().convertToFormat(screen.format())
            box = panel.story.box(len(panel.controller.snapshot.timeline.node.trace) - 1)
            view = panel.story.viewport().rect()
            assert view.contains(box.toAlignedRect())


def test_turning_the_temperature_changes_no_token_but_the_one_it_would_turn(
    told: TextPanel, qtbot
) -> None:
    chips = told._chips
    told.controller.apply(moves.heat, 3.0)
    qtbot.waitUntil(lambda: not pending(told.controller.snapshot))
    found = turn(told.controller.snapshot)
    changed = [i for i, (a, b) in enumerate(zip(chips, told._chips, strict=True)) if a != b]
    assert changed == [found.position]
    kept = told._chips
    told.controller.apply(moves.heat, 3.0001)
    assert told._chips is kept  # while the line is searched the former answer stays
    qtbot.waitUntil(lambda: not pending(told.controller.snapshot))
    assert told._chips is kept


def test_a_step_leaves_the_same_picture_as_drawing_all_of_it(
    told: TextPanel, worker, style: Style, qtbot
) -> None:
    told.clearFocus()
    for move in (moves.back, moves.forward, moves.forward, moves.to_start, moves.to_end):
        told.controller.apply(move)
        screen = on_screen(told, qtbot)
        assert screen == told.grab().toImage().convertToFormat(screen.format())
    fresh = TextPanel(Controller(told.controller.snapshot, worker), style)
    qtbot.addWidget(fresh)
    fresh.resize(told.size())
    fresh.show()
    assert told.story.grab().toImage() == fresh.story.grab().toImage()
    assert told.story.flow.boxes == fresh.story.flow.boxes


def test_the_description_follows_the_story(told: TextPanel) -> None:
    before = told.story.accessibleDescription()
    told.controller.apply(moves.forward)
    assert told.story.accessibleDescription() != before
    assert "ahead" in before


def test_zoom_and_theme_change_the_chips(told: TextPanel, style: Style) -> None:
    small = told.story.box(1).height()
    style.set_zoom(1.5)
    assert told.story.box(1).height() > small
    light = told.grab().toImage().pixel(2, told.height() - 30)
    style.set_theme(DARK)
    assert told.grab().toImage().pixel(2, told.height() - 30) != light


def test_surprising_tokens_are_tinted_and_have_a_longer_bar(panel: TextPanel, style: Style) -> None:
    word = Word("", "mmmm")

    def strong(nats: float | None) -> int:
        panel.story.show_chips((Chip(word, nats),))
        box = panel.story.box(0).toRect()
        image = panel.story.viewport().grab(box).toImage()
        target = style.color("chosen")
        return sum(
            abs(image.pixelColor(x, y).red() - target.red())
            + abs(image.pixelColor(x, y).blue() - target.blue())
            for x in range(image.width())
            for y in range(image.height())
        )

    assert strong(8.0) < strong(4.0) < strong(0.5) < strong(None)


# --- the layout of the chips ----------------------------------------------------------------


def flowing(width: float) -> Flow:
    return Flow(QFont(QGuiApplication.font()), width, 1.0)


WORDS = st.lists(
    st.builds(
        Word,
        st.sampled_from(["", "·"]),
        st.sampled_from(["a", "word", "somewhatlonger", "w" * 80]),
        st.booleans(),
        st.sampled_from([0, 0, 0, 1]),
        st.sampled_from([0, 0, 0, 2]),
    ),
    max_size=40,
).map(tuple)


@settings(max_examples=80, deadline=None, database=None)
@given(words=WORDS, cuts=st.lists(st.integers(0, 40), max_size=4))
def test_growing_and_shrinking_lays_the_text_as_from_the_start(
    qapp: object, words: tuple[Word, ...], cuts: list[int]
) -> None:
    flow, fresh = flowing(200), flowing(200)
    for cut in cuts:
        flow.lay(words[:cut])
    flow.lay(words)
    fresh.lay(words)
    assert flow.boxes == fresh.boxes


@settings(max_examples=80, deadline=None, database=None)
@given(words=WORDS)
def test_chips_stay_inside_the_width_in_order_and_apart(
    qapp: object, words: tuple[Word, ...]
) -> None:
    flow = flowing(200)
    flow.lay(words)
    assert all(box.left() >= 0 and box.right() <= flow.width + 1e-6 for box in flow.boxes)
    for before, after in zip(flow.boxes, flow.boxes[1:], strict=False):
        assert after.top() > before.top() or after.left() >= before.right()
    for index, box in enumerate(flow.boxes):
        assert flow.at(box.center()) == index
    assert flow.at(QPointF(-5, -5)) is None


def test_a_word_of_several_tokens_moves_to_the_next_line_as_a_whole(qapp: object) -> None:
    flow = flowing(1.9 * flowing(1000).text_width("mmmmmm"))
    head, tail = Word("·", "mmm"), Word("", "mmmm", glued=True)
    flow.lay((Word("", "mmmmmm"), head))
    assert flow.boxes[0].top() == flow.boxes[1].top()
    flow.lay((Word("", "mmmmmm"), head, tail))
    assert flow.boxes[1].top() == flow.boxes[2].top() > flow.boxes[0].top()


def test_a_line_end_breaks_the_line_and_two_leave_one_empty(qapp: object) -> None:
    flow = flowing(400)
    flow.lay((Word("", "a", after=1), Word("", "b"), Word("", "↵↵", after=2), Word("", "c")))
    lines = [round((box.top() - flow.boxes[0].top()) / flow.line) for box in flow.boxes]
    assert lines == [0, 1, 1, 3]


def hot(window, qtbot, steps: int = 8):
    """The window after some steps and a turn of the temperature that turns one of them."""
    for _ in range(steps):
        count = len(window.controller.snapshot.timeline.nodes)
        qtbot.keyClick(window, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda n=count: len(window.controller.snapshot.timeline.nodes) > n)
    assert not window.commands["branch_whatif"].isEnabled()
    while turn(window.controller.snapshot) is None:
        qtbot.keyClick(window, Qt.Key.Key_BracketRight)
        qtbot.waitUntil(lambda: not pending(window.controller.snapshot))
    return turn(window.controller.snapshot)


def test_a_turned_slider_marks_the_first_token_that_the_dice_would_have_changed(
    window, qtbot
) -> None:
    panel = window.docks["text"].panel
    assert not panel.turned.isVisible()
    found = hot(window, qtbot)
    assert [chip.turned for chip in panel.story._chips].index(True) == found.position
    assert panel.turned.isVisible()
    assert not panel.legend.isVisible()
    assert "the dice would choose" in panel._explain(found.position)
    assert "B" in window.docks["timeline"].panel._explain(found.position)
    assert "the dice would choose" not in panel._explain(found.position - 1)
    window.controller.apply(moves.heat, FIRST_SAMPLING.temperature)
    assert not panel.turned.isVisible()
    assert panel.legend.isVisible()


@pytest.mark.parametrize("way", ["key", "mouse"])
def test_the_branch_is_started_where_the_dice_would_turn(window, qtbot, way: str) -> None:
    found = hot(window, qtbot)
    count = len(window.controller.snapshot.timeline.nodes)
    if way == "key":
        qtbot.keyClick(window, Qt.Key.Key_B)
    else:
        qtbot.mouseClick(window.docks["text"].panel.turned, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) == count + 1)
    s = window.controller.snapshot
    assert s.timeline.node.draw == found.now
    assert s.timeline.node.parent == found.node
    assert len(s.timeline.children(found.node)) == 2
    assert turn(s) is None
