import pytest

from stadspuls.log import ObservationFrame
from store.sink_gaps import GapCheck
from tests.store.made import frame

Parts = list[tuple[int, int, int]]


def missing(frames: Parts, stored: int | None = None) -> list[int]:
    gaps = GapCheck()
    if stored is not None:
        gaps.stored(0, stored)
    return [gaps.missing(0, made(*one)) for one in frames]


def made(source: int, part: int = 0, parts: int = 1) -> ObservationFrame:
    return frame(source=source, part=part, parts=parts)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([(7, 0, 1), (8, 0, 1), (9, 0, 1)], [0, 0, 0]),
        ([(7, 0, 1), (8, 0, 2), (8, 1, 2), (9, 0, 1)], [0, 0, 0, 0]),
        ([(7, 0, 1), (9, 0, 1), (10, 0, 1)], [0, 1, 0]),
        ([(7, 0, 1), (12, 0, 1)], [0, 4]),
        ([(7, 0, 3), (7, 2, 3)], [0, 1]),
        ([(7, 0, 2), (8, 0, 1)], [0, 1]),
        ([(7, 0, 1), (8, 1, 2)], [0, 1]),
        ([(7, 0, 1), (0, 0, 1), (1, 0, 1), (3, 0, 1)], [0, 0, 0, 1]),
        ([(7, 0, 1), (-1, 0, 1), (8, 0, 1)], [0, 0, 0]),
    ],
)
def test_frames_follow_each_other_by_source_and_part(frames: Parts, expected: list[int]) -> None:
    assert missing(frames) == expected


def test_the_first_frame_is_held_against_what_is_stored() -> None:
    assert missing([(5, 0, 1)], stored=4) == [0]
    assert missing([(6, 0, 1)], stored=4) == [1]
    assert missing([(2, 0, 1)], stored=-1) == [2]


def test_partitions_are_counted_apart() -> None:
    gaps = GapCheck()
    assert [gaps.missing(p, made(s)) for p, s in ((0, 5), (1, 90), (0, 6), (1, 91), (0, 8))] == [0, 0, 0, 0, 1]
    assert [gaps.through(p) for p in (0, 1, 2)] == [8, 91, -1]
