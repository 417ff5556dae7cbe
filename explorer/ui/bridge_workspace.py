"""The workspace "Attention is a memory": its panels and its layouts."""

from __future__ import annotations

from explorer.lens.bridge import narrate, place
from explorer.ui.actions.bridge import BRIDGE_ACTIONS
from explorer.ui.bridge_desk import BridgeDesk
from explorer.ui.layouts import Layout
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.bridge import BridgePanel
from explorer.ui.panels.bridge_curve import BridgeCurvePanel
from explorer.ui.ribbon import Ribbon, Says
from explorer.ui.workspace import BRIDGE, Workspace

BRIDGE_PANELS: tuple[type[DeskPanel[BridgeDesk]], ...] = (BridgePanel, BridgeCurvePanel)
BRIDGE_LAYOUTS: dict[str, Layout] = {
    "explore": ("h", [(74, "bridge"), (26, "bridge_curve")]),
    "lecture": ("h", [(72, "bridge"), (28, "bridge_curve")]),
    "debug": ("h", [(74, "bridge"), (26, "bridge_curve")]),
}


def bridge_workspace(desk: BridgeDesk) -> Workspace:
    """From Hopfield's network to attention, the same task in four rows."""
    return Workspace(
        *BRIDGE,
        desk,
        BRIDGE_PANELS,
        BRIDGE_ACTIONS,
        BRIDGE_LAYOUTS,
        lambda _, looks, commands: Ribbon(
            desk,
            looks,
            (commands["bridge_back"], commands["bridge_step"], commands["bridge_play"]),
            Says(narrate, place, desk.play_at, "updates"),
        ),
    )
