"""How many frames wait, on an in-memory Kafka."""

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from stadspuls.log import Topics, encode_messages, encode_observations
from stadspuls.log import lag as lags
from stadspuls.log.clients import SINK_GROUP, group_name, kafka_python_options
from stadspuls.log.lag import PartitionLag, open_progress
from stadspuls.model import Message
from stadspuls.settings import Settings, load_settings
from tests.store.kafka_log import Broker, PublishedLog
from tests.store.made import frame, observation


@pytest.fixture(scope="module")
def broker() -> Broker:
    return Broker()


@pytest.fixture
def platform(broker: Broker) -> Settings:
    return load_settings(None, kafka_bootstrap=broker.address, topic_prefix=broker.fresh_prefix())


class Traffic:
    """Puts frames at the different stages of one partition."""

    def __init__(self, settings: Settings, partition: int) -> None:
        self._log = PublishedLog(settings)
        self._settings = settings
        self._partition = partition
        self._topics = Topics(settings.topic_prefix)

    def receive(self, count: int) -> None:
        record = encode_messages([Message("gent/parking/P1", b"{}", 1)], "r")
        for _ in range(count):
            self._log.put(self._topics.messages, record, self._partition)
        self._log.flush()

    def publish(self, first: int, end: int, parts: int = 1) -> None:
        self._log.publish(
            (frame(observation(), source=i, part=p, parts=parts) for i in range(first, end) for p in range(parts)),
            self._partition,
        )

    def store(self, metadata: str) -> None:
        consumer = KafkaConsumer(
            **kafka_python_options(self._settings),
            group_id=group_name(self._settings, SINK_GROUP),
            enable_auto_commit=False,
        )
        place = TopicPartition(self._topics.observations, self._partition)
        consumer.commit({place: OffsetAndMetadata(1, metadata, -1)})
        consumer.close(autocommit=False)

    def put(self, record: bytes) -> None:
        self._log.put(self._topics.observations, record, self._partition)
        self._log.flush()


def lag_of(settings: Settings, partition: int) -> tuple[int, int]:
    with open_progress(settings) as progress:
        found = progress.lags()
    assert [one.partition for one in found] == list(range(4))
    assert all(one == PartitionLag(one.partition, 0, 0) for one in found if one.partition != partition)
    return found[partition].streams, found[partition].sink


def test_nothing_waits_where_nothing_came(platform: Settings) -> None:
    assert lag_of(platform, 0) == (0, 0)


def test_frames_wait_for_streams_then_for_the_sink_then_no_more(platform: Settings) -> None:
    traffic = Traffic(platform, 2)
    traffic.receive(50)
    assert lag_of(platform, 2) == (50, 0)
    traffic.publish(0, 40)
    assert lag_of(platform, 2) == (10, 40)
    traffic.store("source=29")
    assert lag_of(platform, 2) == (10, 10)
    traffic.publish(40, 50)
    traffic.store("source=49")
    assert lag_of(platform, 2) == (0, 0)


def test_a_frame_of_which_a_part_is_missing_still_waits(platform: Settings) -> None:
    traffic = Traffic(platform, 1)
    traffic.receive(3)
    traffic.publish(0, 2, parts=2)
    traffic.put(encode_observations(frame(observation(), source=2, part=0, parts=2)))
    assert lag_of(platform, 1) == (1, 2)


def test_the_last_frame_is_found_behind_many_that_say_nothing(
    platform: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lags, "FIRST_LOOK", 2)
    traffic = Traffic(platform, 3)
    traffic.receive(8)
    traffic.publish(0, 5)
    for _ in range(20):
        traffic.put(b"no frame")
    assert lag_of(platform, 3) == (3, 5)


def test_topics_and_what_they_hold(platform: Settings) -> None:
    topics = Topics(platform.topic_prefix)
    Traffic(platform, 0).receive(7)
    with open_progress(platform) as progress:
        assert progress.partitions(topics.messages) == 4
        assert progress.records(topics.messages) == 7
        assert progress.records(topics.rejected) == 0
