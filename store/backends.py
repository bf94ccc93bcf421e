"""Which backend the settings choose."""

from stadspuls.settings import Settings
from store.protocol import StoreReader, StoreWriter
from store.sqlite_reader import SqliteReader
from store.sqlite_writer import SqliteWriter


def open_reader(settings: Settings) -> StoreReader:
    """A reader of the store in force; an empty store is made where there is none yet.

    Raises:
        StoreError: when the store cannot be opened, or was made by a newer Stadspuls.
    """
    if settings.store == "influx":
        # Its client takes 15 MB and a sixth of a second of every process that loads it.
        from store.influx_reader import InfluxReader  # noqa: PLC0415

        return InfluxReader(settings)
    return SqliteReader(settings.sqlite_path)


def open_writer(settings: Settings) -> StoreWriter:
    """The writer of the store in force; the sink alone may hold one.

    Raises:
        StoreError: when the store cannot be opened, or was made by a newer Stadspuls.
    """
    if settings.store == "influx":
        from store.influx_writer import InfluxWriter  # noqa: PLC0415

        return InfluxWriter(settings)
    return SqliteWriter(settings.sqlite_path)
