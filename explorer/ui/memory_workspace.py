"""The memory workspace: its panels and its layouts."""

from __future__ import annotations

from explorer.lens.walks import narrate, place
from explorer.ui.actions.memory import MEMORY_ACTIONS
from explorer.ui.layouts import Layout
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.boltzmann_law import BoltzmannLawPanel
from explorer.ui.panels.boltzmann_machine import BoltzmannMachinePanel
from explorer.ui.panels.memory_basins import MemoryBasinsPanel
from explorer.ui.panels.memory_capacity import MemoryCapacityPanel
from explorer.ui.panels.memory_controls import MemoryControlsPanel
from explorer.ui.panels.memory_energy import MemoryEnergyPanel
from explorer.ui.panels.memory_growth import MemoryGrowthPanel
from explorer.ui.panels.memory_landscape import MemoryLandscapePanel
from explorer.ui.panels.memory_patterns import MemoryPatternsPanel
from explorer.ui.panels.memory_state import MemoryStatePanel
from explorer.ui.panels.memory_weights import MemoryWeightsPanel
from explorer.ui.panels.pretraining import PretrainingPanel
from explorer.ui.panels.restricted import RestrictedPanel
from explorer.ui.ribbon import Ribbon, Says
from explorer.ui.workspace import MEMORY, Workspace

MEMORY_PANELS: tuple[type[DeskPanel[MemoryDesk]], ...] = (
    MemoryPatternsPanel,
    MemoryControlsPanel,
    MemoryStatePanel,
    MemoryLandscapePanel,
    MemoryEnergyPanel,
    MemoryWeightsPanel,
    MemoryBasinsPanel,
    MemoryCapacityPanel,
    MemoryGrowthPanel,
    BoltzmannMachinePanel,
    BoltzmannLawPanel,
    RestrictedPanel,
    PretrainingPanel,
)
_LEFT: Layout = ("v", [(58, "patterns"), (42, "memory_controls")])
_CENTRE: Layout = ("t", ["memory_state", "boltzmann_machine", "restricted", "pretraining"])
_LETTERS: Layout = ("t", ["patterns", "memory_state"])
_SEEN = ["memory_landscape", "memory_basins", "memory_weights", "memory_capacity"]
_BELOW: Layout = ("t", ["memory_energy", "boltzmann_law"])
_RIGHT: Layout = ("v", [(58, ("t", _SEEN)), (42, _BELOW)])
_ALL_RIGHT: Layout = ("v", [(58, ("t", [*_SEEN, "memory_growth"])), (42, _BELOW)])
MEMORY_LAYOUTS: dict[str, Layout] = {
    "explore": ("h", [(28, _LEFT), (38, _CENTRE), (34, _RIGHT)]),
    "lecture": (
        "h",
        [
            (26, "patterns"),
            (36, "memory_state"),
            (38, ("v", [(60, "memory_landscape"), (40, "memory_energy")])),
        ],
    ),
    "debug": ("h", [(28, _LEFT), (38, _CENTRE), (34, _ALL_RIGHT)]),
    "machines": (
        "h",
        [
            (56, ("t", ["boltzmann_machine", "restricted", "pretraining"])),
            (44, ("v", [(58, "boltzmann_law"), (42, _LETTERS)])),
        ],
    ),
}


def memory_workspace(desk: MemoryDesk) -> Workspace:
    """Hopfield's associative memory, to store pictures in and to watch recall."""
    return Workspace(
        *MEMORY,
        desk,
        MEMORY_PANELS,
        MEMORY_ACTIONS,
        MEMORY_LAYOUTS,
        lambda _, looks, commands: Ribbon(
            desk,
            looks,
            (commands["recall_back"], commands["recall_step"], commands["recall_play"]),
            Says(narrate, place, desk.play_at, "steps"),
        ),
    )
