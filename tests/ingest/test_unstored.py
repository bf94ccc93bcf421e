"""Which frames are in the in-memory Kafka only."""

from ingest.unstored import Unstored


def test_frames_are_stored_through_the_offset_that_the_sink_names() -> None:
    unstored = Unstored(2)
    for offset, number in ((4, 10), (5, 12), (6, 13)):
        assert unstored.sent(1, offset, number)
    assert unstored.partitions() == [1]
    assert unstored.stored(1, 3) is None
    assert unstored.stored(1, 5) == 12
    assert unstored.stored(1, 5) is None
    assert unstored.stored(1, 6) == 13
    assert unstored.partitions() == []


def test_an_offset_that_was_there_before_is_of_another_kafka() -> None:
    unstored = Unstored(2)
    assert unstored.sent(1, 4, 10)
    assert not unstored.sent(1, 4, 12)
    assert not unstored.sent(1, 0, 12)
    assert unstored.sent(0, 0, 11)


def test_a_kafka_that_ends_before_what_was_sent_is_another() -> None:
    unstored = Unstored(2)
    assert not unstored.gone([0, 0])
    unstored.sent(1, 4, 10)
    assert not unstored.gone([0, 5])
    assert unstored.gone([0, 4])
    unstored.forget()
    assert not unstored.gone([0, 0])
    assert unstored.partitions() == []
