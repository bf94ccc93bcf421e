"""Delays grow, are bounded, and differ from one bridge to the next."""

import random

from stadspuls.backoff import Backoff


def backoff_of(seed: int) -> Backoff:
    return Backoff(random.Random(seed))  # noqa: S311 - a test's dice


def test_delays_double_to_thirty_seconds_each_shortened_by_at_most_half() -> None:
    backoff = backoff_of(1)
    delays = [backoff.delay() for _ in range(12)]
    for number, delay in enumerate(delays):
        longest = min(30.0, 0.5 * 2**number)
        assert longest / 2 <= delay <= longest


def test_two_bridges_do_not_try_in_step() -> None:
    first, second = backoff_of(1), backoff_of(2)
    assert [first.delay() for _ in range(5)] != [second.delay() for _ in range(5)]


def test_it_begins_anew_once_it_works() -> None:
    backoff = backoff_of(1)
    for _ in range(10):
        backoff.delay()
    backoff.reset()
    assert backoff.delay() <= 0.5
