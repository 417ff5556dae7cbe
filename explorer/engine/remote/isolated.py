"""A model in a process of its own: what it does, a crash included, does not reach this process.

The same records as in this process, since the same engine runs there. Small ones come over a pipe,
large ones through shared memory. `interrupt` kills the process, whatever it is doing; the next
question starts it again and opens the folder again. Imports no torch: only the child does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import explorer
from explorer.engine.checks import Check
from explorer.engine.edits import NO_EDITS, Edits
from explorer.engine.facts import OWN_PROCESS, ModelFacts
from explorer.engine.inspect import Inspection, inspect
from explorer.engine.kept import Kept
from explorer.engine.opening import Estimate, Progress, Storage, Wanted
from explorer.engine.parameters import Parameters
from explorer.engine.remote import frames
from explorer.engine.remote.asking import AskingReader
from explorer.engine.remote.borrowed import Borrowed
from explorer.engine.remote.checked import checked
from explorer.engine.remote.packing import pack, unpack
from explorer.engine.remote.questions import (
    ANSWERS,
    Describe,
    Forget,
    Open,
    Question,
    Read,
    Weigh,
)
from explorer.engine.text_proof import prove_text
from explorer.engine.trace import Trace

# Seconds: how long to wait for a frame at a time, and for the end of a process.
_TICK, _GRACE = 0.04, 2.0


class ProcessError(ValueError):
    """The process of a model has ended; the text says how, and what happens next."""


class Process:
    """One child process and the frames that it sends."""

    def __init__(self) -> None:
        self._shared = frames.shared_folder()
        self.folder = Path(self._shared.name)
        root = str(Path(explorer.__file__).parents[1])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "explorer.engine.remote.child", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._frames: SimpleQueue[tuple[bytes, bytes] | None] = SimpleQueue()
        self.stopped = False
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._child.poll() is None and not self.stopped

    def ask(self, question: Question) -> Iterator[Any]:
        """The values of an answer; None again and again while there is nothing to say.

        Raises ValueError with the child's sentence, ProcessError when it is gone. Left before its
        end, the rest of the answer would be taken for that of the next question: it is killed.
        """
        whole = False
        try:
            self._send(question)
            while True:
                try:
                    frame = self._frames.get(timeout=_TICK)
                except Empty:
                    yield None
                    continue
                if frame is None:
                    raise ProcessError(self._epitaph())
                kind, body = frame
                whole = kind in (frames.DONE, frames.FAILURE)
                if kind == frames.FAILURE:
                    raise ValueError(body.decode("utf-8", "replace"))
                if kind == frames.DONE:
                    return
                data = frames.opened(body, self.folder) if kind == frames.LARGE else body
                yield unpack(data, ANSWERS[type(question)])
        finally:
            if not whole:
                self.kill()

    def kill(self) -> None:
        """End it at once; may be called from any thread, and again."""
        self.stopped = True
        self._child.kill()

    def close(self) -> None:
        """End it and leave nothing behind."""
        self.kill()
        self._listener.join(_GRACE)

    def _send(self, question: Question) -> None:
        assert self._child.stdin is not None
        try:
            frames.send(self._child.stdin, frames.QUESTION, pack(question))
        except OSError:
            raise ProcessError(self._epitaph()) from None

    def _listen(self) -> None:
        pipe = self._child.stdout
        assert pipe is not None
        with contextlib.suppress(EOFError, OSError, ValueError):
            while True:
                self._frames.put(frames.receive(pipe))
        self._child.kill()
        self._child.wait()
        self._frames.put(None)
        pipe.close()
        if self._child.stdin is not None:
            with contextlib.suppress(OSError):
                self._child.stdin.close()
        self._shared.cleanup()

    def _epitaph(self) -> str:
        if self.stopped:
            return "The process of the model was stopped; the next step starts it again."
        code = self._child.wait()
        how = signal.Signals(-code).name if code < 0 else f"code {code}"
        why = ", perhaps for want of memory" if how == "SIGKILL" else ""
        return (
            f"The process of the model has ended by itself ({how}{why}). Your text is as it was; "
            "the next step starts it again."
        )


class IsolatedReader(AskingReader):
    """Reads text with a network in a process of its own; see `Reader`."""

    def __init__(self, process: Process, asked: Open, facts: ModelFacts) -> None:
        self.facts = replace(facts, host=OWN_PROCESS)
        self._process, self._asked = process, asked
        self._closed = False
        self._parameters: Parameters | None = None

    def read(self, trace: Trace, ids: Sequence[int], edits: Edits = NO_EDITS) -> Trace:
        """The trace after reading `ids` behind it; raises ValueError with a sentence."""
        if trace.edits != edits:
            trace, ids = Trace((), edits), [*trace.ids, *ids]
        text = (*trace.ids, *(int(one) for one in ids))
        steps = self.answer(Read(text, len(trace), edits))
        return trace.extend(checked(steps, text, len(trace), self.facts))

    def inspect(self, trace: Trace, position: int) -> Inspection:
        """The pass at one position, taken apart with the child's weights; raises ValueError."""
        return inspect(self.parameters, trace, position)

    def prove(self, trace: Trace, position: int, token: int) -> Iterator[Check]:
        """The checks of a text, one by one: the numbers here against those of the child, anew."""
        return prove_text(self, trace, position, token)

    def forget(self) -> None:
        """Clear the child's memo of keys and values."""
        self.answer(Forget())

    @property
    def parameters(self) -> Parameters:
        """The trained numbers, which stay in the child."""
        if self._parameters is None:
            self._parameters = Parameters(self.answer(Describe()), Kept(Borrowed(self.answer)))
        return self._parameters

    def interrupt(self) -> None:
        """Kill the process, whatever it is doing."""
        self._process.kill()

    def close(self) -> None:
        """Kill the process for good."""
        self._closed = True
        self._process.close()

    def answers(self, question: Question) -> Iterator[Any]:
        """The values of the child's answer; raises ValueError with a sentence."""
        # Another question may come between two of them, so the whole answer is waited for.
        yield from [part for part in self._running().ask(question) if part is not None]

    def _running(self) -> Process:
        """The process, started again if it has ended; raises ValueError."""
        if self._closed:
            raise ProcessError("The process of this model was closed.")
        if not self._process.alive:
            self._process = Process()
            *_, facts = opening_here(self._process, self._asked)
            if not isinstance(facts, ModelFacts) or facts.fingerprint != self.facts.fingerprint:
                self._process.kill()
                raise ProcessError(f"{self._asked.folder} holds another model now; open it again.")
        return self._process


def opening_here(process: Process, asked: Open) -> Iterator[Progress | ModelFacts]:
    """Have a process open a folder: progress, then the facts; raises ValueError."""
    share = Progress(0, 1)
    for value in process.ask(asked):
        if isinstance(value, ModelFacts):
            yield value
        else:
            share = Progress(*value) if value is not None else share
            yield share


def opening(
    folder: Path, storage: Storage = "fp32", device: Wanted = "cpu"
) -> Iterator[Progress | IsolatedReader]:
    """A model folder opened in a process of its own, in slices; the last value is the reader."""
    process, asked = Process(), Open(str(folder.absolute()), storage, device)
    try:
        facts: Progress | ModelFacts = Progress(0, 1)
        # To its very end: an answer that is left early costs the process its life.
        for facts in opening_here(process, asked):
            if isinstance(facts, Progress):
                yield facts
        assert isinstance(facts, ModelFacts)
        yield IsolatedReader(process, asked, facts)
    except BaseException:
        process.close()
        raise


def weigh(folder: Path, device: Wanted = "cpu") -> Iterator[Estimate | None]:
    """What opening a folder will take, found by a child; None while it is not known."""
    process = Process()
    try:
        yield from process.ask(Weigh(str(folder.absolute()), device))
    finally:
        process.close()
