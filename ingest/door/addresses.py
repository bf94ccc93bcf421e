"""From the path of a request to the MQTT topic that a message would have had, and what awaits it there."""

from stadspuls.errors import UnknownCity, UnknownDataset, UnknownSensor
from stadspuls.registry import Registry, Route

TOPIC_LENGTH = 200
_NOT_IN_A_TOPIC = frozenset("+#\ufffd") | frozenset(map(chr, (*range(32), *range(127, 160))))
"""Wildcards, what was no UTF-8, and control characters."""


def topic_of(path: str) -> str:
    """The topic that a path stands for.

    Raises:
        UnknownDataset: when it can be none.
    """
    topic = path.removeprefix("/")
    if len(topic) > TOPIC_LENGTH or not all(topic.split("/")) or _NOT_IN_A_TOPIC & set(topic):
        raise UnknownDataset("the path is no topic: /{city}/{theme}/{sensor}, or what a source of the city awaits")
    return topic


def route_of(topic: str, registry: Registry) -> Route:
    """Where a message goes.

    Raises:
        UnknownCity: when there is no such city.
        UnknownDataset: when no dataset and no source of the city awaits it.
        UnknownSensor: when the sensor that the topic names is not registered.
    """
    city = topic.partition("/")[0]
    if city not in registry.cities:
        raise UnknownCity(f"no city is called {city[:64]!r} here")
    route = registry.route(topic)
    if route is None:
        raise UnknownDataset(f"no dataset and no source of {city} has the topic {topic!r}")
    if route.sensor_id is not None and route.sensor_id not in route.dataset.sensors:
        raise UnknownSensor(f"{route.dataset.name} has no sensor {route.sensor_id[:64]!r}")
    return route
