"""What the outcomes that are not known could be: their weight at a temperature, their entropy.

At temperature T an outcome of probability p weighs p^(1/T). Of M unknown outcomes only their sum r
is known, and that none is above c. x^(1/T) is convex for T < 1 and concave for T > 1, so by
Jensen's inequality the sum of their weights lies between that of r spread evenly, M (r / M)^(1/T),
and that of r heaped up, as many outcomes at c as r allows and one with what is left. At T = 1 both
are r.
"""

from __future__ import annotations

import math


def rest_weight(rest: float, count: int, most: float, temperature: float) -> tuple[float, float]:
    """The least and the largest sum of weights p^(1/T) of `count` unknown outcomes.

    rest is the sum of their probabilities and none exceeds `most`; a `most` that cannot hold, since
    count * most < rest, is taken for rest. Both may be multiples of any one unit, for instance of
    the largest known probability. Raises ValueError for a temperature that is not above 0, for no
    outcome, or a negative rest.
    """
    if not temperature > 0 or count < 1 or not 0 <= rest < math.inf:
        raise ValueError(f"no weight of {count} outcomes of mass {rest} at T = {temperature}")
    if rest == 0:
        return 0.0, 0.0
    most = min(most, rest) if count * most >= rest else rest
    power = 1.0 / temperature
    even = count * _power(rest / count, power)
    full = min(int(rest / most), count)
    heaped = full * _power(most, power) + _power(max(rest - full * most, 0.0), power)
    return min(even, heaped), max(even, heaped)


def rest_entropy(rest: float, count: int) -> tuple[float, float]:
    """The least and the largest part, in nats, of `count` unknown outcomes in an entropy.

    -sum p ln p over outcomes of the sum `rest`: all in one, or spread evenly. Raises ValueError for
    a rest beyond 0 to 1 and for one without outcomes.
    """
    if not 0 <= rest <= 1 or (rest > 0 and count < 1):
        raise ValueError(f"no entropy of {count} outcomes of mass {rest}")
    if rest == 0:
        return 0.0, 0.0
    return -rest * math.log(rest), -rest * math.log(rest / count)


def most_of_one(rest: float, count: int, least_known: float) -> float:
    """The largest probability that one of `count` unknown outcomes may have.

    Where the known ones can be the most probable, none of the others is above the least of them.
    """
    return min(rest, least_known) if count * least_known >= rest else rest


def _power(p: float, power: float) -> float:
    """p^power; 0 where it is below the smallest float, infinite beyond the largest."""
    if p <= 0:
        return 0.0
    exponent = power * math.log(p)
    return math.exp(exponent) if exponent < 700 else math.inf
