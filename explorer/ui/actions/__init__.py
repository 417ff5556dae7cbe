"""Every command of the window as one table: menus, keys, tool tips and help are built from it."""

from __future__ import annotations

from explorer.ui.actions.action import Action as Action
from explorer.ui.actions.action import Frame as Frame
from explorer.ui.actions.draw import DRAW_ACTIONS
from explorer.ui.actions.look import LOOK_ACTIONS
from explorer.ui.actions.view import VIEW as VIEW
from explorer.ui.actions.view import VIEW_ACTIONS
from explorer.ui.actions.walk import WALK_ACTIONS

ACTIONS: tuple[Action, ...] = (*WALK_ACTIONS, *DRAW_ACTIONS, *LOOK_ACTIONS, *VIEW_ACTIONS)
