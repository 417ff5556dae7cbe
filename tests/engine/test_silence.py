"""What is written to descriptor 2 is unseen inside the context and seen again behind it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from explorer.engine.silence import Silence


def test_only_what_is_written_inside_is_lost(capfd: pytest.CaptureFixture[str]) -> None:
    silence = Silence()
    os.write(2, b"before ")
    with silence:
        os.write(2, b"inside ")
        with silence:
            os.write(2, b"deep inside ")
        os.write(2, b"still inside ")
    os.write(2, b"behind")
    assert capfd.readouterr().err == "before behind"


def test_an_error_opens_the_stream_again(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), Silence():
        raise ValueError("broken")
    os.write(2, b"behind")
    assert capfd.readouterr().err == "behind"


def test_threads_that_overlap_leave_the_stream_as_it_was(
    capfd: pytest.CaptureFixture[str],
) -> None:
    silence, both = Silence(), threading.Barrier(4)

    def work() -> None:
        for _ in range(200):
            with silence:
                os.write(2, b"x")
            both.wait()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    os.write(2, b"behind")
    assert capfd.readouterr().err == "behind"


def test_a_program_without_an_error_stream_stays_without_one(
    environment: Callable[..., dict[str, str]],
) -> None:
    code = (
        "import os; from explorer.engine.silence import SILENCE; os.close(2)\n"
        "with SILENCE: pass\n"
        "try: os.fstat(2)\nexcept OSError: print('none')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "none\n"
