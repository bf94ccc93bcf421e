"""What a message becomes, step by step, told by the pipeline's own functions.

The outcome is that of `streams.work` on a platform that has published nothing yet; each value's own way is that of the
same functions on the value alone. Nothing is judged here.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from msgspec import UNSET
from paho.mqtt.client import topic_matches_sub

from apis.data.entries import SiteNames, entries
from apis.data.models import ObservationEntry
from cli.connecting.explained import (
    CHECKS,
    Check,
    Explanation,
    NamedValue,
    Outcome,
    ReadValue,
    SensorFrom,
    TakenRoute,
    ValueOutcome,
    ValueSteps,
    Why,
)
from stadspuls.clock import to_datetime
from stadspuls.codecs import Codec, CodecContext, Decoded, Decoding
from stadspuls.log import MessageFrame, partition_of
from stadspuls.model import Message, Observation, Procedure, Quality, Reason, Value
from stadspuls.registry import Property, Registry, Route, Site
from streams.births import Births
from streams.check import check
from streams.decode import decode
from streams.faults import Fault
from streams.state import PartitionState
from streams.translate import translate
from streams.work import finish, prepare

_FAILED: dict[Reason, str] = {
    Reason.UNREGISTERED: "registered",
    Reason.UNDECODABLE: "type",
    Reason.FUTURE: "time",
    Reason.IMPOSSIBLE: "possible",
}


class Explainer:
    """Explains one message after another; what senders announce in one holds for those that follow."""

    def __init__(self, registry: Registry, base_url: str, partitions: int) -> None:
        """Keep the registry.

        Args:
            registry: what is registered.
            base_url: what identifiers begin with.
            partitions: how many each topic of the log has.
        """
        self._registry = _Watched(registry)
        self._base_url = base_url
        self._partitions = partitions
        self._births = Births()

    def explain(self, message: Message) -> Explanation:
        """What becomes of a message that came when it says."""
        route = self._registry.route(message.topic)
        name = route.dataset.name if route else message.topic
        partition = partition_of(name, self._partitions)
        state = PartitionState()
        state.births = self._births
        frame = MessageFrame(1, 0, 0, 1, self._registry.version, [message])
        self._registry.decoding = None
        prepared = prepare(frame, self._registry, state, partition, self._partitions)
        decoding = self._registry.decoding
        outcome = finish(
            frame, prepared, {}, self._registry, state, partition=partition, offset=0, now=message.received_at
        )
        sensed = [o for o in outcome.observations if o.datastream.procedure is Procedure.SENSED]
        derived = [o.datastream for o in outcome.observations if o.datastream.procedure is Procedure.DERIVED]
        rejections = [Why(rejection.reason, rejection.detail) for rejection in outcome.rejections]
        return Explanation(
            topic=message.topic,
            received_at=to_datetime(message.received_at),
            bytes=len(message.payload) if message.length is None else message.length,
            retained=message.retained,
            route=None if route is None else _taken(route, message.topic),
            refused=rejections[0] if decoding is None and rejections else UNSET,
            values=UNSET if decoding is None else [self._value(value, message, route) for value in decoding.values],
            unusable=UNSET if decoding is None else [Why(fault.reason, fault.detail) for fault in decoding.faults],
            outcome=_outcome(sensed, rejections),
            observations=self._entries(sensed, route),
            derived=[f"{stream.site} {stream.observed_property}" for stream in derived],
            repeated=outcome.repeated.total(),
            rejections=rejections,
        )

    def _entries(self, observations: Sequence[Observation], route: Route | None) -> list[ObservationEntry]:
        return [] if route is None else entries(observations, SiteNames(route.dataset, self._base_url))

    def _value(self, value: Decoded, message: Message, route: Route | None) -> ValueSteps:
        """A value's own way: as the only one of its message."""
        if route is None:
            raise LookupError(message.topic)
        partition = partition_of(route.dataset.name, self._partitions)
        with self._registry.reading(value):
            readings, faults = decode([message], self._registry, partition, self._partitions)
        translated = translate(value, route, route.source) if route.source else value
        kept, impossible = check(readings, self._registry)
        fault = next(iter([*faults, *impossible]), None)
        suspect = any(reading.quality is Quality.SUSPECT for reading in kept)
        outcome: ValueOutcome = "published" if kept else "no new reading"
        if fault is not None or suspect:
            outcome = "rejected" if fault is not None else "suspect"
        failed = _failed(translated, fault, suspect)
        return ValueSteps(
            read=_read(value),
            translated=UNSET if isinstance(translated, Fault) else _named(translated, route),
            checks=UNSET if outcome == "no new reading" else _checks(failed, translated, route),
            outcome=outcome,
            why=UNSET if fault is None else Why(fault.reason, fault.detail),
        )


class _Watched(Registry):
    """A registry whose codecs tell what they read."""

    def __init__(self, registry: Registry) -> None:
        super().__init__(registry.cities, registry.themes, registry.version, registry.changed)
        self.decoding: Decoding | None = None
        """What a codec read last; None: none ran, or it refused the message."""
        self._only: Decoded | None = None

    @contextmanager
    def reading(self, value: Decoded) -> Iterator[None]:
        """As if every codec read nothing but that value."""
        self._only = value
        try:
            yield
        finally:
            self._only = None

    def route(self, topic: str) -> Route | None:
        """The route with a codec that is watched."""
        found = super().route(topic)
        return None if found is None else replace(found, read=partial(self._watch, found.read))

    def _watch(self, read: Codec, payload: bytes, context: CodecContext) -> Decoding:
        if self._only is not None:
            return Decoding([self._only], [])
        self.decoding = read(payload, context)
        return self.decoding


def _taken(route: Route, topic: str) -> TakenRoute:
    source = next((one for one in route.dataset.city.sources if topic_matches_sub(one.filter, topic)), None)
    if route.sensor_id is None:
        told: SensorFrom = "payload"
    else:
        told = "topic" if route.sensor_id in topic.split("/") else "devices"
    return TakenRoute(
        dataset=route.dataset.name,
        codec=route.codec,
        sensor=route.sensor_id,
        sensor_from=told,
        registered=None if route.sensor_id is None else route.sensor_id in route.dataset.sensors,
        source=source.id if source else UNSET,
        time_zone=route.time_zone.key if route.time_zone else UNSET,
        ignore=sorted(route.ignore) or UNSET,
    )


def _read(value: Decoded) -> ReadValue:
    return ReadValue(
        value.name, _plain(value.value), to_datetime(value.time), value.unit or UNSET, value.sensor or UNSET
    )


def _named(value: Decoded, route: Route) -> NamedValue:
    observed = route.dataset.theme.properties.get(value.name)
    return NamedValue(
        value.sensor or route.sensor_id, value.name, _plain(value.value), observed.unit if observed else UNSET
    )


def _plain(value: Value) -> Value:
    return str(value) if isinstance(value, str) else value


def _failed(translated: Decoded | Fault, fault: Fault | None, suspect: bool) -> str | None:
    """The check that a value did not pass; None when it passed all."""
    if fault is None:
        return "plausible" if suspect else None
    if isinstance(translated, Fault):
        return "unit"
    if fault.sensor is None:
        return "registered"
    return _FAILED.get(fault.reason, fault.reason)


def _checks(failed: str | None, translated: Decoded | Fault, route: Route) -> list[Check]:
    """The checks a value went through, up to the one that failed."""
    observed = None if isinstance(translated, Fault) else route.dataset.theme.properties.get(translated.name)
    sensor = (
        None if isinstance(translated, Fault) else route.dataset.sensors.get(translated.sensor or route.sensor_id or "")
    )
    made: list[Check] = []
    for name in CHECKS if route.source else CHECKS[1:]:
        limits = _limits(name, observed, route.dataset.sites[sensor.site] if sensor else None)
        made.append(Check(name, name != failed, limits or UNSET))
        if name == failed:
            break
    else:
        if failed is not None and failed not in CHECKS:
            made.append(Check(failed, False))
    return made


def _limits(name: str, observed: Property | None, site: Site | None) -> str | None:
    if observed is None:
        return None
    if name == "type":
        return observed.type
    if name == "possible" and observed.possible:
        return "{:g} to {:g}".format(*observed.possible)
    if name == "plausible" and observed.plausible:
        low, high = observed.plausible
        capacity = site.capacity if site and observed.plausible_max_capacity else None
        return f"{low:g} to {high if capacity is None else capacity:g}"
    return None


def _outcome(published: Sequence[Observation], rejected: Sequence[Why]) -> Outcome:
    if published:
        return "partly published" if rejected else "published"
    return "rejected" if rejected else "no reading"
