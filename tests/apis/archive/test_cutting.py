"""Which observations go into which file, and when it is written."""

import pytest

from stadspuls.clock import DAY, HOUR, MINUTE, SECOND, parse_rfc3339
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store.sqlite_reader import SqliteReader
from tests.apis.archive.conftest import LONG_AFTER, MIDNIGHT, NOON, PARKING, Log, archive, contents, instants, names
from tests.apis.conftest import Api


def test_a_day_is_closed_by_what_is_observed_48_hours_behind_its_end(
    settings: Settings, registry: Registry, log: Log, api: Api
) -> None:
    end = MIDNIGHT + DAY
    log.observe(MIDNIGHT - 1, MIDNIGHT, end - 1, end, end + 48 * HOUR - 1)
    archive(settings, registry)
    assert names(settings) == ["2026-01-04"]
    log.observe(end + 48 * HOUR)
    archive(settings, registry)
    assert names(settings) == ["2026-01-04", "2026-01-05"]
    assert instants(api, "2026-01-04") == [MIDNIGHT - 1]
    assert instants(api, "2026-01-05") == [MIDNIGHT, end - 1]


def test_what_is_not_closed_is_in_no_file_and_what_is_empty_has_none(
    settings: Settings, registry: Registry, log: Log
) -> None:
    log.observe(NOON, NOON + 2 * DAY)
    archive(settings, registry)
    assert names(settings) == []
    log.observe(NOON + 20 * DAY)
    archive(settings, registry)
    assert names(settings) == ["2026-01-05", "2026-01-07"]


def test_days_are_those_of_the_city_also_when_the_clocks_change(
    settings: Settings, registry: Registry, log: Log, api: Api
) -> None:
    spring = parse_rfc3339("2026-03-28T23:00:00Z")
    autumn = parse_rfc3339("2026-10-24T22:00:00Z")
    for start, hours in ((spring, 23), (autumn, 25)):
        log.observe(*(start + hour * HOUR for hour in range(-1, hours + 1)))
    log.observe(autumn + 10 * DAY)
    archive(settings, registry)
    assert instants(api, "2026-03-29") == [spring + hour * HOUR for hour in range(23)]
    assert instants(api, "2026-10-25") == [autumn + hour * HOUR for hour in range(25)]


def test_late_data_goes_to_a_correction_and_the_day_stays_as_it_was(
    settings: Settings, registry: Registry, log: Log, api: Api
) -> None:
    log.observe(NOON, LONG_AFTER)
    archive(settings, registry)
    before = contents(settings)
    log.observe(NOON + MINUTE, NOON - MINUTE)
    archive(settings, registry)
    assert names(settings) == ["2026-01-05"]
    log.observe(LONG_AFTER + DAY)
    archive(settings, registry)
    assert names(settings) == ["2026-01-05", "2026-01-05.correction-1"]
    assert instants(api, "2026-01-05.correction-1") == [NOON - MINUTE, NOON + MINUTE]
    assert before.items() <= contents(settings).items()


def test_corrections_of_a_day_are_at_most_one_for_each_day_of_publication(
    settings: Settings, registry: Registry, log: Log, api: Api
) -> None:
    log.observe(NOON, LONG_AFTER)
    late = [NOON + minute * MINUTE for minute in range(1, 301)]
    for number, instant in enumerate(late):
        # A hundred a day, each looked at at once.
        log.now = LONG_AFTER + number // 100 * DAY + number % 100 * MINUTE
        log.observe(instant)
        if number % 25 == 0:
            archive(settings, registry)
    log.observe(LONG_AFTER + 4 * DAY)
    archive(settings, registry)
    found = [name for name in names(settings) if name.startswith("2026-01-05.")]
    assert found == [f"2026-01-05.correction-{number}" for number in (1, 2, 3)]
    assert [instant for name in found for instant in instants(api, name)] == late


def test_a_replay_in_order_closes_day_after_day_without_any_correction(
    settings: Settings, registry: Registry, log: Log, api: Api
) -> None:
    start = parse_rfc3339("2012-01-01T00:00:00Z")
    log.now = LONG_AFTER
    replayed = [start + hour * HOUR for hour in range(24 * 30)]
    for piece in range(0, len(replayed), 17):
        log.observe(*replayed[piece : piece + 17])
        archive(settings, registry)
    found = names(settings)
    assert found == [f"2012-01-{day:02}" for day in range(1, 29)]
    assert [instant for name in found for instant in instants(api, name)] == [
        instant for instant in replayed if instant < parse_rfc3339("2012-01-28T23:00:00Z")
    ]


def test_a_replay_of_what_is_long_past_gives_each_day_one_file_when_its_day_of_arrival_is_over(
    settings: Settings, registry: Registry, log: Log, api: Api
) -> None:
    start = parse_rfc3339("2012-01-01T00:00:00Z")
    log.observe(LONG_AFTER)
    replayed = [start + hour * HOUR for hour in range(24 * 30)]
    for piece in range(0, len(replayed), 60):
        log.observe(*replayed[piece : piece + 60])
        log.observe(log.now)
        archive(settings, registry)
    assert [name for name in names(settings) if name.startswith("2012")] == []
    log.observe(LONG_AFTER + DAY)
    archive(settings, registry)
    found = [name for name in names(settings) if name.startswith("2012")]
    assert found == [f"2012-01-{day:02}" for day in range(1, 32)]
    assert [instant for name in found for instant in instants(api, name)] == replayed


def test_nothing_beyond_what_the_store_vouches_for_is_looked_at(
    settings: Settings, registry: Registry, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.observe(NOON)
    archive(settings, registry)
    log.observe(LONG_AFTER)
    with monkeypatch.context() as held_back:
        held_back.setattr(SqliteReader, "stored_through", lambda _reader: {PARKING: NOON + 2 * SECOND})
        archive(settings, registry)
    assert names(settings) == []
    archive(settings, registry)
    assert names(settings) == ["2026-01-05"]
