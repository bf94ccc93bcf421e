"""How often a datastream is expected to speak, and so when its dataset's next value is due."""

from collections.abc import Sequence

from stadspuls.model import Observation
from stadspuls.registry import Dataset


def rhythm(dataset: Dataset, observation: Observation) -> int | None:
    """The longest time between two values of the observation's datastream, in microseconds; see `series_rhythm`."""
    stream = observation.datastream
    return series_rhythm(dataset, stream.sensor, stream.observed_property)


def series_rhythm(dataset: Dataset, sensor_id: str, property_name: str) -> int | None:
    """The longest time between two values of a sensor's property, in microseconds.

    The sensor's `period` where it has one, else its `max_age`, else the property's: an on-change sensor that says
    nothing for longer is no longer known. None for a property that the theme no longer has.
    """
    sensor = dataset.sensors.get(sensor_id)
    if sensor is not None and (declared := sensor.period or sensor.max_age):
        return declared
    observed = dataset.theme.properties.get(property_name)
    return observed.max_age if observed else None


def next_expected(dataset: Dataset, observations: Sequence[Observation]) -> int | None:
    """When the next value is due at the latest: the newest `observed_at` and the smallest rhythm among them."""
    rhythms = [each for observation in observations if (each := rhythm(dataset, observation)) is not None]
    if not rhythms:
        return None
    return max(observation.observed_at for observation in observations) + min(rhythms)
