"""Datasets in short: cards with a live figure, and the table of sites that says what the map shows."""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from apis.access import gives_observations
from apis.html import Child, element
from apis.portal.digest import Digest, site_path
from apis.portal.languages import Reader
from apis.portal.layout import badges
from apis.portal.layout_texts import ORIGIN_SENTENCES, ORIGINS
from apis.portal.live_elements import NO_VALUE, age, live_note, live_value, newest_of, silence
from apis.portal.map_texts import LEVELS
from apis.portal.series import Series, number, unit
from apis.portal.start_texts import TEXTS
from stadspuls.model import Origin
from stadspuls.registry import Site, text


def card(reader: Reader, digest: Digest) -> Element:
    """A dataset: its theme, its origin, its figure, how old that is."""
    words, dataset = TEXTS[reader.language], digest.dataset
    title = element("a", text(dataset.theme.names, reader.language), href=reader.href(dataset.name))
    live = gives_observations(dataset)
    return element(
        "article",
        element("h3", title),
        _figure(reader, digest) if live else None,
        element(
            "p",
            words["one"] if len(dataset.sites) == 1 else words["number"].format(count=len(dataset.sites)),
            " · " if live else None,
            age(reader, dataset, digest.newest) if live else None,
            class_="quiet",
        ),
        element("p", badges(reader, dataset), " ", silence(reader, dataset, digest.is_silent) if live else None),
        class_="card",
    )


def _figure(reader: Reader, digest: Digest) -> Element | None:
    words, scale = TEXTS[reader.language], digest.scale
    if scale is None:
        return None
    if scale.relative:
        vacant = digest.vacant()
        attributes = {"data-total": digest.dataset.name}
        count = element(
            "strong", number(vacant[0], 0, reader.language) if vacant else NO_VALUE, class_="figure", **attributes
        )
        capacity = vacant[1] if vacant else sum(site.capacity or 0 for site in digest.dataset.sites.values())
        return element("p", count, " " + words["vacant"].format(capacity=capacity), class_="headline")
    worst = digest.worst()
    attributes = {"data-worst": digest.dataset.name, "data-scale": scale.name}
    if worst is not None:
        attributes["data-band"] = str(worst)
    level = NO_VALUE if worst is None else LEVELS[reader.language][scale.name][worst]
    key = element("i", class_="key", **attributes)
    named = element("strong", level, class_="figure level", **{"data-worst-name": digest.dataset.name})
    return element("p", key, named, " " + words["worst"], class_="headline")


def origin_legend(reader: Reader) -> Element:
    """What each badge of origin means."""
    names, sentences = ORIGINS[reader.language], ORIGIN_SENTENCES[reader.language]
    terms = [
        part
        for origin in Origin
        for part in (
            element("dt", element("span", names[origin], class_=f"badge {origin}")),
            element("dd", sentences[origin]),
        )
    ]
    return element("dl", *terms, class_="origins")


def sites_table(reader: Reader, digests: Sequence[Digest], *, cities: bool) -> Element:
    """Every site with its values, as the map has them; `cities`: with the city of each."""
    words = TEXTS[reader.language]
    columns = ["site", *(["city"] if cities else []), "dataset", "values", "age", "origin"]
    head = element("tr", *(element("th", words[column], scope="col") for column in columns))
    rows = [row for digest in digests for row in _rows(reader, digest, cities)]
    table = element("table", element("thead", head), element("tbody", *rows), class_="sites")
    return wide(table, words["all"])


def wide(table: Element, label: str) -> Element:
    """A table that may be wider than its place, and is then moved by itself, also by keyboard."""
    return element("div", table, class_="wide", tabindex="0", role="region", **{"aria-label": label})


def _rows(reader: Reader, digest: Digest, cities: bool) -> Iterator[Element]:
    dataset, language = digest.dataset, reader.language
    for site in dataset.sites.values():
        name = element("a", text(site.names, language), href=reader.href(site_path(dataset, site)))
        city: list[Child] = [element("td", text(dataset.city.names, language))] if cities else []
        theme = element("a", text(dataset.theme.names, language), href=reader.href(dataset.name))
        series = digest.of_site(site)
        newest = newest_of([each.newest for each in series if each.newest])
        yield element(
            "tr",
            element("th", name, scope="row"),
            *city,
            element("td", theme),
            element("td", *_values(reader, digest, site, series), class_="values"),
            element("td", age(reader, dataset, newest, digest.names.iri(site.id)) if series else NO_VALUE),
            element("td", badges(reader, dataset)),
        )


def _values(reader: Reader, digest: Digest, site: Site, series: Sequence[Series]) -> Iterator[Child]:
    if not gives_observations(digest.dataset):
        yield NO_VALUE
        return
    for each in series:
        short = text(each.observed.names, reader.language)
        name = short.rpartition("(")[2].rstrip(")") if "(" in short else short
        of = f" / {site.capacity}" if site.capacity and digest.scale and digest.scale.relative else unit(each.observed)
        shown = [live_value(reader, each, digest.names), element("small", f" {of}" if of else "")]
        label = [element("small", name + " ", class_="quiet")] if len(series) > 1 else []
        yield element("span", *label, *shown, live_note(reader, each), class_="value")
