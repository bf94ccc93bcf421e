"""`/{city}/{theme}/history`."""

import asyncio
import csv
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apis.data.models import HistoryDocument, SiteFeatures
from apis.data.window_models import AggregatedFeatures, AggregatesDocument
from stadspuls.clock import HOUR, SECOND, parse_rfc3339
from store import HistoryQuery, StoreReader
from store.backends import open_reader
from tests.apis.conftest import BASE, T0, Api

PATH = "/gent/parking/history"


def values(api: Api, query: str = "") -> list[Any]:
    answer = api.get(f"{PATH}?{query}")
    assert answer.status_code == 200, answer.text
    return [o["value"] for o in answer.json()["observations"]]


def test_everything_oldest_first_by_instant_sensor_property(filled: Api) -> None:
    answer = filled.get(PATH)
    document = msgspec.json.decode(answer.content, type=HistoryDocument)
    keys = [(o.observed_at, o.sensor, o.observed_property) for o in document.observations]
    assert keys == sorted(keys)
    assert len(keys) == 9
    assert document.next is msgspec.UNSET
    assert 'rel="next"' not in answer.headers["link"]


def test_the_range_includes_its_start_and_not_its_end(filled: Api) -> None:
    only = "sensor=P1&property=vacantSpaces"
    assert values(filled, f"{only}&from=2026-01-05T08:01:00Z&to=2026-01-05T08:03:00Z") == [209, 208]
    assert values(filled, f"{only}&from=2026-01-05T08:03:00Z") == [207, 206]
    assert values(filled, f"{only}&to=2026-01-05T08:01:00Z") == [210]


def test_an_offset_counts_also_where_its_plus_sign_was_not_escaped(filled: Api) -> None:
    only = "sensor=P1&property=vacantSpaces"
    for zoned in ("09:03:00%2B01:00", "09:03:00+01:00", "03:03:00-05:00", "08:03:00Z"):
        assert values(filled, f"{only}&from=2026-01-05T{zoned}") == [207, 206]


def test_a_date_begins_at_midnight_in_the_city(api: Api) -> None:
    make = api.made.one
    midnight = parse_rfc3339("2026-07-01T00:00:00+02:00")
    api.store([make("gent/parking", "P1", "vacantSpaces", float(i), midnight + i * SECOND) for i in (-1, 0, 1)])
    assert values(api, "from=2026-07-01") == [0, 1]
    assert values(api, "from=2026-06-30&to=2026-07-01") == [-1]


def test_site_sensor_and_property_select(filled: Api) -> None:
    assert values(filled, "site=street&property=occupied") == [True, False]
    assert values(filled, "property=message") == ['=HYPERLINK("x")']
    assert values(filled, "sensor=street-derived") == [1]


def pages(api: Api, address: str, accept: str = "application/json") -> list[dict[str, Any]]:
    """Every page, by the address that the one before names."""

    async def all_pages() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async with api.client() as client:
            following: str | None = address
            while following:
                assert following.startswith(("/", BASE + "/gent/"))
                answer = await client.get(following, headers={"Accept": accept})
                assert answer.status_code == 200, answer.text
                found.append(answer.json())
                following = found[-1].get("next")
        return found

    return asyncio.run(all_pages())


def test_the_next_address_keeps_every_parameter(filled: Api) -> None:
    (first, *_) = pages(
        filled, f"{PATH}?site=street,P1&property=occupied&property=vacantSpaces&limit=2&from=2026-01-05"
    )
    assert first["next"] == (
        f"{BASE}{PATH}?site=street,P1&property=occupied&property=vacantSpaces&limit=2&from=2026-01-05"
        "&after=2026-01-05T08:00:00Z,S1,occupied"
    )


def test_csv_and_geojson_name_the_next_page_in_a_link(filled: Api) -> None:
    answer = filled.get(f"{PATH}?limit=2&format=csv")
    assert answer.links["next"]["url"].startswith(f"{BASE}{PATH}?limit=2&format=csv&after=")
    assert len(list(csv.DictReader(io.StringIO(answer.text, newline="")))) == 2
    geo = filled.get(f"{PATH}?limit=2&format=geojson")
    assert msgspec.json.decode(geo.content, type=SiteFeatures).next == geo.links["next"]["url"]


def test_the_last_page_has_no_next_also_when_it_is_full(filled: Api) -> None:
    assert "next" not in filled.get(f"{PATH}?limit=9").json()
    assert "next" in filled.get(f"{PATH}?limit=8").json()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(limit=st.integers(1, 12), every=st.sampled_from([None, "1m", "5m", "1h"]), site=st.sampled_from([None, "P1"]))
def test_all_pages_together_are_the_whole(filled: Api, limit: int, every: str | None, site: str | None) -> None:
    query = "&".join(
        [f"{name}={value}" for name, value in (("every", every), ("site", site)) if value] + ["to=2026-01-06"]
    )
    key = "aggregates" if every else "observations"
    (whole,) = pages(filled, f"{PATH}?{query}&limit=10000")
    parts = pages(filled, f"{PATH}?{query}&limit={limit}")
    assert [entry for page in parts for entry in page[key]] == whole[key]
    assert all(len(page[key]) == limit for page in parts[:-1])


def test_a_late_value_between_two_pages_doubles_nothing(filled: Api) -> None:
    first = filled.get(f"{PATH}?limit=5").json()
    filled.store([filled.made.one("gent/parking", "P1", "vacantSpaces", 1.0, T0 - HOUR)])
    second = filled.get(first["next"]).json()
    entries = first["observations"] + second["observations"]
    assert len({(o["observedAt"], o["sensor"], o["property"]) for o in entries}) == len(entries) == 9


def test_windows_have_mean_min_max_count_and_coverage(filled: Api) -> None:
    query = "sensor=P1&property=vacantSpaces&every=5m&to=2026-01-05T08:05:00Z"
    answer = filled.get(f"{PATH}?{query}")
    document = msgspec.json.decode(answer.content, type=AggregatesDocument)
    assert (document.every, document.time_zone) == ("PT5M", "Europe/Brussels")
    (window,) = document.aggregates
    assert (window.mean, window.min, window.max, window.count, window.coverage) == (208.0, 206.0, 210.0, 5, 1.0)
    assert (window.start.minute, window.end.minute, window.origin) == (0, 5, "replayed")
    assert filled.get(f"{PATH}?{query.replace('5m', 'PT5M')}").json()["aggregates"] == answer.json()["aggregates"]


def test_windows_are_offered_in_every_form(filled: Api) -> None:
    query = "property=vacantSpaces&every=1h&to=2026-01-06"
    geo = filled.get(f"{PATH}?{query}&format=geojson")
    features = msgspec.json.decode(geo.content, type=AggregatedFeatures).features
    assert features[0].properties.aggregates[0].count == 5
    rows = list(csv.DictReader(io.StringIO(filled.get(f"{PATH}?{query}&format=csv").text, newline="")))
    assert [(row["count"], row["min"]) for row in rows if row["start"] == "2026-01-05T08:00:00Z"] == [("5", "206")]


def test_a_text_is_only_counted(filled: Api) -> None:
    (window,) = filled.get(f"{PATH}?property=message&every=1h").json()["aggregates"]
    assert window["count"] == 1
    assert not {"mean", "min", "max", "coverage"} & set(window)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("from=2026-01-05T08:00:00", "from"),
        ("from=yesterday", "from"),
        ("from=1026-01-05", "from"),
        ("from=9999-12-31T23:59:59-14:00", "from"),
        ("to=2026-13-01", "to"),
        ("from=2026-01-05&to=2026-01-05", "not included"),
        ("from=2026-01-06&to=2026-01-05", "before"),
        ("every=7m", "15m"),
        ("every=", "every"),
        ("limit=0", "limit"),
        ("limit=10001", "limit"),
        ("limit=many", "limit"),
        ("after=tomorrow", "after"),
        ("after=2026-01-05T08:00:00Z", "after"),
        ("after=x,y,z", "after"),
        ("limit=1&limit=2", "limit"),
        ("start=2026-01-05", "start"),
        ("property=", "property"),
        ("site=" + ",".join(["P1"] * 101), "101"),
    ],
)
def test_what_cannot_be_used_is_named(filled: Api, query: str, named: str) -> None:
    answer = filled.get(f"{PATH}?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid-parameter"
    assert named in answer.json()["detail"]


def test_unknown_sites_and_properties_are_not_found(filled: Api) -> None:
    for query, code in (
        ("site=P9", "unknown-site"),
        ("site=https://elsewhere.example/P1", "unknown-site"),
        ("sensor=S9", "unknown-sensor"),
        ("property=no2", "unknown-property"),
    ):
        answer = filled.get(f"{PATH}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_a_store_that_does_not_answer_is_said_and_recovers(
    build_api: Callable[..., Api], settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "data").rmdir()
    (tmp_path / "data").write_text("in the way")
    api = build_api()
    answer = api.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    (tmp_path / "data").unlink()
    assert api.get(PATH).status_code == 200


def test_no_more_questions_wait_than_can_be_answered(
    build_api: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apis.readers.MOST_WAITING", 0)
    answer = build_api().get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_a_slow_store_is_not_waited_for_without_end(
    build_api: Callable[..., Api], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    class Slow:
        def __init__(self, reader: StoreReader) -> None:
            self._reader = reader

        def history(self, query: HistoryQuery) -> list[Any]:
            released.wait(20)
            return []

        def close(self) -> None:
            self._reader.close()

    monkeypatch.setattr("apis.readers.Readers.ask.__defaults__", (0.05,))
    api = build_api(lambda: Slow(open_reader(settings)))

    answer = api.get(PATH)
    released.set()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "in time" in answer.json()["detail"]


def test_minutes_are_windows_too(filled: Api) -> None:
    found = filled.get(f"{PATH}?sensor=P1&property=vacantSpaces&every=1m&to=2026-01-05T08:05:00Z").json()["aggregates"]
    assert [window["mean"] for window in found] == [210, 209, 208, 207, 206]
