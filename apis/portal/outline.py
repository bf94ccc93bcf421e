"""Where things are on the map: Flanders in a frame of 1000 by 470 units, and its outline as paths."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from math import cos, radians
from pathlib import Path
from typing import Any, NamedTuple

GEOMETRY = Path(__file__).parent / "geo" / "outline.geojson"

WIDTH, HEIGHT = 1000, 470
_WEST, _NORTH = 2.42, 51.63
_PER_DEGREE = WIDTH / (3.62 * cos(radians(51.05)))
"""Units a degree of latitude; plate carrée with the region's middle as standard parallel, true to 1 % within it."""
UNITS_PER_KM = _PER_DEGREE / 111.2
DEEPEST = 400.0
"""Largest magnification: about two kilometres over the whole width."""


class Spot(NamedTuple):
    """A place in the frame, in units from its upper left corner."""

    x: float
    y: float


class View(NamedTuple):
    """What is seen of the frame: magnified `k` times, then moved by `x` and `y` units."""

    k: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def place(self, spot: Spot) -> Spot:
        """Where a place of the frame is seen."""
        return Spot(self.k * spot.x + self.x, self.k * spot.y + self.y)


def project(latitude: float, longitude: float) -> Spot:
    """Where a position (WGS84 degrees) lies in the frame."""
    return Spot((longitude - _WEST) * _PER_DEGREE * cos(radians(51.05)), (_NORTH - latitude) * _PER_DEGREE)


def view_of(spots: Sequence[Spot]) -> View:
    """The view that shows these places, with room around them; the whole frame where there are none."""
    if not spots:
        return View()
    left, right = min(s.x for s in spots), max(s.x for s in spots)
    top, bottom = min(s.y for s in spots), max(s.y for s in spots)
    # At least some three kilometres: nearer there is nothing to see.
    k = min(0.62 * WIDTH / max(right - left, 12.0), 0.62 * HEIGHT / max(bottom - top, 5.5), DEEPEST)
    return View(k, WIDTH / 2 - k * (left + right) / 2, HEIGHT / 2 - k * (top + bottom) / 2)


@cache
def outlines() -> list[tuple[str, str]]:
    """Name and SVG path of each feature, those that lie below others first."""
    features = json.loads(GEOMETRY.read_text())["features"]
    return [(feature["properties"]["name"], _path(feature["geometry"])) for feature in features]


def _path(geometry: dict[str, Any]) -> str:
    lines = geometry["coordinates"]
    if geometry["type"] == "MultiLineString":
        return "".join(_line(line) for line in lines)
    return "".join(_line(ring) + "Z" for polygon in lines for ring in polygon)


def _line(positions: Iterable[Sequence[float]]) -> str:
    spots = [project(latitude, longitude) for longitude, latitude in positions]
    return "M" + "L".join(f"{spot.x:.2f} {spot.y:.2f}" for spot in spots)
