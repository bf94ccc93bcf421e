"""A trace in words. Topics, details and texts in it were written by strangers: nothing reaches the terminal raw."""

from collections.abc import Iterator

from apis.data.entries import plain_value
from cli.printable import printable
from cli.tracing.traced import Looked, Published, Received, Rejected, Trace

_WIDTH = 11


def lines_of(trace: Trace) -> Iterator[str]:
    """Line by line, in the order of the stages."""
    yield printable(f"{trace.dataset}/{trace.sensor}: {trace.said}")
    if not trace.registered:
        yield _more("This sensor is not registered (`stadspuls unregistered`).")
    yield ""
    if trace.received is not None:
        yield from _received(trace.received)
    for published in trace.published:
        yield from _published(published)
    for rejected in trace.rejected:
        yield from _rejected(rejected)
    for looked in trace.looked:
        yield _looked(looked)


def _received(one: Received) -> Iterator[str]:
    retained = ", retained by the broker" if one.retained else ""
    yield _line("received", f"{one.received_at} on MQTT topic {one.mqtt_topic}, {one.bytes} bytes{retained}")
    yield _more(f"{_place(one.topic, one.partition, one.offset)}, message {one.index + 1} of {one.messages}")


def _published(one: Published) -> Iterator[str]:
    yield _line("published", f"{one.published_at}, {_after(one.received_to_published_seconds)} it was received")
    yield _more(f"{one.observed_property} {plain_value(one.value)} [{one.unit}], quality {one.quality}")
    yield _more(f"observed {one.observed_at}, {_before(one.observed_to_received_seconds)} it was received")
    part = f", part {one.part + 1} of {one.parts}" if one.parts > 1 else ""
    place = _place(one.topic, one.partition, one.offset)
    yield _more(f"{place}, source frame {one.source_offset}{part}, registry {one.registry}")
    yield _more(one.id)
    value = f": {plain_value(one.stored_value)}" if one.stored == "other-value" and one.stored_value is not None else ""
    yield _line("stored", f"{one.stored_said}{value}")
    for served in one.served:
        has_it = {True: "has it", False: "LACKS it", None: "not known"}[served.has_it]
        said = f" ({served.said})" if served.said else ""
        yield _line("served", f"{served.what} {has_it}{said}: {served.url}")


def _rejected(one: Rejected) -> Iterator[str]:
    yield _line("rejected", f"{one.rejected_at} as {one.reason}: {one.detail}")
    yield _more(_place(one.topic, one.partition, one.offset))
    kept = {True: "kept", False: "not in the store (yet, or no more)", None: "the store does not answer"}[one.kept]
    replayed = "not replayed" if one.replayed_at is None else f"replayed {one.replayed_at}"
    yield _more(f"{kept}, {replayed}: stadspuls rejected show {one.key}")


def _looked(one: Looked) -> str:
    kept = f"Kafka keeps {one.oldest_kept} to {one.end - 1}" if one.end > one.oldest_kept else "Kafka keeps none"
    return _line("looked at", f"{one.records} records of {one.topic}, partition {one.partition}; {kept}")


def _place(topic: str, partition: int, offset: int) -> str:
    return f"{topic}, partition {partition}, offset {offset}"


def _after(seconds: float) -> str:
    return f"{_duration(seconds)} after"


def _before(seconds: float) -> str:
    return f"{_duration(seconds)} before" if seconds >= 0 else f"{_duration(-seconds)} AFTER"


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if abs(seconds) < 1 else f"{seconds:.1f} s"


def _line(stage: str, text: str) -> str:
    return f"{stage:<{_WIDTH}}{printable(text)}"


def _more(text: str) -> str:
    return _line("", text)
