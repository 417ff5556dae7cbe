"""A trained matrix with its bias as the network that was trained here multiplies with it.

One row meets a copy of the weight in `engine.tiles`, several rows the weight itself: training and
the formulas of a pass need it as it is. Knows no network.
"""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.engine.pages import Pages
from explorer.engine.tiles import Tiles


class Matrix:
    """x W^T + b for rows x (T, in), of a weight (out, in) and a bias (out,) or none.

    The weight must not change afterwards.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, pages: Pages) -> None:
        weight = weight.detach()
        self._plain = weight.t()  # (in, out)
        self._bias = None if bias is None else bias.detach()  # (out,)
        self.tiles = Tiles.empty(len(weight), weight.shape[1], pages)
        self.tiles.put(0, weight)

    def __call__(self, x: Tensor) -> Tensor:
        """(T, in) -> (T, out)."""
        if len(x) > 1:
            return (
                x @ self._plain if self._bias is None else torch.addmm(self._bias, x, self._plain)
            )
        found = self.tiles.product(x)
        return found if self._bias is None else found.add_(self._bias)
