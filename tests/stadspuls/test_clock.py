"""Instants: microseconds since 1970 and their RFC 3339 form, exactly."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import now_us, parse_rfc3339, rfc3339, to_datetime, to_us

instants = st.integers(
    to_us(datetime(1, 1, 2, tzinfo=UTC)), to_us(datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC))
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(instants)
def test_text_and_back_is_the_same_instant(us: int) -> None:
    assert parse_rfc3339(rfc3339(us)) == us
    assert to_us(to_datetime(us)) == us


@given(instants, zones)
def test_an_instant_is_the_same_in_every_zone(us: int, zone: timezone) -> None:
    moment = to_datetime(us, zone)
    assert to_us(moment) == us
    assert parse_rfc3339(moment.isoformat()) == us


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1510034401000000, "2017-11-07T06:00:01Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (1510034401000500, "2017-11-07T06:00:01.000500Z"),
    ],
)
def test_a_fraction_is_written_only_where_there_is_one(us: int, text: str) -> None:
    assert rfc3339(us) == text
    assert parse_rfc3339(text) == us


def test_an_offset_is_taken_into_account() -> None:
    assert parse_rfc3339("2026-01-05T09:00:00+01:00") == parse_rfc3339("2026-01-05T08:00:00Z")


def test_digits_finer_than_a_microsecond_are_cut() -> None:
    assert parse_rfc3339("1970-01-01T00:00:00.0000019Z") == 1


@pytest.mark.parametrize("text", ["2026-01-05T08:00:00", "2026-01-05", "yesterday", ""])
def test_a_text_without_zone_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - Python says the rest, in its own words
        parse_rfc3339(text)


def test_local_time_follows_the_clock_changes() -> None:
    brussels = ZoneInfo("Europe/Brussels")
    before = to_us(datetime(2026, 3, 29, 0, 59, tzinfo=UTC))
    assert to_datetime(before, brussels).hour == 1
    assert to_datetime(before + 60_000_000, brussels).hour == 3


def test_now_is_between_two_looks_at_the_system_clock() -> None:
    early = to_us(datetime.now(UTC))
    assert early <= now_us() <= to_us(datetime.now(UTC)) + 1
