"""The start page: every dataset with its origin, its licence, and where to get it."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from xml.etree.ElementTree import Element

from apis.access import gives_observations
from apis.durations import human
from apis.html import element, link, page
from apis.negotiation import DATA, Format
from apis.portal.texts import FORMATS, ORIGINS, OTHER_LANGUAGE, TEXTS
from stadspuls.registry import Dataset, text


def start_page(datasets: Sequence[Dataset], ages: Mapping[str, int], base_url: str, language: str) -> bytes:
    """The page in one language; `ages` has the age of each dataset's newest value in microseconds."""
    words = TEXTS[language]
    other, other_name = OTHER_LANGUAGE[language]
    cities = groupby(datasets, key=lambda dataset: dataset.city)
    sections = [
        element(
            "section",
            element("h2", text(city.names, language)),
            *(_card(dataset, ages.get(dataset.name), base_url, language) for dataset in some),
            id=city.slug,
        )
        for city, some in cities
    ]
    return page(
        "Stadspuls",
        language,
        "",
        element(
            "header",
            element("h1", "Stadspuls"),
            element("p", words["intro"]),
            element(
                "nav",
                link(words["docs"], "docs"),
                link(words["errors"], "docs/errors"),
                link(words["health"], "health/ready"),
                element("a", other_name, href=f"?lang={other}", lang=other, hreflang=other),
            ),
        ),
        element("main", *(sections or [element("p", words["nothing"])])),
    )


def _card(dataset: Dataset, age: int | None, base_url: str, language: str) -> Element:
    words = TEXTS[language]
    badges = [element("span", ORIGINS[language][dataset.origin], class_=f"badge {dataset.origin}")]
    if not gives_observations(dataset):
        badges.append(element("span", words["aggregates"], class_="badge"))
    return element(
        "article",
        element("h3", text(dataset.titles, language)),
        element("p", *badges),
        element("p", text(dataset.descriptions, language)) if dataset.descriptions else None,
        _facts(dataset, age, language),
        *_addresses(dataset, language),
        element(
            "details", element("summary", words["curl"]), element("pre", element("code", _curl(dataset, base_url)))
        ),
    )


def _facts(dataset: Dataset, age: int | None, language: str) -> Element:
    words = TEXTS[language]
    publisher = dataset.city.publisher
    name = text(publisher.names, language)
    rows: list[tuple[str, Element | str]] = [
        (words["age"], words["none"] if age is None else words["ago"].format(age=human(age))),
        (words["publisher"], link(name, publisher.homepage) if publisher.homepage else name),
        (words["licence"], link(dataset.licence, dataset.licence)),
        (words["sites"], words["counts"].format(sites=len(dataset.sites), sensors=len(dataset.sensors))),
    ]
    if dataset.attribution:
        rows.append((words["source"], text(dataset.attribution, language)))
    return element("dl", *(each for key, value in rows for each in (element("dt", key), element("dd", value))))


def _paths(dataset: Dataset) -> list[tuple[str, str]]:
    """By the word for it: where each kind of answer is, with a query that can be added to."""
    name = dataset.name
    if not gives_observations(dataset):
        return [("hourly", f"{name}/history?every=1h"), ("sites", f"{name}/sites?")]
    return [("latest", f"{name}/latest?"), ("history", f"{name}/history?"), ("sites", f"{name}/sites?")]


def _addresses(dataset: Dataset, language: str) -> list[Element]:
    return [
        element(
            "p",
            TEXTS[language][word] + ": ",
            *(_format_link(path, form) for form in DATA),
            class_="formats",
        )
        for word, path in _paths(dataset)
    ]


def _format_link(path: str, form: Format) -> Element:
    return link(FORMATS[form], _with(path, f"format={form}"))


def _with(path: str, parameter: str) -> str:
    return path + ("" if path.endswith("?") else "&") + parameter


def _curl(dataset: Dataset, base_url: str) -> str:
    lines = [f"curl '{base_url}/{path.rstrip('?')}'" for _, path in _paths(dataset)]
    if gives_observations(dataset):
        lines.append(f"curl '{base_url}/{dataset.name}/history?every=1h&format=csv'")
    return "\n".join(lines)
