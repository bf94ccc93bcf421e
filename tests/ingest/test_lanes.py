"""Which frame is next, which belong on the disk, and when a frame is given back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.frames import Frame, Outgoing
from ingest.lanes import Lanes
from ingest.spool import Spool
from tests.ingest.spooled import PARTITIONS, open_spool, outgoing, spooled_frame

NEVER = 3600.0


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = open_spool(tmp_path / "spool")
    yield spool
    spool.close()


@pytest.fixture
def stored() -> list[Frame]:
    return []


@pytest.fixture
def lanes(spool: Spool, stored: list[Frame]) -> Lanes:
    return Lanes(spool, PARTITIONS, stored.append)


def put(lanes: Lanes, count: int, partition: int = 1) -> list[Frame]:
    frames = [spooled_frame(0, partition) for _ in range(count)]
    for frame in frames:
        lanes.put(frame)
    return frames


def test_frames_are_numbered_behind_those_of_the_spool(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "spool")
    spool.append([spooled_frame(4), spooled_frame(9, partition=2)])
    lanes = Lanes(spool, PARTITIONS, lambda _: None)
    [frame] = put(lanes, 1)
    assert frame.number == 10
    assert [lanes.unsent(partition) for partition in range(PARTITIONS)] == [False, True, True, False]
    assert lanes.next(1) == outgoing([spooled_frame(4)])[0]
    lanes.answered(1, 4)
    assert lanes.next(1) == Outgoing(10, frame.timestamp_ms, frame.record)
    spool.close()


def test_the_next_frame_is_the_first_without_an_answer(lanes: Lanes) -> None:
    frames = put(lanes, 3)
    for frame in frames:
        assert lanes.next(1) == outgoing([frame])[0]
        assert lanes.next(1) == outgoing([frame])[0]
        lanes.answered(1, frame.number)
    assert not lanes.unsent(1)
    assert lanes.all_sent
    assert not lanes.all_safe


def test_a_frame_that_moves_to_the_disk_while_it_is_looked_for_is_not_passed_over(
    lanes: Lanes, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = put(lanes, 2)
    look = Spool.first_after

    def move_then_look(self: Spool, partition: int, number: int) -> Outgoing | None:
        self.append([first])
        lanes.safe(1, first.number)
        return look(self, partition, number)

    monkeypatch.setattr(Spool, "first_after", move_then_look)
    assert lanes.next(1) == outgoing([first])[0]
    monkeypatch.undo()
    lanes.answered(1, first.number)
    assert lanes.next(1) == outgoing([second])[0]


def test_a_frame_is_given_back_once_and_in_order(lanes: Lanes, stored: list[Frame]) -> None:
    frames = put(lanes, 4)
    lanes.safe(1, frames[1].number)
    assert stored == frames[:2]
    lanes.safe(1, frames[1].number)
    lanes.safe(2, frames[3].number)
    assert stored == frames[:2]
    lanes.safe(1, frames[3].number)
    assert stored == frames
    assert lanes.all_safe


def test_frames_belong_on_the_disk_once_the_first_has_waited(lanes: Lanes) -> None:
    frames = put(lanes, 2) + put(lanes, 1, partition=2)
    assert lanes.due(NEVER) == []
    assert lanes.due(0) == frames
    assert 0 < lanes.seconds_until_due(NEVER, 1.0) == 1.0
    assert lanes.seconds_until_due(0, 1.0) == 0


def test_frames_behind_others_on_the_disk_belong_there_at_once(lanes: Lanes, spool: Spool) -> None:
    [first] = put(lanes, 1)
    spool.append([first])
    lanes.safe(1, first.number)
    [second] = put(lanes, 1)
    put(lanes, 1, partition=2)
    assert lanes.due(NEVER) == [second]
    lanes.answered(1, first.number)
    assert lanes.due(NEVER) == []


def test_what_is_not_handed_on_is_sent_again_to_a_kafka_that_has_forgotten_it(lanes: Lanes, spool: Spool) -> None:
    frames = put(lanes, 4)
    spool.append(frames[:3])
    lanes.safe(1, frames[2].number)
    lanes.answered(1, frames[3].number)
    spool.done(1, frames[0].number)
    lanes.send_again()
    sent = []
    while lanes.unsent(1) and (frame := lanes.next(1)):
        sent.append(frame)
        lanes.answered(1, frame.number)
    assert sent == outgoing(frames[1:])


def test_a_mark_that_outlives_its_frames_leaves_nothing_to_send(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "spool")
    spool.append([spooled_frame(number, record=b"x" * 1024**2) for number in range(1, 5)])
    spool.done(1, 4)
    spool.append([spooled_frame(5, partition=2)])
    spool.close()
    again = open_spool(tmp_path / "spool")
    assert (again.last(1), again.handed_on(1)) == (0, 4)
    lanes = Lanes(again, PARTITIONS, lambda _: None)
    assert not lanes.unsent(1)
    lanes.answered(2, 5)
    assert lanes.all_sent
    [frame] = put(lanes, 1)
    assert frame.number == 6
    again.close()
