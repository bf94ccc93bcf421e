from dataclasses import replace

import pytest

from stadspuls.codecs import CodecContext, Decoded, Decoding
from stadspuls.log import partition_of
from stadspuls.model import Message, Reason
from stadspuls.registry import Registry
from streams.decode import decode
from streams.faults import Fault
from tests.streams.small_city import NOW, message

AIR = partition_of("gent/air-quality", 4)
PARKING = partition_of("gent/parking", 4)
TIME = '"time": "2026-05-28T20:00:00Z"'


def faults_of(registry: Registry, given: Message, partition: int = AIR) -> list[Fault]:
    readings, faults = decode([given], registry, partition, 4)
    assert readings == []
    return faults


def test_one_message_may_carry_several_properties(registry: Registry) -> None:
    given = message("gent/air-quality/A1", f'{{{TIME}, "no2": 41.2, "pm10": 18}}')
    readings, faults = decode([given], registry, AIR, 4)
    assert [(r.datastream.observed_property, r.value, r.index) for r in readings] == [
        ("no2", 41.2, 0),
        ("pm10", 18.0, 0),
    ]
    assert faults == []


@pytest.mark.parametrize("topic", ["gent/noise/N1", "nowhere", "gent/air-quality", "brugge/parking/P1", "a/b/c/d"])
def test_an_unknown_topic_is_unregistered(registry: Registry, topic: str) -> None:
    assert [f.reason for f in faults_of(registry, message(topic, "{}"))] == [Reason.UNREGISTERED]


def test_an_unknown_sensor_is_unregistered_by_name(registry: Registry) -> None:
    [fault] = faults_of(registry, message("gent/air-quality/B7", f'{{{TIME}, "no2": 1}}'))
    assert (fault.reason, fault.dataset) == (Reason.UNREGISTERED, "gent/air-quality")
    assert "B7" in fault.detail


def test_an_undeclared_property_is_unregistered_and_the_others_are_read(registry: Registry) -> None:
    given = message("gent/air-quality/A1", f'{{{TIME}, "no2": 1, "no_2": 2}}')
    readings, [fault] = decode([given], registry, AIR, 4)
    assert [r.value for r in readings] == [1.0]
    assert (fault.reason, fault.observed_property) == (Reason.UNREGISTERED, "no_2")
    assert "no2, pm10" in fault.detail


@pytest.mark.parametrize(
    ("topic", "field"),
    [
        ("gent/air-quality/A1", '"no2": true'),
        ("gent/air-quality/A1", '"no2": "41.2"'),
        ("gent/parking/S1", '"occupied": 1'),
        ("gent/parking/P1", '"message": 7'),
    ],
)
def test_a_value_of_the_wrong_type_is_undecodable(registry: Registry, topic: str, field: str) -> None:
    partition = AIR if "air" in topic else PARKING
    [fault] = faults_of(registry, message(topic, f"{{{TIME}, {field}}}"), partition)
    assert fault.reason is Reason.UNDECODABLE


def test_bytes_that_are_no_json_are_undecodable_and_stop_nothing(registry: Registry) -> None:
    good = message("gent/air-quality/A1", f'{{{TIME}, "no2": 1}}')
    readings, [fault] = decode([message("gent/air-quality/A1", b"\xff\x00"), good], registry, AIR, 4)
    assert [r.index for r in readings] == [1]
    assert (fault.message, fault.reason) == (0, Reason.UNDECODABLE)


def test_a_payload_that_was_cut_is_too_large(registry: Registry) -> None:
    cut = Message("gent/air-quality/A1", b"{", NOW, length=70_000, sha256=b"0" * 32)
    [fault] = faults_of(registry, cut)
    assert fault.reason is Reason.TOO_LARGE
    assert "70000" in fault.detail


def test_a_time_without_zone_needs_a_declared_one(registry: Registry) -> None:
    payload = '{"time": "2026-05-28T22:00:00", "no2": 1}'
    [fault] = faults_of(registry, message("gent/air-quality/A1", payload))
    assert fault.reason is Reason.NO_TIME_ZONE
    [reading], _ = decode([message("gent/air-quality/A2", payload)], registry, AIR, 4)
    assert reading.observed_at == NOW - 1_600_000_000


def test_a_dataset_is_never_published_in_another_partition(registry: Registry) -> None:
    given = message("gent/air-quality/A1", f'{{{TIME}, "no2": 1}}')
    [fault] = faults_of(registry, given, (AIR + 1) % 4)
    assert fault.reason is Reason.UNREGISTERED


def test_a_codec_that_breaks_stops_nothing(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(payload: bytes, context: CodecContext) -> Decoding:
        raise ZeroDivisionError

    route = registry.route("gent/air-quality/A1")
    assert route is not None
    monkeypatch.setattr(registry, "route", lambda topic: replace(route, read=broken))
    [fault] = faults_of(registry, message("gent/air-quality/A1", "{}"))
    assert (fault.reason, fault.sensor) == (Reason.UNDECODABLE, "A1")
    assert "ZeroDivisionError" in fault.detail


def test_what_the_broker_had_retained_is_a_reading_only_by_its_own_time(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def timeless(payload: bytes, context: CodecContext) -> Decoding:
        return Decoding([Decoded(None, context.received_at, "no2", 1.0)], [])

    given = message("gent/air-quality/A1", f'{{{TIME}, "no2": 41.2}}')
    given.retained = True
    assert [r.value for r in decode([given], registry, AIR, 4)[0]] == [41.2]
    route = registry.route(given.topic)
    assert route is not None
    monkeypatch.setattr(registry, "route", lambda topic: replace(route, read=timeless))
    assert decode([given], registry, AIR, 4) == ([], [])
    given.retained = False
    assert [r.value for r in decode([given], registry, AIR, 4)[0]] == [1.0]
