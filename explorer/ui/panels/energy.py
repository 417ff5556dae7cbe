"""Token energies: each candidate for the next token is a well, its weight at T a ball in it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.lens.energy import TokenEnergies, energy
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panel import Panel
from explorer.ui.panels.energy_wells import MOST, Wells
from explorer.ui.style import Style


class EnergyPanel(Panel):
    """Draws the wells of the candidates; a step or a turn of the temperature changes them."""

    id = "energy"
    title = "Token energy"
    tab = "Energies"
    help = (
        "Each candidate is a well at E = −ln p (nats). The area of its ball is the weight "
        "exp(−E/T)/Z at the sampling temperature T, the ring the model's own at T = 1; "
        "the dashed line is the free energy F = −T ln Z = U − T S."
    )

    def __init__(self, controller: Controller, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(controller, style, parent)
        self.canvas = Wells(style, self)
        self.setFocusProxy(self.canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if (
            old is not None
            and new.timeline is old.timeline
            and new.sampling == old.sampling
            and new.model is old.model
        ):
            return
        picture = energy(new, MOST)
        self.canvas.show_picture(picture)
        self.setAccessibleDescription(describe(picture))


def describe(picture: TokenEnergies | None) -> str:
    """The picture in one line, for those who do not see it."""
    if picture is None:
        return "No energies yet: nothing has been read."
    deepest, state = picture.wells[0], picture.state
    return (
        f"Deepest well {deepest.label}, energy {deepest.energy:.2f} nats, weight "
        f"{deepest.final:.3f}; sampling temperature {picture.temperature:g}, free energy "
        f"{state.free_energy:.2f}, mean energy {state.mean_energy:.2f}, entropy "
        f"{state.entropy:.2f} nats; {picture.left} tokens may be drawn.{picture.missing}"
    )
