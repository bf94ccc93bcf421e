"""What the registry says of a dataset's series, as windows need it."""

from stadspuls.registry import Dataset
from store.windows import Rules, SeriesRule


def series_rules(dataset: Dataset) -> Rules:
    """The rule of each sensor and property; one that is no longer registered counts each value as it is."""

    def rule(sensor_id: str, property_name: str) -> SeriesRule:
        observed = dataset.theme.properties.get(property_name)
        if observed is None:
            return SeriesRule("periodic", 0)
        sensor = dataset.sensors.get(sensor_id)
        if sensor is None:
            return SeriesRule(observed.sampling, observed.max_age)
        return SeriesRule(observed.sampling, sensor.max_age or observed.max_age, sensor.period)

    return rule
