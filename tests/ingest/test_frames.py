"""Frames close when they are full or due; nothing is lost and the order within a partition stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.bridge import PAYLOAD_LIMIT, whole_or_cut
from ingest.frames import Collector, Frame, Ticket
from stadspuls.log import decode_messages
from stadspuls.model import Message
from stadspuls.settings import Settings, load_settings

RECEIVED = 1_780_000_000_123_456


def settings(**flags: object) -> Settings:
    return load_settings(None, **flags)


def message(payload: bytes = b"x") -> Message:
    return Message("gent/parking/P1", payload, RECEIVED)


def payloads(frames: list[Frame]) -> list[bytes]:
    return [one.payload for frame in frames for one in decode_messages(frame.record).messages]


def test_a_frame_is_due_after_the_wait_counted_from_its_first_message() -> None:
    collector = Collector(settings(frame_wait=0.05), "abc")
    collector.add(1, message(), Ticket(1, 7), now=10.0)
    collector.add(1, message(), Ticket(1, 8), now=10.04)
    assert collector.next_due == pytest.approx(10.05)
    assert collector.due(10.049) == []
    (frame,) = collector.due(10.051)
    assert (frame.partition, frame.messages, frame.tickets) == (1, 2, [Ticket(1, 7), Ticket(1, 8)])
    assert frame.timestamp_ms == RECEIVED // 1000
    assert decode_messages(frame.record).registry == "abc"
    assert collector.next_due is None


def test_a_frame_is_complete_at_its_number_of_entries() -> None:
    collector = Collector(settings(frame_entries=3), "abc")
    complete = [collector.add(0, message(b"%d" % n), None, now=0.0) for n in range(7)]
    assert [payloads(frames) for frames in complete] == [[], [], [b"0", b"1", b"2"], [], [], [b"3", b"4", b"5"], []]
    assert payloads(collector.flush()) == [b"6"]


def test_a_message_that_does_not_fit_opens_the_next_frame() -> None:
    collector = Collector(settings(frame_bytes=1024), "abc")
    assert collector.add(0, message(b"a" * 700), None, now=0.0) == []
    (frame,) = collector.add(0, message(b"b" * 700), None, now=0.0)
    assert payloads([frame]) == [b"a" * 700]
    assert payloads(collector.flush()) == [b"b" * 700]


def test_a_message_larger_than_a_frame_is_a_frame_of_its_own() -> None:
    collector = Collector(settings(frame_bytes=1024), "abc")
    collector.add(0, message(b"a"), None, now=0.0)
    small, large = collector.add(0, message(b"b" * 5000), None, now=0.0)
    assert (payloads([small]), payloads([large])) == ([b"a"], [b"b" * 5000])


def test_messages_without_ticket_need_no_acknowledgement() -> None:
    collector = Collector(settings(), "abc")
    collector.add(0, message(), None, now=0.0)
    (frame,) = collector.flush()
    assert (frame.messages, frame.tickets) == (1, [])


@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=600), st.booleans())))
def test_every_message_is_in_one_frame_in_order(sent: list[tuple[int, bytes, bool]]) -> None:
    collector = Collector(settings(frame_entries=5, frame_bytes=1024), "abc")
    frames: list[Frame] = []
    for number, (partition, payload, pause) in enumerate(sent):
        frames += collector.add(partition, message(payload), Ticket(1, number), now=float(number))
        if pause:
            frames += collector.due(number + 0.5)
    frames += collector.flush()
    for partition in range(4):
        expected = [payload for place, payload, _ in sent if place == partition]
        assert payloads([frame for frame in frames if frame.partition == partition]) == expected
    assert sorted(ticket.packet_id for frame in frames for ticket in frame.tickets) == list(range(len(sent)))
    assert all(len(frame.record) <= 1024 + 100 for frame in frames)


def test_a_payload_at_the_limit_is_whole_and_one_beyond_is_cut() -> None:
    whole = whole_or_cut("gent/parking/P1", b"x" * PAYLOAD_LIMIT, RECEIVED)
    assert (whole.payload, whole.length, whole.sha256) == (b"x" * PAYLOAD_LIMIT, None, None)
    cut = whole_or_cut("gent/parking/P1", b"x" * (PAYLOAD_LIMIT + 1), RECEIVED)
    assert (cut.payload, cut.length) == (b"x" * PAYLOAD_LIMIT, PAYLOAD_LIMIT + 1)
    assert cut.sha256 is not None
    # head -c 65537 /dev/zero | tr '\\0' x | sha256sum
    assert cut.sha256.hex().startswith("1abe08ebecf1c18cab71f6fe28aaddf2")
