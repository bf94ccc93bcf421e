"""Part of step 1: from a foreign sender's names and units to those of the registry."""

import re
from collections.abc import Iterable

from stadspuls.codecs import UNSTATED, Decoded, Untyped, conversion
from stadspuls.codecs.times import shown
from stadspuls.model import Reason, Value
from stadspuls.registry import Property, Route, Source
from streams.faults import Fault

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_BOOLEANS = {"true": True, "false": False}


def translate_all(values: Iterable[Decoded], route: Route, source: Source) -> tuple[list[Decoded], list[Fault]]:
    """What a message says in the registry's own words, and what has none there."""
    found = [translate(decoded, route, source) for decoded in values]
    return [one for one in found if isinstance(one, Decoded)], [one for one in found if isinstance(one, Fault)]


def translate(decoded: Decoded, route: Route, source: Source) -> Decoded | Fault:
    """A decoded value in the registry's own words, or why it has none there."""
    sensor = _sensor(decoded.sensor, route, source)
    name = source.properties.get(decoded.name, decoded.name)
    unit = source.units.get(decoded.name, decoded.unit)
    observed = route.dataset.theme.properties.get(name)
    value = decoded.value
    if observed is not None:
        if isinstance(value, Untyped):
            value = _typed(value, observed)
        if isinstance(value, float) and unit is not None and unit != observed.unit:
            converted = _converted(value, unit, observed)
            if isinstance(converted, str):
                return Fault(0, Reason.UNDECODABLE, converted, route.dataset.name, sensor, name)
            value = converted
    return Decoded(sensor, decoded.time, name, value)


def _sensor(told: str | None, route: Route, source: Source) -> str | None:
    """The device map first, then the topic, then the payload's own name for the sensor."""
    if told is not None and (mapped := source.devices.get(told)) is not None:
        return mapped
    return route.sensor_id if route.sensor_id is not None else told


def _typed(text: Untyped, observed: Property) -> Value:
    """What a text says by the type of its property; text that says no such thing stays text and is refused later."""
    if observed.type == "number" and _NUMBER.fullmatch(text):
        return float(text)
    if observed.type == "boolean":
        return _BOOLEANS.get(text, str(text))
    return str(text)


def _converted(value: float, unit: str, observed: Property) -> float | str:
    if unit == UNSTATED:
        return f"the payload does not tell the unit of {observed.name}; name it under `units` of the source"
    found = conversion(unit, observed.unit, observed.name)
    if found is None:
        return f"{observed.name} is in {observed.unit}, and {shown(unit)} cannot be converted to that"
    return found(value)
