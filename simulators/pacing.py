"""Sends what is due when it is due: the one loop behind replays and simulated cities."""

import heapq
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from stadspuls.clock import SECOND, now_us


class Due(NamedTuple):
    """A message and the instant to send it, microseconds since 1970."""

    at: int
    topic: str
    payload: bytes


Plan = Callable[[int], Iterator[Due]]
"""Given the present instant: what to send from then on, in the order of `at`; may be endless."""


class Outlet(Protocol):
    """Where messages go: a `Publisher`, or a list in a test."""

    def publish(self, topic: str, payload: bytes) -> bool:
        """Send a message; False when told to stop before."""

    def pump(self, seconds: float) -> None:
        """Serve the connection for that time."""


def follow(
    plan: Plan,
    outlet: Outlet,
    stop: threading.Event,
    *,
    stale_after: int | None = None,
    clock: Callable[[], int] = now_us,
) -> None:
    """Send what the plan says until it ends or `stop` is set.

    Args:
        plan: what to send.
        outlet: where to.
        stop: ends it.
        stale_after: microseconds behind time after which the rest of the plan is dropped and a new one begun, as
            after a long absence of the broker or a sleep of the machine; None sends everything, however late.
        clock: the present instant.
    """
    while not stop.is_set():
        for due in plan(clock()):
            _wait_until(due.at, outlet, stop, clock)
            late = stale_after is not None and clock() - due.at > stale_after
            if late:
                break
            if stop.is_set() or not outlet.publish(due.topic, due.payload):
                return
        else:
            return


def _wait_until(at: int, outlet: Outlet, stop: threading.Event, clock: Callable[[], int]) -> None:
    while (left := at - clock()) > 0 and not stop.is_set():
        # In short turns, because the clock may be set meanwhile.
        outlet.pump(min(left / SECOND, 1.0))


def together(plans: Sequence[Plan]) -> Plan:
    """One plan that interleaves several by time."""

    def plan(start: int) -> Iterator[Due]:
        return heapq.merge(*(one(start) for one in plans), key=lambda due: due.at)

    return plan
