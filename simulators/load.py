"""Offers messages at a fixed rate, for measuring: what is due is sent, whatever became of what was sent before."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice, zip_longest

import msgspec

from stadspuls.clock import now_us, rfc3339
from stadspuls.errors import SettingsError
from stadspuls.publisher import Publisher
from stadspuls.registry import Dataset, Property, Registry
from stadspuls.settings import Settings

LATE = 0.05
"""A message sent so many seconds after its turn counts as late."""
GRACE = 0.5
"""Seconds after the end in which what was due in time is still sent."""
TICK = 0.002
"""Shortest wait between two looks at the clock, in seconds; at high rates several messages go at once."""
IN_FLIGHT = 2000
LAST_ACKNOWLEDGEMENTS = 30.0
"""Seconds to wait for them at the end."""
MOST_MESSAGES = 100_000_000
TOPIC = "gent/load/S{n:04d}"
"""Where load goes without a dataset: to sensors nobody registered, unless a city file does."""
VARIANTS = 64
"""Different sets of values a sensor cycles through, so that none looks frozen."""


@dataclass(frozen=True)
class LoadReport:
    """What was offered, and what became of it."""

    offered: int
    """Messages that were due in the time given."""
    sent: int
    acknowledged: int
    late: int
    """Messages sent more than 50 ms after their turn."""
    seconds: float
    """From the first message sent to the last."""

    @property
    def rate(self) -> float:
        """Messages a second that were sent."""
        return self.sent / self.seconds if self.seconds else 0.0


def run_load(
    settings: Settings,
    registry: Registry,
    rate: float,
    seconds: float,
    *,
    values: int = 3,
    sensors: int = 2000,
    datasets: Sequence[str] = (),
    topic: str = TOPIC,
    stop: threading.Event | None = None,
) -> LoadReport:
    """Send `rate` messages a second for `seconds`, each observed at the microsecond it is sent.

    An open loop: what could not be sent in its turn is sent as soon as possible and counted as late; what is still
    due half a second after the end is not sent.

    Args:
        settings: the broker.
        registry: where the sensors, or the properties of the pattern's theme, come from.
        rate: messages a second.
        seconds: how long.
        values: values in a message, at most as many as the theme has numbers.
        sensors: how many sensors take turns, at most.
        datasets: `gent/parking`, ...: their sensors take turns, alternating between datasets; none: use `topic`.
        topic: pattern of the topics, with `{n}` for the number of the sensor.
        stop: ends it early.

    Raises:
        SettingsError: when the figures cannot be used, or a dataset has no sensor of numbers.
        BrokerError: when no broker answers for 10 s.
    """
    if not (rate > 0 and seconds > 0 and rate * seconds <= MOST_MESSAGES):
        raise SettingsError(f"rate, seconds: must be above 0, and at most {MOST_MESSAGES} messages together")
    if values < 1 or sensors < 1:
        raise SettingsError("values, sensors: must be at least 1")
    topics = (
        _of_datasets(registry, datasets, values, sensors) if datasets else _of_pattern(registry, topic, values, sensors)
    )
    stop = stop or threading.Event()
    with Publisher(settings, "load", stop, in_flight=IN_FLIGHT, give_up_after=10.0) as publisher:
        publisher.connect()
        late, taken = _offer(publisher, _bodies(topics), rate, seconds, stop)
        publisher.drain(LAST_ACKNOWLEDGEMENTS)
        return LoadReport(int(rate * seconds), publisher.sent, publisher.acknowledged, late, taken)


def _offer(
    publisher: Publisher, bodies: Iterator[tuple[str, bytes]], rate: float, seconds: float, stop: threading.Event
) -> tuple[int, float]:
    """Send what is due until the time is over; how many were late, and how long it took."""
    start, late, number, total = time.monotonic(), 0, 0, int(rate * seconds)
    while number < total and not stop.is_set():
        passed = time.monotonic() - start
        if passed > seconds + GRACE:
            break
        due = min(total, int(passed * rate) + 1)
        while number < due:
            topic, body = next(bodies)
            if time.monotonic() - start - number / rate > LATE:
                late += 1
            if not publisher.publish(topic, b'{"time":"%b"%b' % (rfc3339(now_us()).encode(), body)):
                break
            number += 1
        publisher.pump(max(TICK, number / rate - (time.monotonic() - start)))
    return late, time.monotonic() - start


def _bodies(sensors: list[tuple[str, list[Property]]]) -> Iterator[tuple[str, bytes]]:
    """Topics in turn, each with the end of a message: `,"no2":20.5,"o3":41.0}`."""
    variants: dict[tuple[str, ...], list[bytes]] = {}
    prepared = []
    for topic, properties in sensors:
        key = tuple(observed.name for observed in properties)
        if key not in variants:
            variants[key] = [_body(properties, number) for number in range(VARIANTS)]
        prepared.append((topic, variants[key]))
    for number in cycle(range(VARIANTS)):
        for topic, bodies in prepared:
            yield topic, bodies[number]


def _body(properties: list[Property], number: int) -> bytes:
    """Values in the middle of what is plausible, a little different for each number."""
    parts = []
    for observed in properties:
        low, high = observed.plausible or observed.possible or (0.0, 100.0)
        value = round(low + (high - low) * (0.4 + 0.1 * number / VARIANTS), 2)
        parts.append(b",%b:%b" % (msgspec.json.encode(observed.name), msgspec.json.encode(value)))
    return b"".join(parts) + b"}"


def _of_datasets(
    registry: Registry, names: Sequence[str], values: int, sensors: int
) -> list[tuple[str, list[Property]]]:
    """The datasets' sensors, alternating, so that load is spread over partitions at every moment."""
    turns = zip_longest(*(_of_dataset(registry, name, values) for name in names))
    return [sensor for turn in turns for sensor in turn if sensor is not None][:sensors]


def _of_dataset(registry: Registry, name: str, values: int) -> list[tuple[str, list[Property]]]:
    dataset = registry.datasets.get(name)
    if dataset is None:
        raise SettingsError(f"dataset: no city file has {name!r}")
    found = [
        (f"{name}/{sensor.id}", properties)
        for sensor in dataset.sensors.values()
        if (properties := _numbers(dataset, sensor.properties, values))
    ]
    if not found:
        raise SettingsError(f"dataset: {name} has no sensor of numbers")
    return found


def _of_pattern(registry: Registry, pattern: str, values: int, sensors: int) -> list[tuple[str, list[Property]]]:
    topics = [pattern.format(n=number) for number in range(1, sensors + 1)]
    route = registry.route(topics[0])
    properties = _numbers(route.dataset, tuple(route.dataset.theme.properties), values) if route else []
    return [(topic, properties or _nameless(values)) for topic in topics]


def _numbers(dataset: Dataset, names: tuple[str, ...], most: int) -> list[Property]:
    properties = (dataset.theme.properties[name] for name in names)
    return list(islice((observed for observed in properties if observed.type == "number"), most))


def _nameless(values: int) -> list[Property]:
    """Properties for a topic that no theme describes: `v1`, `v2`, ..."""
    return [
        Property(name=f"v{number}", names={}, descriptions={}, unit="1", type="number", max_age=1)
        for number in range(1, values + 1)
    ]
