from hypothesis import given
from hypothesis import strategies as st

from stadspuls.log import decode_observations, decode_rejected
from stadspuls.model import Datastream, Observation, Reading, Reason, Rejection
from streams.publish import PART_BYTES, publish, records, rejected_records
from streams.state import PartitionState
from tests.streams.small_city import NOW

STREAMS = [Datastream("gent", theme, "site", "sensor", "value", "1") for theme in ("parking", "air-quality")]


@given(
    st.lists(st.tuples(st.integers(0, 3_000), st.lists(st.integers(0, 1), max_size=5)), max_size=20),
)
def test_published_at_strictly_increases_within_a_dataset_whatever_the_clock_does(
    frames: list[tuple[int, list[int]]],
) -> None:
    state = PartitionState()
    seen: dict[str, int] = {}
    instant = 0
    for now, choices in frames:
        for choice in choices:
            instant += 1
            [one] = publish([Reading(STREAMS[choice], instant, instant, 1.0)], state, now)
            name = one.datastream.dataset
            assert one.published_at >= now
            assert one.published_at > seen.get(name, 0)
            seen[name] = one.published_at


def _texts(count: int, size: int) -> list[Observation]:
    return [Observation(STREAMS[0], n, n, NOW + n, "x" * size) for n in range(count)]


def test_a_frame_that_publishes_nothing_still_gives_one_record() -> None:
    [record] = records([], 7, "v")
    frame = decode_observations(record)
    assert (frame.source_offset, frame.observations, frame.last_part) == (7, [], True)


def test_a_large_output_is_split_in_parts_that_kafka_takes() -> None:
    observations = _texts(100, 60_000)
    parts = records(observations, 7, "v")
    frames = [decode_observations(part) for part in parts]
    assert max(map(len, parts)) <= PART_BYTES
    assert [o for frame in frames for o in frame.observations] == observations
    assert [(f.source_offset, f.part, f.parts) for f in frames] == [(7, n, len(parts)) for n in range(len(parts))]


@given(st.lists(st.sampled_from([0, 1, 60_000, 65_536]), max_size=60))
def test_rejections_of_any_size_are_all_kept_in_records_that_kafka_takes(sizes: list[int]) -> None:
    rejections = [
        Rejection(Reason.UNDECODABLE, "no", "gent/parking/P1", b"x" * size, NOW, NOW, 0, 7, index)
        for index, size in enumerate(sizes)
    ]
    kept = rejected_records(rejections, 7, "v")
    assert [r for record in kept for r in decode_rejected(record).rejections] == rejections
    assert all(len(record) <= PART_BYTES for record in kept)
