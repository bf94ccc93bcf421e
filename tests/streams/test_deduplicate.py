import pytest

from stadspuls.clock import MINUTE
from stadspuls.model import Identity, Reading, Reason, Value
from streams.deduplicate import deduplicate, unknown_identities
from streams.publish import publish
from streams.state import HORIZON, PartitionState
from tests.streams.small_city import NOW, MakeReading


def passed(readings: list[Reading], state: PartitionState, stored: dict[Identity, Value] | None = None) -> list[Value]:
    new, _, _ = deduplicate(readings, state, stored or {})
    return [r.value for r in new]


@pytest.fixture
def state(reading: MakeReading) -> PartitionState:
    """P1 has published 100 at NOW."""
    state = PartitionState()
    publish([reading("P1", "vacantSpaces", 100.0)], state, NOW)
    return state


def test_a_newer_reading_is_new_without_asking_anyone(reading: MakeReading, state: PartitionState) -> None:
    newer = [reading("P1", "vacantSpaces", 99.0, at=1)]
    assert unknown_identities(newer, state) == []
    assert passed(newer, state) == [99.0]


def test_the_same_value_again_is_dropped_and_counted(reading: MakeReading, state: PartitionState) -> None:
    new, faults, repeated = deduplicate([reading("P1", "vacantSpaces", 100.0)], state, {})
    assert (new, faults, repeated) == ([], [], {"gent/parking": 1})


def test_another_value_for_the_same_instant_is_a_conflict(reading: MakeReading, state: PartitionState) -> None:
    new, faults, repeated = deduplicate([reading("P1", "vacantSpaces", 101.0)], state, {})
    assert (new, dict(repeated)) == ([], {})
    assert [f.reason for f in faults] == [Reason.CONFLICT]
    assert "100.0" in faults[0].detail
    assert "101.0" in faults[0].detail


def test_a_late_reading_is_asked_of_the_store_and_published_when_unknown(
    reading: MakeReading, state: PartitionState
) -> None:
    late = [reading("P1", "vacantSpaces", 98.0, at=-3600)]
    assert unknown_identities(late, state) == [late[0].identity]
    assert passed(late, state) == [98.0]
    assert passed(late, state, {late[0].identity: 98.0}) == []


def test_repetitions_within_one_frame_are_found(reading: MakeReading, state: PartitionState) -> None:
    twice = [reading("P1", "vacantSpaces", 97.0, at=5), reading("P1", "vacantSpaces", 97.0, at=5)]
    late = [reading("P1", "vacantSpaces", 96.0, at=2), reading("P1", "vacantSpaces", 95.0, at=2)]
    new, faults, repeated = deduplicate([*twice, *late], state, {})
    assert [r.value for r in new] == [97.0, 96.0]
    assert [f.reason for f in faults] == [Reason.CONFLICT]
    assert repeated == {"gent/parking": 1}


def test_a_late_reading_overtaken_within_its_own_frame_is_asked_for(
    reading: MakeReading, state: PartitionState
) -> None:
    frame = [reading("P1", "vacantSpaces", 97.0, at=5), reading("P1", "vacantSpaces", 96.0, at=2)]
    assert unknown_identities(frame, state) == [frame[1].identity]


def test_what_the_store_cannot_answer_for_yet_is_never_forgotten(reading: MakeReading, state: PartitionState) -> None:
    publish([reading("P1", "vacantSpaces", 99.0, at=1)], state, NOW + 1)
    again = [reading("P1", "vacantSpaces", 100.0)]
    state.forget(NOW + HORIZON + MINUTE, {})
    assert unknown_identities(again, state) == []
    state.forget(NOW + HORIZON + MINUTE, {"gent/parking": NOW + 2})
    assert unknown_identities(again, state) == [again[0].identity]
