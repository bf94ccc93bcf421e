"""The same table as compressed CSV, the same bytes whenever it is written."""

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pyarrow as pa

from apis.archive.table import SCHEMA
from apis.data.csv_text import safe_cell
from apis.data.entries import plain_value
from stadspuls.clock import rfc3339

LEVEL = 6
ROWS_AT_ONCE = 5_000
"""As Python objects, rows take ten times the memory."""


class CsvFile:
    """A CSV file that is being written."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._writer = csv.writer(text)
        self._writer.writerow(SCHEMA.names)

    def write(self, table: pa.Table) -> None:
        """Add the rows of a table; cells as in `/history?format=csv`."""
        for start in range(0, table.num_rows, ROWS_AT_ONCE):
            some = table.slice(start, ROWS_AT_ONCE)
            columns = [_cells(some.column(field.name), field.type) for field in SCHEMA]
            self._writer.writerows([safe_cell(cell) for cell in row] for row in zip(*columns, strict=True))


@contextmanager
def csv_file(raw: IO[bytes]) -> Iterator[CsvFile]:
    """Writes into `raw`, which holds the whole file when the block ends."""
    # Neither a name nor a time in its header: two writers make the same bytes.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=LEVEL) as packed,
        io.TextIOWrapper(packed, "utf-8", newline="") as text,
    ):
        yield CsvFile(text)


def _cells(column: pa.ChunkedArray, kind: pa.DataType) -> list[Any]:
    if pa.types.is_timestamp(kind):
        return [rfc3339(instant) for instant in column.cast(pa.int64()).to_pylist()]
    if pa.types.is_floating(kind):
        return [None if value is None else plain_value(value) for value in column.to_pylist()]
    cells: list[Any] = column.to_pylist()
    return cells
