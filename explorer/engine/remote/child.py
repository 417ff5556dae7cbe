"""The process of a model: opens one folder and answers questions from its standard input.

Started by `isolated`. Whatever the libraries print goes to the error stream, so that the answers
stand alone. The process ends with its parent: when the input ends, at once, even within a pass.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO

from explorer.engine.device import choose
from explorer.engine.network.estimate import estimate
from explorer.engine.opening import Progress
from explorer.engine.reader import LocalReader, opening
from explorer.engine.remote.frames import DONE, FAILURE, receive, send, send_value
from explorer.engine.remote.packing import pack, unpack
from explorer.engine.remote.questions import Asked, Open, Question, Weigh
from explorer.engine.remote.service import Service


class Child:
    """Answers one question after the other; the model comes with the question to open it."""

    def __init__(self, out: IO[bytes], folder: Path) -> None:
        self._out, self._folder = out, folder
        self._service: Service | None = None

    def answer(self, question: Question) -> None:
        """Send the answer, or the sentence that says why there is none."""
        try:
            for value in self._answers(question):
                send_value(self._out, pack(value), self._folder)
        except BaseException as error:
            # Rust panics are no Exception; the asker hears of all of them and we go on.
            if isinstance(error, (BrokenPipeError, KeyboardInterrupt, SystemExit)):
                raise
            known = isinstance(error, (ValueError, OSError))
            said = str(error) if known else f"The model failed with {error!r}."
            send(self._out, FAILURE, [said.encode("utf-8", "replace")])
        else:
            send(self._out, DONE)

    def _answers(self, question: Question) -> Iterator[object]:
        if isinstance(question, Weigh):
            yield estimate(Path(question.folder), choose(question.device))
        elif isinstance(question, Open):
            folder = Path(question.folder)
            for part in opening(folder, question.storage, question.device):
                if isinstance(part, Progress):
                    yield (part.done, part.total)
                else:
                    yield self._opened(part)
        elif self._service is None:
            raise ValueError("no model is open")
        else:
            yield from self._service.answers(question)

    def _opened(self, reader: LocalReader) -> object:
        engine = reader.engine
        self._service = Service(reader, True, engine.parameters, engine.forget)
        return reader.facts


def main(folder: Path) -> None:
    """Answer until the input ends."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    child = Child(out, folder)
    questions: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_listen, args=(sys.stdin.buffer, questions, folder), daemon=True).start()
    while True:
        child.answer(unpack(questions.get(), Asked))


def _listen(pipe: IO[bytes], questions: SimpleQueue[bytes], folder: Path) -> None:
    try:
        while True:
            questions.put(receive(pipe)[1])
    except (EOFError, OSError, ValueError):
        # Whoever asked is gone and cannot take its memory away.
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
