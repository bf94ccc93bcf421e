"""The loop that sends what is due, with a clock that only moves when somebody waits."""

import threading
from collections.abc import Callable, Iterator

from simulators.pacing import Due, follow, together
from stadspuls.clock import MINUTE, SECOND

START = 1_000_000 * SECOND


class Fake:
    """Outlet and clock in one: time passes while it pumps."""

    def __init__(self) -> None:
        self.now = START
        self.sent: list[tuple[float, str]] = []
        self.blocked: dict[str, int] = {}
        self.before: Callable[[str], bool] = lambda topic: True

    def clock(self) -> int:
        return self.now

    def pump(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)

    def publish(self, topic: str, payload: bytes) -> bool:
        assert payload == b""
        if not self.before(topic):
            return False
        self.now += self.blocked.pop(topic, 0)
        self.sent.append(((self.now - START) / SECOND, topic))
        return True


def at(*seconds: float) -> Callable[[int], Iterator[Due]]:
    return lambda start: (Due(start + round(s * SECOND), f"t{s}", b"") for s in seconds)


def test_each_message_goes_at_its_time() -> None:
    fake = Fake()
    follow(at(0, 0, 1.5, 40), fake, threading.Event(), clock=fake.clock)
    assert fake.sent == [(0, "t0"), (0, "t0"), (1.5, "t1.5"), (40, "t40")]


def test_what_is_late_is_sent_all_the_same() -> None:
    fake = Fake()
    fake.blocked["t1"] = MINUTE
    follow(at(1, 2, 3), fake, threading.Event(), clock=fake.clock)
    assert [topic for _, topic in fake.sent] == ["t1", "t2", "t3"]


def test_after_a_long_absence_a_new_plan_begins_from_now() -> None:
    fake, stop = Fake(), threading.Event()
    fake.blocked["t1"] = 10 * MINUTE
    follow(at(1, 2, 3), fake, stop, stale_after=MINUTE, clock=fake.clock)
    assert fake.sent == [(601, "t1"), (602, "t1"), (603, "t2"), (604, "t3")]


def test_nothing_is_sent_after_stop() -> None:
    fake, stop = Fake(), threading.Event()
    pump = fake.pump

    def pump_then_stop(seconds: float) -> None:
        pump(seconds)
        stop.set()

    fake.pump = pump_then_stop  # type: ignore[method-assign]
    follow(at(0, 0.5), fake, stop, clock=fake.clock)
    assert fake.sent == [(0, "t0")]


def test_an_outlet_that_was_told_to_stop_ends_the_plan() -> None:
    fake = Fake()
    fake.before = lambda topic: topic != "t1"
    follow(at(0, 1, 2), fake, threading.Event(), clock=fake.clock)
    assert fake.sent == [(0, "t0")]


def test_plans_are_interleaved_by_time() -> None:
    plan = together([at(0, 3), at(1, 2), at()])
    assert [due.topic for due in plan(START)] == ["t0", "t1", "t2", "t3"]
