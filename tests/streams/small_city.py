"""A small city made of objects: one car park counter, a street of three spaces, one air-quality station."""

from collections.abc import Callable
from types import MappingProxyType
from zoneinfo import ZoneInfo

from stadspuls.clock import HOUR, MINUTE, SECOND
from stadspuls.model import Message, Origin, Reading, Value
from stadspuls.registry import City, Contact, Dataset, Derivation, Property, Publisher, Registry, Sensor, Site, Theme

NOW = 1_780_000_000 * SECOND
"""2026-05-28T20:26:40Z, the instant at which these tests happen."""


def _property(name: str, **facts: object) -> Property:
    given: dict[str, object] = {"unit": "1", "type": "number", "max_age": HOUR, **facts}
    return Property(name=name, names={"nl": name}, descriptions={}, **given)  # type: ignore[arg-type]


PARKING = Theme(
    slug="parking",
    names={"nl": "Parkeren"},
    descriptions={},
    properties={
        "vacantSpaces": _property(
            "vacantSpaces",
            possible=(0, 20_000),
            plausible=(0, 5_000),
            plausible_max_capacity=True,
            sampling="on-change",
            max_age=30 * MINUTE,
        ),
        "occupied": _property("occupied", type="boolean", sampling="on-change", max_age=30 * MINUTE),
        "message": _property("message", type="text"),
    },
    derived=(Derivation(property="vacantSpaces", source="occupied", function="count-false"),),
)

AIR = Theme(
    slug="air-quality",
    names={"nl": "Luchtkwaliteit"},
    descriptions={},
    properties={
        "no2": _property("no2", unit="ug/m3", possible=(-10, 5_000), plausible=(-5, 1_000)),
        "pm10": _property("pm10", unit="ug/m3", possible=(0, 10_000), plausible=(0, 2_000)),
    },
)


def _site(name: str, capacity: int | None = None) -> Site:
    return Site(id=name, names={"nl": name}, kind="site", latitude=51.0, longitude=3.7, capacity=capacity)


def _dataset(city: City, theme: Theme, sites: list[Site], sensors: list[Sensor]) -> Dataset:
    return Dataset(
        city=city,
        theme=theme,
        titles={"nl": theme.slug},
        licence="http://creativecommons.org/publicdomain/zero/1.0/",
        origin=Origin.SIMULATED,
        sites={site.id: site for site in sites},
        sensors={sensor.id: sensor for sensor in sensors},
    )


def small_registry() -> Registry:
    """The small city's registry."""
    datasets: dict[str, Dataset] = {}
    city = City(
        slug="gent",
        names={"nl": "Gent"},
        publisher=Publisher(names={"nl": "Stad Gent"}),
        contact=Contact(name="Stad Gent"),
        time_zone=ZoneInfo("Europe/Brussels"),
        latitude=51.0,
        longitude=3.7,
        datasets=MappingProxyType(datasets),
    )
    spaces = [Sensor(id=f"S{n}", site="street", properties=("occupied",)) for n in (1, 2, 3)]
    counter = Sensor(id="P1", site="garage", properties=("vacantSpaces", "message"))
    datasets["parking"] = _dataset(city, PARKING, [_site("garage", 647), _site("street", 3)], [counter, *spaces])
    station = Sensor(id="A1", site="square", properties=("no2", "pm10"))
    zoned = Sensor(id="A2", site="square", properties=("no2",), time_zone=ZoneInfo("Europe/Brussels"))
    datasets["air-quality"] = _dataset(city, AIR, [_site("square")], [station, zoned])
    return Registry({"gent": city}, {"parking": PARKING, "air-quality": AIR}, "0123456789ab")


MakeReading = Callable[..., Reading]


def reading_maker(registry: Registry) -> MakeReading:
    """Makes readings of a sensor at so many seconds after NOW."""

    def make(sensor: str, name: str, value: Value, at: float = 0, dataset: str = "gent/parking") -> Reading:
        stream = registry.datasets[dataset].datastream(sensor, name)
        assert stream is not None
        observed_at = NOW + round(at * SECOND)
        return Reading(stream, observed_at, max(NOW, observed_at), value)

    return make


def message(topic: str, payload: str | bytes, received_at: int = NOW) -> Message:
    """An MQTT message as the bridge received it."""
    return Message(topic, payload.encode() if isinstance(payload, str) else payload, received_at)
