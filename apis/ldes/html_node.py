"""Nodes of an event stream for a browser: where they lead, and their members."""

from collections.abc import Iterable, Iterator, Sequence
from xml.etree.ElementTree import Element

from apis.data.entries import plain_value
from apis.html import element, link, page
from apis.ldes.nodes import Day, day_name
from apis.ldes.texts import TEXTS
from apis.negotiation import STREAMS, Format
from apis.pages.content import PageContent
from apis.pages.html_page import FORM_NAMES
from apis.pages.texts import ORIGIN_COMMENTS
from stadspuls.clock import rfc3339
from stadspuls.model import Observation
from stadspuls.registry import Dataset, text

BELOW_ROOT = "../../../"
"""From a day or a page to `/`."""


def html_root(dataset: Dataset, days: Sequence[int], language: str) -> bytes:
    """The root: its days."""
    words = TEXTS[language]
    # Relative to the address of the root, which has no slash at its end.
    links = [link(day_name(day), f"ldes/{day_name(day)}") for day in days]
    return _page(dataset, language, "../../", words["root"], "ldes", element("p", words["about"]), _list(links))


def html_day(dataset: Dataset, day: Day, language: str) -> bytes:
    """A day: its pages."""
    links = [link(rfc3339(each.start), f"./{rfc3339(each.start)}") for each in day.pages]
    name = day_name(day.start)
    return _page(dataset, language, BELOW_ROOT, name, name, _state(not day.is_open, language), _list(links))


def html_members(content: PageContent, language: str) -> bytes:
    """A page: its members in the order of their publication."""
    words, name = TEXTS[language], rfc3339(content.page.start)
    head = element("tr", *(element("th", words[column], scope="col") for column in ("member", "observed", "value")))
    rows = (element("tr", *_cells(content, o)) for o in content.observations)
    table = element(
        "table",
        element("caption", words["members"].format(count=len(content.observations))),
        element("thead", head),
        element("tbody", *rows),
    )
    wide = element("div", table, class_="wide", tabindex="0", role="region", **{"aria-label": name})
    state = _state(content.following is not None, language)
    return _page(content.dataset, language, BELOW_ROOT, name, name, state, wide)


def _cells(content: PageContent, o: Observation) -> Iterator[Element]:
    iri = content.ids.observation(o)
    instant = rfc3339(o.observed_at)
    yield element("td", link(f"{o.datastream.sensor}/{o.datastream.observed_property}", iri))
    yield element("td", element("time", instant, datetime=instant))
    yield element("td", str(plain_value(o.value)))


def _state(closed: bool, language: str) -> Element:
    return element("p", TEXTS[language]["closed" if closed else "open"])


def _list(links: Iterable[Element]) -> Element:
    return element("ul", *(element("li", each) for each in links))


def _page(dataset: Dataset, language: str, root: str, name: str, address: str, *body: Element) -> bytes:
    """`address` is the last part of the node's own address."""
    words = TEXTS[language]
    title = f"{text(dataset.titles, language)}: {words['stream']}"
    up = (
        link(words["root"], "../ldes")
        if root == BELOW_ROOT
        else link(text(dataset.titles, language), f"../{dataset.theme.slug}")
    )
    forms = (link(FORM_NAMES[form], f"./{address}?format={form}") for form in STREAMS if form is not Format.HTML)
    return page(
        f"{title} ({name})",
        language,
        root,
        element(
            "header",
            element("h1", title),
            element("p", element("strong", ORIGIN_COMMENTS[dataset.origin][language])),
            element("nav", link("Stadspuls", root), up),
        ),
        element(
            "main",
            element("h2", name),
            *body,
            element("p", f"{words['formats']}: ", *forms, class_="formats"),
            element("p", f"{words['licence']}: ", link(dataset.licence, dataset.licence)),
        ),
    )
