"""What the colours of the map mean: how many spaces are vacant, and how good the air is.

The air's is the European Air Quality Index of the European Environment Agency, with the bands of 2024 (ETC HE Report
2024/17; https://airindex.eea.europa.eu), µg/m³ of a single hour. A station has the band of its worst substance. Here it
is applied to the newest value of each, also where that is the mean of another time, and to stations that lack some.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

from stadspuls.registry import Dataset, Theme


@dataclass(frozen=True)
class Scale:
    """Bands by property: a value is in the band of the number of bounds that it exceeds."""

    name: str
    bounds: Mapping[str, tuple[float, ...]]
    bands: int
    relative: bool = False
    """Whether the bounds are shares of the site's capacity."""
    source: str | None = None

    def band(self, values: Mapping[str, float], capacity: int | None) -> int | None:
        """The highest band of these values; None where there is none to tell."""
        if self.relative and not capacity:
            return None
        divisor = (capacity or 1) if self.relative else 1
        found = [
            bisect_left(self.bounds[name], value / divisor) for name, value in values.items() if name in self.bounds
        ]
        return max(found, default=None)


VACANCY = Scale("vacancy", {"vacantSpaces": (0.0, 0.05, 0.15, 0.4)}, 5, relative=True)
AIR = Scale(
    "air",
    {
        "no2": (10, 25, 60, 100, 150),
        "pm10": (15, 45, 120, 195, 270),
        "pm25": (5, 15, 50, 90, 140),
        "o3": (60, 100, 120, 160, 180),
        "so2": (20, 40, 125, 190, 275),
    },
    6,
    source="https://airindex.eea.europa.eu",
)
SCALES = {scale.name: scale for scale in (VACANCY, AIR)}
_UNITS = {"vacancy": "1", "air": "ug/m3"}


def scale_of(theme: Theme) -> Scale | None:
    """The scale whose properties a theme has, in the scale's unit."""
    for scale in SCALES.values():
        if any((found := theme.properties.get(name)) and found.unit == _UNITS[scale.name] for name in scale.bounds):
            return scale
    return None


def shown_properties(dataset: Dataset) -> list[str]:
    """The properties that say in short how the dataset's sites are: those of its scale, else the theme's first."""
    scale, theme = scale_of(dataset.theme), dataset.theme
    if scale is None:
        return list(theme.properties)[:1]
    return [name for name in theme.properties if name in scale.bounds]
