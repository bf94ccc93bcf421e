"""How to get a dataset: calls to copy, and links to every form in which it is offered."""

from collections.abc import Collection, Iterator
from xml.etree.ElementTree import Element

from apis.access import gives_observations
from apis.html import element, link
from apis.negotiation import DATA
from apis.portal.get_texts import FORMATS, RDF_FORMATS, TEXTS
from apis.portal.languages import Reader
from stadspuls.clock import SECOND, now_us, rfc3339
from stadspuls.registry import Dataset

_PYTHON = """\
import json, urllib.request

with urllib.request.urlopen("{address}/latest") as answer:
    for each in json.load(answer)["observations"]:
        print(each["site"], each["property"], each["value"], each["observedAt"])
"""
_PYTHON_HOURLY = """\
import json, urllib.request

with urllib.request.urlopen("{address}/history?every=1h") as answer:
    for each in json.load(answer)["aggregates"]:
        print(each["site"], each["property"], each.get("mean"), each["start"])
"""
_SCRIPT = """\
const events = new EventSource("{address}/events");
events.addEventListener("observation", (event) => console.log(JSON.parse(event.data)));
"""
_SCRIPT_HOURLY = """\
const answer = await fetch("{address}/history?every=1h");
console.log((await answer.json()).aggregates);
"""


def get_data(reader: Reader, paths: Collection[str], dataset: Dataset, base_url: str) -> Element:
    """The section; `paths` are those of the interfaces, so that it shows what is there."""
    words, live = TEXTS[reader.language], gives_observations(dataset)
    address = f"{base_url}/{dataset.name}"
    call = f"curl '{address}/latest'" if live else f"curl '{address}/history?every=1h'"
    shown = [
        _code(words["latest" if live else "hourly"], "curl", call),
        _code(None, "Python", (_PYTHON if live else _PYTHON_HOURLY).format(address=address)),
    ]
    if live:
        shown.append(_code(words["live"], "curl", f"curl -N '{address}/events'"))
    shown.append(_code(None, "JavaScript", (_SCRIPT if live else _SCRIPT_HOURLY).format(address=address)))
    return element(
        "section",
        element("h2", words["heading"]),
        element("p", words["intro"], " ", link(words["docs"], reader.file("docs")), "."),
        element("div", *shown, class_="codes"),
        element("dl", *_offers(reader, paths, dataset), class_="offers"),
        id="data",
    )


def _code(heading: str | None, language: str, code: str) -> Element:
    title = element("h3", f"{heading} · {language}" if heading else language)
    return element("div", title, element("pre", element("code", code.rstrip()), tabindex="0"))


def _offers(reader: Reader, paths: Collection[str], dataset: Dataset) -> Iterator[Element]:
    words, base = TEXTS[reader.language], reader.file(dataset.name)
    live = gives_observations(dataset)
    plain = {"now": f"{base}/latest?"} if live else {}
    plain |= {"history": f"{base}/history?" if live else f"{base}/history?every=1h&", "sites": f"{base}/sites?"}
    for name, address in plain.items():
        yield element("dt", words[name])
        yield element("dd", *(link(FORMATS[form], f"{address}format={form}") for form in DATA), class_="formats")
    if live:
        # Not without `time`: that is this very page for a browser.
        newest = f"?time={rfc3339(now_us() // SECOND * SECOND)}" + (f"&lang={reader.language}" if reader.chosen else "")
        forms = [link(name, f"{base}?format={form}") for form, name in RDF_FORMATS.items()]
        yield element("dt", words["linked"])
        yield element("dd", link(words["newest"], base + newest), *forms, class_="formats")
    for name in ("ldes", "archive"):
        found = _first(paths, f"/{{city}}/{{theme}}/{name}")
        if found is not None and live:
            yield element("dt", words[name])
            yield element("dd", link(f"/{dataset.name}/{name}", reader.href(f"{dataset.name}/{name}{found}")))
    if "/{city}/catalog" in paths:
        address = f"{dataset.city.slug}/catalog"
        yield element("dt", words["catalog"])
        yield element("dd", link(f"/{address}", reader.href(address)))


def _first(paths: Collection[str], path: str) -> str | None:
    """How the path ends where it is offered: as it is, or with a slash."""
    return next((end for end in ("", "/") if path + end in paths), None)
