"""The page of a dataset: what its sites say now, the map, the last day, who publishes it, how to get it."""

from collections.abc import Collection, Iterator, Sequence
from xml.etree.ElementTree import Element

from apis.access import gives_observations
from apis.durations import human
from apis.html import Child, element, link
from apis.portal.cards import wide
from apis.portal.charts import dataset_chart, every
from apis.portal.dataset_texts import TEXTS
from apis.portal.digest import Digest, site_path
from apis.portal.get_data import get_data
from apis.portal.languages import Reader
from apis.portal.layout import Crumb, badges, home, shell, status
from apis.portal.layout_texts import ORIGIN_SENTENCES
from apis.portal.live_elements import NO_VALUE, age, live_note, live_value, newest_of, silence
from apis.portal.series import Series, unit
from apis.portal.site_map import Mark, legend, site_map
from apis.rhythm import rhythm
from stadspuls.registry import Dataset, Property, Site, text


def dataset_page(reader: Reader, paths: Collection[str], digest: Digest, base_url: str) -> bytes:
    """The page."""
    dataset = digest.dataset
    crumbs = [
        home(reader),
        Crumb(text(dataset.city.names, reader.language), dataset.city.slug),
        Crumb(text(dataset.theme.names, reader.language)),
    ]
    title = text(dataset.titles, reader.language)
    chart = dataset_chart(reader, digest)
    return shell(
        reader,
        paths,
        f"{title} · Stadspuls",
        crumbs,
        hero(reader, dataset, title, text(dataset.descriptions, reader.language) if dataset.descriptions else None),
        _now(reader, digest),
        element("section", element("h2", day_heading(reader, dataset)), chart) if chart is not None else None,
        _about(reader, digest),
        get_data(reader, paths, dataset, base_url),
        chart=chart is not None,
    )


def hero(reader: Reader, dataset: Dataset, title: str, description: str | None = None) -> Element:
    """What the page is about, and of what origin the values are."""
    origin = ORIGIN_SENTENCES[reader.language][dataset.origin]
    return element(
        "section",
        element("h1", title),
        element("p", badges(reader, dataset), " ", origin, class_="lead"),
        element("p", description) if description else None,
        class_="hero",
    )


def day_heading(reader: Reader, dataset: Dataset) -> str:
    """What the charts are of."""
    return TEXTS[reader.language]["day_hours" if every(dataset) == "1h" else "day"]


def _now(reader: Reader, digest: Digest) -> Element:
    words = TEXTS[reader.language]
    averages = None if gives_observations(digest.dataset) else element("p", words["averages"], class_="quiet")
    heading = element("div", element("h2", words["now"]), _state(reader, digest), class_="row")
    return element("section", heading, _table(reader, digest), averages, id="now")


def _about(reader: Reader, digest: Digest) -> Element:
    heading = element("h2", TEXTS[reader.language]["about"])
    about = element("div", heading, facts(reader, digest), id="about")
    return element(
        "section", element("div", mapped(reader, digest, digest.marks(reader), "now"), about, class_="beside")
    )


def mapped(reader: Reader, digest: Digest, marks: Sequence[Mark], same: str) -> Element:
    """The map of some of the dataset's sites, with what its colours mean; `same` is where it is said in words."""
    heading = element("h2", TEXTS[reader.language]["map"])
    colours = legend(reader, [digest.scale] if digest.scale else [])
    return element("div", heading, site_map(reader, marks, whole=False, same=same), colours)


def _state(reader: Reader, digest: Digest) -> Element | None:
    if not gives_observations(digest.dataset):
        return None
    connection = status(reader, digest.dataset.city, stream(digest.dataset, digest.single))
    return element("div", silence(reader, digest.dataset, digest.is_silent), connection, class_="row")


def stream(dataset: Dataset, series: list[Series], site: Site | None = None) -> str | None:
    """The stream of these series, beginning with a snapshot; None where they are not live."""
    if not gives_observations(dataset) or not series:
        return None
    properties = ",".join(dict.fromkeys(each.observed.name for each in series))
    place = f"&site={site.id}" if site else ""
    return f"events?city={dataset.city.slug}&theme={dataset.theme.slug}{place}&property={properties}"


def _table(reader: Reader, digest: Digest) -> Element:
    words, dataset = TEXTS[reader.language], digest.dataset
    live = gives_observations(dataset)
    properties = list(dict.fromkeys(each.observed for each in digest.single)) if live else []
    order = list(dataset.theme.properties.values())
    properties.sort(key=order.index)
    with_capacity = any(site.capacity is not None for site in dataset.sites.values())
    heads = [_head(reader, each) for each in properties]
    if with_capacity:
        heads.append(element("th", words["capacity"], scope="col", class_="number"))
    if live:
        heads.append(element("th", words["age"], scope="col"))
    head = element("tr", element("th", words["site"], scope="col"), *heads)
    rows = [_row(reader, digest, site, properties, with_capacity) for site in dataset.sites.values()]
    return wide(element("table", element("thead", head), element("tbody", *rows), class_="sites"), words["now"])


def _head(reader: Reader, observed: Property) -> Element:
    measured = f" {unit(observed)}" if unit(observed) else None
    name = text(observed.names, reader.language)
    return element("th", name, element("small", measured) if measured else None, scope="col", class_="number")


def _row(reader: Reader, digest: Digest, site: Site, properties: list[Property], with_capacity: bool) -> Element:
    live = gives_observations(digest.dataset)
    series = {each.observed: each for each in digest.single_of_site(site)}
    name = element("a", text(site.names, reader.language), href=reader.href(site_path(digest.dataset, site)))
    cells = [_cell(reader, digest, series.get(each)) for each in properties]
    if with_capacity:
        cells.append(element("td", NO_VALUE if site.capacity is None else str(site.capacity), class_="number"))
    if live:
        newest = newest_of([each.newest for each in series.values() if each.newest])
        cells.append(element("td", age(reader, digest.dataset, newest, digest.names.iri(site.id))))
    key = element("i", class_="key", **_key(digest, site)) if digest.scale is not None and live else None
    return element("tr", element("th", key, name, scope="row"), *cells)


def _key(digest: Digest, site: Site) -> dict[str, str]:
    band, scale = digest.band(site), digest.scale
    known = {} if band is None else {"data-band": str(band)}
    return {
        "data-scale": scale.name if scale else "",
        "data-key": digest.names.iri(site.id),
        "data-dataset": digest.dataset.name,
        **known,
    }


def _cell(reader: Reader, digest: Digest, series: Series | None) -> Element:
    if series is None:
        return element("td", "", class_="number")
    return element("td", live_value(reader, series, digest.names), live_note(reader, series), class_="number")


def facts(reader: Reader, digest: Digest) -> Element:
    """Who publishes the dataset, under which licence, from which source, of what origin."""
    return element("dl", *_rows(reader, digest), class_="facts")


def _rows(reader: Reader, digest: Digest) -> Iterator[Element]:
    words, dataset = TEXTS[reader.language], digest.dataset
    publisher, contact = dataset.city.publisher, dataset.city.contact
    name = text(publisher.names, reader.language)
    rows: list[tuple[str, Child]] = [
        ("origin", ORIGIN_SENTENCES[reader.language][dataset.origin]),
        ("publisher", link(name, publisher.homepage) if publisher.homepage else name),
        ("licence", link(dataset.licence, dataset.licence)),
    ]
    if dataset.attribution:
        rows.append(("source", text(dataset.attribution, reader.language)))
    rhythms = [each for o in digest.observations if (each := rhythm(dataset, o)) is not None]
    if rhythms:
        rows.append(("update", words["rhythm"].format(age=human(min(rhythms)))))
    rows.append(("contact", contact.name if contact.email is None else f"{contact.name}, {contact.email}"))
    for key, value in rows:
        yield element("dt", words[key])
        yield element("dd", value)
