"""The list of an archive for a browser, newest day first."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from apis.archive.shelf import CSV, KINDS, PARQUET, Entry
from apis.archive.texts import TEXTS
from apis.html import element, link, page
from apis.pages.texts import ORIGIN_COMMENTS
from apis.portal.languages import Reader
from stadspuls.clock import rfc3339
from stadspuls.registry import Dataset, text

COLUMNS = ("day", "revision", "rows", "last", "files")
KIND_NAMES = {PARQUET: "Parquet", CSV: "CSV (gzip)"}


def archive_page(dataset: Dataset, entries: Sequence[Entry], reader: Reader) -> bytes:
    """The page for a reader; its links are relative, so that they also work behind a proxy."""
    language, words = reader.language, TEXTS[reader.language]
    title = f"{words['title']}: {text(dataset.titles, language)}"
    return page(
        title,
        language,
        reader.root,
        element(
            "header",
            element("h1", title),
            element("p", words["intro"]),
            element("p", element("strong", ORIGIN_COMMENTS[dataset.origin][language])),
            element(
                "nav",
                link(words["home"], reader.href("")),
                link(words["dataset"], reader.href(dataset.name)),
                link(words["json"], "?format=json"),
            ),
        ),
        element("main", _facts(dataset, language), _table(entries, title, language)),
    )


def _facts(dataset: Dataset, language: str) -> Element:
    words, publisher = TEXTS[language], dataset.city.publisher
    name = text(publisher.names, language)
    rows: list[tuple[str, Element | str]] = [
        (words["publisher"], link(name, publisher.homepage) if publisher.homepage else name),
        (words["licence"], link(dataset.licence, dataset.licence)),
        (words["zone"], dataset.city.time_zone.key),
    ]
    if dataset.attribution:
        rows.append((words["source"], text(dataset.attribution, language)))
    return element("dl", *(each for key, value in rows for each in (element("dt", key), element("dd", value))))


def _table(entries: Sequence[Entry], title: str, language: str) -> Element:
    words = TEXTS[language]
    if not entries:
        return element("p", words["empty"])
    table = element(
        "table",
        element("caption", words["caption"].format(count=len(entries))),
        element("thead", element("tr", *(element("th", words[column], scope="col") for column in COLUMNS))),
        element("tbody", *(_row(entry) for entry in reversed(entries))),
    )
    return element("div", table, class_="wide", tabindex="0", role="region", **{"aria-label": title})


def _row(entry: Entry) -> Element:
    published = rfc3339(entry.last_published)
    return element(
        "tr",
        element("td", element("time", entry.day, datetime=entry.day)),
        element("td", str(entry.revision) if entry.revision else ""),
        element("td", str(entry.rows)),
        element("td", element("time", published, datetime=published)),
        element("td", *(_file(entry, kind) for kind in KINDS), class_="formats"),
    )


def _file(entry: Entry, kind: str) -> Element:
    size = f"{entry.files[kind].bytes / 1e6:.1f} MB"
    return link(f"{KIND_NAMES[kind]}, {size}", f"{entry.name}.{kind}")
