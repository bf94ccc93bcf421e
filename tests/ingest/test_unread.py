"""How much of topic `messages` the sink has not stored, counted here and read back from Kafka."""

from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from ingest.unread import SinkProgress, UnreadBytes
from stadspuls.log import Topics
from stadspuls.log.clients import SINK_GROUP, SOURCE_PREFIX, group_name, kafka_python_options
from stadspuls.settings import Settings
from tests.ingest.stage import running_kafka, settings_for


@pytest.fixture
def settings() -> Iterator[Settings]:
    with running_kafka() as kafka:
        yield settings_for(kafka)


def commit_as_sink(settings: Settings, partition: int, source: int, rejected: int | None = None) -> None:
    topics = Topics(settings.topic_prefix)
    offsets = {TopicPartition(topics.observations, partition): OffsetAndMetadata(1, f"{SOURCE_PREFIX}{source}", -1)}
    if rejected is not None:
        offsets[TopicPartition(topics.rejected, partition)] = OffsetAndMetadata(rejected, "", -1)
    consumer = KafkaConsumer(
        **kafka_python_options(settings), group_id=group_name(settings, SINK_GROUP), enable_auto_commit=False
    )
    consumer.assign(list(offsets))
    consumer.commit(offsets)
    consumer.close()


def produce(settings: Settings, topic: str, count: int, partition: int) -> None:
    producer = KafkaProducer(**kafka_python_options(settings))
    for _ in range(count):
        producer.send(topic, b"x" * 1000, partition=partition).get(10)
    producer.close()


def test_what_is_sent_is_unread_until_it_is_stored() -> None:
    unread = UnreadBytes()
    for offset in range(5):
        unread.sent(offset, 1000)
    before = unread.total
    unread.stored(2)
    assert unread.total * 5 == before * 2
    unread.stored(2)
    unread.stored(-1)
    assert unread.total * 5 == before * 2
    unread.stored(4)
    assert unread.total == 0


def test_there_is_room_up_to_the_limit_and_always_when_nothing_is_unread() -> None:
    unread = UnreadBytes()
    assert unread.has_room(5000, limit=1000)
    unread.sent(0, 500)
    assert unread.has_room(300, limit=1000)
    assert not unread.has_room(500, limit=1000)


def test_a_kafka_that_began_anew_holds_nothing_of_before() -> None:
    unread = UnreadBytes()
    unread.sent(7, 1000)
    unread.sent(8, 1000)
    one = unread.total // 2
    unread.sent(0, 1000)
    assert unread.total == one


def test_the_sinks_place_is_read_from_its_commits(settings: Settings) -> None:
    with SinkProgress(settings) as progress:
        assert progress.stored(2) == -1
        commit_as_sink(settings, 2, source=17)
        assert progress.stored(2) == 17
        assert progress.stored(1) == -1


def test_what_an_earlier_bridge_left_unread_is_counted(settings: Settings) -> None:
    produce(settings, Topics(settings.topic_prefix).messages, 10, partition=1)
    commit_as_sink(settings, 1, source=3)
    with SinkProgress(settings) as progress:
        unread = progress.unread()
    assert [found.total // 1000 for found in unread] == [0, 6, 0, 0]
    unread[1].stored(8)
    assert unread[1].total // 1000 == 1


def test_a_frame_counts_as_stored_once_what_it_has_rejected_is_stored(settings: Settings) -> None:
    rejected = Topics(settings.topic_prefix).rejected
    with SinkProgress(settings) as progress:
        assert progress.stored_with_rejections(1) == -1
        commit_as_sink(settings, 1, source=3)
        assert progress.stored_with_rejections(1) == 3
        produce(settings, rejected, 2, partition=1)
        commit_as_sink(settings, 1, source=5, rejected=1)
        assert progress.stored_with_rejections(1) == 3
        # More is rejected all the time: what was rejected before counts.
        produce(settings, rejected, 1, partition=1)
        commit_as_sink(settings, 1, source=9, rejected=2)
        assert progress.stored_with_rejections(1) == 5
        commit_as_sink(settings, 1, source=9, rejected=3)
        assert progress.stored_with_rejections(1) == 9


def test_the_ends_of_the_partitions_are_told(settings: Settings) -> None:
    produce(settings, Topics(settings.topic_prefix).messages, 3, partition=2)
    with SinkProgress(settings) as progress:
        assert progress.ends() == [0, 0, 3, 0]
