"""Simulated cities: which sensor speaks when, and what it says; one plan for every simulated dataset."""

import heapq
from collections.abc import Iterator
from itertools import count

from simulators.chance import draws
from simulators.courses import Course, Courses
from simulators.pacing import Due, Plan
from simulators.parking import Space
from simulators.recorded import payload_at
from stadspuls.clock import MINUTE, SECOND
from stadspuls.model import Origin
from stadspuls.registry import Dataset, Registry, Sensor

COUNTER_PERIOD = 30 * SECOND
STATION_PERIOD = MINUTE
HEARTBEAT = (5 * MINUTE, 10 * MINUTE)
"""A sensor that sends on change also says so often that it is alive."""
MOST_PER_SECOND = 50.0
"""Bound of all simulated sensors together; periods are stretched to keep it."""
CHANGES_PER_HOUR = 4.0
"""More than a parking space changes on average; counted for the bound above."""
FIRST_VALUES = 1_500_000
"""Microseconds over which the first values of all sensors are spread, so that a map is full at once."""


class SimulatedSensor:
    """One sensor: its topic, its courses, and when it speaks."""

    def __init__(self, seed: int, dataset: Dataset, sensor: Sensor, courses: dict[str, Course]) -> None:
        self.topic = f"{dataset.name}/{sensor.id}"
        self._courses = courses
        self._spaces = [course for course in courses.values() if isinstance(course, Space)]
        chance = draws(seed, self.topic, "timing")
        if len(self._spaces) == len(courses):
            period = sensor.period or chance.randint(*HEARTBEAT)
        elif any(dataset.theme.properties[name].sampling == "on-change" for name in courses):
            period = sensor.period or COUNTER_PERIOD
        else:
            period = sensor.period or STATION_PERIOD
        self._share = chance.random()
        self._period = period
        self._stretch(1.0)

    def _stretch(self, factor: float) -> None:
        # Whole milliseconds, so that the times look like a device's.
        self._every = round(self._period * factor) // 1000 * 1000
        self._phase = int(self._share * self._every) // 1000 * 1000

    @property
    def turns_per_second(self) -> float:
        """Messages a second because it is the sensor's turn."""
        return SECOND / self._every

    @property
    def changes_per_second(self) -> float:
        """Messages a second because it changed, on average at most."""
        return len(self._spaces) * CHANGES_PER_HOUR / 3600

    def slow_down(self, factor: float) -> None:
        """Speak that many times more rarely than the sensor would."""
        self._stretch(factor)

    def next_after(self, at: int) -> int:
        """The first instant after `at` at which the sensor speaks: by its period, or because it changed."""
        turn = ((at - self._phase) // self._every + 1) * self._every + self._phase
        return min([turn, *(space.next_change(at) for space in self._spaces)])

    def message(self, at: int) -> Due:
        """What it says at an instant."""
        return Due(at, self.topic, payload_at(at, {name: course(at) for name, course in self._courses.items()}))


def simulated_sensors(registry: Registry, seed: int) -> list[SimulatedSensor]:
    """Every sensor of every dataset of origin `simulated`; together they keep to `MOST_PER_SECOND`."""
    courses = Courses(seed)
    sensors = [
        SimulatedSensor(seed, dataset, sensor, of_sensor)
        for dataset in registry.datasets.values()
        if dataset.origin is Origin.SIMULATED
        for sensor in dataset.sensors.values()
        if (of_sensor := courses.of(dataset, sensor))
    ]
    changes = sum(sensor.changes_per_second for sensor in sensors)
    turns = sum(sensor.turns_per_second for sensor in sensors)
    # One message a second is left for chance.
    factor = turns / max(MOST_PER_SECOND - 1 - changes, 1)
    if factor > 1:
        for sensor in sensors:
            sensor.slow_down(factor)
    return sensors


def city_plan(sensors: list[SimulatedSensor]) -> Plan:
    """First every sensor's present value, then each in its turn; nothing of the past."""

    def plan(start: int) -> Iterator[Due]:
        order = count()
        first = [(start + FIRST_VALUES * i // len(sensors), next(order), sensor) for i, sensor in enumerate(sensors)]
        queue = first
        heapq.heapify(queue)
        while queue:
            at, _, sensor = queue[0]
            yield sensor.message(at)
            heapq.heapreplace(queue, (sensor.next_after(at), next(order), sensor))

    return plan
