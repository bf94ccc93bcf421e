"""Asks InfluxDB and Prometheus what a panel asks them, completed as Grafana completes it."""

import math
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from itertools import pairwise
from typing import Any, NamedTuple

from influxdb_client import InfluxDBClient, QueryApi

from stadspuls.clock import HOUR, SECOND, now_us, rfc3339, to_datetime, to_us
from stadspuls.influx_text import literal
from tests.real.drawing.answers import Answer, Range, Series
from tests.real.drawing.naming import name_of
from tests.real.prometheus_server import Prometheus

MOST_POINTS = 600
"""Of a line; Grafana asks for one a pixel."""
RATE_INTERVAL = "30s"
"""What Grafana puts for `$__rate_interval` is four times the pace of scraping, at least."""
_NO_LABELS = frozenset({"result", "table", "_start", "_stop", "_time", "_value"})


class Sources(NamedTuple):
    """The two data sources of boards."""

    influxdb: QueryApi
    bucket: str
    prometheus: Prometheus

    def answer(self, panel: Mapping[str, Any], shown: Range) -> Answer:
        """What a panel's questions answer for a range."""
        if panel["type"] == "table" and "query" in panel["targets"][0]:
            return Answer(shown, rows=[row for target in panel["targets"] for row in self._rows(target, shown)])
        return Answer(shown, [series for target in panel["targets"] for series in self._series(panel, target, shown)])

    def marks(self, expr: str, shown: Range) -> list[int]:
        """The instants at which marks begin: Grafana makes one of instants that follow each other."""
        instants = sorted({at for series in self._ranged(expr, shown) for at, _ in _values(series)})
        pace = _step(shown) * SECOND
        return [at for before, at in pairwise([0, *instants]) if at - before > pace]

    def _series(self, panel: Mapping[str, Any], target: Mapping[str, Any], shown: Range) -> Iterator[Series]:
        defaults, ref = panel["fieldConfig"]["defaults"], target["refId"]
        if "expr" in target:
            for series in self._ranged(target["expr"], shown):
                yield Series(name_of(target, defaults, series["metric"]), _values(series), ref)
            return
        for table in self.influxdb.query(completed(target["query"], self.bucket, shown)):
            keys = [column.label for column in table.columns if column.group and column.label not in _NO_LABELS]
            labels = {key: str(table.records[0].values[key]) for key in keys}
            points = [(_instant(record.values), record.values["_value"]) for record in table.records]
            yield Series(name_of(target, defaults, labels), points, ref)

    def _rows(self, target: Mapping[str, Any], shown: Range) -> Iterator[dict[str, object]]:
        for table in self.influxdb.query(completed(target["query"], self.bucket, shown)):
            for record in table.records:
                yield {name: value for name, value in record.values.items() if name not in {"result", "table"}}

    def _ranged(self, expr: str, shown: Range) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.prometheus.ask(
            "/api/v1/query_range",
            query=expr.replace("$__rate_interval", RATE_INTERVAL),
            start=str(shown.start / SECOND),
            end=str(shown.stop / SECOND),
            step=str(_step(shown)),
        )["result"]
        return found


def sources(client: InfluxDBClient, bucket: str, prometheus: Prometheus) -> Sources:
    """The data sources on given servers."""
    return Sources(client.query_api(), bucket, prometheus)


def completed(query: str, bucket: str, shown: Range) -> str:
    """A question to InfluxDB as Grafana sends it."""
    for name, value in (
        ("v.timeRangeStart", rfc3339(shown.start)),
        ("v.timeRangeStop", rfc3339(shown.stop)),
        ("v.windowPeriod", f"{_step(shown)}s"),
        ("v.defaultBucket", literal(bucket)),
    ):
        query = query.replace(name, value)
    return query


def of_panel(panel: Mapping[str, Any], board: Range, zone: tzinfo) -> Range:
    """The range that a panel shows on a board that shows one: its own, or the board's."""
    if panel.get("timeFrom") != "now/d":
        return board
    local = to_datetime(board.stop, zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return Range(min(to_us(midnight), board.stop - SECOND), board.stop)


def until_now(since: str) -> Range:
    """The range that a board opens with, such as `now-24h`."""
    now = now_us()
    return Range(now - int(since.removeprefix("now-").removesuffix("h")) * HOUR, now)


def _step(shown: Range) -> int:
    return max(math.ceil((shown.stop - shown.start) / SECOND / MOST_POINTS), 1)


def _values(series: Mapping[str, Any]) -> list[tuple[int, float | None]]:
    read = [(round(float(at) * SECOND), float(value)) for at, value in series["values"]]
    return [(at, None if math.isnan(value) else value) for at, value in read]


def _instant(values: Mapping[str, Any]) -> int:
    return to_us(values["_time"]) if "_time" in values else 0
