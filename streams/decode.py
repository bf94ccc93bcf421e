"""Step 1: which datastreams does a message speak of, and what does it say?"""

from collections.abc import Sequence

from stadspuls.clock import rfc3339
from stadspuls.codecs import CodecContext, Decoded, Memory
from stadspuls.errors import CodecError
from stadspuls.log import partition_of
from stadspuls.logs import Seldom, get_logger
from stadspuls.model import Datastream, Message, Reading, Reason
from stadspuls.registry import Dataset, Property, Registry, Route
from streams.faults import Fault
from streams.translate import translate_all

_log = get_logger()
_failures = Seldom()
"""A codec may fail at every message."""

_TYPES = {"number": float, "boolean": bool, "text": str}
_WORDS = {float: "a number", bool: "a boolean", str: "a text"}


def decode(
    messages: Sequence[Message], registry: Registry, partition: int, partitions: int, memory: Memory | None = None
) -> tuple[list[Reading], list[Fault]]:
    """Readings of a frame's messages in the order of arrival, and why the others are none.

    Args:
        messages: one frame's.
        registry: what is registered now.
        partition: where the frame came in; a dataset that lives elsewhere must not be published here.
        partitions: how many there are.
        memory: what earlier messages of the partition announced; takes in what these announce.
    """
    readings: list[Reading] = []
    faults: list[Fault] = []
    for index, message in enumerate(messages):
        if message.length is not None:
            faults.append(Fault(index, Reason.TOO_LARGE, f"{message.length} bytes; at most 65536 are read"))
            continue
        route = registry.route(message.topic)
        if route is None:
            faults.append(Fault(index, Reason.UNREGISTERED, "no dataset and no source of a city has this topic"))
        elif partition_of(route.dataset.name, partitions) != partition:
            detail = f"came in before {route.dataset.name} was registered; replay it"
            faults.append(Fault(index, Reason.UNREGISTERED, detail, route.dataset.name))
        else:
            found = _decode_message(message, index, route, memory)
            readings += found[0]
            faults += found[1]
    return readings, faults


def _decode_message(
    message: Message, index: int, route: Route, memory: Memory | None
) -> tuple[list[Reading], list[Fault]]:
    dataset = route.dataset
    sensor = dataset.sensors.get(route.sensor_id) if route.sensor_id is not None else None
    if sensor is None and route.sensor_id is not None:
        return [], [Fault(index, Reason.UNREGISTERED, _unknown_sensor(route.sensor_id, dataset), dataset.name)]
    zone = sensor.time_zone if sensor is not None and sensor.time_zone is not None else route.time_zone
    context = CodecContext(message.topic, message.received_at, zone, route.ignore, memory)
    try:
        decoding = route.read(message.payload, context)
    except CodecError as error:
        return [], [Fault(index, error.reason, error.detail, dataset.name, route.sensor_id)]
    except Exception as error:
        # A codec's own defect must not stop everything that comes after this message.
        if (held := _failures.passes((dataset.name, route.codec))) is not None:
            _log.exception(
                "a codec failed",
                codec=route.codec,
                mqtt_topic=message.topic,
                received_at=rfc3339(message.received_at),
                dataset=dataset.name,
                sensor=route.sensor_id,
                held=held,
            )
        detail = f"the codec {route.codec!r} failed: {type(error).__name__}"
        return [], [Fault(index, Reason.UNDECODABLE, detail, dataset.name, route.sensor_id)]
    readings: list[Reading] = []
    faults = [Fault(index, f.reason, f.detail, dataset.name, route.sensor_id, f.name) for f in decoding.faults]
    values = decoding.values
    if message.retained:
        # The broker gives it again at every subscription: without a time of its own it is no new reading.
        values = [decoded for decoded in values if decoded.time != message.received_at]
    if route.source is not None:
        values, untranslated = translate_all(values, route, route.source)
        faults += [fault._replace(message=index) for fault in untranslated]
    for decoded in values:
        found = _decode_value(decoded, decoded.sensor or route.sensor_id, dataset)
        if isinstance(found, Datastream):
            readings.append(Reading(found, decoded.time, message.received_at, decoded.value, index=index))
        else:
            faults.append(found._replace(message=index))
    return readings, faults


def _decode_value(decoded: Decoded, sensor: str | None, dataset: Dataset) -> Datastream | Fault:
    """The datastream that a value belongs to, or why there is none."""
    if sensor is None:
        return Fault(0, Reason.UNDECODABLE, "neither topic nor payload names the sensor", dataset.name)
    stream = dataset.datastream(sensor, decoded.name)
    if stream is None:
        detail = _unknown_property(decoded.name, sensor, dataset)
        return Fault(0, Reason.UNREGISTERED, detail, dataset.name, sensor, decoded.name)
    observed = dataset.theme.properties[decoded.name]
    if type(decoded.value) is not _TYPES[observed.type]:
        return Fault(0, Reason.UNDECODABLE, _wrong_type(observed, decoded), dataset.name, sensor, decoded.name)
    return stream


def _unknown_sensor(sensor: str, dataset: Dataset) -> str:
    return f"{dataset.name} has no sensor {sensor[:64]!r}"


def _unknown_property(name: str, sensor: str, dataset: Dataset) -> str:
    registered = dataset.sensors.get(sensor)
    if registered is None:
        return _unknown_sensor(sensor, dataset)
    known = ", ".join(registered.properties)
    return f"sensor {sensor!r} does not observe {name[:64]!r}, only {known}; list it under `ignore` if it is no result"


def _wrong_type(observed: Property, decoded: Decoded) -> str:
    wanted = _WORDS[_TYPES[observed.type]]
    return f"{observed.name} is {wanted}, not {_WORDS[type(decoded.value)]}: {str(decoded.value)[:64]!r}"
