"""Every command of the window as tables: menus, keys, tool tips and help are built from them.

TEXT_ACTIONS belong to the text workspace, COMMON_ACTIONS to every workspace.
"""

from __future__ import annotations

from explorer.ui.actions.action import Action as Action
from explorer.ui.actions.action import Frame as Frame
from explorer.ui.actions.draw import DRAW_ACTIONS
from explorer.ui.actions.experiment import EXPERIMENT_ACTIONS
from explorer.ui.actions.file import FILE as FILE
from explorer.ui.actions.file import FILE_ACTIONS, LEAVING_ACTIONS
from explorer.ui.actions.file import SESSION_ACTIONS as SESSION_ACTIONS
from explorer.ui.actions.inside import INSIDE_ACTIONS
from explorer.ui.actions.look import LOOK_ACTIONS
from explorer.ui.actions.model import MODEL_ACTIONS
from explorer.ui.actions.stop import STOP_ACTIONS
from explorer.ui.actions.tree import TREE_ACTIONS
from explorer.ui.actions.view import VIEW as VIEW
from explorer.ui.actions.view import VIEW_ACTIONS
from explorer.ui.actions.walk import WALK_ACTIONS

TEXT_ACTIONS: tuple[Action, ...] = (
    *FILE_ACTIONS,
    *MODEL_ACTIONS,
    *WALK_ACTIONS,
    *DRAW_ACTIONS,
    *LOOK_ACTIONS,
    *INSIDE_ACTIONS,
    *TREE_ACTIONS,
    *STOP_ACTIONS,
    *EXPERIMENT_ACTIONS,
)
COMMON_ACTIONS: tuple[Action, ...] = (*SESSION_ACTIONS, *LEAVING_ACTIONS, *VIEW_ACTIONS)
ACTIONS: tuple[Action, ...] = (*TEXT_ACTIONS, *COMMON_ACTIONS)
