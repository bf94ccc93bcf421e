"""How long an answer about an open page may be used."""

from apis.pages.freshness import seconds_left
from stadspuls.clock import HOUR, MINUTE, SECOND
from store import LogSpan
from tests.apis.pages.conftest import T0


def left(*ago: int) -> int:
    """With entries published so long ago, the newest first."""
    return seconds_left([LogSpan(T0 - each, T0 - each, 1) for each in ago], T0)


def test_until_the_next_publication_is_due() -> None:
    assert left(10 * SECOND, 40 * SECOND, 70 * SECOND) == 20
    assert left(SECOND // 2, 30 * SECOND + SECOND // 2) == 29


def test_never_nothing_and_never_more_than_a_minute() -> None:
    assert left() == left(5 * SECOND) == 1
    assert left(50 * SECOND, 80 * SECOND) == 1
    assert left(MINUTE, HOUR + MINUTE) == 60


def test_a_pause_says_nothing_of_the_rhythm() -> None:
    assert left(10 * SECOND, 40 * SECOND, 70 * SECOND, 9 * HOUR, 10 * HOUR) == 20
