"""Mistakes that show only when parts of files are held beside each other.

The checks read the plain data, so that they also work in a file that has other mistakes: what is missing or of the
wrong type is passed over here, and told by the check of the fields (`written`).
"""

from collections.abc import Iterable, Mapping
from typing import get_args

from stadspuls.registry.marked import Document, Path
from stadspuls.registry.objects import DERIVED_SUFFIX, ValueType

Themes = Mapping[str, Document]
"""Theme files by slug."""


def check_slug(document: Document, stem: str) -> None:
    """A file is called after its slug."""
    slug = document.word("slug")
    if slug and slug != stem:
        document.mistake(("slug",), f"{slug!r}, but the file is called {stem}.yaml; both must be the same")


def check_theme(document: Document) -> None:
    """A theme's ranges and derivations fit its properties."""
    for name in document.keys("properties"):
        _check_ranges(document, ("properties", name))
    check_repeated(document, [("derived", i, "property") for i in range(document.count("derived"))])
    for i in range(document.count("derived")):
        _check_derivation(document, i)


def _check_ranges(document: Document, path: Path) -> None:
    kind = document.at(*path, "type") or "number"
    for field in ("possible", "plausible"):
        low, high = document.at(*path, field, "min"), document.at(*path, field, "max")
        if document.holds((*path, field)) and kind != "number":
            document.mistake((*path, field), f"only numbers have a range, and this property is a {kind}")
        elif isinstance(low, int | float) and isinstance(high, int | float) and low >= high:
            document.mistake((*path, field), f"min {low} is not below max {high}")
    for end, outside in (("min", -1), ("max", 1)):
        possible, plausible = document.at(*path, "possible", end), document.at(*path, "plausible", end)
        if not isinstance(possible, int | float) or not isinstance(plausible, int | float):
            continue
        if (plausible - possible) * outside > 0:
            document.mistake(
                (*path, "plausible", end), f"{plausible} lies outside the possible range ({end} {possible})"
            )


def _check_derivation(document: Document, i: int) -> None:
    for field, wanted in (("property", "number"), ("source", "boolean")):
        name = document.word("derived", i, field)
        path = ("derived", i, field)
        if not name:
            continue
        if name not in document.keys("properties"):
            document.mistake(path, unknown("property", name, "in this theme", document.keys("properties")))
        elif (found := document.at("properties", name, "type") or "number") != wanted and found in get_args(ValueType):
            document.mistake(path, f"{name!r} is a {found}; a count needs a {wanted} here")


def check_city(document: Document, themes: Themes) -> None:
    """A city's datasets fit their themes."""
    for slug in document.keys("datasets"):
        theme = themes.get(slug)
        if theme is None:
            document.mistake(("datasets", slug), unknown("theme", slug, "here", sorted(themes)))
        _check_sites(document, slug, theme)
        _check_sensors(document, slug, theme)
        if theme is not None:
            _check_capacities(document, slug, theme)


def _check_sites(document: Document, slug: str, theme: Document | None) -> None:
    sites: Path = ("datasets", slug, "sites")
    count = document.count(*sites)
    check_repeated(document, [(*sites, i, "id") for i in range(count)])
    check_repeated(document, [(*sites, i, "iri") for i in range(count)])
    kinds = theme.keys("kinds") if theme is not None else []
    for i in range(count):
        kind = document.word(*sites, i, "kind")
        if kind and kinds and kind not in kinds:
            document.mistake((*sites, i, "kind"), unknown("kind", kind, "in this theme", kinds))


def _check_sensors(document: Document, slug: str, theme: Document | None) -> None:
    sensors: Path = ("datasets", slug, "sensors")
    count = document.count(*sensors)
    sites = [
        document.word("datasets", slug, "sites", i, "id") for i in range(document.count("datasets", slug, "sites"))
    ]
    virtual = {site + DERIVED_SUFFIX for site in sites}
    check_repeated(document, [(*sensors, i, "id") for i in range(count)])
    for i in range(count):
        path = (*sensors, i)
        sensor, site = document.word(*path, "id"), document.word(*path, "site")
        if sensor in virtual:
            document.mistake((*path, "id"), f"{sensor!r} is the name of a site's virtual sensor; take another id")
        if site and site not in sites:
            document.mistake((*path, "site"), unknown("site", site, "in this dataset", sites))
        measured = [(*path, "properties", j) for j in range(document.count(*path, "properties"))]
        check_repeated(document, measured)
        for place in measured if theme is not None else ():
            name = document.word(*place)
            if name and theme is not None and name not in theme.keys("properties"):
                document.mistake(place, unknown("property", name, "in this theme", theme.keys("properties")))


def _check_capacities(document: Document, slug: str, theme: Document) -> None:
    """Where a site's spaces are counted one by one, its capacity is their number."""
    sources = {theme.word("derived", i, "source") for i in range(theme.count("derived"))} - {""}
    sensors: Path = ("datasets", slug, "sensors")
    for source in sorted(sources):
        counting = [
            document.word(*sensors, i, "site")
            for i in range(document.count(*sensors))
            if source in document.words(*sensors, i, "properties")
        ]
        for i in range(document.count("datasets", slug, "sites")):
            path = ("datasets", slug, "sites", i)
            number, capacity = counting.count(document.word(*path, "id")), document.at(*path, "capacity")
            if number and number != capacity:
                said = "is missing" if capacity is None else f"is {capacity}"
                text = f"{said}; the sensors of this site that measure {source!r} are {number}"
                document.mistake((*path, "capacity"), text)


def check_repeated(document: Document, places: Iterable[Path]) -> None:
    """No two of these places hold the same word."""
    first: dict[str, Path] = {}
    for place in places:
        word = document.word(*place)
        if word in first:
            line = document.line(first[word])
            document.mistake(place, f"{word!r} stands here twice, first in line {line}")
        elif word:
            first[word] = place


def unknown(what: str, name: str, where: str, known: Iterable[str]) -> str:
    """That a name is not known, and which are."""
    # In a broken file a name may be anything, also the end of a line.
    names = [name if name.isprintable() else ascii(name) for name in known if name]
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"no {what} {name!r} {where}; known: {listed or 'none'}"
