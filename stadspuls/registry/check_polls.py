"""Mistakes of a polled source that show only beside its filter, its API and its dataset."""

from urllib.parse import urlsplit

from stadspuls.registry.marked import Document, Path
from stadspuls.registry.polls import SHAPES


def check_poll(document: Document, source: Path) -> None:
    """A polled source leaves one level of its topics to the device, and its dataset is measured."""
    path = (*source, "poll")
    if not document.holds(path):
        return
    _check_filter(document, source)
    api = next((api for api in SHAPES if api == document.word(*path, "api")), None)
    for field in ("device", "time"):
        if api and not getattr(SHAPES[api], field) and not document.holds((*path, field)):
            document.mistake(path, f"{api} needs {field!r}: which field of a record has it")
    if document.holds((*path, "information")) and api != "gbfs":
        document.mistake((*path, "information"), "belongs to the API gbfs")
    host, other = (urlsplit(document.word(*path, field)).netloc for field in ("url", "information"))
    if "@" in host:
        document.mistake((*path, "url"), "no account in an address: city files are for everyone to read")
    if other and other != host:
        document.mistake((*path, "information"), f"must be at the same host as url: {host}")
    dataset = document.word(*source, "dataset")
    origin = document.word("datasets", dataset, "origin")
    if origin and origin != "measured":
        document.mistake(path, f"what is polled is measured, and {dataset} has the origin {origin}")


def _check_filter(document: Document, source: Path) -> None:
    filter_ = document.word(*source, "filter")
    *levels, last = filter_.split("/")
    if filter_ and (last != "+" or {"+", "#"} & set(levels)):
        document.mistake((*source, "filter"), f"{filter_!r}: of a polled source only the last level is open, with '+'")
