"""The text of a new city's file, modelled on another city's: what is the same is taken over, what is not is marked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cli.connecting.yaml_text import item_lines, line
from stadspuls.registry.marked import Data, Document, Path

_KEPT = ("visibility", "retention", "ignore", "time_zone")
"""What of a dataset holds for the neighbour too."""
_DROPPED = frozenset({"devices", "poll"})
"""What of a source belongs to the other city's own devices."""
_WHERE_FROM = re.compile(r"\s*\([^()]*\)$")
"""The end of a title that says that its values are simulated or recorded."""


@dataclass(frozen=True, kw_only=True)
class NewCity:
    """What is known of it; None: taken over from the other city, or made of its slug."""

    slug: str
    name: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    publisher: str | None = None
    email: str | None = None


def city_text(like: Document, city: NewCity) -> str:
    """The new city's file; `->` marks what must be filled in or looked at."""
    model, slug = like.word("slug"), city.slug
    name = city.name or "-".join(part.capitalize() for part in slug.split("-"))
    renamed = _Renamed(like, name)
    lines = [
        f"# Made after {model}.yaml, without its sites, sensors and devices. `->` marks what is to be filled in.",
        line("slug", slug),
        f"{line('names', {'nl': name})}  # -> en, fr and de, where it is called otherwise",
        *_people(like, city, renamed),
        line("time_zone", like.at("time_zone")),
        _centre(like, city, model),
        "# areas: [http://data.europa.eu/nuts/code/BE254]  # -> the areas it covers, for catalogues",
        *_sources(like, slug, model),
        "datasets:",
    ]
    for theme in like.keys("datasets"):
        lines += _dataset(like, theme, renamed, slug, model)
    return "".join(f"{one}\n" for one in lines)


class _Renamed:
    """Puts the new name where the other city's stands, as a word of its own, in any language."""

    def __init__(self, like: Document, name: str) -> None:
        self._name = name
        old = {like.word("names", language) for language in like.keys("names")} - {""}
        words = "|".join(re.escape(word) for word in sorted(old, key=len, reverse=True))
        self._old = re.compile(rf"(?<!\w)(?:{words})(?!\w)")

    def __call__(self, text: str) -> str:
        return self._old.sub(lambda _: self._name, text)

    def texts(self, like: Document, path: Path) -> dict[str, Data]:
        """A text by language."""
        return {language: self(like.word(*path, language)) for language in like.keys(*path)}


def _people(like: Document, city: NewCity, renamed: _Renamed) -> list[str]:
    names: Data = {"nl": city.publisher} if city.publisher else renamed.texts(like, ("publisher", "names"))
    contact = renamed(like.word("contact", "name"))
    contact_lines = [f"  {line('email', city.email)}"] if city.email else ["  # email:  # -> where to write to"]
    return [
        "publisher:",
        f"  {line('names', names)}" + ("" if city.publisher else "  # -> who publishes"),
        "  # homepage:  # -> its address on the web; iri: its identifier, where it has one",
        "contact:",
        f"  {line('name', contact)}",
        *contact_lines,
    ]


def _centre(like: Document, city: NewCity, model: str) -> str:
    if city.latitude is None or city.longitude is None:
        return f"{line('centre', like.at('centre'))}  # -> still that of {model}"
    return line("centre", {"latitude": city.latitude, "longitude": city.longitude})


def _sources(like: Document, slug: str, model: str) -> list[str]:
    lines: list[str] = []
    for i in range(like.count("sources")):
        source = like.at("sources", i)
        if not isinstance(source, dict):
            continue
        if source.get("poll"):
            lines.append(f"  # -> {model} asks an API for these; describe yours under `poll`, or take this source out")
        if source.get("devices"):
            lines.append(
                "  # -> devices: {name there: sensor here}; `stadspuls sensor add --source --device` adds them"
            )
        lines += [f"  {one}" for one in item_lines(_source(source, slug), 2)]
    return ["sources:", *lines] if lines else []


def _source(source: Mapping[str, Data], slug: str) -> dict[str, Data]:
    """A source below the new city; the topic goes on naming the device where it did."""
    kept = {key: value for key, value in source.items() if key not in _DROPPED}
    _, slash, rest = str(source["filter"]).partition("/")
    kept["filter"] = f"{slug}{slash}{rest}"
    if source.get("poll"):
        kept.setdefault("sensor_level", len(str(source["filter"]).split("/")))
    return kept


def _dataset(like: Document, theme: str, renamed: _Renamed, slug: str, model: str) -> list[str]:
    path: Path = ("datasets", theme)
    titles = renamed.texts(like, (*path, "titles"))
    if like.at(*path, "origin") != "measured":
        titles = {language: _WHERE_FROM.sub("", str(title)) or title for language, title in titles.items()}
    lines = [f"{theme}:", "  titles:", *(f"    {line(language, title)}" for language, title in titles.items())]
    lines.append(f"  {line('licence', like.at(*path, 'licence'))}  # -> that of {model}; is it yours?")
    if like.holds((*path, "attribution")):
        lines.append("  attribution:  # -> how the source wants to be named")
        attribution = renamed.texts(like, (*path, "attribution"))
        lines += [f"    {line(language, text)}" for language, text in attribution.items()]
    lines.append("  origin: measured")
    lines += [f"  {line(key, like.at(*path, key))}" for key in _KEPT if like.holds((*path, key))]
    lines.append(f"  # -> stadspuls sensor add {slug}/{theme} ID --property NAME --site-name NAME --lat LAT --lon LON")
    return [f"  {one}" for one in [*lines, "  sites: []", "  sensors: []"]]
