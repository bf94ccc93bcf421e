"""Every panel of every board asks the real InfluxDB and a real Prometheus what they answer with rows.

The questions are completed as Grafana completes them: the time range, the width of a pixel, the bucket.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import fmean
from typing import Any, NamedTuple

import msgspec
import pytest

from deploy.boards import Board
from deploy.boards.board import RESTARTS
from stadspuls.clock import DAY, MINUTE, now_us, to_us
from tests.platform.running import eventually
from tests.real.boards.day import QUARTER, recorded_until
from tests.real.boards.stage import Stage
from tests.real.drawing.answers import Range
from tests.real.drawing.asking import completed


class Asked(NamedTuple):
    """A question of a board."""

    board: str
    panel: str
    target: dict[str, Any]


def test_every_panel_of_every_board_has_rows(stage: Stage, boards: list[Board]) -> None:
    with asking(stage) as influxdb:
        assert silent_in_influxdb(influxdb, spoilt(boards)) != []
        assert silent_in_influxdb(influxdb, boards) == []
    assert silent_in_prometheus(stage, boards) == []


def test_occupancy_is_what_the_counts_say_and_a_week_ago_lies_over_today(stage: Stage, boards: list[Board]) -> None:
    found = [one for one in questions(boards) if one.board == "stadspuls-gent_parking-en" and "query" in one.target]
    (now,) = (one.target["query"] for one in found if one.panel.startswith("Occupancy now"))
    (before,) = (one.target["query"] for one in found if "week ago" in one.panel and one.target["refId"] == "B")
    with asking(stage) as influxdb:
        shown = sorted(value for _, value in influxdb(now) if value is not None)
        rows = {at: value for at, value in influxdb(before) if value is not None}
    newest, quarters = counted(stage)
    assert shown == pytest.approx(sorted(newest.values()))
    assert rows == pytest.approx({at + 7 * DAY: value for at, value in quarters.items()})


def test_a_process_that_is_killed_leaves_a_mark_on_the_time_line(stage: Stage) -> None:
    archive = stage.platform.service("archive")
    assert archive is not None
    assert stage.metrics.rows(RESTARTS, time.time() - 5, time.time()) == []
    archive.kill()
    eventually(lambda: stage.metrics.rows(RESTARTS, time.time() - 30, time.time()), 60)


def test_what_rules_ask_is_answered(stage: Stage) -> None:
    rules = [rule for group in stage.metrics.ask("/api/v1/rules")["groups"] for rule in group["rules"]]
    assert len(rules) > 10
    for rule in rules:
        stage.metrics.ask("/api/v1/query", query=rule["query"])


def questions(boards: list[Board]) -> list[Asked]:
    found = []
    for board in boards:
        panels = board.document["panels"]
        assert isinstance(panels, list)
        found += [Asked(board.uid, panel["title"], target) for panel in panels for target in panel["targets"]]
    return found


Asking = Callable[[str], list[tuple[int, float | None]]]


@contextmanager
def asking(stage: Stage) -> Iterator[Asking]:
    """Ask InfluxDB a board's question: instants (µs; 0 where there is none) and values of all rows.

    Of the last day, also where a panel wants today, which may just have begun.
    """
    with stage.influxdb() as client:
        api = client.query_api()

        def ask(query: str) -> list[tuple[int, float | None]]:
            stop = now_us() + MINUTE
            tables = api.query(completed(query, stage.settings.influx_bucket, Range(stop - DAY, stop)))
            rows = [record.values for table in tables for record in table.records]
            return [(to_us(row["_time"]) if "_time" in row else 0, row["_value"]) for row in rows]

        yield ask


def silent_in_influxdb(influxdb: Asking, boards: list[Board]) -> list[Asked]:
    """What has no rows, or none with a value."""
    asked = [one for one in questions(boards) if "query" in one.target]
    return [one for one in asked if all(value is None for _, value in influxdb(one.target["query"]))]


def spoilt(boards: list[Board]) -> list[Board]:
    """A board of a city that never sent anything."""
    (board,) = (board for board in boards if board.uid == "stadspuls-gent_parking-nl")
    elsewhere = json.dumps(board.document).replace('\\"gent\\"', '\\"nowhere\\"')
    return [Board("spoilt", board.folder, json.loads(elsewhere))]


def counted(stage: Stage) -> tuple[dict[str, float], dict[int, float]]:
    """What the recorded counts come to: occupancy now by sensor, and the mean of all by quarter of an hour."""
    dataset = stage.registry.datasets["gent/parking"]
    newest: dict[str, float] = {}
    by_quarter: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for due in recorded_until(stage.registry, stage.filled):
        sensor = due.topic.rpartition("/")[2]
        capacity = dataset.sites[dataset.sensors[sensor].site].capacity
        assert capacity is not None
        newest[sensor] = 1 - msgspec.json.decode(due.payload)["vacantSpaces"] / capacity
        if due.at < stage.filled - DAY:
            by_quarter[due.at // QUARTER * QUARTER][sensor].append(newest[sensor])
    means = {at: fmean(fmean(each) for each in sites.values()) for at, sites in by_quarter.items()}
    return newest, means


def silent_in_prometheus(stage: Stage, boards: list[Board]) -> list[Asked]:
    """What has no rows, or none that is a number, within a minute."""
    waiting = {asked.target["expr"]: asked for asked in questions(boards) if "expr" in asked.target}

    def all_answered() -> bool:
        stage.devices.send()
        now = time.time()
        for expr in list(waiting):
            complete = expr.replace("$__rate_interval", "60s")
            if any(value == value for value in stage.metrics.rows(complete, now - 60, now)):  # noqa: PLR0124 - NaN is not
                del waiting[expr]
        return not waiting

    try:
        eventually(all_answered, 60)
    except AssertionError:
        return list(waiting.values())
    return []
