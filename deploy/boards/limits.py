"""Limits of outdoor air, for the lines on boards, with the text that sets each."""

from typing import NamedTuple

from deploy.boards.language import Text, joined
from deploy.boards.panels import GREEN, RED, YELLOW, Steps
from deploy.boards.units import symbol
from stadspuls.registry import Property


class Limit(NamedTuple):
    """A value that is not to be exceeded, what for, and who says so."""

    value: float
    what: Text
    source: str


class Limits(NamedTuple):
    """The guideline of the World Health Organization and the limit of the European Union."""

    unit: str
    who: Limit
    eu: Limit


# WHO: global air quality guidelines (2021), table 0.1, https://iris.who.int/handle/10665/345329.
# EU: Directive 2008/50/EC, http://data.europa.eu/eli/dir/2008/50/oj; (EU) 2024/2881 keeps these until 2030.
WHO = "WHO 2021"
EU_LIMITS = "2008/50/EC, annex XI"
EU_OZONE = "2008/50/EC, annex XII"
_DAY = Text("daggemiddelde", "daily mean")
_HOUR = Text("uurgemiddelde", "hourly mean")
_EIGHT_HOURS = Text("8-uurgemiddelde", "8-hour mean")

LIMITS = {
    "no2": Limits("ug/m3", Limit(25, _DAY, WHO), Limit(200, _HOUR, EU_LIMITS)),
    "pm10": Limits("ug/m3", Limit(45, _DAY, WHO), Limit(50, _DAY, EU_LIMITS)),
    "pm25": Limits(
        "ug/m3", Limit(15, _DAY, WHO), Limit(25, Text("jaargemiddelde", "annual mean"), "2008/50/EC, annex XIV")
    ),
    "o3": Limits(
        "ug/m3",
        Limit(100, _EIGHT_HOURS, WHO),
        Limit(180, Text("informatiedrempel, uurgemiddelde", "information threshold, hourly mean"), EU_OZONE),
    ),
    "so2": Limits("ug/m3", Limit(40, _DAY, WHO), Limit(350, _HOUR, EU_LIMITS)),
    "co": Limits("mg/m3", Limit(4, _DAY, WHO), Limit(10, _EIGHT_HOURS, EU_LIMITS)),
}


def limits_of(observed: Property) -> Limits | None:
    """The limits of a property, where there are any in its unit."""
    found = LIMITS.get(observed.name)
    return found if found and found.unit == observed.unit else None


def steps_of(limits: Limits) -> Steps:
    """Yellow from the guideline on, red from the limit on."""
    return ((None, GREEN), (limits.who.value, YELLOW), (limits.eu.value, RED))


def told(limits: Limits) -> Text:
    """The limits in words, each with its source."""
    return joined(Text("Lijnen: ", "Lines: "), _told(limits.who, limits.unit), "; ", _told(limits.eu, limits.unit), ".")


def _told(limit: Limit, unit: str) -> Text:
    return joined(f"{limit.value:g} {symbol(unit)} ", limit.what, f" ({limit.source})")
