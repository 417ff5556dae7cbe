"""A recorded way through the states of a Hopfield network, with fields and energies anew.

What is recorded is which neuron was under update in every step and what flipped; the field that it
felt and the energy follow from the network. Knows no model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.physics.hopfield import Configuration, Network, Spins, energy, fields
from explorer.physics.hopfield_dynamics import Stretch

IntArray = NDArray[np.int64]


def replayed(
    net: Network,
    start: Configuration,
    neurons: IntArray,
    flips: IntArray,
    values: Spins,
    ends: IntArray,
) -> Stretch:
    """The steps of a record (see `Stretch`) from `start`, with their fields and energies.

    Raises ValueError for a record that cannot be: neurons that are not there, flips of neurons that
    were not under update or to the value that they had.
    """
    _check(net.size, neurons, flips, values, ends)
    spins, h, value = np.array(start.spins), start.fields.copy(), start.energy
    felt, energies = np.full(len(neurons), np.nan), np.empty(len(neurons))
    begin = 0
    for step, neuron in enumerate(neurons.tolist()):
        end = int(ends[step])
        changed, new = flips[begin:end], values[begin:end]
        if (spins[changed] == new).any():
            raise ValueError(f"step {step} of the record flips a neuron to the value that it has")
        if neuron >= 0:
            felt[step] = h[neuron]
            if len(changed) > 1 or (changed != neuron).any():
                raise ValueError(f"step {step} of the record flips what it does not update")
            if len(changed):
                by = float(new[0]) - float(spins[neuron])
                value -= by * h[neuron]
                h += by * net.weights[neuron]
                spins[neuron] = new[0]
        elif len(changed):
            spins[changed] = new
            h, value = np.array(fields(net, spins)), float(energy(net, spins))
        energies[step], begin = value, end
    for array in (spins, h, felt, energies):
        array.setflags(write=False)
    return Stretch(neurons, felt, energies, flips, values, ends, Configuration(spins, h, value))


def _check(size: int, neurons: IntArray, flips: IntArray, values: Spins, ends: IntArray) -> None:
    shapes = neurons.ndim == flips.ndim == values.ndim == ends.ndim == 1
    if not shapes or len(ends) != len(neurons) or len(values) != len(flips):
        raise ValueError("the parts of a record of steps differ in length")
    rising = np.diff(np.concatenate([[0], ends, [len(flips)]]))
    if (rising < 0).any() or (len(ends) > 0 and ends[-1] != len(flips)):
        raise ValueError("the flips of a record do not belong to its steps")
    for name, numbers, low in (("steps", neurons, -1), ("flips", flips, 0)):
        if len(numbers) and not (low <= numbers.min() and numbers.max() < size):
            raise ValueError(f"the {name} of a record name neurons that are not there")
    if not np.isin(values, (-1, 1)).all():
        raise ValueError("a neuron can become only +1 or -1")
