"""One block of a pass taken apart, of any family, from its recorded stream to the next.

Follows `network.decoder` step by step. The values of earlier positions are never held: a head mixes
the normed streams n_s first, since sum_s A_s (W_V n_s + b) = W_V (sum_s A_s n_s) + b sum_s A_s.

Shapes: H heads, G key groups, S keys seen, D head width, C width, F width inside an MLP.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from explorer.engine import formulas
from explorer.engine.activation import Activation, Addends, explained, softened
from explorer.engine.filled import Rule
from explorer.engine.numerics import activate, norm
from explorer.engine.parameters import Affine, Once, Parameters, Projection, Which
from explorer.engine.passage import Passage
from explorer.engine.trace import Trace

Array = NDArray[np.float32]
Doubles = NDArray[np.float64]
# Streams that are normed at a time.
_ROWS = 512


class BlockPass:
    """One block at one position; asked once for its `activations`."""

    def __init__(
        self, whole: Parameters, stages: Passage, trace: Trace, position: int, layer: int
    ) -> None:
        self._whole = whole = Parameters(whole.description, Once(whole.weights))
        self._d, self._stages = whole.description, stages
        self._edits, self._layer, self._position = trace.edits, layer, position
        window = self._d.windows[layer]
        self._first = 0 if window is None else max(0, position + 1 - window)
        self._steps = trace.steps[self._first : position + 1]
        self._last = trace.steps[position]
        self._enter = whole.norm(f"{layer}.norm_1")
        self._value = whole.projection(layer, "v")
        self._found: list[Activation] = []

    def activations(self, parts: Addends) -> tuple[Activation, ...]:
        """All in the order of computation; `parts` are the addends of the stream that comes in."""
        stream = self._last.hidden[self._layer]  # (C,)
        self._keep("resid_pre", stream, explained(parts, stream))
        z = self._attend(self._normed("ln1", self._enter, stream))  # (H, D)
        out = self._add("attn", "out", z, "d", "post_1")
        middle = stream + out  # (C,)
        self._keep("resid_mid", middle, formulas.Sum((stream, out), ("resid_pre", "attn_out")))
        told = self._think(stream if self._d.parallel else middle)
        after, both = self._last.hidden[self._layer + 1], (("resid_mid", middle), ("mlp_out", told))
        self._keep("resid_post", after, explained(both, after))
        return tuple(self._found)

    def _attend(self, x: Array) -> Array:
        """From the normed stream x (C,) to what the heads have mixed (H, D)."""
        d, last, layer = self._d, self._last, self._layer
        q, k = last.queries[layer], last.keys[layer]  # as the heads compare them: (H, D), (G, D)
        frequencies = self._whole.weights.vector(f"{layer}.rotary")
        turned = frequencies is not None
        pattern: Array = last.attention[layer][:, self._first :]  # (H, S)
        # What is projected goes through a matrix at once: reading it takes most of the time.
        rows = np.concatenate([x[None], self._mean(pattern)])  # (1 + H, C)
        plain_q = self._project("q", rows, d.heads, None if turned else q)
        plain_k = self._project("k", rows, d.groups, None if turned else k)
        mixed = self._mix(rows, pattern)  # (H, D)
        if frequencies is not None:
            self._turn("rot_q", plain_q, q, frequencies)
            self._turn("rot_k", plain_k, k, frequencies)
        self._compare(q, pattern)
        off = {(one.layer, one.index) for one in self._edits.off
               if (one.part, one.how) == ("head", "zero")}  # fmt: skip
        keep = np.array([(layer, head) not in off for head in range(d.heads)], np.float32)
        z = mixed * keep[:, None]  # (H, D)
        self._keep("z", z, formulas.Mix(pattern, self._mixed_values, keep, self._first))
        return z

    def _project(self, which: Which, rows: Array, heads: int, recorded: Array | None) -> Array:
        """Queries or keys (heads, D) of the first row, normed where the family norms them."""
        linear, x = self._whole.projection(self._layer, which), rows[0]
        gain = self._whole.norm(f"{self._layer}.{which}_norm")
        shape = (heads, self._d.head_width)
        plain = recorded
        if recorded is None or gain is not None:
            plain = linear(rows if linear.rows is not None else rows[:1])[0].reshape(shape)
        assert plain is not None
        name = which if gain is None else f"{which}_pre"
        self._keep(name, plain, formulas.Linear(x, linear.row, linear.offset, shape))
        if gain is None:
            return plain
        by_head = self._d.qk_norm == "head"
        rows = plain if by_head else plain.reshape(1, -1)
        normed = norm(rows, gain, self._d.epsilon, self._rms).reshape(shape)
        normed = normed if recorded is None else recorded
        weight = np.broadcast_to(gain.weight, rows.shape).reshape(shape)
        rule = formulas.Normed(plain, weight, None, self._d.epsilon, self._rms, by_head)
        self._keep(which, normed, rule)
        return normed

    def _turn(self, name: str, plain: Array, recorded: Array, frequencies: Array) -> None:
        rotary = self._d.rotaries[self._layer]
        assert rotary is not None
        # The angle is rounded to fp32 as in the pass: far into a text that is its error.
        angles = (np.float32(self._position) * frequencies).astype(np.float64)  # (width / 2,)
        cos, sin = np.cos(angles) * rotary.scaling, np.sin(angles) * rotary.scaling
        rule = formulas.Turned(plain, _single(cos), _single(sin))
        self._keep(name, recorded, rule)

    def _compare(self, q: Array, pattern: Array) -> None:
        """The scores of queries (H, D), and the recorded pattern (H, S)."""
        d, layer = self._d, self._layer
        keys = np.stack([step.keys[layer] for step in self._steps])  # (S, G, D)
        shared = q.astype(np.float64).reshape(d.groups, -1, d.head_width)  # (G, H / G, D)
        # As the engine does: sums of scores in float64, since trained scores are large.
        scores = d.scale * np.einsum("ghd,sgd->ghs", shared, keys).reshape(d.heads, -1)  # (H, S)
        if d.score_cap is not None:
            scores = d.score_cap * np.tanh(scores / d.score_cap)
        gains = np.array([self._edits.sharpness(layer, head) for head in range(d.heads)])
        scored = _single(scores * gains[:, None])
        steps, each = self._steps, d.heads // d.groups

        def key(head: int, at: int) -> Array:
            found: Array = steps[at].keys[layer, head // each]
            return found

        rule = formulas.Scores(q, key, d.scale, gains, self._first, d.score_cap)
        self._keep("attn_scores", scored, rule)
        self._keep("pattern", pattern, softened(scored, pattern))

    def _mean(self, pattern: Array) -> Array:
        """The normed streams that each head mixes by its pattern (H, S): (H, C)."""
        mean = np.zeros((self._d.heads, self._d.width), np.float32)
        for at, rows in self._streams():
            mean += pattern[:, at : at + len(rows)] @ rows
        return mean

    def _mix(self, rows: Array, pattern: Array) -> Array:
        """The values of the first row, and of the others what the heads mix (H, D)."""
        d, value = self._d, self._value
        both = value(rows, bias=False)  # (1 + H, G D)
        own = both[0] if value.bias is None else both[0] + value.bias
        rule = formulas.Linear(rows[0], value.row, value.offset, (d.groups, d.head_width))
        self._keep("v", own.reshape(d.groups, -1), rule)
        mixed = both[1:].reshape(d.heads, d.groups, d.head_width)
        heads = np.arange(d.heads)
        groups = heads * d.groups // d.heads
        z: Array = mixed[heads, groups]  # (H, D)
        if value.bias is not None:
            bias = value.bias.reshape(d.groups, d.head_width)[groups]  # (H, D)
            z = z + bias * pattern.sum(-1, keepdims=True)
        return z

    def _mixed_values(self, head: int, width: int) -> Doubles:
        """One entry of the values of every key that a head sees (S,)."""
        at = (head * self._d.groups // self._d.heads) * self._d.head_width + width
        row = self._value.row(at).astype(np.float64)  # (C,)
        found = np.concatenate([rows @ row for _, rows in self._streams()])
        return found + (self._value.offset(at) or 0.0)

    def _streams(self) -> Iterator[tuple[int, Array]]:
        """The normed streams (rows, C) of the keys that are seen, from the first on."""
        for at in range(0, len(self._steps), _ROWS):
            steps = self._steps[at : at + _ROWS]
            rows = np.stack([step.hidden[self._layer] for step in steps])
            yield at, rows if self._enter is None else self._norm(rows, self._enter)

    def _think(self, x: Array) -> Array:
        """What the MLP adds (C,) for the stream x that it reads."""
        d, layer = self._d, self._layer
        x = self._normed("ln2", self._whole.norm(f"{layer}.norm_2"), x)
        linear = self._whole.projection(layer, "gate" if d.gated else "up")
        wide = self._linear("mlp_pre", linear, x)  # (F,)
        bent, other = activate(wide, d.activation), None
        if d.gated:
            other = self._linear("mlp_pre_linear", self._whole.projection(layer, "up"), x)
            bent = bent * other
        self._keep("mlp_post", bent, formulas.Activated(wide, d.activation, other))
        return self._add("mlp", "down", bent, "f", "post_2")

    def _add(self, name: str, which: Which, x: Array, axis: str, post: str) -> Array:
        """What attention or the MLP adds to the stream (C,), normed where the family does."""
        gain = self._whole.norm(f"{self._layer}.{post}")
        linear = self._whole.projection(self._layer, which)
        full = f"{name}_out" if gain is None else f"{name}_proj"
        return self._normed(f"{name}_out", gain, self._linear(full, linear, x, axis))

    def _linear(self, name: str, linear: Projection, x: Array, axis: str = "c") -> Array:
        out: Array = linear(x.reshape(1, -1))[0]
        self._keep(name, out, formulas.Linear(x, linear.row, linear.offset, out.shape, axis))
        return out

    def _normed(self, name: str, gain: Affine | None, x: Array) -> Array:
        """x (C,) behind a norm; x itself where there is none."""
        if gain is None:
            return x
        out = self._norm(x, gain)
        rule = formulas.Normed(x, gain.weight, gain.bias, self._d.epsilon, self._rms)
        self._keep(name, out, rule)
        return out

    def _norm(self, x: Array, gain: Affine) -> Array:
        return norm(x, gain, self._d.epsilon, self._rms)

    @property
    def _rms(self) -> bool:
        return self._d.norm == "rms"

    def _keep(self, name: str, values: Array, rule: Rule) -> None:
        full = f"blocks.{self._layer}.{name}"
        stage = self._stages.stage(full)
        start = self._first if "s" in stage.axes else 0
        self._found.append(Activation(full, stage, values.view(), rule, start))


def _single(x: Doubles) -> Array:
    return x.astype(np.float32)
