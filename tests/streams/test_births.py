"""What senders announce survives the worker: changes go out with their frame, and are read back at a takeover."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Producer
from hypothesis import given
from hypothesis import strategies as st
from kafka import KafkaProducer
from msgspec import structs

from stadspuls.codecs import CODECS, Birth
from stadspuls.codecs.sparkplug_wire import Payload
from stadspuls.log import MessageFrame, ObservationFrame, Topics, encode_observations, partition_of
from stadspuls.log.clients import kafka_python_options
from stadspuls.model import Message
from stadspuls.registry import Registry, Source
from stadspuls.settings import Settings, load_settings
from store.backends import open_reader
from streams.births import SOURCE, Births, Change
from streams.state import PartitionState
from streams.takeover import recover
from streams.work import Outcome, finish, prepare
from tests.streams.small_city import NOW, message, small_registry

PARTITION = partition_of("gent/parking", 4)
TOPIC = "gent/spBv1.0/lot/{}/gateway/space-1"
KEY = b"gent/spBv1.0/lot/gateway/space-1"


def with_sparkplug() -> Registry:
    """The small city, whose first space also speaks Sparkplug B."""
    registry = small_registry()
    source = Source(
        id="lot",
        filter="gent/spBv1.0/lot/#",
        theme="parking",
        codec="sparkplug-b",
        read=CODECS["sparkplug-b"],
        devices={"lot/gateway/space-1": "S1"},
    )
    city = replace(registry.cities["gent"], sources=(source,))
    return Registry({"gent": city}, registry.themes, registry.version)


def sparkplug(kind: str, second: int, occupied: bool, name: bytes | None = None) -> Message:
    payload = Payload(timestamp=NOW // 1000 + 1000 * second)
    payload.metrics.add(alias=7, boolean_value=occupied, **({"name": name} if name else {}))
    return message(TOPIC.format(kind), payload.SerializeToString(), NOW + 60_000_000)


def birth(second: int) -> Message:
    return sparkplug("DBIRTH", second, False, b"occupied")


def data(second: int) -> Message:
    return sparkplug("DDATA", second, True)


def worked(state: PartitionState, *messages: Message) -> Outcome:
    registry, offset = with_sparkplug(), state.source_offset + 1
    frame = MessageFrame(1, -1, 0, 1, "v", list(messages))
    prepared = prepare(frame, registry, state, PARTITION, 4)
    return finish(frame, prepared, {}, registry, state, partition=PARTITION, offset=offset, now=NOW)


def values(outcome: Outcome) -> list[object]:
    return [o.value for o in outcome.observations if o.datastream.observed_property == "occupied"]


def test_data_of_a_later_frame_are_named_by_the_birth_of_an_earlier_one() -> None:
    state = PartitionState()
    born = worked(state, birth(0))
    assert (values(born), [key for key, _ in born.births]) == ([False], [KEY])
    told = worked(state, data(1))
    assert (values(told), told.births, told.rejections) == ([True], [], [])


def test_a_worker_that_reads_the_births_back_goes_on_where_the_other_stopped() -> None:
    born = worked(PartitionState(), birth(0))
    successor = PartitionState()
    for key, value in born.births:
        successor.births.apply(key, value)
    told = worked(successor, data(1))
    assert (values(told), told.births) == ([True], [])


def test_without_its_birth_an_alias_is_rejected_by_name() -> None:
    outcome = worked(PartitionState(), data(1))
    assert values(outcome) == []
    assert "unknown alias 7" in outcome.rejections[0].detail


def test_a_farewell_takes_the_record_back() -> None:
    state = PartitionState()
    worked(state, birth(0))
    farewell = worked(state, message(TOPIC.format("DDEATH"), b"", NOW + 60_000_001))
    assert farewell.births == [(KEY, None)]
    assert len(worked(state, data(2)).rejections) == 1


def test_what_is_replayed_changes_nothing_that_was_announced_since() -> None:
    state = PartitionState()
    worked(state, structs.replace(birth(20), received_at=NOW + 80_000_000))
    again = worked(state, birth(0), data(1), message(TOPIC.format("DDEATH"), b"", NOW + 60_000_001))
    assert (values(again), again.births) == ([False], [])
    # Its numbers are those of a birth that is forgotten: they are not read by a younger one's.
    assert "unknown alias 7" in again.rejections[0].detail
    assert values(worked(state, data(21))) == [True]


def test_a_record_that_cannot_be_read_makes_its_sender_unknown() -> None:
    births = Births()
    births["a"] = Birth({1: "x"}, {"x": 9})
    births.apply(b"a", b"\xc1")
    assert dict(births) == {}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 3)), max_size=20), st.integers(1, 4))
def test_the_records_fold_to_what_is_remembered(steps: list[tuple[str, int | None]], every: int) -> None:
    births, folded = Births(), Births()
    records: list[Change] = []
    for number, (sender, alias) in enumerate(steps):
        if alias is None:
            births.pop(sender, None)
        else:
            births[sender] = Birth({alias: "x"}, {"x": 9})
        if number % every == 0:
            records += births.take_changes()
    for key, value in [*records, *births.take_changes()]:
        folded.apply(key, value)
    assert list(folded.items()) == list(births.items())
    assert folded.take_changes() == []


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    broker = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1})
    for topic in Topics().all():
        broker.list_topics(topic, timeout=10)
    address = next(iter(broker.list_topics(timeout=10).brokers.values()))
    yield load_settings(None, kafka_bootstrap=f"{address.host}:{address.port}", data_dir=tmp_path)
    del broker


def recovered(settings: Settings) -> PartitionState:
    reader = open_reader(settings)
    try:
        return asyncio.run(recover(settings, small_registry(), reader, PARTITION))
    finally:
        reader.close()


def test_a_takeover_reads_every_birth_and_no_buried_one(settings: Settings) -> None:
    births = Births()
    for number in range(50):
        births[f"sender-{number % 20}"] = Birth({number: "x"}, {"x": 9})
    del births["sender-3"]
    records = births.take_changes()
    producer = KafkaProducer(**kafka_python_options(settings))
    for key, value in [(b"sender-3", records[0][1]), *records]:
        producer.send(Topics().births, value, key=key, partition=PARTITION).get(10)
    producer.close()
    state = recovered(settings)
    assert dict(state.births) == dict(births)
    assert len(state.births) == 19


def test_births_of_a_frame_that_is_not_done_with_are_passed_over(settings: Settings) -> None:
    producer = KafkaProducer(**kafka_python_options(settings))
    done = encode_observations(ObservationFrame(4, 0, 1, "v", []))
    producer.send(Topics().observations, done, partition=PARTITION).get(10)
    for source, alias in ((3, 1), (5, 2)):
        births = Births()
        births["a"] = Birth({alias: "x"}, {"x": 9})
        [(key, value)] = births.take_changes()
        headers = [(SOURCE, b"%d" % source)]
        producer.send(Topics().births, value, key=key, headers=headers, partition=PARTITION).get(10)
    producer.close()
    state = recovered(settings)
    assert state.source_offset == 4
    assert dict(state.births) == {"a": Birth({1: "x"}, {"x": 9})}
