"""The style sheet of Qt's own widgets, in the theme's colours and the present scale."""

from __future__ import annotations

from explorer.ui.style import Style


def sheet(looks: Style) -> str:
    """One sheet for the window; panels that paint themselves do not need it."""
    return _frame(looks) + _ribbon(looks) + _docks(looks)


def _frame(looks: Style) -> str:
    t, px = looks.theme, looks.px
    return f"""
QMainWindow, QMainWindow::separator {{ background: {t.window}; }}
QMainWindow::separator {{ width: {px(5)}px; height: {px(5)}px; }}
QMainWindow::separator:hover {{ background: {t.accent}; }}
QMenuBar, QStatusBar {{ background: {t.window}; color: {t.text}; }}
QMenuBar::item {{ padding: {px(3)}px {px(9)}px; background: transparent; }}
QMenuBar::item:selected {{ background: {t.raised}; border-radius: {px(4)}px; }}
QMenu {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; padding: {px(4)}px; }}
QMenu::item {{ padding: {px(4)}px {px(22)}px; border-radius: {px(4)}px; }}
QMenu::item:selected {{ background: {t.accent}; color: {t.on_accent}; }}
QMenu::item:disabled {{ color: {t.muted}; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: {px(4)}px; }}
#switcher QToolButton {{
  background: {t.raised}; color: {t.text}; border: 1px solid {t.line};
  border-radius: {px(5)}px; padding: {px(2)}px {px(12)}px;
}}
#switcher QToolButton:hover {{ border-color: {t.accent}; }}
#switcher QToolButton:checked {{ background: {t.accent}; color: {t.on_accent}; }}
#switcher QToolButton:focus {{ border: {max(2, px(2))}px solid {t.text}; }}
QStatusBar::item {{ border: none; }}
QToolBar {{ background: {t.window}; border: none; padding: 0; }}
#offer {{
  background: {t.accent}; color: {t.on_accent}; border: none; border-radius: {px(4)}px;
  padding: {px(2)}px {px(10)}px; margin: {px(1)}px;
}}
#palette {{ background: {t.panel}; border: 1px solid {t.accent}; border-radius: {px(8)}px; }}
#palette QListView {{ background: {t.panel}; border: none; outline: none; }}
#palette QLineEdit {{
  background: {t.raised}; color: {t.text}; border: none; border-radius: {px(5)}px;
  padding: {px(7)}px {px(10)}px;
}}
"""


def _ribbon(looks: Style) -> str:
    t, px = looks.theme, looks.px
    return f"""
#ribbon {{ background: {t.panel}; border-bottom: 1px solid {t.line}; }}
#ribbon QToolButton {{
  background: {t.raised}; color: {t.text}; border: 1px solid {t.line};
  border-radius: {px(6)}px; padding: {px(2)}px {px(12)}px;
}}
#ribbon QToolButton:hover {{ border-color: {t.accent}; }}
#ribbon QToolButton:focus {{ border: {max(2, px(2))}px solid {t.accent}; }}
#ribbon QToolButton:disabled {{ color: {t.faint}; }}
#ribbon QLabel#warning {{
  color: {t.warning}; border: {max(1, px(1.5))}px solid {t.warning}; border-radius: {px(6)}px;
  padding: {px(3)}px {px(9)}px;
}}
#ribbon QToolButton#primary {{
  background: {t.accent}; color: {t.on_accent}; border-color: {t.accent};
}}
#ribbon QToolButton#primary:disabled {{ background: {t.faint}; border-color: {t.faint}; }}
"""


def _docks(looks: Style) -> str:
    t, px = looks.theme, looks.px
    beside = px(6 if looks.presenter else 12)  # large words leave tabs little room
    return f"""
#titlebar {{ background: {t.panel}; }}
#titlebar QLabel {{ color: {t.muted}; }}
#titlebar QToolButton {{ border: none; color: {t.muted}; background: transparent; }}
#titlebar QToolButton:hover {{ color: {t.text}; background: {t.raised}; border-radius: {px(4)}px; }}
QDockWidget {{ color: {t.text}; }}
QDockWidget > QWidget {{ background: {t.panel}; }}
QTabBar::tab {{
  background: {t.window}; color: {t.muted}; padding: {px(5)}px {beside}px; border: none;
  border-bottom: {px(2)}px solid transparent;
}}
QTabBar::tab:selected {{ color: {t.text}; border-bottom-color: {t.accent}; }}
QToolTip {{
  background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; padding: {px(5)}px;
}}
QCheckBox::indicator {{
  width: {px(13)}px; height: {px(13)}px; border: {max(1, px(1.2))}px solid {t.muted};
  border-radius: {px(3)}px; background: {t.panel};
}}
QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border-color: {t.accent}; }}
QCheckBox::indicator:checked {{ background: {t.accent}; border-color: {t.accent}; }}
QCheckBox::indicator:disabled {{ border-color: {t.faint}; background: {t.raised}; }}
QScrollArea {{ border: none; background: {t.panel}; }}
QScrollBar:vertical {{ background: transparent; width: {px(10)}px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: {px(10)}px; margin: 0; }}
QScrollBar::handle {{ background: {t.faint}; border-radius: {px(4)}px; min-height: {px(24)}px; }}
QScrollBar::handle:hover {{ background: {t.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
