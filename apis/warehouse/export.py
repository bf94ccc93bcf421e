"""Adds to a star schema what was published since the last time."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pyarrow.parquet as pq

from apis.pages.index import LogReading
from apis.warehouse.dimensions import DIMENSIONS, registered_rows, seen_rows, updated
from apis.warehouse.facts import FACTS, fact_table
from apis.warehouse.folder import ExportFolder
from apis.warehouse.seen import Seen
from stadspuls.model import Observation
from stadspuls.registry import Dataset, Registry
from store import StoreReader

ENTRIES_AT_ONCE = 100
GROUP_ROWS = 50_000
"""Of a row group: about so many observations are in memory at a time."""
FILE_ROWS = 1_000_000
"""A fact file ends with the frame that reaches so many."""


LAST = 2**62
"""Behind everything that is ever published."""


class ExportProgress(NamedTuple):
    """How far an export is; `done` and `all` count microseconds of publication over all datasets."""

    done: int
    all: int
    rows: int
    files: int


class Span(NamedTuple):
    """What of a dataset is to be exported: published behind `after`, until `through`."""

    dataset: Dataset
    after: int
    through: int


class Export:
    """One run."""

    def __init__(
        self,
        folder: Path,
        reader: StoreReader,
        registry: Registry,
        base_url: str,
        *,
        report: Callable[[ExportProgress], None],
    ) -> None:
        self._folder = ExportFolder(folder)
        self._reader = reader
        self._registry = registry
        self._base_url = base_url
        self._report = report
        self._rows = self._files = 0

    def run(self, datasets: Sequence[Dataset], since: Callable[[Dataset], int], stop: Event) -> bool:
        """Export what is new of these datasets; False when told to stop before the end.

        `since` says for a dataset that is not in the folder yet from when on it is exported, by time of publication.

        Raises:
            ExportError: when the folder cannot be used.
            StoreError: when the store does not answer. Whatever ends it: the next run goes on.
        """
        with self._folder.opened():
            stored = self._reader.stored_through()
            spans = [Span(d, self._begin(d, since), stored.get(d.name, -1)) for d in datasets]
            whole = sum(max(0, span.through - span.after) for span in spans)
            done = 0
            for span in spans:
                for through in self._export(span, stop):
                    self._report(ExportProgress(done + through - span.after, whole, self._rows, self._files))
                if stop.is_set():
                    return False
                done += max(0, span.through - span.after)
            # Also without any news: the registry may have changed.
            self._write_dimensions(datasets, None)
            self._report(ExportProgress(done, whole, self._rows, self._files))
            return True

    def _begin(self, dataset: Dataset, since: Callable[[Dataset], int]) -> int:
        known = self._folder.state.through.get(dataset.name)
        if known is not None:
            return known
        first = self._reader.log_index(dataset.name, 0, LAST, 1)
        return max([since(dataset), *(span.published_at for span in first)]) - 1

    def _export(self, span: Span, stop: Event) -> Iterator[int]:
        """File after file, as far as there is something; gives how far it is."""
        pieces = self._pieces(span)
        after = span.after
        while after < span.through and not stop.is_set():
            seen = Seen(span.dataset)
            with self._folder.new_facts() as file, pq.ParquetWriter(file.path, FACTS, compression="zstd") as writer:
                first, rows = None, 0
                for piece in pieces:
                    writer.write_table(fact_table(piece, seen))
                    first = piece[0].published_at if first is None else first
                    rows += len(piece)
                    after = piece[-1].published_at
                    yield after
                    if rows >= FILE_ROWS or stop.is_set():
                        break
                writer.close()
                if first is None or stop.is_set():
                    return
                # Before the facts that name them, so that a reader never looks for one in vain.
                self._write_dimensions([span.dataset], seen)
                self._folder.place_facts(file, span.dataset.name, first)
            self._folder.keep_state(span.dataset.name, after)
            self._rows += rows
            self._files += 1

    def _pieces(self, span: Span) -> Iterator[list[Observation]]:
        """Whole frames, in the order of publication."""
        name = span.dataset.name
        # `since` may lie within a frame.
        reaching = LogReading(self._reader, name).reaching(span.after + 1)
        start = span.after + 1 if reaching is None else reaching.published_at
        piece: list[Observation] = []
        while some := self._reader.log(name, start, span.through + 1, ENTRIES_AT_ONCE):
            piece += (o for entry in some for o in entry.frame.observations if o.published_at > span.after)
            start = some[-1].published_at + 1
            if len(piece) >= GROUP_ROWS:
                yield piece
                piece = []
        if piece:
            yield piece

    def _write_dimensions(self, datasets: Sequence[Dataset], seen: Seen | None) -> None:
        names = {*self._folder.state.through, *(dataset.name for dataset in datasets)}
        described = [self._registry.datasets[name] for name in sorted(names) if name in self._registry.datasets]
        for name in DIMENSIONS:
            known = self._folder.read_dimension(name)
            found = [] if seen is None else list(seen_rows(name, seen, datasets[0], self._base_url))
            registered = [row for dataset in described for row in registered_rows(name, dataset, self._base_url)]
            table = updated(name, known, found, registered)
            if table.to_pylist() != known:
                self._folder.write_dimension(name, table)
