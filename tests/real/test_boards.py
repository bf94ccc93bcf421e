"""Every panel of every board asks the real InfluxDB and a real Prometheus what they answer with rows.

The questions are completed as Grafana completes them: the time range, the width of a pixel, the bucket.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from influxdb_client import InfluxDBClient

from deploy.boards import Board, every_board
from deploy.boards.board import RESTARTS
from stadspuls.clock import DAY, MINUTE, SECOND, now_us, rfc3339, to_us
from stadspuls.influx_text import literal
from stadspuls.registry import Dataset, Property, Registry, load_registry
from stadspuls.settings import Settings
from tests.platform.conftest import NOISE_DATASET, NOISE_THEME
from tests.platform.running import ROOT, Platform, eventually, free_port
from tests.real.prometheus_server import Prometheus, prometheus
from tests.real.real_platform import platform_on

CITIES = ("gent", "kortrijk")


class Asked(NamedTuple):
    """A question of a board."""

    board: str
    panel: str
    target: dict[str, Any]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Two shipped cities, one of them with a theme more that no board was made for."""
    shutil.copytree(ROOT / "themes", tmp_path / "themes")
    (tmp_path / "themes" / "noise.yaml").write_text(NOISE_THEME)
    (tmp_path / "cities").mkdir()
    for name in CITIES:
        shutil.copy(ROOT / "cities" / f"{name}.yaml", tmp_path / "cities")
    with (tmp_path / "cities" / "kortrijk.yaml").open("a") as city:
        city.write(NOISE_DATASET)
    return load_registry(tmp_path / "cities", tmp_path / "themes")


def a_value(dataset: Dataset, sensor: str, observed: Property) -> float | bool:
    if observed.type == "boolean":
        return True
    low, high = observed.plausible or observed.possible or (0, 40)
    capacity = dataset.sites[dataset.sensors[sensor].site].capacity
    return round(low + ((capacity or min(high, 40)) if observed.plausible_max_capacity else high - low) / 4, 1)


def readings(registry: Registry, at: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """One of every sensor and property, each a second earlier than the one before."""
    for dataset in registry.datasets.values():
        for sensor in dataset.sensors.values():
            for name in sensor.properties:
                at -= SECOND
                value = a_value(dataset, sensor.id, dataset.theme.properties[name])
                yield f"{dataset.name}/{sensor.id}", {"time": rfc3339(at), name: value}


def questions(boards: list[Board]) -> list[Asked]:
    found = []
    for board in boards:
        panels = board.document["panels"]
        assert isinstance(panels, list)
        found += [Asked(board.uid, panel["title"], target) for panel in panels for target in panel["targets"]]
    return found


@contextmanager
def a_listener(platform: Platform) -> Iterator[None]:
    """Somebody who follows a dataset."""
    url = f"http://127.0.0.1:{platform.http_port}/gent/parking/events"
    with httpx.Client(trust_env=False, timeout=60) as client, client.stream("GET", url) as answer:
        assert answer.status_code == 200
        # What is sent to it stays unread: it is little.
        yield


class Devices:
    """Two that go on sending, one over MQTT and one by the door, each reading at an instant of its own."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._key = platform.run("key", "new", "gent").strip()
        self._at = now_us() // SECOND * SECOND - 40 * MINUTE

    def send(self) -> None:
        self._at += SECOND
        reading = {"time": rfc3339(self._at), "vacantSpaces": 3}
        self._platform.publish([("gent/parking/P2", reading)])
        url = f"http://127.0.0.1:{self._platform.environment['STADSPULS_DOOR_PORT']}/gent/parking/P1"
        headers = {"authorization": f"Bearer {self._key}"}
        with httpx.Client(trust_env=False, timeout=60) as client:
            assert client.post(url, json=reading, headers=headers).status_code == 202


def test_every_panel_of_every_board_has_rows(
    real_settings: Settings, registry: Registry, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    given = {
        "CITIES_DIR": str(tmp_path / "cities"),
        "THEMES_DIR": str(tmp_path / "themes"),
        "DOOR_PORT": str(free_port()),
    }
    platform = platform_on(real_settings, tmp_path / "data", **given)
    # They are read once a minute.
    platform.run("account", "certificates", "localhost")
    platform.run("key", "new", "gent", "--expires", "P30D")
    platform.start()
    try:
        with prometheus(tmp_path / "prometheus", platform.http_port, request) as metrics, a_listener(platform):
            fill(platform, registry)
            boards = every_board(registry)
            devices = Devices(platform)
            with asking(real_settings) as influxdb:
                occupancy_is_right(influxdb, boards)
                assert silent_in_influxdb(influxdb, spoilt(boards)) != []
                silent = silent_in_influxdb(influxdb, boards)
            assert [*silent, *silent_in_prometheus(metrics, boards, devices)] == []
            restarts_are_marked(platform, metrics)
            rules = [rule for group in metrics.ask("/api/v1/rules")["groups"] for rule in group["rules"]]
            assert len(rules) > 10
            for rule in rules:
                metrics.ask("/api/v1/query", query=rule["query"])
    finally:
        platform.stop()


def fill(platform: Platform, registry: Registry) -> None:
    """A reading of every sensor now and one of a week ago, and one of every city that nobody can read."""
    now = now_us() // SECOND * SECOND
    good = [*readings(registry, now - 7 * DAY), *readings(registry, now)]
    platform.publish([*good, *((f"{city}/parking/nobody", b"no reading") for city in CITIES)])
    eventually(lambda: platform.metric("stadspuls_stored_observations_total") >= len(good), 60)
    eventually(lambda: platform.metric("stadspuls_rejected_total") >= len(CITIES), 60)


Asking = Callable[[str], list[tuple[int, float | None]]]


@contextmanager
def asking(settings: Settings) -> Iterator[Asking]:
    """Ask InfluxDB a board's question: instants (µs; 0 where there is none) and values of all rows."""
    token = settings.influx_token.get_secret_value()
    with InfluxDBClient(settings.influx_url, token, org=settings.influx_org, timeout=60_000) as client:
        api = client.query_api()

        def ask(query: str) -> list[tuple[int, float | None]]:
            tables = api.query(completed(query, settings.influx_bucket))
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


def occupancy_is_right(influxdb: Asking, boards: list[Board]) -> None:
    """A quarter of all spaces was vacant, now and a week ago; and that week lies over this day."""
    found = [one for one in questions(boards) if one.board == "stadspuls-gent_parking-en" and "query" in one.target]
    (now,) = (one.target["query"] for one in found if one.panel.startswith("Occupancy now"))
    assert {value and round(value, 2) for _, value in influxdb(now)} == {0.75}
    (before,) = (one.target["query"] for one in found if "week ago" in one.panel and one.target["refId"] == "B")
    rows = influxdb(before)
    assert {value and round(value, 2) for _, value in rows} == {0.75}
    assert all(now_us() - DAY < at <= now_us() + 15 * MINUTE for at, _ in rows)


def restarts_are_marked(platform: Platform, metrics: Prometheus) -> None:
    """A process that is killed leaves a mark on the time line of boards."""
    archive = platform.service("archive")
    assert archive is not None
    assert metrics.rows(RESTARTS, time.time() - 5, time.time()) == []
    archive.kill()
    eventually(lambda: metrics.rows(RESTARTS, time.time() - 30, time.time()), 60)


def completed(query: str, bucket: str) -> str:
    """A question as Grafana sends it; the last day, also where a panel wants today, which may just have begun."""
    stop = now_us() + MINUTE
    for name, value in (
        ("v.timeRangeStart", rfc3339(stop - DAY)),
        ("v.timeRangeStop", rfc3339(stop)),
        ("v.windowPeriod", "60s"),
        ("v.defaultBucket", literal(bucket)),
    ):
        query = query.replace(name, value)
    return query


def silent_in_prometheus(metrics: Prometheus, boards: list[Board], devices: Devices) -> list[Asked]:
    """What has no rows, or none that is a number, within a minute."""
    waiting = {asked.target["expr"]: asked for asked in questions(boards) if "expr" in asked.target}

    def all_answered() -> bool:
        devices.send()
        now = time.time()
        for expr in list(waiting):
            complete = expr.replace("$__rate_interval", "60s")
            if any(value == value for value in metrics.rows(complete, now - 60, now)):  # noqa: PLR0124 - NaN is not
                del waiting[expr]
        return not waiting

    try:
        eventually(all_answered, 60)
    except AssertionError:
        return list(waiting.values())
    return []
