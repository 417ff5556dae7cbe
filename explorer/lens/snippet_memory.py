"""Lines of Python that compute the numbers of a panel of the memory workspace again. No Qt.

They make the same network out of the stored patterns, put the state from which recall started and
make the same steps with the same dice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import numpy as np

from explorer.physics.hopfield_dynamics import Dynamics, stretch
from explorer.session.memory.snapshot import Memory
from explorer.session.memory.spelling import spelled

TOLD = ("patterns", "memory_state", "memory_landscape", "memory_energy", "memory_weights")
MOST = 40  # patterns, a line each


def memory_snippet(panel: str, s: Memory) -> str:
    """The lines for one of the panels TOLD.

    Raises ValueError with a sentence where they would not give the numbers that are shown.
    """
    if panel not in TOLD:
        raise ValueError(
            "What an experiment has measured, and settings, are no numbers to compute again: "
            "export the table."
        )
    if len(s.pictures) > MOST:
        raise ValueError(f"More than {MOST} patterns are too many to tell; export the table.")
    again = _repeats(s)
    if panel == "memory_energy" and not again:
        raise ValueError(
            "This recall cannot be told: its first steps are forgotten, or were made under other "
            "settings. Export the table."
        )
    lines = ["import explorer", "", *_stored(s), *(_recalled(s) if again else _state(s))]
    if chosen := s.look.chosen:
        lines.append(f"memory = memory.look({', '.join(map(str, chosen))})")
    lines.append(f"numbers = memory.numbers({panel!r})")
    lines.append("print({name: column[:5] for name, column in numbers.items()})")
    return "\n".join(lines)


def _stored(s: Memory) -> Iterator[str]:
    """The network: its rule, its bias, and the patterns in their order."""
    settings = "" if s.rule == "hebb" else f", rule={s.rule!r}"
    settings += "" if s.bias == 0 else f", bias={s.bias!r}"
    yield f"memory = explorer.open_memory({s.shape!r}{settings})"
    for one in s.pictures:
        yield f'memory = memory.store({one.name!r}, "{spelled(one.spins, s.shape)}")'


def _recalled(s: Memory) -> Iterator[str]:
    """The start of recall and the steps that were made, then the dynamics of the next ones."""
    track = s.track
    yield f'memory = memory.put("{spelled(track.start.spins, s.shape)}")'
    calls = _dynamics(Dynamics(), track.how) if track.length else ""
    if track.length:
        calls += f".step({track.length})"
    if behind := track.length - track.cursor:
        calls += f".back({behind})"
    calls += _dynamics(track.how if track.length else Dynamics(), s.how)
    if calls:
        yield f"memory = memory{calls}"


def _state(s: Memory) -> Iterator[str]:
    yield f'memory = memory.put("{spelled(s.here.spins, s.shape)}")  # as it is now'
    if calls := _dynamics(Dynamics(), s.how):
        yield f"memory = memory{calls}"


def _dynamics(old: Dynamics, new: Dynamics) -> str:
    before = asdict(old)
    other = {name: value for name, value in asdict(new).items() if value != before[name]}
    return f".dynamics({', '.join(f'{a}={b!r}' for a, b in other.items())})" if other else ""


def _repeats(s: Memory) -> bool:
    """Whether the recorded steps are those that the last dynamics make from the start."""
    track = s.track
    if track.first:
        return False
    if not track.length:
        return True
    again = stretch(s.network, track.start, track.how, 0, track.length)
    return np.array_equal(again.energies, track.energies[1:]) and np.array_equal(
        again.neurons, track.neurons
    )
