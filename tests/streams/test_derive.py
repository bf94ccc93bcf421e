from stadspuls.clock import MINUTE, SECOND
from stadspuls.model import Procedure, Quality, Reading
from stadspuls.registry import Registry
from streams.derive import derive
from streams.publish import publish
from streams.state import PartitionState
from tests.streams.small_city import NOW, MakeReading


def worked(readings: list[Reading], registry: Registry, state: PartitionState) -> list[Reading]:
    derived = derive(readings, registry, state)
    publish([*readings, *derived], state, NOW)
    return derived


def test_spaces_become_vacant_spaces_of_their_site(registry: Registry, reading: MakeReading) -> None:
    spaces = [reading(f"S{n}", "occupied", n == 1, at=n) for n in (1, 2, 3)]
    [derived] = worked(spaces, registry, PartitionState())
    assert derived.datastream.procedure is Procedure.DERIVED
    assert derived.datastream.site == "street"
    assert (derived.value, derived.observed_at, derived.quality) == (2.0, NOW + 3 * SECOND, Quality.GOOD)
    assert (derived.known, derived.capacity) == (3, 3)


def test_until_every_space_has_reported_the_count_is_incomplete(registry: Registry, reading: MakeReading) -> None:
    state = PartitionState()
    [first] = worked([reading("S1", "occupied", False)], registry, state)
    assert (first.value, first.quality, first.known, first.capacity) == (1.0, Quality.INCOMPLETE, 1, 3)
    worked([reading("S2", "occupied", False, at=1)], registry, state)
    [third] = worked([reading("S3", "occupied", True, at=2)], registry, state)
    assert (third.value, third.quality, third.known) == (2.0, Quality.GOOD, 3)


def test_a_late_reading_of_a_space_changes_no_live_count(registry: Registry, reading: MakeReading) -> None:
    state = PartitionState()
    worked([reading(f"S{n}", "occupied", False, at=10) for n in (1, 2, 3)], registry, state)
    assert worked([reading("S1", "occupied", True, at=5)], registry, state) == []


def test_a_late_reading_within_the_frame_that_overtakes_it_changes_nothing(
    registry: Registry, reading: MakeReading
) -> None:
    readings = [reading("S1", "occupied", False, at=10), reading("S1", "occupied", True, at=5)]
    [derived] = worked(readings, registry, PartitionState())
    assert (derived.value, derived.observed_at) == (1.0, NOW + 10 * SECOND)


def test_the_newest_count_is_the_latest_even_when_spaces_clocks_differ(
    registry: Registry, reading: MakeReading
) -> None:
    state = PartitionState()
    [before] = worked([reading("S1", "occupied", False, at=10)], registry, state)
    [after] = worked([reading("S2", "occupied", False, at=3)], registry, state)
    assert after.observed_at == before.observed_at + 1
    assert after.value == 2.0


def test_a_space_that_fell_silent_is_no_longer_known(registry: Registry, reading: MakeReading) -> None:
    state = PartitionState()
    worked([reading(f"S{n}", "occupied", False) for n in (1, 2, 3)], registry, state)
    limit = 30 * MINUTE / SECOND
    [still] = worked([reading("S1", "occupied", True, at=limit)], registry, state)
    assert (still.value, still.known, still.quality) == (2.0, 3, Quality.GOOD)
    [silent] = worked([reading("S1", "occupied", True, at=limit + 1)], registry, state)
    assert (silent.value, silent.known, silent.quality) == (0.0, 1, Quality.INCOMPLETE)


def test_counters_pass_through(registry: Registry, reading: MakeReading) -> None:
    assert worked([reading("P1", "vacantSpaces", 5.0)], registry, PartitionState()) == []


def test_one_count_for_each_site_and_frame(registry: Registry, reading: MakeReading) -> None:
    readings = [reading("S1", "occupied", value, at=at) for at, value in enumerate([True, False, True, False])]
    assert [r.value for r in worked(readings, registry, PartitionState())] == [1.0]
