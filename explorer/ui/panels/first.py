"""The panels of the first picture, in the order in which the data flows.

They stand apart so that a start imports no others: see `explorer.ui.later`.
"""

from __future__ import annotations

from explorer.ui.panel import Panel
from explorer.ui.panels.attention import AttentionPanel
from explorer.ui.panels.bars import BarsPanel
from explorer.ui.panels.dice import DicePanel
from explorer.ui.panels.energy import EnergyPanel
from explorer.ui.panels.heads import HeadsPanel
from explorer.ui.panels.hopfield import HopfieldPanel
from explorer.ui.panels.sampling import SamplingPanel
from explorer.ui.panels.text import TextPanel
from explorer.ui.panels.timeline import TimelinePanel

FIRST_PANELS: tuple[type[Panel], ...] = (
    TextPanel,
    TimelinePanel,
    HeadsPanel,
    AttentionPanel,
    HopfieldPanel,
    EnergyPanel,
    SamplingPanel,
    BarsPanel,
    DicePanel,
)
