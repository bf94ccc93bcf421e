"""A page for a browser: the same observations as a table."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from apis.data.entries import plain_value
from apis.html import element, link, page
from apis.negotiation import PAGES, Format
from apis.pages.content import PageContent
from apis.pages.observed import NO_UNIT
from apis.pages.texts import ORIGIN_COMMENTS, QUALITIES, TEXTS
from stadspuls.clock import rfc3339
from stadspuls.model import Observation
from stadspuls.registry import text

FORM_NAMES = {
    Format.TRIG: "TriG",
    Format.TURTLE: "Turtle",
    Format.NQUADS: "N-Quads",
    Format.NTRIPLES: "N-Triples",
    Format.JSONLD: "JSON-LD",
    Format.HTML: "HTML",
}
COLUMNS = ("observed", "site", "sensor", "property", "value", "unit", "quality")


def html_page(content: PageContent, language: str) -> bytes:
    """The page in one language; its links are relative, so that they also work behind a proxy."""
    words, dataset = TEXTS[language], content.dataset
    title = text(dataset.titles, language)
    start = rfc3339(content.page.start)
    return page(
        f"{title} ({start})",
        language,
        "../",
        element(
            "header",
            element("h1", title),
            element("p", element("strong", ORIGIN_COMMENTS[dataset.origin][language])),
            _neighbours(content, language),
        ),
        element(
            "main",
            _facts(content, language),
            element(
                "p",
                f"{words['formats']}: ",
                *(link(FORM_NAMES[form], f"?page={start}&format={form}") for form in PAGES if form != Format.HTML),
                class_="formats",
            ),
            element(
                "div", _table(content, language), class_="wide", tabindex="0", role="region", **{"aria-label": title}
            ),
        ),
    )


def _neighbours(content: PageContent, language: str) -> Element:
    words = TEXTS[language]
    links = [link(words["home"], f"../?lang={language}"), link(words["newest"], f"?lang={language}")]
    if content.previous is not None:
        links.append(
            element("a", words["previous"], href=f"?page={rfc3339(content.previous)}&lang={language}", rel="prev")
        )
    if content.following is not None:
        links.append(
            element("a", words["next"], href=f"?page={rfc3339(content.following)}&lang={language}", rel="next")
        )
    return element("nav", *links)


def _facts(content: PageContent, language: str) -> Element:
    words, dataset = TEXTS[language], content.dataset
    publisher = dataset.city.publisher
    name = text(publisher.names, language)
    rows: list[tuple[str, Element | str]] = [
        (words["publisher"], link(name, publisher.homepage) if publisher.homepage else name),
        (words["licence"], link(dataset.licence, dataset.licence)),
    ]
    if dataset.attribution:
        rows.append((words["source"], text(dataset.attribution, language)))
    period = words["period"].format(start=rfc3339(content.page.start), end=rfc3339(content.page.last))
    rows.append((words["published"], f"{period} {words['open' if content.following is None else 'closed']}"))
    return element("dl", *(each for key, value in rows for each in (element("dt", key), element("dd", value))))


def _table(content: PageContent, language: str) -> Element:
    words = TEXTS[language]
    head = element("tr", *(element("th", words[column], scope="col") for column in COLUMNS))
    ordered = sorted(content.observations, key=lambda o: o.observed_at)
    return element(
        "table",
        element("caption", words["caption"].format(count=len(ordered))),
        element("thead", head),
        element("tbody", *(element("tr", *_cells(content, o, language)) for o in ordered)),
    )


def _cells(content: PageContent, o: Observation, language: str) -> Iterator[Element]:
    words, stream = TEXTS[language], o.datastream
    site = content.dataset.sites.get(stream.site)
    observed = content.dataset.theme.properties.get(stream.observed_property)
    value = plain_value(o.value)
    instant = rfc3339(o.observed_at)
    yield element("td", element("time", instant, datetime=instant))
    yield element("td", text(site.names, language) if site else stream.site)
    yield element("td", stream.sensor)
    yield element("td", text(observed.names, language) if observed else stream.observed_property)
    yield element("td", words["yes" if value else "no"] if isinstance(value, bool) else str(value))
    yield element("td", "" if stream.unit == NO_UNIT else stream.unit)
    yield element("td", _quality(o, language))


def _quality(o: Observation, language: str) -> str:
    said = [QUALITIES[language][o.quality]]
    if o.test is not None:
        said.append(o.test)
    if o.known is not None and o.capacity is not None:
        said.append(TEXTS[language]["known"].format(known=o.known, capacity=o.capacity))
    return ", ".join(said)
