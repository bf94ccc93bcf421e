"""What every page shares: header, languages, place, footer, scripts."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from fastapi import Request, Response

from apis.html import Child, element, link, page, page_response
from apis.portal.languages import LANGUAGE_NAMES, LANGUAGES, Reader
from apis.portal.layout_texts import ORIGIN_SENTENCES, ORIGINS, QUALITIES, TEXTS
from stadspuls.clock import now_us, to_datetime
from stadspuls.model import Quality
from stadspuls.registry import City, Dataset

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Scripts are files of ours and speak to us alone."""
LIVE_AGE = "public, max-age=5"
HEADERS = {"Vary": "Accept, Accept-Language", "Cache-Control": LIVE_AGE}

_JS_WORDS = ("ago", "never", "yes", "no", "known", "stale")


class Crumb(NamedTuple):
    """A step of the way from the start page; the last one, the page itself, has no path."""

    name: str
    path: str | None = None


def known_paths(request: Request) -> Collection[str]:
    """Every path of the interfaces, so that a page links to what is there."""
    paths: Collection[str] = request.app.state.parameters.keys()
    return paths


def answer(reader: Reader, body: bytes, caching: str = LIVE_AGE) -> Response:
    """The answer with a page; `caching` is its `Cache-Control`."""
    headers = {**HEADERS, "Cache-Control": caching}
    return page_response(body, POLICY, Content_Language=reader.language, **headers)


def home(reader: Reader) -> Crumb:
    """The first step of every way."""
    return Crumb(TEXTS[reader.language]["home"], "")


def shell(
    reader: Reader, paths: Collection[str], title: str, crumbs: Sequence[Crumb], *main: Child, chart: bool = False
) -> bytes:
    """A whole page around `main`; `chart` when it has one to draw."""
    words = TEXTS[reader.language]
    return page(
        title,
        reader.language,
        reader.root,
        element("a", words["skip"], class_="skip", href="#content"),
        _header(reader, crumbs),
        element("main", *main, id="content", tabindex="-1", class_="portal", **{"data-words": _script_words(reader)}),
        _footer(reader, paths),
        head=list(_head(reader, chart)),
    )


def _head(reader: Reader, chart: bool) -> Iterator[Element]:
    if chart:
        yield element("link", rel="stylesheet", href=reader.file("static/vendor/uplot/uPlot.min.css"))
    yield element("link", rel="stylesheet", href=reader.file("static/portal.css"))
    if chart:
        yield element("script", src=reader.file("static/vendor/uplot/uPlot.iife.min.js"), defer="")
    yield element("script", src=reader.file("static/portal.js"), type="module")


def _script_words(reader: Reader) -> str:
    words = TEXTS[reader.language]
    said = {name: words[name] for name in _JS_WORDS}
    return json.dumps(said | {str(each): QUALITIES[reader.language][each] for each in Quality})


def _header(reader: Reader, crumbs: Sequence[Crumb]) -> Element:
    words = TEXTS[reader.language]
    home = element("a", _pulse(), element("span", "Stadspuls"), class_="brand", href=reader.href(""))
    place = element(
        "nav",
        element("ol", *(element("li", _crumb(reader, crumb)) for crumb in crumbs)),
        class_="crumbs",
        **{"aria-label": words["path"]},
    )
    return element("header", home, place if crumbs else None, _languages(reader), class_="top")


def _crumb(reader: Reader, crumb: Crumb) -> Element:
    if crumb.path is None:
        return element("span", crumb.name, **{"aria-current": "page"})
    return element("a", crumb.name, href=reader.href(crumb.path))


def _languages(reader: Reader) -> Element:
    def choice(language: str) -> Element:
        current = {"aria-current": "true"} if language == reader.language else {}
        named = {"title": LANGUAGE_NAMES[language], "lang": language, "hreflang": language}
        return element("a", language.upper(), href=f"?lang={language}", **named, **current)

    label = {"aria-label": TEXTS[reader.language]["languages"]}
    return element("nav", *(choice(language) for language in LANGUAGES), class_="languages", **label)


def _pulse() -> Element:
    line = element("path", d="M2 14h6l3-9 5 17 4-11 2 3h6", fill="none")
    return element("svg", line, class_="pulse", viewBox="0 0 30 26", width="30", height="26", **{"aria-hidden": "true"})


def _footer(reader: Reader, paths: Collection[str]) -> Element:
    words = TEXTS[reader.language]
    targets = [
        ("docs", "docs"),
        ("openapi", "openapi.json"),
        ("asyncapi", "asyncapi.json"),
        ("catalog", "catalog"),
        ("terms", "docs/terms"),
        ("errors", "docs/errors"),
        ("health", "health/ready"),
    ]
    people = ("docs", "catalog", "terms", "errors")
    links = [
        element("li", link(words[name], (reader.href if name in people else reader.file)(path)))
        for name, path in targets
        if f"/{path}" in paths
    ]
    return element(
        "footer",
        element("p", words["promise"]),
        element("nav", element("ul", *links), **{"aria-label": words["footer"]}),
        element("p", words["software"], class_="quiet"),
    )


def status(reader: Reader, city: City | None, events: str | None) -> Element | None:
    """How the connection is; nothing where nothing moves. `events` is the relative address of the stream."""
    if events is None:
        return None
    words = TEXTS[reader.language]
    said = {f"data-say-{state}": words[state] for state in ("live", "connecting", "lost")}
    zone = city.time_zone if city else None
    moment = to_datetime(now_us(), zone) if zone else to_datetime(now_us())
    time = f"{moment:%H:%M:%S}" + ("" if zone else " UTC")
    attributes = said | {"data-state": "connecting", "data-events": reader.file(events), "role": "status"}
    return element("p", words["taken"].format(time=time), id="status", **attributes)


def badges(reader: Reader, dataset: Dataset) -> Element:
    """Origin, and whether only averages are public; said wherever values of the dataset are."""
    words, names = TEXTS[reader.language], ORIGINS[reader.language]
    sentence = ORIGIN_SENTENCES[reader.language][dataset.origin]
    origin = element("span", names[dataset.origin], class_=f"badge {dataset.origin}", title=sentence)
    averages = dataset.visibility == "aggregates"
    return element(
        "span",
        origin,
        " " if averages else None,
        element("span", words["aggregates"], class_="badge") if averages else None,
    )
