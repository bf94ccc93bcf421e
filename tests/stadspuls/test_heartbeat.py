"""A heart beats, falls silent, and beats again."""

from collections.abc import Iterator

import pytest

from stadspuls import heartbeat


@pytest.fixture(autouse=True)
def _new_heart() -> Iterator[None]:
    heartbeat.forget()
    yield
    heartbeat.forget()


def test_a_process_that_has_not_worked_yet_does_not_work() -> None:
    assert heartbeat.trouble() == "has not begun to work yet"


def test_it_works_until_its_next_beat_is_late_and_again_when_that_comes() -> None:
    heartbeat.beat(within=3600)
    assert heartbeat.trouble() is None
    heartbeat.beat(within=-5)
    assert heartbeat.trouble() == "has not worked since it should have 5 s ago"
    heartbeat.beat(within=3600)
    assert heartbeat.trouble() is None
