"""Reading InfluxDB: the questions of `streams` and `apis`."""

from collections.abc import Sequence

from stadspuls.influx_text import original
from stadspuls.model import Identity, Observation, Rejection, Value
from stadspuls.settings import Settings
from store.influx_connection import InfluxConnection
from store.influx_flux import EARLIEST, LATEST, clamped, keep, range_us, source
from store.influx_history import Histories, chosen_tags, in_order, is_chosen, names_nothing
from store.influx_identities import values_of
from store.influx_log import PublishedOrder
from store.influx_opening import Opening
from store.influx_rejected import RejectedReader
from store.influx_rows import COLUMNS, Rows
from store.protocol import HistoryQuery, LogEntry, LogSpan, RejectedQuery


class InfluxReader:
    """Answers questions from an InfluxDB store (`store.protocol.StoreReader`) while the writer goes on."""

    def __init__(self, settings: Settings) -> None:
        self._opening = Opening(settings)
        self._histories = Histories()
        self._order = PublishedOrder()
        self._rejected = RejectedReader()

    def latest(
        self,
        dataset: str,
        *,
        before: int | None = None,
        sites: frozenset[str] | None = None,
        sensors: frozenset[str] | None = None,
        properties: frozenset[str] | None = None,
    ) -> list[Observation]:
        """The newest observation of every sensor and property, ordered by (sensor, property)."""
        query = HistoryQuery(dataset=dataset, end=before, sites=sites, sensors=sensors, properties=properties)
        with self._opening.use("latest") as connection:
            newest: dict[tuple[str, str], Observation] = {}
            # In order of time, so the last of each is the newest.
            for o in in_order(_last_of_series(connection, query)):
                newest[o.datastream.sensor, o.datastream.observed_property] = o
            return [newest[series] for series in sorted(newest)]

    def history(self, query: HistoryQuery) -> list[Observation]:
        """Observations that the query asks for, in the order of histories."""
        with self._opening.use("history") as connection:
            return self._histories.page(connection, query)

    def identities(self, wanted: Sequence[Identity]) -> dict[Identity, Value]:
        """The values of those identities that are stored; the others are absent."""
        with self._opening.use("identities") as connection:
            return values_of(connection, wanted)

    def stored_through(self) -> dict[str, int]:
        """For every dataset: the `published_at` up to which its published log is in the store."""
        with self._opening.use("stored_through") as connection:
            return stored_through(connection)

    def log(self, dataset: str, start: int, end: int, limit: int = 1000) -> list[LogEntry]:
        """The published order: entries with start <= published_at < end, oldest first."""
        with self._opening.use("log") as connection:
            return self._order.entries(connection, dataset, start, end, limit)

    def log_index(
        self, dataset: str, start: int, end: int, limit: int = 1000, *, newest_first: bool = False
    ) -> list[LogSpan]:
        """Where the entries lie that `log` would give, oldest first or newest first."""
        with self._opening.use("log index") as connection:
            return self._order.spans(connection, dataset, start, end, limit, newest_first=newest_first)

    def rejected(self, query: RejectedQuery) -> list[Rejection]:
        """What was kept back, newest first."""
        with self._opening.use("rejected") as connection:
            return self._rejected.newest(connection, query)

    def close(self) -> None:
        """Give back the connection."""
        self._opening.close()


def _last_of_series(connection: InfluxConnection, query: HistoryQuery) -> list[Observation]:
    if names_nothing(query):
        return []
    end = LATEST + 1 if query.end is None else clamped(query.end)
    times = range_us(EARLIEST, end)
    flux = source(connection.bucket, times, "observation", "whole", chosen_tags(query))
    rows = Rows(query.dataset)
    found = (rows.observation(row) for row in connection.ask(f"{flux} |> last() {keep(*COLUMNS)}", COLUMNS, None))
    return [o for o in found if is_chosen(query, o)]


def stored_through(connection: InfluxConnection) -> dict[str, int]:
    """For every dataset: the `published_at` up to which its published log is in the store."""
    flux = source(connection.bucket, range_us(EARLIEST, LATEST), "stored_through", "published", {})
    rows = connection.ask(f"{flux} |> last() {keep('dataset', '_value')}", ("dataset", "_value"), None)
    return {original(dataset): int(published_at) for dataset, published_at in rows}
