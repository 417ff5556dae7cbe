"""The panels, one file each, and the table of them in the order in which the data flows."""

from __future__ import annotations

from explorer.ui.panel import Panel
from explorer.ui.panels.attention import AttentionPanel
from explorer.ui.panels.attribution import AttributionPanel
from explorer.ui.panels.bars import BarsPanel
from explorer.ui.panels.dice import DicePanel
from explorer.ui.panels.energy import EnergyPanel
from explorer.ui.panels.experiments import ExperimentsPanel
from explorer.ui.panels.head_scores import HeadScoresPanel
from explorer.ui.panels.heads import HeadsPanel
from explorer.ui.panels.history import HistoryPanel
from explorer.ui.panels.hopfield import HopfieldPanel
from explorer.ui.panels.inside import InsidePanel
from explorer.ui.panels.logit_lens import LogitLensPanel
from explorer.ui.panels.proof import ProofPanel
from explorer.ui.panels.regimes import RegimesPanel
from explorer.ui.panels.sampling import SamplingPanel
from explorer.ui.panels.stops import StopsPanel
from explorer.ui.panels.sweep import SweepPanel
from explorer.ui.panels.text import TextPanel
from explorer.ui.panels.thermo import ThermoPanel
from explorer.ui.panels.timeline import TimelinePanel
from explorer.ui.panels.tree import TreePanel
from explorer.ui.panels.twin import TwinPanel
from explorer.ui.panels.why_not import WhyNotPanel

PANELS: tuple[type[Panel], ...] = (
    TextPanel,
    TimelinePanel,
    HeadsPanel,
    AttentionPanel,
    HopfieldPanel,
    InsidePanel,
    LogitLensPanel,
    AttributionPanel,
    HeadScoresPanel,
    EnergyPanel,
    SamplingPanel,
    BarsPanel,
    DicePanel,
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
)
