"""A replay publishes what can be published, once, and marks it; whatever happens in between, it can be repeated."""

import dataclasses
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest
from kafka import KafkaConsumer, TopicPartition
from msgspec.structs import replace

from stadspuls.clock import DAY, SECOND, now_us, rfc3339
from stadspuls.codecs import CodecContext, Decoded, Decoding
from stadspuls.errors import LogError
from stadspuls.log import Topics, partition_of
from stadspuls.log.clients import kafka_python_options
from stadspuls.model import Message, Reason, Rejection
from stadspuls.registry import Dataset, Registry, Sensor, Source
from stadspuls.replaying import Replayer, Result, select
from stadspuls.replaying import replay as replaying
from stadspuls.replaying.following import Follower
from stadspuls.settings import Settings, load_settings
from tests.stadspuls.replaying.pipeline import PARTITIONS, Pipeline
from tests.store.kafka_log import Broker, until
from tests.streams.small_city import NOW, message, small_registry

PARKING = partition_of("gent/parking", PARTITIONS)


@pytest.fixture(scope="module")
def broker() -> Broker:
    return Broker()


@pytest.fixture
def pipeline(broker: Broker, tmp_path: Path) -> Iterator[Pipeline]:
    with Pipeline(broker, tmp_path, small_registry()) as running:
        yield running


def bare(payload: bytes, context: CodecContext) -> Decoding:
    """A device without a clock: `7 true` is a number of spaces and whether it is occupied."""
    sensor = context.topic.rpartition("/")[2]
    vacant, _, occupied = payload.decode().partition(" ")
    values: list[Decoded] = [Decoded(sensor, context.received_at, "vacantSpaces", float(vacant))]
    if occupied:
        values.append(Decoded(sensor, context.received_at, "occupied", occupied == "true"))
    return Decoding(values, [])


BARE = Source(id="bare", filter="gent/bare/#", theme="parking", codec="bare", read=bare)


def registry_with(*properties: str) -> Registry:
    """The small city whose car park has a sensor P9 with these properties; none: the sensor is not there."""
    registry = small_registry()
    city = registry.cities["gent"]
    datasets: dict[str, Dataset] = {}
    changed = dataclasses.replace(city, datasets=MappingProxyType(datasets), sources=(BARE,))
    new = {"P9": Sensor(id="P9", site="garage", properties=properties)} if properties else {}
    for name, dataset in city.datasets.items():
        sensors = {**dataset.sensors, **new} if name == "parking" else dataset.sensors
        datasets[name] = dataclasses.replace(dataset, city=changed, sensors=sensors)
    return Registry({"gent": changed}, registry.themes, f"version{len(properties)}")


def timed(second: int, **values: object) -> Message:
    """A message that names its time, received a second later."""
    text = json.dumps({"time": rfc3339(NOW + second * SECOND), **values})
    return message("gent/parking/P9", text, NOW + (second + 1) * SECOND)


def untimed(second: int, text: str) -> Message:
    return message("gent/bare/P9", text, NOW + second * SECOND)


def replayed(pipeline: Pipeline, *, again: bool = False, seconds: float = 60) -> Result:
    """Everything that is kept back, replayed as an operator does it."""
    selection = select(pipeline.rejections(), again=again)
    with Replayer(pipeline.settings, pipeline.registry) as replayer:
        return replayer.replay(selection.messages, seconds=seconds)


def told(pipeline: Pipeline) -> list[tuple[str, object, int]]:
    """Property, value, and the second at which it was observed."""
    found = [o for o in pipeline.observations("gent/parking") if o.datastream.sensor == "P9"]
    return [(o.datastream.observed_property, o.value, (o.observed_at - NOW) // SECOND) for o in found]


def kept(pipeline: Pipeline, number: int) -> list[Rejection]:
    """The rejections, newest first, once there are so many."""
    until(lambda: len(pipeline.rejections()) == number, f"{number} rejections")
    return pipeline.rejections()


def test_what_a_sensor_sent_before_it_was_registered_is_published_at_its_original_instants(pipeline: Pipeline) -> None:
    pipeline.registry = registry_with()
    pipeline.receive(PARKING, untimed(1, "11"), timed(2, vacantSpaces=12))
    kept(pipeline, 2)
    pipeline.registry = registry_with("vacantSpaces")
    result = replayed(pipeline)
    assert (result.sent, result.stored, result.published, result.rejected) == (2, 2, 2, {})
    assert told(pipeline) == [("vacantSpaces", 11.0, 1), ("vacantSpaces", 12.0, 2)]
    received = [o.received_at for o in pipeline.observations("gent/parking")]
    assert received == [NOW + 1 * SECOND, NOW + 3 * SECOND]
    until(lambda: all(r.replayed_at is not None for r in pipeline.rejections()), "the marks")
    assert replayed(pipeline).sent == 0


def test_the_same_range_three_times_publishes_once_also_what_was_half_published(pipeline: Pipeline) -> None:
    pipeline.registry = registry_with("vacantSpaces")
    pipeline.receive(PARKING, untimed(1, "21 true"), timed(2, vacantSpaces=22, occupied=False))
    kept(pipeline, 2)
    until(lambda: told(pipeline) == [("vacantSpaces", 21.0, 1), ("vacantSpaces", 22.0, 2)], "the good halves")
    pipeline.registry = registry_with("vacantSpaces", "occupied")
    results = [replayed(pipeline, again=True) for _ in range(3)]
    assert [(r.sent, r.rejected) for r in results] == [(2, {})] * 3
    assert [r.published for r in results][1:] == [0, 0]
    assert told(pipeline) == [
        ("occupied", True, 1),
        ("vacantSpaces", 21.0, 1),
        ("occupied", False, 2),
        ("vacantSpaces", 22.0, 2),
    ]


def test_a_reading_that_also_arrives_anew_is_published_once(pipeline: Pipeline) -> None:
    pipeline.registry = registry_with()
    first = timed(5, vacantSpaces=51)
    pipeline.receive(PARKING, first)
    kept(pipeline, 1)
    pipeline.registry = registry_with("vacantSpaces")
    pipeline.receive(PARKING, replace(first, received_at=NOW + 60 * SECOND))
    result = replayed(pipeline)
    assert (result.stored, result.published, result.rejected) == (1, 0, {})
    pipeline.receive(PARKING, replace(first, received_at=NOW + 61 * SECOND))
    assert replayed(pipeline, again=True).stored == 1
    assert told(pipeline) == [("vacantSpaces", 51.0, 5)]


def test_what_is_rejected_again_stays_one_entry_with_its_first_instant_and_no_mark(pipeline: Pipeline) -> None:
    pipeline.registry = registry_with("vacantSpaces")
    ahead = message("gent/parking/P9", json.dumps({"time": rfc3339(NOW + DAY), "vacantSpaces": 61}), NOW)
    pipeline.receive(PARKING, timed(6, vacantSpaces=62), timed(6, vacantSpaces=63), ahead)
    before = kept(pipeline, 2)
    assert {r.reason for r in before} == {Reason.CONFLICT, Reason.FUTURE}
    for _ in range(2):
        result = replayed(pipeline)
        assert (result.stored, result.published) == (2, 0)
        assert result.rejected == {Reason.CONFLICT: 1, Reason.FUTURE: 1}
        assert "published as 62.0" in result.details[Reason.CONFLICT]
    assert pipeline.rejections() == before


def test_another_reason_is_another_entry_and_the_first_one_is_done_with(pipeline: Pipeline) -> None:
    pipeline.registry = registry_with()
    pipeline.receive(PARKING, untimed(7, "99999"))
    kept(pipeline, 1)
    pipeline.registry = registry_with("vacantSpaces")
    assert replayed(pipeline).rejected == {Reason.IMPOSSIBLE: 1}
    until(lambda: [r.replayed_at is None for r in kept(pipeline, 2)] == [True, False], "the mark of the first")
    assert [r.reason for r in pipeline.rejections()] == [Reason.IMPOSSIBLE, Reason.UNREGISTERED]


def test_a_retained_message_is_replayed_as_one(pipeline: Pipeline) -> None:
    # Without the source, nobody knows the topic.
    pipeline.registry = small_registry()
    pipeline.receive(PARKING, *(replace(m, retained=True) for m in (untimed(8, "81"), timed(8, vacantSpaces=82))))
    kept(pipeline, 2)
    pipeline.registry = registry_with("vacantSpaces")
    # Of what the broker had from before, only a reading with a time of its own is one.
    assert replayed(pipeline).published == 1
    assert told(pipeline) == [("vacantSpaces", 82.0, 8)]


def test_messages_go_to_the_partition_that_their_dataset_has_now(pipeline: Pipeline) -> None:
    unknown = "gent/nowhere/X1"
    elsewhere = partition_of(unknown, PARTITIONS)
    # A topic that nobody knew was put by its text; so is one that is still unknown.
    pipeline.registry = small_registry()
    pipeline.receive(partition_of("gent/bare/P9", PARTITIONS), untimed(9, "91"))
    pipeline.receive(elsewhere, message(unknown, "92", NOW + 9))
    kept(pipeline, 2)
    pipeline.registry = registry_with("vacantSpaces")
    seen = len(pipeline.frames)
    result = replayed(pipeline)
    assert {(p, m.topic) for p, frame in pipeline.frames[seen:] for m in frame} == {
        (PARKING, "gent/bare/P9"),
        (elsewhere, unknown),
    }
    assert (result.published, result.rejected) == (1, {Reason.UNREGISTERED: 1})


def test_a_worker_that_takes_up_the_registry_late_does_not_spoil_a_replay(pipeline: Pipeline) -> None:
    pipeline.registry = registry_with()
    pipeline.receive(PARKING, untimed(4, "44"))
    rejected, seen = kept(pipeline, 1), len(pipeline.frames)
    # It is in force, and the worker takes it up after the message came once.
    pipeline.taken_up_after(seen + 1, registry_with("vacantSpaces"))
    with Replayer(pipeline.settings, registry_with("vacantSpaces")) as replayer:
        result = replayer.replay(select(rejected).messages)
    assert (result.sent, result.stored, result.published, result.rejected) == (1, 1, 1, {})


def test_many_messages_go_in_pieces_and_in_order(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.registry = registry_with()
    sent = [untimed(n, str(n)) for n in range(30)]
    pipeline.receive(PARKING, *sent)
    kept(pipeline, 30)
    pipeline.registry = registry_with("vacantSpaces")
    monkeypatch.setattr(replaying, "PIECE_BYTES", 7 * 100)
    settings = pipeline.settings.model_copy(update={"frame_entries": 3})
    seen, reports = len(pipeline.frames), list[int]()
    with Replayer(settings, pipeline.registry) as replayer:
        result = replayer.replay(select(pipeline.rejections()).messages, lambda r: reports.append(r.stored))
    frames = [frame for _, frame in pipeline.frames[seen:]]
    assert [m for frame in frames for m in frame] == sent
    assert max(map(len, frames)) == 3
    assert len(reports) > 3
    assert reports[-1] == result.stored == result.published == 30


@pytest.fixture
def alone(broker: Broker, tmp_path: Path) -> Settings:
    """Kafka without anybody who works messages through."""
    return load_settings(None, kafka_bootstrap=broker.address, topic_prefix=broker.fresh_prefix(), data_dir=tmp_path)


WAITING = select([Rejection(Reason.UNREGISTERED, "no", "gent/parking/P9", b"1", NOW, NOW, 0, 0, 0)]).messages


def test_a_replay_that_is_not_worked_through_in_time_says_so_and_marks_nothing(alone: Settings) -> None:
    with Replayer(alone, small_registry()) as replayer:
        result = replayer.replay(WAITING * 2, seconds=0.3)
    assert (result.sent, result.stored) == (2, 0)
    with Follower(alone, threading.Event()) as follower:
        rejected = {p: n for p, n in follower.places(range(PARTITIONS)).items() if p.topic.endswith("rejected")}
    assert set(rejected.values()) == {0}


def test_a_stop_ends_the_wait(alone: Settings) -> None:
    stop = threading.Event()
    with Replayer(alone, small_registry(), stop) as replayer:
        threading.Timer(0.2, stop.set).start()
        assert replayer.replay(WAITING, seconds=600).stored == 0


def test_a_record_of_now_is_not_forgotten_by_the_time_of_its_message(alone: Settings) -> None:
    before = now_us() // 1000
    with Replayer(alone, small_registry()) as replayer:
        replayer.replay(WAITING, seconds=0.1)
    consumer = KafkaConsumer(**kafka_python_options(alone), auto_offset_reset="earliest")
    consumer.assign([TopicPartition(Topics(alone.topic_prefix).messages, PARKING)])
    until(lambda: any(r.timestamp >= before for found in consumer.poll(100).values() for r in found), "a fresh record")
    consumer.close()


def test_another_log_with_the_same_offsets_is_not_taken_for_the_first(pipeline: Pipeline) -> None:
    with Follower(pipeline.settings, threading.Event()) as follower:
        places = follower.places([PARKING])
        pipeline.receive(PARKING, timed(10, vacantSpaces=1))
        assert not follower.follow({PARKING: {0: b"what was put there before"}}, places, seconds=3).done
        assert follower.follow({PARKING: {0: pipeline.record}}, places, seconds=60).done


def test_a_kafka_that_is_not_there_is_told() -> None:
    with (
        pytest.raises(LogError, match="does not answer"),
        Replayer(load_settings(None, kafka_bootstrap="127.0.0.1:1"), small_registry()),
    ):
        pass
