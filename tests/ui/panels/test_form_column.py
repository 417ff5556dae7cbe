"""The shared column of small controls above a picture."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.ui.panels.form_column import captioned, lay_column, own_column, restyle_column, say_in
from explorer.ui.panels.sampling_form import Field, Form, button, label
from explorer.ui.style import Style


def test_controls_stand_in_lines_and_the_picture_takes_the_rest(style: Style, qtbot) -> None:
    panel, picture = QWidget(), QWidget()
    qtbot.addWidget(panel)
    captions = {name: label(name) for name in ("rate", "seed")}
    fields = {name: Field(name, "A number.") for name in captions}
    push, facts, note = button("Start", "Begin.", lambda: None), label(""), label("", warning=True)
    column = QVBoxLayout(panel)
    rows = ((push,), captioned(captions, fields, "seed", "rate"))
    lines = lay_column(column, rows, (facts, note), picture)
    restyle_column(style, column, lines, (push,), (*captions.values(), facts, note))
    panel.resize(400, 300)
    panel.show()
    qtbot.waitExposed(panel)
    assert push.y() < fields["seed"].y() < picture.y()
    assert captions["seed"].x() < fields["seed"].x() < captions["rate"].x() < fields["rate"].x()
    assert push.height() == style.px(22) and push.width() >= push.sizeHint().width()
    assert picture.height() > 150


def test_a_note_is_seen_only_while_it_says_something(qtbot) -> None:
    note = label("", warning=True)
    qtbot.addWidget(note)
    say_in(note, "<b>wrong</b>")
    assert note.isVisible() and note.text() == "<b>wrong</b>"
    say_in(note, "")
    assert not note.isVisible()


def test_a_panel_can_be_the_column_itself_on_its_own_ground(style: Style, qtbot) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    column = own_column(panel)
    lay_column(column, ((label("N"),),), (), QWidget())
    panel.setStyleSheet(Form.sheet(style))
    panel.resize(200, 100)
    assert panel.layout() is column
    assert panel.grab().toImage().pixelColor(1, 1) == style.color("panel")
