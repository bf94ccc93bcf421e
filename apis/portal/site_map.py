"""The map: sites as marks on the outline of Flanders, coloured by how they are; drawn here, moved by the script."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, cos, hypot, pi, sin, sqrt
from statistics import fmean
from typing import NamedTuple
from xml.etree.ElementTree import Element

from apis.html import element
from apis.portal.languages import Reader
from apis.portal.layout_texts import ORIGINS
from apis.portal.map_texts import LEVELS, TEXTS
from apis.portal.outline import HEIGHT, UNITS_PER_KM, WIDTH, Spot, View, outlines, project, view_of
from apis.portal.scales import SCALES, Scale
from stadspuls.model import Origin
from stadspuls.registry import City, Dataset, Site, text

_APART = 16.0
"""Between marks of one city that are drawn beside each other, in pixels: a mark's width and a little air."""
_SPREAD_UNTIL = 8.0
"""From this magnification on marks stand where their sites are."""
_NAME_WIDTH, _NAME_HEIGHT = 190.0, 34.0
"""Room for the name of a site on a map that is half as wide as the page."""
_HALF_LETTER, _MARK = 5.6, 12.0
"""Half of a letter's width and half of a mark's, on such a map."""
_CITY_KM = 10.0
"""Sites within are drawn with their city while the map is small."""
_HEXAGON = "M0-8L6.9-4V4L0 8L-6.9 4V-4Z"


class Mark(NamedTuple):
    """A site on the map."""

    dataset: Dataset
    site: Site
    iri: str
    href: str
    scale: Scale | None
    band: int | None
    old: bool


def site_map(reader: Reader, marks: Sequence[Mark], *, whole: bool, same: str) -> Element:
    """The map of these sites; `whole`: of all Flanders with names of cities, else around the sites with their names.

    `same` is the id of the element with the same in words.
    """
    words = TEXTS[reader.language]
    spots = [project(mark.site.latitude, mark.site.longitude) for mark in marks]
    view = View() if whole else view_of(spots)
    places = list(zip(marks, spots, _apart(marks) if whole else [Spot(0, 0)] * len(marks), strict=True))
    names = _city_names(reader, marks) if whole else _site_names(reader, marks, view)
    label = words["whole" if whole else "part"].format(sites=len(marks))
    drawing = element(
        "svg",
        element("g", *_land(), class_="land", transform=f"translate({view.x:.1f} {view.y:.1f}) scale({view.k:.2f})"),
        element("g", *(_draw(reader, mark, spot, apart, view) for mark, spot, apart in places), class_="marks"),
        element("g", *names, class_="names" if whole else "names near"),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="xMidYMid meet",
        role="group",
        **{"aria-label": label, "aria-describedby": same},
    )
    return element(
        "div",
        drawing,
        _buttons(words),
        element("div", class_="tip", hidden="", **{"aria-hidden": "true"}),
        id="map",
        tabindex="0",
        role="group",
        **_attributes(reader, view, words["keys"]),
    )


def _attributes(reader: Reader, view: View, keys: str) -> dict[str, str]:
    scales = {name: {"bounds": scale.bounds, "relative": scale.relative} for name, scale in SCALES.items()}
    return {
        "aria-label": keys,
        "data-view": f"{view.k:.4f} {view.x:.2f} {view.y:.2f}",
        "data-scales": json.dumps(scales),
        "data-levels": json.dumps(LEVELS[reader.language]),
    }


def _buttons(words: Mapping[str, str]) -> Element:
    names = (("in", "+"), ("out", "\N{MINUS SIGN}"), ("all", "⤢"))
    buttons = (
        element("button", sign, type="button", **{"data-zoom": name, "aria-label": words[name], "title": words[name]})
        for name, sign in names
    )
    return element("div", *buttons, class_="zoom", hidden="")


def _land() -> list[Element]:
    return [element("path", d=path, class_=f"shape {name.lower().replace(' ', '-')}") for name, path in outlines()]


def _draw(reader: Reader, mark: Mark, spot: Spot, apart: Spot, view: View) -> Element:
    spread = max(0.0, 1 - (view.k - 1) / (_SPREAD_UNTIL - 1))
    seen = view.place(spot)
    is_air = mark.scale is not None and mark.scale.name == "air"
    shape = element("path", d=_HEXAGON) if is_air else element("circle", r="7")
    shape.set("class", "shape-of-mark")
    # What was not measured now has a spot in its middle.
    spotted = None if mark.dataset.origin is Origin.MEASURED else element("circle", r="2.2", class_="spot")
    city, origin = text(mark.dataset.city.names, reader.language), ORIGINS[reader.language][mark.dataset.origin]
    drawn = element("a", element("title", f"{_name_of(reader, mark)} ({city}; {origin})"), shape, spotted)
    drawn.attrib |= _told(reader, mark) | {
        "href": mark.href,
        "tabindex": "-1",
        "class": f"mark {mark.dataset.origin}" + (" old" if mark.old else ""),
        "data-at": f"{spot.x:.3f} {spot.y:.3f} {apart.x:.1f} {apart.y:.1f}",
        "transform": f"translate({seen.x + spread * apart.x:.1f} {seen.y + spread * apart.y:.1f})",
    }
    return drawn


def _name_of(reader: Reader, mark: Mark) -> str:
    return text(mark.site.names, reader.language)


def _told(reader: Reader, mark: Mark) -> dict[str, str]:
    """What the script must know of a mark."""
    told = {
        "data-site": mark.iri,
        "data-dataset": mark.dataset.name,
        "data-name": _name_of(reader, mark),
        "data-origin": ORIGINS[reader.language][mark.dataset.origin],
        "data-scale": mark.scale and mark.scale.name,
        "data-band": mark.band,
        "data-capacity": mark.site.capacity,
    }
    return {name: str(value) for name, value in told.items() if value is not None}


def _apart(marks: Sequence[Mark]) -> list[Spot]:
    """How far from its place each mark is drawn while its city is only a point: side by side, around its middle."""
    places = {city: iter(_packed(count)) for city, count in _in_cities(marks).items()}
    return [_beside(mark, next(places[mark.dataset.city])) if _is_in(mark) else Spot(0, 0) for mark in marks]


def _beside(mark: Mark, place: Spot) -> Spot:
    middle, own = _middle(mark.dataset.city), project(mark.site.latitude, mark.site.longitude)
    return Spot(middle.x - own.x + place.x, middle.y - own.y + place.y)


def _in_cities(marks: Sequence[Mark]) -> Counter[City]:
    return Counter(mark.dataset.city for mark in marks if _is_in(mark))


def _middle(city: City) -> Spot:
    return project(city.latitude, city.longitude)


def _is_in(mark: Mark) -> bool:
    """Whether the site belongs to a city as one sees it: a network of a region has its own all over it."""
    middle, own = _middle(mark.dataset.city), project(mark.site.latitude, mark.site.longitude)
    return hypot(middle.x - own.x, middle.y - own.y) < _CITY_KM * UNITS_PER_KM


def _packed(count: int) -> list[Spot]:
    """Places for so many marks: one, with rings of six, twelve, eighteen ... around it; as a whole in the middle."""
    spots = [_spiral(number) for number in range(count)]
    x, y = fmean(spot.x for spot in spots), fmean(spot.y for spot in spots)
    return [Spot(spot.x - x, spot.y - y) for spot in spots]


def _spiral(number: int) -> Spot:
    ring = ceil((sqrt(12 * number + 9) - 3) / 6)
    angle = pi / 6 + 2 * pi * number / (6 * ring or 1)
    return Spot(_APART * ring * cos(angle), _APART * ring * sin(angle))


def _city_names(reader: Reader, marks: Sequence[Mark]) -> Iterator[Element]:
    """The names of cities, above their marks."""
    for city, count in _in_cities(marks).items():
        top = min(spot.y for spot in _packed(count))
        yield _name(text(city.names, reader.language), _middle(city), View(), top - 13)


def _site_names(reader: Reader, marks: Sequence[Mark], view: View) -> Iterator[Element]:
    """The names of sites, below their marks; those that would lie on others or on marks show once the map is nearer."""
    taken: list[Spot] = []
    spots = [project(mark.site.latitude, mark.site.longitude) for mark in marks]
    all_seen = [view.place(spot) for spot in spots]
    for mark, spot, seen in zip(marks, spots, all_seen, strict=True):
        name = text(mark.site.names, reader.language)
        made = _name(name, spot, view, 19)
        on_names = any(abs(seen.x - x) < _NAME_WIDTH and abs(seen.y - y) < _NAME_HEIGHT for x, y in taken)
        if on_names or any(_hides(name, seen, other) for other in all_seen if other is not seen):
            made.set("class", "crowded")
        else:
            taken.append(seen)
        yield made


def _hides(name: str, seen: Spot, other: Spot) -> bool:
    """Whether a name below one mark lies on another mark."""
    return abs(other.x - seen.x) < _HALF_LETTER * len(name) + _MARK and 0 <= other.y - seen.y < _NAME_HEIGHT + _MARK


def _name(name: str, spot: Spot, view: View, below: float) -> Element:
    seen = view.place(spot)
    place = f"translate({seen.x:.1f} {seen.y + below:.1f})"
    at = f"{spot.x:.3f} {spot.y:.3f} 0 {below:.1f}"
    return element("text", name, transform=place, **{"data-at": at, "aria-hidden": "true"})


def legend(reader: Reader, scales: Iterable[Scale]) -> Element:
    """What the colours mean, of these scales."""
    words, levels = TEXTS[reader.language], LEVELS[reader.language]
    parts: list[Element] = []
    for scale in scales:
        source = scale.source
        named = element("a", words[scale.name], href=source) if source else element("span", words[scale.name])
        keys = [
            element("li", element("i", class_="key", **{"data-scale": scale.name, "data-band": str(band)}), level)
            for band, level in enumerate(levels[scale.name])
        ]
        parts.append(element("div", element("p", named), element("ul", *keys)))
        if source:
            parts[-1].append(element("p", words["index"], class_="quiet"))
    return element("div", *parts, class_="legend")
