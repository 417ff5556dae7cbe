"""What it costs that a model runs elsewhere: a step in a child process and behind `explorer serve`.

Every number stands beside the step of this process, taken in turns in the same run. The bounds are
loose, since other programs share the machine: a step elsewhere may cost 40 ms more than here.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest

from explorer.engine.partial import Partial, Rows
from explorer.engine.reader import LocalReader
from explorer.engine.remote.isolated import opening
from explorer.engine.remote.served import ServedReader, connecting
from explorer.engine.trace import Trace
from explorer.resources import model_folder

_STEPS = 40
_MORE_MS = 40.0
ONE, ALL = Rows(((2, 1),), ((2, 1),)), Rows(None, ((2, 1),))


def stepped(reader, trace: Trace, token: int) -> tuple[Trace, float]:
    """The trace with one more token, and the milliseconds that it took."""
    began = time.perf_counter()
    trace = reader.read(trace, [token])
    return trace, 1e3 * (time.perf_counter() - began)


def inside_bytes(trace: Trace) -> int:
    """Bytes of the last step that are not its logits."""
    step = trace.steps[-1]
    return step.nbytes - step.logits.nbytes


@pytest.mark.parametrize("length", [100, 200])
def test_a_step_elsewhere_costs_a_few_milliseconds(
    reader: LocalReader, serve: Callable[..., str], length: int
) -> None:
    *_, apart = opening(model_folder())
    *_, served = connecting(serve())
    assert isinstance(served, ServedReader)
    start = [0, *range(5, 4 + length)]
    readers = {"here": reader, "in a child process": apart, "served, one head": served,
               "served, all heads": served}  # fmt: skip
    traces: dict[str, Trace] = {}
    times: dict[str, list[float]] = {name: [] for name in readers}
    for step in range(_STEPS):
        for place, (name, one) in enumerate(readers.items()):
            served.want(ALL if name == "served, all heads" else ONE)
            if not step:
                traces[name] = one.read(Trace(), start)
            # Another token for each, since a server knows what was read before.
            traces[name], took = stepped(one, traces[name], 300 + 100 * place + step)
            times[name].append(took)
    here = statistics.median(times["here"])
    for name, found in times.items():
        median = statistics.median(found)
        held = inside_bytes(traces[name])
        print(f"\nstep at {length} {name}: {median:.2f} ms, {held:,} bytes inside")
        assert median < here + _MORE_MS
    assert isinstance(traces["served, one head"].steps[-1].attention, Partial)
    apart.close()
    served.close()


def test_a_long_prompt_comes_through_shared_memory(reader: LocalReader) -> None:
    *_, apart = opening(model_folder())
    ids = [0, *range(5, 255)]
    times: dict[str, list[float]] = {"here": [], "child": []}
    for turn in range(5):
        for name, one in (("here", reader), ("child", apart)):
            began = time.perf_counter()
            trace = one.read(Trace(), [0, turn, *ids[1:]])
            times[name].append(1e3 * (time.perf_counter() - began))
    print(f"\n{trace.nbytes / 1e6:.0f} MB of {len(trace)} tokens: "
          f"here {min(times['here']):.0f} ms, child {min(times['child']):.0f} ms")  # fmt: skip
    assert min(times["child"]) < 4 * min(times["here"]) + _MORE_MS
    apart.close()
