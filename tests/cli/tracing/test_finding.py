"""Frames found in Kafka by their source, backwards, and within bounds."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as with_fields

from cli.tracing.finding import Finder
from cli.tracing.log_reader import LogReader, open_log
from cli.tracing.target import target_of
from stadspuls.clock import SECOND, parse_rfc3339
from stadspuls.errors import TraceError
from stadspuls.log import ObservationFrame, encode_messages, encode_observations, encode_rejected, partition_of
from stadspuls.log.frames import NO_SOURCE
from stadspuls.model import Message, Observation, Reason, Rejection
from stadspuls.registry import load_registry
from stadspuls.settings import ROOT, Settings, load_settings
from tests.store.kafka_log import Broker, PublishedLog

REGISTRY = load_registry(ROOT / "cities", ROOT / "themes")
T0 = parse_rfc3339("2026-01-05T08:00:00Z")
SENSORS = ("P1", "P10", "P2")
PARTITION = partition_of("gent/parking", 4)
FRAMES = 40


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedLog]:
    """Frame n has a message of P1 at second n, and one of another sensor.

    What P1 sends in every fifth frame is rejected; every seventh frame is published in two parts; marks of a replay lie
    between the rejections.
    """
    broker = Broker()
    folder = tmp_path_factory.mktemp("data")
    settings = load_settings(None, data_dir=folder, kafka_bootstrap=broker.address, topic_prefix=broker.fresh_prefix())
    log = PublishedLog(settings)
    for number in range(FRAMES):
        _put(log, number)
    log.flush()
    yield log
    log.close()
    del broker


def _put(log: PublishedLog, number: int) -> None:
    at = T0 + number * SECOND
    messages = [Message("gent/parking/P1", b"{}", at), Message(f"gent/parking/{SENSORS[number % 3]}", b"{}", at + 1)]
    log.put(log.topics.messages, encode_messages(messages, "r"), PARTITION)
    stream = REGISTRY.datasets["gent/parking"].datastream("P1", "vacantSpaces")
    assert stream is not None
    observations = [Observation(stream, at, at, at + 50_000, float(number))]
    if number % 5 == 0:
        rejection = Rejection(Reason.IMPOSSIBLE, "no", "gent/parking/P1", b"{}", at, at, PARTITION, number, 0)
        log.put(log.topics.rejected, encode_rejected([rejection], number, "r"), PARTITION)
        mark = with_fields(rejection, replayed_at=at)
        for _ in range(20):
            log.put(log.topics.rejected, encode_rejected([mark], NO_SOURCE, "r"), PARTITION)
        observations = []
    parts = 2 if number % 7 == 0 else 1
    for part in range(parts):
        frame = ObservationFrame(number, part, parts, "r", observations if part == parts - 1 else [])
        log.put(log.topics.observations, encode_observations(frame), PARTITION)


@pytest.fixture
def reader(log: PublishedLog) -> Iterator[LogReader]:
    with open_log(log.settings) as opened:
        yield opened


def finder(reader: LogReader, settings: Settings, sensor: str = "P1", most: int = 1000) -> Finder:
    return Finder(reader, settings, REGISTRY, target_of(f"gent/parking/{sensor}", REGISTRY), most)


@pytest.mark.parametrize("number", [0, 1, 5, 7, 14, 25, 35, FRAMES - 1])
def test_what_became_of_a_frame_is_found_by_its_source(reader: LogReader, log: PublishedLog, number: int) -> None:
    found = finder(reader, log.settings)
    message = found.message_at(number)
    assert message is not None
    message = replace(message, index=0, message=Message("gent/parking/P1", b"{}", T0 + number * SECOND))
    published, rejected = found.published(message), found.rejected(message)
    assert [one.observation.value for one in published] == ([] if number % 5 == 0 else [number])
    assert [one.rejection.offset for one in rejected] == ([number] if number % 5 == 0 else [])
    assert all(one.frame.source_offset == number for one in published)


def test_the_newest_is_found_from_the_end(reader: LogReader, log: PublishedLog) -> None:
    found = finder(reader, log.settings)
    message = found.newest_message()
    assert message is not None
    assert (message.offset, message.index, message.messages) == (FRAMES - 1, 1, 2)
    assert [(one.records, one.oldest_kept, one.end) for one in found.looked] == [(1, 0, FRAMES)]
    assert found.worked_through() == FRAMES - 1


def test_the_newest_of_a_time_is_found(reader: LogReader, log: PublishedLog) -> None:
    message = finder(reader, log.settings).newest_message(T0 + 11 * SECOND + 5)
    assert message is not None
    assert (message.offset, message.message.received_at) == (11, T0 + 11 * SECOND)
    observation = finder(reader, log.settings).newest_observation(T0 + 20 * SECOND)
    assert observation is not None
    assert observation.observation.value == 19


def test_it_looks_no_further_than_it_may(reader: LogReader, log: PublishedLog) -> None:
    found = finder(reader, log.settings, "P7", most=9)
    assert found.newest_message() is None
    assert found.newest_observation() is None
    assert [one.records for one in found.looked] == [9, 9]


def test_an_observation_leads_to_its_message(reader: LogReader, log: PublishedLog) -> None:
    found = finder(reader, log.settings)
    observation = found.newest_observation()
    assert observation is not None
    message = found.message_of(observation)
    assert message is not None
    assert (message.offset, message.index, message.message.topic) == (FRAMES - 1, 0, "gent/parking/P1")


def test_an_offset_that_is_not_there_is_told_with_those_that_are(reader: LogReader, log: PublishedLog) -> None:
    with pytest.raises(TraceError, match=rf"has no offset 99 in partition {PARTITION}: it keeps 0 to {FRAMES - 1}$"):
        finder(reader, log.settings).message_at(99)


def test_a_frame_without_the_sensor_has_nothing_of_it(reader: LogReader, log: PublishedLog) -> None:
    assert finder(reader, log.settings, "P7").message_at(3) is None


def test_records_that_are_no_frames_are_passed_over(tmp_path: Path) -> None:
    broker = Broker()
    settings = load_settings(
        None, data_dir=tmp_path, kafka_bootstrap=broker.address, topic_prefix=broker.fresh_prefix()
    )
    log = PublishedLog(settings)
    for number in range(3):
        _put(log, number)
        for topic in (log.topics.messages, log.topics.observations, log.topics.rejected):
            log.put(topic, b"no frame", PARTITION)
    log.flush()
    with open_log(settings) as reader:
        message = finder(reader, settings).newest_message()
        assert message is not None
        assert message.offset == 4
        observation = finder(reader, settings).newest_observation()
        assert observation is not None
        assert observation.observation.value == 2
    log.close()
