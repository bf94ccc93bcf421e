"""Which sensor is meant: `gent/parking/P1`, its identifier, its MQTT topic, or its id alone where one has it."""

from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlsplit

from stadspuls.errors import TraceError
from stadspuls.registry import Dataset, Registry

_MOST_NAMED = 10


@dataclass(frozen=True)
class Target:
    """A sensor of a dataset."""

    dataset: Dataset
    sensor: str
    registered: bool
    """Whether the registry knows it, or it is a site's virtual one."""

    def __str__(self) -> str:
        return f"{self.dataset.name}/{self.sensor}"


def target_of(text: str, registry: Registry) -> Target:
    """The sensor that a text names.

    Raises:
        TraceError: saying which there are, when the text names none or several.
    """
    if "/" not in text:
        return _by_id(text, registry)
    target = _by_identifier(text, registry) or _by_topic(text, registry)
    if target is None:
        city, _, rest = text.partition("/")
        dataset = f"{city}/{rest.partition('/')[0]}"
        near = get_close_matches(dataset, registry.datasets, _MOST_NAMED, 0.5)
        raise TraceError(f"no dataset and no source of a city has {text[:200]!r}{_said(near, 'datasets like it')}")
    return target


def unknown(target: Target) -> TraceError:
    """The error for a sensor that is not registered, and of which nothing was found."""
    sensors = target.dataset.sensors
    near = get_close_matches(target.sensor, sensors, _MOST_NAMED, 0.4) or list(sensors)
    return TraceError(
        f"{target.dataset.name} has no sensor {target.sensor[:64]!r}, and nothing came in for it"
        f"{_said(near, 'its sensors')}"
    )


def _by_id(sensor: str, registry: Registry) -> Target:
    found = [target for dataset in registry.datasets.values() if (target := _known(dataset, sensor))]
    if len(found) == 1:
        return found[0]
    if found:
        raise TraceError(f"several sensors have the id {sensor[:64]!r}{_said([str(one) for one in found], 'they are')}")
    every = {name for dataset in registry.datasets.values() for name in dataset.sensors}
    near = get_close_matches(sensor, every, _MOST_NAMED, 0.5)
    raise TraceError(f"no dataset has a sensor {sensor[:64]!r}{_said(near, 'like it are')}")


def _by_identifier(text: str, registry: Registry) -> Target | None:
    """`.../{city}/id/sensor/{theme}/{sensor}`, whatever it begins with."""
    levels = urlsplit(text).path.strip("/").split("/")
    if len(levels) < 5 or levels[-4:-2] != ["id", "sensor"]:
        return None
    dataset = registry.datasets.get(f"{levels[-5]}/{levels[-2]}")
    if dataset is None:
        return None
    return _known(dataset, levels[-1]) or Target(dataset, levels[-1], registered=False)


def _by_topic(text: str, registry: Registry) -> Target | None:
    """`{city}/{theme}/{sensor}` is the topic of our own scheme; a source's topics name sensors too."""
    route = registry.route(text)
    if route is None or not route.sensor_id:
        return None
    return _known(route.dataset, route.sensor_id) or Target(route.dataset, route.sensor_id, registered=False)


def _known(dataset: Dataset, sensor: str) -> Target | None:
    virtual = any(dataset.declares(sensor, derived.property) for derived in dataset.theme.derived)
    return Target(dataset, sensor, registered=True) if sensor in dataset.sensors or virtual else None


def _said(names: list[str], what: str) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"; {what}: {', '.join(names[:_MOST_NAMED])}{more}"
