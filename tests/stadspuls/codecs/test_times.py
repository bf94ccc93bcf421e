"""Times as devices write them, and the two hours a year in which a local clock is ambiguous or absent."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import HOUR, parse_rfc3339, to_datetime, to_us
from stadspuls.codecs.times import EARLIEST, LATEST, instant
from stadspuls.errors import CodecError
from stadspuls.model import Reason

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = parse_rfc3339("2026-01-05T08:00:05Z")
instants = st.integers(EARLIEST, LATEST - 1)


def refusal(value: object, zone: ZoneInfo | None = None, received_at: int = NOW) -> CodecError:
    with pytest.raises(CodecError) as raised:
        instant(value, received_at, zone)
    return raised.value


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z"),
        ("2026-01-05t08:00:00z", "2026-01-05T08:00:00Z"),
        ("2026-01-05T09:00:00+01:00", "2026-01-05T08:00:00Z"),
        ("20260105T080000Z", "2026-01-05T08:00:00Z"),
        ("2026-01-05T08:00:00.123456789Z", "2026-01-05T08:00:00.123456Z"),
        ("2026-01-05T08:00:00.1239999Z", "2026-01-05T08:00:00.123999Z"),
        (1767600000, "2026-01-05T08:00:00Z"),
        (1767600000.0, "2026-01-05T08:00:00Z"),
        (1767600000.1, "2026-01-05T08:00:00.1Z"),
        (1767600000000, "2026-01-05T08:00:00Z"),
        (1767600000123, "2026-01-05T08:00:00.123Z"),
        (1767600000123.5, "2026-01-05T08:00:00.1235Z"),
        (99_999_999_999, "5138-11-16T09:46:39Z"),
    ],
)
def test_iso_8601_seconds_and_milliseconds_are_read(written: object, read: str) -> None:
    assert instant(written, NOW, None) == parse_rfc3339(read)


def test_a_time_with_zone_ignores_the_declared_one() -> None:
    assert instant("2026-01-05T08:00:00Z", NOW, BRUSSELS) == parse_rfc3339("2026-01-05T08:00:00Z")


def test_a_time_without_zone_is_read_in_the_declared_zone() -> None:
    assert instant("2026-01-05T09:00:00", NOW, BRUSSELS) == parse_rfc3339("2026-01-05T08:00:00Z")
    assert instant("2026-07-05T09:00:00", NOW, BRUSSELS) == parse_rfc3339("2026-07-05T07:00:00Z")


def test_a_time_without_zone_is_refused_where_none_is_declared() -> None:
    assert refusal("2026-01-05T08:00:00").reason is Reason.NO_TIME_ZONE


@pytest.mark.parametrize(
    "value",
    [
        *(True, False, [], {}, "", "soon", "2026-01-05", "20260105", "2026-W02-1", "1767600000", "12:00:00Z"),
        *("2026-13-01T00:00:00Z", "2026-01-05T08:00:00+25:00", "x" * 70_000),
    ],
)
def test_what_is_no_time_is_undecodable(value: object) -> None:
    error = refusal(value, BRUSSELS)
    assert error.reason is Reason.UNDECODABLE
    assert len(error.detail) < 200


@pytest.mark.parametrize("value", [0, 1, -1, 3600.5, 315_532_799, "1970-01-01T00:00:07Z", "1979-12-31T23:59:59Z"])
def test_a_clock_that_was_never_set_is_named(value: object) -> None:
    assert "is the device's clock set?" in refusal(value).detail


@pytest.mark.parametrize("value", [1767600000000000, 1767600000000000000, 1e300, float("inf"), float("nan")])
def test_numbers_beyond_milliseconds_are_no_time(value: float) -> None:
    assert "neither seconds nor milliseconds" in refusal(value).detail


def test_the_hour_that_spring_skips_does_not_exist() -> None:
    error = refusal("2026-03-29T02:30:00", BRUSSELS)
    assert error.reason is Reason.UNDECODABLE
    assert "does not exist in Europe/Brussels" in error.detail


@pytest.mark.parametrize(
    ("received", "read"),
    [
        ("2026-10-25T00:30:02Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T01:30:02Z", "2026-10-25T01:30:00Z"),
        ("2026-10-25T09:00:00Z", "2026-10-25T01:30:00Z"),
        # Nearer to the later reading, but that would lie in the future.
        ("2026-10-25T01:15:00Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T01:26:00Z", "2026-10-25T01:30:00Z"),
        # Both in the future: judged later, so the nearer one.
        ("2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
    ],
)
def test_the_hour_that_autumn_repeats_is_the_one_nearest_to_reception(received: str, read: str) -> None:
    assert instant("2026-10-25T02:30:00", parse_rfc3339(received), BRUSSELS) == parse_rfc3339(read)


@given(instants, st.integers(-14 * 60, 14 * 60))
def test_any_instant_with_offset_is_read_back(us: int, minutes: int) -> None:
    local = to_datetime(us) + timedelta(minutes=minutes) if us < LATEST - 15 * HOUR else to_datetime(us)
    offset = minutes if us < LATEST - 15 * HOUR else 0
    sign = "-" if offset < 0 else "+"
    text = f"{local.replace(tzinfo=None).isoformat()}{sign}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"
    assert instant(text, NOW, None) == us


@given(instants)
def test_any_millisecond_is_read_back(us: int) -> None:
    milliseconds = us // 1000
    assert instant(milliseconds, NOW, None) == milliseconds * 1000


@given(instants, st.sampled_from(["Europe/Brussels", "America/St_Johns", "Australia/Lord_Howe", "UTC"]))
def test_a_local_time_received_at_once_is_read_back(us: int, name: str) -> None:
    zone = ZoneInfo(name)
    if us >= LATEST - 24 * HOUR:
        us -= 24 * HOUR
    assert instant(to_datetime(us, zone).replace(tzinfo=None).isoformat(), us + 1, zone) == us


@given(st.datetimes(), st.integers(0, LATEST), st.sampled_from(["Europe/Brussels", "Pacific/Apia"]))
def test_any_local_time_is_an_instant_of_that_clock_or_refused(moment: object, received: int, name: str) -> None:
    zone = ZoneInfo(name)
    text = str(moment)
    try:
        us = instant(text, received, zone)
    except CodecError:
        return
    assert str(to_datetime(us, zone).replace(tzinfo=None)) == text
    assert us == to_us(to_datetime(us, zone))
