"""Sparkplug B: births name what data call by alias, deaths end that, and nothing is guessed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import parse_rfc3339
from stadspuls.codecs import Birth, CodecContext, Decoded, Decoding, Memory
from stadspuls.codecs.sparkplug import REMEMBERED, SENDERS, decode_sparkplug
from stadspuls.codecs.sparkplug_wire import Payload
from stadspuls.errors import CodecError
from stadspuls.model import Reason

NOW = parse_rfc3339("2026-01-05T08:00:05Z")
EIGHT = parse_rfc3339("2026-01-05T08:00:00Z")
NODE = "gent/spBv1.0/parking/{}/gateway-1"
DEVICE = NODE + "/space-7"
Metric = dict[str, Any]


def payload(*metrics: Metric, timestamp: int | None = EIGHT // 1000) -> bytes:
    message = Payload()
    if timestamp is not None:
        message.timestamp = timestamp
    for metric in metrics:
        message.metrics.add(**{k: v.encode() if isinstance(v, str) else v for k, v in metric.items()})
    written: bytes = message.SerializeToString()
    return written


def decode(
    topic: str, sent: bytes, memory: Memory | None = None, ignore: frozenset[str] = frozenset(), after: int = 0
) -> Decoding:
    """`after`: microseconds after NOW at which it is received."""
    return decode_sparkplug(sent, CodecContext(topic, NOW + after, ignore=ignore, memory=memory))


BORN = payload(
    {"name": "bdSeq", "datatype": 8, "long_value": 3},
    {"name": "Node Control/Rebirth", "datatype": 11, "boolean_value": False},
    {"name": "temperature", "alias": 1, "datatype": 9, "float_value": 21.4},
)
DEVICE_BORN = payload({"name": "occupied", "alias": 7, "datatype": 11, "boolean_value": False})
BY_ALIAS = payload({"alias": 7, "boolean_value": True})


@pytest.fixture
def memory() -> Memory:
    """What is remembered after the births of the node and its device."""
    born: Memory = {}
    decode(NODE.format("NBIRTH"), BORN, born)
    decode(DEVICE.format("DBIRTH"), DEVICE_BORN, born)
    return born


def test_a_birth_gives_the_values_it_announces_and_not_what_controls_the_node() -> None:
    decoding = decode(NODE.format("NBIRTH"), BORN, {})
    assert decoding == Decoding([Decoded("parking/gateway-1", EIGHT, "temperature", 21.4)], [])


def test_data_by_alias_are_named_by_the_birth(memory: Memory) -> None:
    decoding = decode(DEVICE.format("DDATA"), BY_ALIAS, memory)
    assert decoding == Decoding([Decoded("parking/gateway-1/space-7", EIGHT, "occupied", True)], [])


def test_data_by_name_need_no_birth() -> None:
    sent = payload({"name": "no2", "datatype": 10, "double_value": 41.2, "timestamp": EIGHT // 1000 - 60_000})
    [value] = decode(NODE.format("NDATA"), sent, {}).values
    assert (value.name, value.value, value.time) == ("no2", 41.2, EIGHT - 60_000_000)


def test_an_alias_that_no_birth_explained_is_unknown_by_name() -> None:
    decoding = decode(DEVICE.format("DDATA"), BY_ALIAS, {})
    assert decoding.values == []
    [fault] = decoding.faults
    assert (fault.reason, fault.name) == (Reason.UNDECODABLE, "alias 7")
    assert "unknown alias 7" in fault.detail


def test_an_alias_belongs_to_its_own_sender(memory: Memory) -> None:
    assert decode(DEVICE.format("DDATA").replace("space-7", "space-8"), BY_ALIAS, memory).values == []
    assert decode(NODE.format("NDATA"), BY_ALIAS, memory).values == []


def test_a_dead_device_is_silent_until_it_is_born_again(memory: Memory) -> None:
    assert decode(DEVICE.format("DDEATH"), payload(), memory) == Decoding([], [])
    assert decode(DEVICE.format("DDATA"), BY_ALIAS, memory).values == []
    decode(DEVICE.format("DBIRTH"), DEVICE_BORN, memory)
    assert len(decode(DEVICE.format("DDATA"), BY_ALIAS, memory).values) == 1


def test_a_dead_node_takes_its_devices_along(memory: Memory) -> None:
    decode(NODE.format("NDEATH"), payload({"name": "bdSeq", "datatype": 8, "long_value": 3}), memory)
    assert memory == {}


def test_the_will_of_an_earlier_session_kills_nobody(memory: Memory) -> None:
    before = dict(memory)
    decode(NODE.format("NDEATH"), payload({"name": "bdSeq", "datatype": 8, "long_value": 2}), memory)
    assert memory == before


def test_a_node_that_is_born_again_has_no_devices_yet(memory: Memory) -> None:
    decode(NODE.format("NBIRTH"), BORN, memory, after=1)
    assert list(memory) == ["gent/spBv1.0/parking/gateway-1"]


def test_what_comes_a_second_time_changes_nothing_that_came_after_it(memory: Memory) -> None:
    other = payload({"name": "closed", "alias": 7, "boolean_value": False}, timestamp=EIGHT // 1000 + 5000)
    decode(DEVICE.format("DBIRTH"), other, memory, after=5)
    before = dict(memory)
    # Copies of frames keep the instants of the first.
    assert len(decode(NODE.format("NBIRTH"), BORN, memory).values) == 1
    assert len(decode(DEVICE.format("DBIRTH"), DEVICE_BORN, memory).values) == 1
    decode(DEVICE.format("DDEATH"), payload(), memory, after=4)
    assert memory == before
    decode(DEVICE.format("DDEATH"), payload(), memory, after=6)
    assert memory != before


def test_a_device_of_an_earlier_session_is_not_born_by_a_copy(memory: Memory) -> None:
    decode(NODE.format("NBIRTH"), BORN, memory, after=5)
    decode(DEVICE.format("DBIRTH"), DEVICE_BORN, memory)
    assert list(memory) == ["gent/spBv1.0/parking/gateway-1"]


def test_data_that_were_sent_before_a_birth_are_not_named_by_it(memory: Memory) -> None:
    other = payload({"name": "closed", "alias": 7, "boolean_value": False}, timestamp=EIGHT // 1000 + 5000)
    decode(DEVICE.format("DBIRTH"), other, memory, after=5)
    # Also where a broker delivers them again, so that they are received later.
    decoding = decode(DEVICE.format("DDATA"), BY_ALIAS, memory, after=9)
    assert (decoding.values, [fault.name for fault in decoding.faults]) == ([], ["alias 7"])


def test_a_new_birth_may_give_an_alias_to_another_metric(memory: Memory) -> None:
    decode(DEVICE.format("DBIRTH"), payload({"name": "closed", "alias": 7, "boolean_value": False}), memory)
    assert [value.name for value in decode(DEVICE.format("DDATA"), BY_ALIAS, memory).values] == ["closed"]


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ({"datatype": 3, "int_value": 2**32 - 5}, -5.0),
        ({"datatype": 1, "int_value": 0xFB}, -5.0),
        ({"datatype": 2, "int_value": 0xFFFFFFFB}, -5.0),
        ({"datatype": 4, "long_value": 2**64 - 5}, -5.0),
        ({"datatype": 7, "int_value": 2**32 - 5}, 4294967291.0),
        ({"datatype": 8, "long_value": 2**64 - 1}, 18446744073709551615.0),
        ({"datatype": 9, "float_value": 21.4}, 21.4),
        ({"datatype": 9, "float_value": 16777216.0}, 16777216.0),
        ({"datatype": 10, "double_value": 0.1}, 0.1),
        ({"datatype": 11, "boolean_value": True}, True),
        ({"datatype": 12, "string_value": "open"}, "open"),
    ],
)
def test_values_are_read_by_their_data_type(metric: Metric, value: object) -> None:
    [read] = decode(NODE.format("NDATA"), payload({"name": "x", **metric}), {}).values
    assert (read.value, type(read.value)) == (value, type(value))


def test_the_data_type_may_be_known_from_the_birth_alone() -> None:
    memory: Memory = {}
    decode(NODE.format("NBIRTH"), payload({"name": "t", "alias": 1, "datatype": 3, "int_value": 0}), memory)
    [value] = decode(NODE.format("NDATA"), payload({"alias": 1, "int_value": 2**32 - 1}), memory).values
    assert value.value == -1.0


@pytest.mark.parametrize(
    ("metric", "reason", "told"),
    [
        ({"datatype": 10, "double_value": float("nan")}, Reason.IMPOSSIBLE, "'x' is NaN"),
        ({"datatype": 9, "float_value": float("inf")}, Reason.IMPOSSIBLE, "'x' is infinite"),
        ({"datatype": 13, "long_value": 1}, Reason.UNDECODABLE, "data type 13, which is no result"),
        ({"datatype": 17, "bytes_value": b"a"}, Reason.UNDECODABLE, "data type 17"),
        ({"datatype": 12, "string_value": b"\xff"}, Reason.UNDECODABLE, "'x' is not UTF-8"),
        ({"datatype": 10}, Reason.UNDECODABLE, "'x' has no value"),
        ({"datatype": 10, "double_value": 1.0, "timestamp": 7}, Reason.UNDECODABLE, "the timestamp 7"),
        ({"datatype": 10, "double_value": 1.0, "timestamp": 2**64 - 1}, Reason.UNDECODABLE, "the timestamp 1844"),
        ({"name": b"\xff", "double_value": 1.0}, Reason.UNDECODABLE, "name is not UTF-8"),
        ({"name": b"", "double_value": 1.0}, Reason.UNDECODABLE, "neither name nor alias"),
    ],
)
def test_a_bad_metric_loses_only_itself(metric: Metric, reason: Reason, told: str) -> None:
    sent = payload({"name": "x", **metric}, {"name": "y", "double_value": 1.0})
    decoding = decode(NODE.format("NDATA"), sent, {})
    assert [value.name for value in decoding.values] == ["y"]
    assert [fault.reason for fault in decoding.faults] == [reason]
    assert told in decoding.faults[0].detail


def test_null_and_ignored_metrics_are_no_readings() -> None:
    sent = payload({"name": "x", "is_null": True}, {"name": "battery", "double_value": 3.1})
    assert decode(NODE.format("NDATA"), sent, {}, frozenset({"battery"})) == Decoding([], [])


def test_data_without_any_time_are_refused() -> None:
    [fault] = decode(NODE.format("NDATA"), payload({"name": "x", "double_value": 1.0}, timestamp=None)).faults
    assert "the timestamp 0" in fault.detail


@pytest.mark.parametrize("topic", ["gent/spBv1.0/STATE/host", NODE.format("NCMD"), DEVICE.format("DCMD")])
def test_commands_and_hosts_hold_no_reading(topic: str) -> None:
    assert decode(topic, b"\xff", {}) == Decoding([], [])


@pytest.mark.parametrize(
    "topic",
    ["gent/parking/x", "gent/spBv1.0/a", NODE.format("DDATA"), DEVICE.format("NDATA"), NODE.format("XDATA")],
)
def test_a_topic_of_another_kind_is_refused(topic: str) -> None:
    with pytest.raises(CodecError, match=r"spBv1\.0"):
        decode(topic, payload(), {})


def test_bytes_that_are_no_protobuf_are_refused() -> None:
    with pytest.raises(CodecError, match="no payload of Sparkplug B"):
        decode(NODE.format("NDATA"), b"\xff\xff\xff", {})


def test_many_small_births_have_an_end_too_and_no_city_pushes_another_out(memory: Memory) -> None:
    other = "aalst/spBv1.0/a/NBIRTH/{}"
    for i in range(SENDERS + 5):
        decode(other.format(i), payload(), memory)
    assert len(memory) == SENDERS + 2
    assert "gent/spBv1.0/parking/gateway-1" in memory


def test_what_is_remembered_has_an_end() -> None:
    memory: Memory = {}
    for i in range(4):
        metrics = [{"name": f"m{n}", "alias": n} for n in range(REMEMBERED // 3)]
        decode(NODE.format("NBIRTH") + str(i), payload(*metrics), memory)
    assert [key[-1] for key in memory] == ["1", "2", "3"]


TOPICS = st.sampled_from(["NBIRTH", "NDATA", "NDEATH"]).map(NODE.format) | st.sampled_from(
    ["DBIRTH", "DDATA", "DDEATH"]
).map(DEVICE.format)
METRICS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["a", "b", "bdSeq", "Node Control/Rebirth"]) | st.binary(max_size=4),
        "alias": st.integers(0, 3),
        "timestamp": st.integers(0, 2**64 - 1),
        "datatype": st.integers(0, 40),
        "double_value": st.floats(),
    },
)


@given(st.lists(st.tuples(TOPICS, st.binary(max_size=40) | st.lists(METRICS, max_size=4).map(lambda m: payload(*m)))))
def test_any_messages_give_values_faults_or_a_codec_error(messages: list[tuple[str, bytes]]) -> None:
    memory: Memory = {}
    for topic, sent in messages:
        try:
            decode(topic, sent, memory)
        except CodecError:
            continue
    assert all(isinstance(born, Birth) for born in memory.values())


@given(st.data())
def test_a_changed_birth_gives_values_faults_or_a_codec_error(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(BORN) - 1))
    changed = BORN[:place] + data.draw(st.binary(max_size=4)) + BORN[place + data.draw(st.integers(0, 2)) :]
    try:
        decode(NODE.format("NBIRTH"), changed, {})
    except CodecError:
        return
