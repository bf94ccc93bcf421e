"""Gives every sensor property a course: what it reads at an instant. A theme nobody wrote a model for has one too."""

from collections.abc import Callable

from simulators.air import UNITS, Region, Station
from simulators.chance import SmoothNoise, bump, draws
from simulators.parking import CarPark, Space
from stadspuls.clock import to_datetime
from stadspuls.model import Value
from stadspuls.registry import Dataset, Property, Sensor, Site

Course = Callable[[int], Value]
"""The value at an instant (microseconds); the same for the same seed, sensor and instant."""

UNKNOWN_RANGE = (0.0, 100.0)


class Courses:
    """Makes the courses of one seed; stations of one registry share its weather."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._region = Region(seed)

    def of(self, dataset: Dataset, sensor: Sensor) -> dict[str, Course]:
        """A course for each of the sensor's properties; texts, which nothing can be invented for, have none."""
        site = dataset.sites[sensor.site]
        name = f"{dataset.name}/{sensor.id}"
        station = Station(self._seed, name, self._region, (site.latitude, site.longitude), dataset.city.time_zone)
        courses: dict[str, Course] = {}
        for observed in (dataset.theme.properties[key] for key in sensor.properties):
            if observed.type == "boolean":
                courses[observed.name] = Space(self._seed, f"{name}/{observed.name}", dataset.city.time_zone)
            elif observed.plausible_max_capacity and site.capacity:
                courses[observed.name] = CarPark(self._seed, name, site.capacity, dataset.city.time_zone)
            elif observed.type == "number" and UNITS.get(observed.name) == observed.unit:
                courses[observed.name] = _part(station, observed)
            elif observed.type == "number":
                courses[observed.name] = self._smooth(dataset, site, name, observed)
        return courses

    def _smooth(self, dataset: Dataset, site: Site, name: str, observed: Property) -> Course:
        """Any number: a daily course and slow noise inside its plausible range."""
        low, high = observed.plausible or observed.possible or UNKNOWN_RANGE
        if observed.plausible_max_capacity and site.capacity:
            high = min(high, site.capacity)
        level = draws(self._seed, name, observed.name).uniform(0.3, 0.45)
        noise = SmoothNoise(self._seed, f"{name}/{observed.name}", 45)

        def course(at: int) -> Value:
            local = to_datetime(at, dataset.city.time_zone)
            day = bump(local.hour + local.minute / 60 + local.second / 3600, 14, 4.5)
            share = level + 0.2 * day + 0.05 * noise(at)
            return _rounded(low + (high - low) * min(max(share, 0.02), 0.98), observed)

        return course


def _part(station: Station, observed: Property) -> Course:
    low, high = observed.plausible or (-float("inf"), float("inf"))

    def course(at: int) -> Value:
        return _rounded(min(max(station.at(at)[observed.name], low), high), observed)

    return course


def _rounded(value: float, observed: Property) -> float:
    return round(value, 1 if observed.decimals is None else observed.decimals)
