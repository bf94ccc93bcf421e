"""Devices that send and are not registered, found in what was rejected."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import UNSET

from cli.connecting.explain import Explainer
from cli.connecting.explained import Explanation
from stadspuls.model import Message, Reason, Rejection
from stadspuls.registry import Registry, Route


@dataclass
class Stranger:
    """A device that is not registered, as far as its messages tell."""

    message: Message
    """Its newest."""
    route: Route | None
    """None: its topic belongs to no dataset and no source."""
    device: str | None
    """What topic or payload calls it; None where no route says so."""
    count: int
    first_seen: int
    last_seen: int


class Found(NamedTuple):
    """What rejections tell of devices."""

    strangers: list[Stranger]
    """Those that send most first."""
    known_by_now: int
    """Rejected messages that would not be unregistered any more."""
    fields: int
    """Rejected messages of registered sensors, with fields that these do not observe."""


@dataclass
class _Seen:
    newest: Rejection
    count: int
    first: int
    last: int


def find_strangers(rejections: Iterable[Rejection], registry: Registry, explainer: Explainer) -> Found:
    """The devices behind rejections of reason `unregistered`, by what is registered now."""
    found: dict[tuple[str, str | None], Stranger] = {}
    known = fields = 0
    for seen in _by_sender(rejections):
        newest = seen.newest
        message = Message(
            newest.topic, newest.payload, newest.received_at, newest.length, newest.sha256, newest.retained
        )
        told, route = explainer.explain(message), registry.route(message.topic)
        if all(why.reason is not Reason.UNREGISTERED for why in told.rejections):
            known += seen.count
            continue
        devices = _devices(told, route)
        fields += 0 if devices else seen.count
        for device in devices:
            _note(found, Stranger(message, route, device, seen.count, seen.first, seen.last))
    return Found(sorted(found.values(), key=lambda one: (-one.count, one.message.topic)), known, fields)


def _by_sender(rejections: Iterable[Rejection]) -> list[_Seen]:
    seen: dict[tuple[str, str | None], _Seen] = {}
    for one in rejections:
        known = seen.setdefault((one.topic, one.sensor), _Seen(one, 0, one.received_at, one.received_at))
        known.count += 1
        known.first, known.last = min(known.first, one.received_at), max(known.last, one.received_at)
        if one.received_at > known.newest.received_at:
            known.newest = one
    return list(seen.values())


def _devices(told: Explanation, route: Route | None) -> list[str | None]:
    """Who in the message is not registered."""
    if told.route is None or route is None:
        return [None]
    if told.route.registered is False:
        return [told.route.sensor]
    unknown = [
        steps.translated.sensor
        for steps in told.values or ()
        if steps.translated is not UNSET and steps.why is not UNSET and steps.why.reason is Reason.UNREGISTERED
    ]
    return [device for device in dict.fromkeys(unknown) if device is not None and device not in route.dataset.sensors]


def _note(found: dict[tuple[str, str | None], Stranger], stranger: Stranger) -> None:
    route = stranger.route
    source = route.source.id if route and route.source else ""
    place = stranger.message.topic if route is None else f"{route.dataset.name}#{source}"
    known = found.setdefault((place, stranger.device), stranger)
    if known is stranger:
        return
    known.count += stranger.count
    known.first_seen = min(known.first_seen, stranger.first_seen)
    known.last_seen = max(known.last_seen, stranger.last_seen)
    if stranger.message.received_at > known.message.received_at:
        known.message = stranger.message
