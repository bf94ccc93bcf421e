"""The page of a site: what its sensors say now, the last day, where it is, what it is called."""

from collections.abc import Collection, Iterator
from xml.etree.ElementTree import Element

from apis.access import gives_observations
from apis.html import Child, element, link
from apis.portal.cards import wide
from apis.portal.charts import site_charts
from apis.portal.dataset_page import day_heading, facts, hero, mapped, stream
from apis.portal.dataset_texts import TEXTS
from apis.portal.digest import Digest
from apis.portal.languages import Reader
from apis.portal.layout import Crumb, home, shell, status
from apis.portal.live_elements import age, live_note, live_value, newest_of, silence
from apis.portal.series import Series, unit
from stadspuls.registry import Site, text


def site_page(reader: Reader, paths: Collection[str], digest: Digest, site: Site) -> bytes:
    """The page."""
    words, dataset = TEXTS[reader.language], digest.dataset
    name = text(site.names, reader.language)
    charts = site_charts(reader, digest, digest.single_of_site(site))
    day = element("h2", day_heading(reader, dataset))
    crumbs = [
        home(reader),
        Crumb(text(dataset.city.names, reader.language), dataset.city.slug),
        Crumb(text(dataset.theme.names, reader.language), dataset.name),
        Crumb(name),
    ]
    return shell(
        reader,
        paths,
        f"{name} · {text(dataset.titles, reader.language)}",
        crumbs,
        hero(reader, dataset, name),
        _now(reader, digest, site),
        element("section", day, element("div", *charts, class_="charts")) if charts else None,
        _where(reader, paths, digest, site),
        element("section", element("h2", words["about"]), facts(reader, digest)),
        chart=bool(charts),
    )


def _now(reader: Reader, digest: Digest, site: Site) -> Element:
    words, live = TEXTS[reader.language], gives_observations(digest.dataset)
    series = [each for each in digest.series if each.site is site]
    alone = digest.single_of_site(site)
    parts = [each for each in series if each not in alone]
    return element(
        "section",
        element("div", element("h2", words["now"]), _state(reader, digest, site, series), class_="row"),
        element("div", *(_tile(reader, digest, each) for each in alone), class_="tiles") if live else None,
        _parts(reader, digest, parts) if live and parts else None,
        None if live else element("p", words["averages"], class_="quiet"),
        id="now",
    )


def _where(reader: Reader, paths: Collection[str], digest: Digest, site: Site) -> Element:
    marks = [digest.mark(reader, site)]
    rows = element("dl", *_place(reader, paths, digest, site), class_="facts")
    place = element("div", element("h2", text(site.names, reader.language)), rows, id="place")
    return element("section", element("div", mapped(reader, digest, marks, "place"), place, class_="beside"))


def _state(reader: Reader, digest: Digest, site: Site, series: list[Series]) -> Element | None:
    if not gives_observations(digest.dataset):
        return None
    newest = newest_of([each.newest for each in series if each.newest])
    return element(
        "div",
        age(reader, digest.dataset, newest, digest.names.iri(site.id)),
        silence(reader, digest.dataset, digest.is_silent),
        status(reader, digest.dataset.city, stream(digest.dataset, series, site)),
        class_="row",
    )


def _tile(reader: Reader, digest: Digest, series: Series) -> Element:
    name = text(series.observed.names, reader.language)
    capacity = series.site.capacity
    relative = digest.scale is not None and digest.scale.relative and series.observed.name in digest.scale.bounds
    of = f" / {capacity}" if relative and capacity else f" {unit(series.observed)}"
    value = element("p", live_value(reader, series, digest.names), element("small", of), class_="headline")
    return element("div", element("h3", name), value, element("p", live_note(reader, series)), class_="tile")


def _parts(reader: Reader, digest: Digest, parts: list[Series]) -> Element:
    words = TEXTS[reader.language]
    head = element("tr", *(element("th", words[name], scope="col") for name in ("sensor", "property", "value")))
    rows = [
        element(
            "tr",
            element("th", each.sensor, scope="row"),
            element("td", text(each.observed.names, reader.language)),
            element("td", live_value(reader, each, digest.names), live_note(reader, each)),
        )
        for each in parts
    ]
    table = wide(element("table", element("thead", head), element("tbody", *rows)), words["spaces"])
    return element("details", element("summary", f"{words['spaces']} ({len(parts)})"), table)


def _place(reader: Reader, paths: Collection[str], digest: Digest, site: Site) -> Iterator[Element]:
    words, dataset = TEXTS[reader.language], digest.dataset
    kind = dataset.theme.kinds.get(site.kind)
    iri = digest.names.iri(site.id)
    # One of ours leads somewhere only where identifiers are addresses.
    leads = site.iri is not None or any(path.startswith("/{city}/id/") for path in paths)
    at = f"{site.latitude:.5f}, {site.longitude:.5f}"
    osm = f"https://www.openstreetmap.org/?mlat={site.latitude}&mlon={site.longitude}#map=17/{site.latitude}/{site.longitude}"
    rows: list[tuple[str, list[Child]]] = [
        ("kind", [text(kind.names, reader.language) if kind else site.kind]),
        ("position", [at, " (", link(words["osm"], osm), ")"]),
        ("identifier", [link(iri, iri) if leads else element("code", iri)]),
        ("id", [element("code", site.id)]),
        ("data", _forms(reader, digest, site)),
    ]
    if site.capacity is not None:
        rows.insert(1, ("capacity", [str(site.capacity)]))
    if site.zone is not None:
        rows.append(("zone", [site.zone]))
    if site.valid_from is not None:
        rows.append(("valid_from", [site.valid_from.isoformat()]))
    for key, value in rows:
        yield element("dt", words[key])
        yield element("dd", *value)


def _forms(reader: Reader, digest: Digest, site: Site) -> list[Child]:
    base = reader.file(digest.dataset.name)
    found = [("JSON", f"{base}/sites/{site.id}?format=json"), ("GeoJSON", f"{base}/sites/{site.id}?format=geojson")]
    if gives_observations(digest.dataset):
        found += [("latest", f"{base}/latest?site={site.id}"), ("history", f"{base}/history?site={site.id}")]
    return [part for name, address in found for part in (link(name, address), " ")]
