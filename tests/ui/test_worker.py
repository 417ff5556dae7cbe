"""The worker: jobs take turns, errors arrive, a cancelled job is never heard again."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from explorer.ui.worker import Worker


def count_to(last: int) -> Iterator[int]:
    yield from range(1, last + 1)


def test_values_arrive_in_order_on_the_gui_thread(worker: Worker, qtbot) -> None:
    heard: list[tuple[int, threading.Thread]] = []
    done: list[bool] = []
    worker.run(
        count_to(20),
        lambda value: heard.append((value, threading.current_thread())),
        lambda error: None,
        lambda: done.append(True),
    )
    qtbot.waitUntil(lambda: bool(done))
    assert [value for value, _ in heard] == list(range(1, 21))
    assert {thread for _, thread in heard} == {threading.main_thread()}
    assert not worker.busy


def test_a_short_job_gets_through_between_two_slices_of_a_long_one(worker: Worker, qtbot) -> None:
    heard: list[str] = []
    gate = threading.Event()

    def long() -> Iterator[str]:
        yield "long"
        gate.wait(5)
        while True:
            yield "long"

    job = worker.run(long(), heard.append, lambda error: None)
    worker.run(iter(["short"]), heard.append, lambda error: None)
    gate.set()
    qtbot.waitUntil(lambda: "short" in heard)
    worker.cancel(job)
    assert "long" in heard


def test_an_error_ends_its_job_and_no_other(worker: Worker, qtbot) -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("the reason")

    class Panic(BaseException):
        """What a Rust library raises."""

    def panicking() -> Iterator[int]:
        raise Panic("in Rust")
        yield 0

    errors: list[BaseException] = []
    values: list[int] = []
    worker.run(broken(), values.append, errors.append)
    worker.run(panicking(), values.append, errors.append)
    worker.run(count_to(3), values.append, errors.append)
    qtbot.waitUntil(lambda: not worker.busy)
    assert sorted(str(error) for error in errors) == ["in Rust", "the reason"]
    assert sorted(values) == [1, 1, 2, 3]


def test_a_cancelled_job_is_never_heard_again(worker: Worker, qtbot) -> None:
    heard: list[int] = []
    after: list[int] = []

    def endless() -> Iterator[int]:
        value = 0
        while True:
            value += 1
            yield value

    job = worker.run(endless(), heard.append, lambda error: None)
    qtbot.waitUntil(lambda: len(heard) > 5)
    worker.cancel(job)
    count = len(heard)
    worker.run(count_to(50), after.append, lambda error: None)
    qtbot.waitUntil(lambda: len(after) == 50)
    assert len(heard) == count


def test_close_ends_the_thread_while_a_job_is_under_way(qapp) -> None:
    worker = Worker()
    worker.run(iter(int, 1), lambda value: None, lambda error: None)
    worker.close()
    assert not worker.busy
