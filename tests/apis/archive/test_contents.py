"""What files hold: read by DuckDB and pandas it is what `/history` says."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apis.archive.csv_file import csv_file
from apis.archive.table import in_order, observation_table
from apis.data.csv_text import safe_cell
from apis.data.entries import SiteNames
from apis.pages.registries import Registries
from stadspuls.clock import MINUTE, parse_rfc3339
from stadspuls.model import Datastream, Observation, Origin, Procedure, Quality
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from tests.apis.archive.conftest import LONG_AFTER, NOON, PARKING, Log, archive, contents, names, table
from tests.apis.conftest import BASE, Api
from tests.apis.pages.cities import GENT, pages_registry

Row = tuple[Any, ...]
FIELDS = (
    "site", "sensor", "property", "observedAt", "receivedAt", "publishedAt", "value", "unit", "quality", "test",
    "known", "capacity", "procedure", "origin",
)  # fmt: skip


def mixed(log: Log) -> list[Observation]:
    """Numbers, booleans, texts, qualities, a moved and an unknown sensor; in no order at all."""
    moved = Datastream("gent", "parking", "gate", "S1", "occupied", "1", Origin.SIMULATED)
    gone = Datastream("gent", "parking", "weg ☂ é", "X", "vacantSpaces", "1", Origin.MEASURED)
    return [
        log.one(NOON + 3 * MINUTE, 1e300),
        log.one(NOON + 2 * MINUTE, -0.1),
        log.one(NOON, 502.0),
        log.one(NOON, "=volzet, \"ook\" boven\r\nGrüße\t𝄞", ("P1", "message")),
        log.one(NOON + 1, "", ("P1", "message")),
        log.one(NOON, True, ("S1", "occupied")),
        log.one(NOON + 5, False, ("S1", "occupied"), stream=moved),
        log.one(NOON + 123_456, 7.0, stream=gone),
        log.one(NOON + 9, 1.0, ("street-derived", "vacantSpaces"), quality=Quality.INCOMPLETE, known=1, capacity=2),
        log.one(NOON + 10, 9999.0, quality=Quality.SUSPECT, test="range"),
        log.one(NOON, 3.5, ("east", "vacantSpaces")),
    ]  # fmt: skip


def history(api: Api, day: str = "2026-01-05", after: str = "2026-01-06") -> set[Row]:
    answer = api.get(f"/{PARKING}/history?from={day}&to={after}&limit=10000").json()
    assert "next" not in answer
    return {row_of(o) for o in answer["observations"]}


def row_of(o: dict[str, Any]) -> Row:
    """Of an entry of `/history`, absent fields filled in."""
    found: dict[str, Any] = dict.fromkeys(FIELDS) | {"procedure": "sensed"} | o
    times = {name: parse_rfc3339(found[name]) for name in ("observedAt", "receivedAt", "publishedAt")}
    return tuple((found | times)[name] for name in FIELDS)


def joined(boolean: Any, text: Any, value: Any) -> Any:
    """The one value that three columns stand for."""
    return next(cell for cell in (boolean, text, value) if cell is not None)


def with_duckdb(path: Path) -> list[Row]:
    with duckdb.connect() as connection:
        day = connection.read_parquet(str(path))
        columns = [f"epoch_us({name})" if name.endswith("At") else name for name in FIELDS if name != "value"]
        return [put_together(row) for row in day.project(", ".join(["boolean, text, value", *columns])).fetchall()]


def with_pandas(path: Path) -> list[Row]:
    frame = pd.read_parquet(path)
    assert str(frame["observedAt"].dtype) == "datetime64[us, UTC]"
    epoch = pd.Timestamp(0, tz="UTC")
    for name in ("observedAt", "receivedAt", "publishedAt"):
        frame[name] = (frame[name] - epoch) // pd.Timedelta(microseconds=1)
    wanted = frame[["boolean", "text", "value", *(name for name in FIELDS if name != "value")]].astype(object)
    return [put_together(row) for row in wanted.where(wanted.notna(), None).itertuples(index=False)]


def put_together(row: tuple[Any, ...]) -> Row:
    boolean, text, value, *rest = row
    rest.insert(FIELDS.index("value"), joined(boolean, text, value))
    return tuple(rest)


def from_csv(body: bytes) -> list[Row]:
    found = []
    for cells in csv.DictReader(io.StringIO(gzip.decompress(body).decode(), newline="")):
        times = {name: parse_rfc3339(cells[name]) for name in ("observedAt", "receivedAt", "publishedAt")}
        numbers = {name: int(cells[name]) if cells[name] else None for name in ("known", "capacity")}
        value: Any = float(cells["value"]) if cells["value"] else cells["text"]
        if cells["boolean"]:
            value = cells["boolean"] == "true"
        whole = cells | times | numbers | {"value": value, "test": cells["test"] or None}
        found.append(tuple(whole[name] for name in FIELDS))
    return found


def plain(rows: set[Row] | list[Row]) -> set[Row]:
    """Texts as CSV has them, which guards against spreadsheets."""
    return {tuple(safe_cell(cell) if isinstance(cell, str) else cell for cell in row) for row in rows}


def test_duckdb_and_pandas_read_what_history_says(
    settings: Settings, registry: Registry, log: Log, api: Api, tmp_path: Path
) -> None:
    log.publish(*mixed(log))
    log.observe(LONG_AFTER)
    archive(settings, registry)
    path = tmp_path / "day.parquet"
    path.write_bytes(api.get(f"/{PARKING}/archive/2026-01-05.parquet").content)
    expected = history(api)
    assert len(expected) == 11
    assert len(with_duckdb(path)) == len(with_pandas(path)) == 11
    assert set(with_duckdb(path)) == set(with_pandas(path)) == expected
    assert {type(row[6]) for row in with_duckdb(path)} == {float, bool, str}
    csv_rows = from_csv(api.get(f"/{PARKING}/archive/2026-01-05.csv.gz").content)
    assert set(csv_rows) == plain(expected)
    assert len(csv_rows) == 11


def test_rows_are_ordered_by_site_sensor_property_and_time_in_both_files(
    settings: Settings, registry: Registry, log: Log, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Pages and chunks of a few rows, as in a day of millions.
    monkeypatch.setattr("apis.archive.reading.CHUNK_ROWS", 3)
    monkeypatch.setattr("apis.archive.reading.PAGE", 2)
    log.publish(*mixed(log))
    log.observe(LONG_AFTER)
    archive(settings, registry)
    keys = ["site", "sensor", "property", "observedAt"]
    rows = [tuple(row[key] for key in keys) for row in table(api, "2026-01-05").to_pylist()]
    assert len(rows) == 11
    assert rows == sorted(rows)
    in_csv = from_csv(api.get(f"/{PARKING}/archive/2026-01-05.csv.gz").content)
    assert [(row[0], row[1], row[2], row[3]) for row in in_csv] == [
        (*row[:3], parse_rfc3339(row[3].isoformat())) for row in rows
    ]


def test_how_it_is_divided_for_memory_shows_nowhere_in_csv(
    settings: Settings, registry: Registry, log: Log, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log.publish(*mixed(log))
    log.observe(LONG_AFTER)
    archive(settings, registry)
    elsewhere = settings.model_copy(update={"data_dir": tmp_path / "other"})
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "stadspuls.sqlite").symlink_to(settings.sqlite_path)
    monkeypatch.setattr("apis.archive.reading.CHUNK_ROWS", 1)
    monkeypatch.setattr("apis.archive.reading.PAGE", 1)
    archive(elsewhere, registry)
    name = f"{PARKING}/2026-01-05.csv.gz"
    assert contents(elsewhere)[name] == contents(settings)[name]


def test_the_footer_tells_what_it_is_without_this_platform(
    settings: Settings, registry: Registry, log: Log, api: Api, tmp_path: Path
) -> None:
    log.observe(NOON, LONG_AFTER)
    archive(settings, registry)
    body = api.get(f"/{PARKING}/archive/2026-01-05.parquet").content
    said = {key.decode(): value.decode() for key, value in pq.read_schema(io.BytesIO(body)).metadata.items()}
    assert said["stadspuls.dataset"] == "gent/parking"
    assert said["stadspuls.address"] == f"{BASE}/gent/parking"
    assert said["stadspuls.day"] == "2026-01-05"
    assert said["stadspuls.timeZone"] == "Europe/Brussels"
    assert said["stadspuls.licence"] == "https://data.stad.gent/algemene-licentie"
    assert json.loads(said["stadspuls.attribution"]) == {"nl": "Mobiliteitsbedrijf"}
    assert json.loads(said["stadspuls.titles"])["en"] == "Car parks"
    assert said["stadspuls.origin"] == "replayed"
    assert said["stadspuls.registry"] == registry.version
    assert said["stadspuls.schema"] == "1"
    (tmp_path / "day.parquet").write_bytes(body)
    by_duckdb = duckdb.connect().execute(
        "SELECT decode(value) FROM parquet_kv_metadata(?) WHERE decode(key) = 'stadspuls.origin'",
        [str(tmp_path / "day.parquet")],
    )
    assert by_duckdb.fetchall() == [("replayed",)]


def test_a_day_is_described_by_the_registry_under_which_it_was_closed(
    settings: Settings, registry: Registry, log: Log, api: Api, tmp_path: Path
) -> None:
    Registries(settings, registry).keep_present()
    log.observe(NOON, LONG_AFTER)
    later = pages_registry(tmp_path, gent=GENT.replace("licentie\n", "licentie-2\n"))
    assert later.version != registry.version
    archive(settings, later)
    said = table(api, "2026-01-05").schema.metadata
    assert said[b"stadspuls.licence"] == b"https://data.stad.gent/algemene-licentie"
    assert said[b"stadspuls.registry"] == registry.version.encode()


def test_only_datasets_whose_observations_are_public_are_archived(
    settings: Settings, registry: Registry, log: Log
) -> None:
    for name in ("aalst/parking", "aalst/air-quality"):
        city, theme = name.split("/")
        stream = Datastream(city, theme, "s", "s", "no2", "1")
        log.publish(log.one(NOON, stream=stream), log.one(LONG_AFTER, stream=stream))
    log.observe(NOON, LONG_AFTER)
    archive(settings, registry)
    assert names(settings) == ["2026-01-05"]
    assert names(settings, "aalst/parking") == names(settings, "aalst/air-quality") == []


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.booleans(), words)
observations = st.builds(
    Observation,
    st.builds(
        Datastream,
        st.just("gent"), st.just("parking"), words.filter(bool), words.filter(bool), words.filter(bool), words,
        st.sampled_from(Origin), st.sampled_from(Procedure),
    ),
    *[st.integers(parse_rfc3339("1980-01-01T00:00:00Z"), parse_rfc3339("2200-01-01T00:00:00Z"))] * 3,
    values,
    st.sampled_from(Quality),
    st.none() | words.filter(bool),
    st.none() | st.integers(0, 2**31),
    st.none() | st.integers(0, 2**31),
)  # fmt: skip


@pytest.fixture(scope="module")
def names_of_sites(tmp_path_factory: pytest.TempPathFactory) -> SiteNames:
    return SiteNames(pages_registry(tmp_path_factory.mktemp("registry")).datasets[PARKING], BASE)


@given(found=st.lists(observations, max_size=8))
def test_whatever_is_observed_both_files_hold_the_same(names_of_sites: SiteNames, found: list[Observation]) -> None:
    rows = in_order([observation_table(found, names_of_sites)])
    parquet = io.BytesIO()
    pq.write_table(rows, parquet)
    assert pq.read_table(io.BytesIO(parquet.getvalue())).equals(rows)
    packed = io.BytesIO()
    with csv_file(packed) as text:
        text.write(rows)
    expected = sorted(repr(expected_row(row)) for row in rows.to_pylist())
    assert sorted(map(repr, from_csv(packed.getvalue()))) == expected
    assert sorted(repr(expected_of(o, names_of_sites)) for o in found) == expected


def expected_row(row: dict[str, Any]) -> Row:
    times = {name: parse_rfc3339(row[name].isoformat()) for name in ("observedAt", "receivedAt", "publishedAt")}
    value = joined(row["boolean"], row["text"], row["value"])
    return guarded(row | times | {"value": value})


def expected_of(o: Observation, names: SiteNames) -> Row:
    stream = o.datastream
    return guarded({
        "site": names.iri(stream.site), "sensor": stream.sensor, "property": stream.observed_property,
        "observedAt": o.observed_at, "receivedAt": o.received_at, "publishedAt": o.published_at, "value": o.value,
        "unit": stream.unit, "quality": o.quality.value, "test": o.test, "known": o.known, "capacity": o.capacity,
        "procedure": stream.procedure.value, "origin": stream.origin.value,
    })  # fmt: skip


def guarded(row: dict[str, Any]) -> Row:
    cells = [safe_cell(row[name]) if isinstance(row[name], str) else row[name] for name in FIELDS]
    # A negative zero is written as 0, like every whole number.
    return tuple(cell + 0.0 if isinstance(cell, float) else cell for cell in cells)
