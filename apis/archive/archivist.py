"""Works the published log of every public dataset into files of days."""

import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Event

from apis.access import gives_observations
from apis.archive.cutting import Closing, Cutter
from apis.archive.keeping import keep_progress, read_progress
from apis.archive.reading import Stopped, read_chunks
from apis.archive.shelf import KINDS, Shelf
from apis.archive.writing import Title, write_day
from apis.data.entries import SiteNames
from apis.pages.registries import Registries
from stadspuls.clock import now_us
from stadspuls.logs import get_logger
from stadspuls.metrics import ARCHIVED
from stadspuls.registry import Dataset, Registry
from stadspuls.settings import Settings
from store import LogEntry, StoreReader

ENTRIES_AT_ONCE = 100
"""Of the log: some ten thousands of observations."""
KEEP_SECONDS = 300.0
"""Progress is kept at least this often, and whenever a file was written."""


class Archivist:
    """The one writer of an archive."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._base_url = settings.base_url
        self._datasets = [dataset for dataset in registry.datasets.values() if gives_observations(dataset)]
        self._registries = Registries(settings, registry)
        self._shelf = Shelf(settings)
        self._cutters: dict[str, Cutter] = {}
        self._kept: dict[str, float] = {}

    def work(self, reader: StoreReader, stop: Event) -> None:
        """Write every file that is due by now, unless told to stop; take away what is past its retention.

        Raises:
            StoreError: when the store does not answer.
            OSError: when the disk does not take a file. Either way, nothing is lost: work again.
        """
        through = reader.stored_through()
        for dataset in self._datasets:
            if stop.is_set():
                return
            with suppress(Stopped):
                self._work_dataset(reader, dataset, through.get(dataset.name, -1), stop)
            self._retain(dataset)

    def keep(self) -> None:
        """Keep all progress; call it before the end.

        Raises:
            OSError: when the disk does not take it.
        """
        for name, cutter in self._cutters.items():
            keep_progress(self._shelf.folder(name), cutter.progress)

    def _work_dataset(self, reader: StoreReader, dataset: Dataset, through: int, stop: Event) -> None:
        cutter = self._cutters.pop(dataset.name, None)
        if cutter is None:
            cutter = Cutter(dataset.city.time_zone, read_progress(self._shelf.folder(dataset.name)))
            self._kept[dataset.name] = time.monotonic()
        for entry in _entries(reader, dataset.name, cutter.progress.through, through):
            # All of an entry, so that progress never stands within one.
            closings = list(cutter.work(entry.frame))
            for closing in closings:
                self._write(reader, dataset, closing, stop)
            self._keep_now_and_then(dataset.name, cutter, wrote=bool(closings))
            if stop.is_set():
                break
        # Only now: after an error it goes on where the disk knows it to be.
        self._cutters[dataset.name] = cutter

    def _write(self, reader: StoreReader, present: Dataset, closing: Closing, stop: Event) -> None:
        earlier = [entry for entry in self._shelf.every_entry(present.name) if entry.day == closing.day.name]
        after = max((entry.last_published for entry in earlier), default=-1)
        if after >= closing.last:
            return
        dataset = self._registries.version(closing.registry).datasets.get(present.name, present)
        revision = max((entry.revision + 1 for entry in earlier), default=0)
        title = Title(dataset, self._base_url, closing.day.name, revision, closing.registry)
        names = SiteNames(dataset, self._base_url)
        tables = read_chunks(reader, dataset.name, closing, after=after, names=names, stop=stop)
        entry = write_day(self._shelf.folder(dataset.name), title, tables)
        if entry is not None:
            ARCHIVED.labels(dataset.name).inc()
            get_logger().info("archived", dataset=dataset.name, file=entry.name, rows=entry.rows)

    def _keep_now_and_then(self, name: str, cutter: Cutter, *, wrote: bool) -> None:
        if wrote or time.monotonic() - self._kept[name] > KEEP_SECONDS:
            keep_progress(self._shelf.folder(name), cutter.progress)
            self._kept[name] = time.monotonic()

    def _retain(self, dataset: Dataset) -> None:
        if dataset.retention is None:
            return
        before = now_us() - dataset.retention
        for entry in self._shelf.entries(dataset.name):
            if entry.last_published < before:
                for kind in KINDS:
                    self._shelf.path(dataset.name, entry, kind).unlink(missing_ok=True)
                get_logger().info("past its retention", dataset=dataset.name, file=entry.name)


def _entries(reader: StoreReader, dataset: str, after: int, through: int) -> Iterator[LogEntry]:
    """What was published behind `after`, until `through`: the store may hold some of what is beyond, and lack some."""
    while after < through:
        some = reader.log(dataset, after + 1, through + 1, ENTRIES_AT_ONCE)
        if not some:
            return
        yield from some
        after = some[-1].frame.observations[-1].published_at
