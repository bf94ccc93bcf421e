"""Puts catalogues together: which datasets, since when the store has something, and the answer to a request."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from fastapi import Request, Response

from apis.access import visible_datasets
from apis.answers import is_current, not_modified
from apis.archive.shelf import Entry, Shelf
from apis.catalogue.archived import newest
from apis.catalogue.catalog import Content, catalogue_triples
from apis.catalogue.forms import write_rdf
from apis.catalogue.html_page import catalogue_page
from apis.catalogue.offers import offers_of
from apis.context import Context
from apis.html import PAGE_POLICY
from apis.negotiation import CONTENT_TYPES, Format
from apis.portal.languages import Reader
from stadspuls import __version__
from stadspuls.clock import DAY, now_us
from stadspuls.errors import Unavailable
from stadspuls.model import Origin
from stadspuls.registry import City, Dataset
from store import StoreReader

MAX_AGE = "public, max-age=60"
LOOK_SECONDS = 60.0
"""Between two looks at how far back the store goes."""


@dataclass(frozen=True)
class Asked:
    """Which catalogue: of one city, or of all; of one theme, or of all; with what is not measured, or without."""

    city: City | None = None
    theme: str | None = None
    everything: bool = False

    @property
    def query(self) -> str:
        """The part of an address that asks for it."""
        theme = f"theme={self.theme}&" if self.theme else ""
        return theme + ("all=1&" if self.everything else "")

    def takes(self, dataset: Dataset) -> bool:
        """Whether the dataset is in the catalogue."""
        return (
            (self.city is None or dataset.city is self.city)
            and (self.theme is None or dataset.theme.slug == self.theme)
            and (self.everything or dataset.origin is Origin.MEASURED)
        )


class Catalogues:
    """The catalogues of an application, whose OpenAPI document says what it offers."""

    def __init__(self, context: Context, openapi: dict[str, object]) -> None:
        self._context = context
        self.offers = offers_of(openapi)
        """Everything that the application offers of a dataset."""
        self._since: dict[str, int] = {}
        self._archived: dict[str, tuple[Entry, ...]] = {}
        self._looked_at: float | None = None
        self._looking = asyncio.Lock()

    async def answer(self, request: Request, asked: Asked, form: Format, reader: Reader) -> Response:
        """The catalogue in a form; a page for people is in their language."""
        context, content = self._context, await self._content(asked)
        person = reader if form is Format.HTML else None
        key = f"{content.iri}?{asked.query}{form}.{person}"
        tag = _tag(key, context.registry.version, content)
        headers = _headers(form, person.language if person else None, tag)
        if is_current(request, tag):
            return not_modified(headers)
        body = await asyncio.to_thread(context.rendered.body, key, tag, lambda: _write(content, asked, form, reader))
        return Response(body, headers=headers)

    async def _content(self, asked: Asked) -> Content:
        context = self._context
        datasets = [dataset for dataset in visible_datasets(context.registry) if asked.takes(dataset)]
        await self._look()
        since, archived = self._since, self._archived
        return Content(
            settings=context.settings,
            city=asked.city,
            datasets=datasets,
            offers=self.offers,
            since={dataset.name: since[dataset.name] for dataset in datasets if dataset.name in since},
            archived={dataset.name: archived[dataset.name] for dataset in datasets if dataset.name in archived},
            changed=context.registry.changed,
        )

    async def _look(self) -> None:
        """See, now and then, how far back the store goes and what the archive has."""
        async with self._looking:
            if self._looked_at is not None and time.monotonic() < self._looked_at + LOOK_SECONDS:
                return
            names = [dataset.name for dataset in visible_datasets(self._context.registry)]
            self._archived = await asyncio.to_thread(archived, self._context.shelf, names)
            # Also when the store does not answer: a catalogue without it is better than none, and than one that waits.
            self._looked_at = time.monotonic()
            with suppress(Unavailable):
                self._since = await self._context.readers.ask(lambda reader: first_published(reader, names))


def first_published(reader: StoreReader, names: Sequence[str]) -> dict[str, int]:
    """By dataset, when the oldest was published that the store still has."""
    end = now_us() + DAY
    spans = {name: reader.log_index(name, 0, end, 1) for name in names}
    return {name: found[0].published_at for name, found in spans.items() if found}


def archived(shelf: Shelf, names: Sequence[str]) -> dict[str, tuple[Entry, ...]]:
    """By dataset, the newest files of its archive."""
    found = {name: newest(shelf.entries(name)) for name in names}
    return {name: entries for name, entries in found.items() if entries}


def _write(content: Content, asked: Asked, form: Format, reader: Reader) -> bytes:
    if form is Format.HTML:
        return catalogue_page(content, asked.query, asked.everything, reader)
    return write_rdf(form, catalogue_triples(content))


def _tag(key: str, version: str, content: Content) -> str:
    """The same in every API process that has the same files, settings and store."""
    settings = content.settings
    files = sorted((name, [entry.name for entry in entries]) for name, entries in content.archived.items())
    made_from = (
        *(key, version, __version__, content.changed, sorted(content.since.items()), files, content.offers),
        *(settings.operator_name, settings.operator_email, settings.open_mqtt_url),
    )
    return f'W/"{sha256(repr(made_from).encode()).hexdigest()[:24]}"'


def _headers(form: Format, language: str | None, tag: str) -> dict[str, str]:
    headers = {
        "Content-Type": CONTENT_TYPES[form],
        "Cache-Control": MAX_AGE,
        "ETag": tag,
        "Vary": "Accept",
    }
    if language is not None:
        headers |= {
            "Vary": "Accept, Accept-Language",
            "Content-Language": language,
            "Content-Security-Policy": PAGE_POLICY,
        }
    return headers
