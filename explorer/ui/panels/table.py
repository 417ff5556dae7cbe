"""All panels of the text workspace: those of the first picture, then the others."""

from __future__ import annotations

from explorer.ui.panel import Panel
from explorer.ui.panels.attribution import AttributionPanel
from explorer.ui.panels.experiments import ExperimentsPanel
from explorer.ui.panels.first import FIRST_PANELS
from explorer.ui.panels.head_scores import HeadScoresPanel
from explorer.ui.panels.history import HistoryPanel
from explorer.ui.panels.inside import InsidePanel
from explorer.ui.panels.logit_lens import LogitLensPanel
from explorer.ui.panels.proof import ProofPanel
from explorer.ui.panels.regimes import RegimesPanel
from explorer.ui.panels.stops import StopsPanel
from explorer.ui.panels.sweep import SweepPanel
from explorer.ui.panels.temperatures import TemperaturesPanel
from explorer.ui.panels.thermo import ThermoPanel
from explorer.ui.panels.tree import TreePanel
from explorer.ui.panels.twin import TwinPanel
from explorer.ui.panels.why_not import WhyNotPanel

LATER_PANELS: tuple[type[Panel], ...] = (
    InsidePanel,
    LogitLensPanel,
    AttributionPanel,
    HeadScoresPanel,
    StopsPanel,
    HistoryPanel,
    WhyNotPanel,
    TreePanel,
    TwinPanel,
    SweepPanel,
    ExperimentsPanel,
    ProofPanel,
    RegimesPanel,
    ThermoPanel,
    TemperaturesPanel,
)
PANELS: tuple[type[Panel], ...] = (*FIRST_PANELS, *LATER_PANELS)
