from math import inf, nan

import pytest

from stadspuls.model import Quality, Reason
from stadspuls.registry import Registry
from streams.check import check
from tests.streams.small_city import MakeReading


def test_a_possible_and_plausible_value_is_good(registry: Registry, reading: MakeReading) -> None:
    kept, faults = check([reading("P1", "vacantSpaces", 647.0)], registry)
    assert [(r.value, r.quality, r.test) for r in kept] == [(647.0, Quality.GOOD, None)]
    assert faults == []


@pytest.mark.parametrize("value", [-1.0, 20_001.0, nan, inf, -inf])
def test_an_impossible_value_is_not_published(registry: Registry, reading: MakeReading, value: float) -> None:
    kept, faults = check([reading("P1", "vacantSpaces", value)], registry)
    assert kept == []
    assert [f.reason for f in faults] == [Reason.IMPOSSIBLE]
    assert "vacantSpaces" in faults[0].detail


def test_more_vacant_spaces_than_there_are_is_suspect(registry: Registry, reading: MakeReading) -> None:
    kept, _ = check([reading("P1", "vacantSpaces", 648.0)], registry)
    assert [(r.quality, r.test) for r in kept] == [(Quality.SUSPECT, "plausible-range")]


def test_a_value_outside_the_plausible_range_is_suspect(registry: Registry, reading: MakeReading) -> None:
    kept, _ = check([reading("A1", "no2", 1000.5, dataset="gent/air-quality")], registry)
    assert [(r.quality, r.test) for r in kept] == [(Quality.SUSPECT, "plausible-range")]


def test_five_minutes_ahead_is_still_present_and_more_is_future(registry: Registry, reading: MakeReading) -> None:
    present = reading("P1", "vacantSpaces", 1.0, at=300)
    present.received_at = present.observed_at - 300_000_000
    future = reading("P1", "vacantSpaces", 1.0, at=301)
    future.received_at = future.observed_at - 300_000_001
    kept, faults = check([present, future], registry)
    assert kept == [present]
    assert [f.reason for f in faults] == [Reason.FUTURE]
