"""A star schema that grows: each observation once, whatever ends an export; dimensions as the registry has them."""

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Event

import pytest

from apis.warehouse import export as exporting
from apis.warehouse.folder import NewFile
from stadspuls.clock import DAY, HOUR, SECOND, parse_rfc3339, to_datetime
from stadspuls.errors import ExportError
from stadspuls.holding import held
from stadspuls.model import Datastream, Quality
from stadspuls.registry import Registry
from stadspuls.settings import ROOT, Settings
from tests.apis.archive.conftest import NOON, PARKING, Log
from tests.apis.conftest import Api, until
from tests.apis.pages.cities import GENT, pages_registry
from tests.apis.warehouse.conftest import ask, export, fact_files

FACTS = "read_parquet('warehouse/observations/*/*/*.parquet')"
JOINED = f"""
SELECT sites.iri, sensors.sensor, properties.property, coalesce(boolean::VARCHAR, text, value::VARCHAR),
       properties.unit, epoch_us(observed_at), epoch_us(received_at), epoch_us(published_at), quality, test, known,
       facts.capacity
FROM {FACTS} facts
JOIN 'warehouse/datasets.parquet' datasets USING (dataset_key)
JOIN 'warehouse/sites.parquet' sites USING (site_key)
JOIN 'warehouse/sensors.parquet' sensors USING (sensor_key)
JOIN 'warehouse/properties.parquet' properties USING (property_key)
JOIN 'warehouse/time.parquet' time USING (time_key)
WHERE datasets.dataset = 'gent/parking'
"""  # noqa: S608
PUBLISHED = f"SELECT epoch_us(published_at) FROM {FACTS} ORDER BY 1"  # noqa: S608


def test_facts_joined_with_their_dimensions_are_the_history(
    settings: Settings, registry: Registry, log: Log, api: Api, folder: Path
) -> None:
    unknown = Datastream("gent", "parking", "weg é", "X", "vacantSpaces", "1")
    log.publish(
        log.one(NOON + 3, 502.5),
        log.one(NOON, "vol, \"ook\"", ("P1", "message")),
        log.one(NOON + 1, "", ("P1", "message")),
        log.one(NOON, True, ("S1", "occupied")),
        log.one(NOON + 2, False, ("S2", "occupied")),
        log.one(NOON + 2, 1.0, ("street-derived", "vacantSpaces"), quality=Quality.INCOMPLETE, known=1, capacity=2),
        log.one(NOON + 9, 3.0, quality=Quality.SUSPECT, test="range"),
        log.one(NOON, 7.25, stream=unknown),
    )  # fmt: skip
    log.publish(log.one(NOON, 41.5, ("st-1", "no2"), dataset="gent/air-quality"))
    export(settings, registry, folder)
    history = api.get(f"/{PARKING}/history").json()["observations"]
    assert len(history) == 8
    assert sorted(map(str, ask(folder, JOINED))) == sorted(
        str((
            o["site"], o["sensor"], o["property"], shown(o["value"]), o["unit"],
            *(parse_rfc3339(o[name]) for name in ("observedAt", "receivedAt", "publishedAt")),
            o["quality"], o.get("test"), o.get("known"), o.get("capacity"),
        ))
        for o in history
    )  # fmt: skip
    assert ask(folder, f"SELECT count(*) FROM {FACTS}") == [(9,)]  # noqa: S608


def shown(value: object) -> str:
    """As DuckDB casts it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(float(value))  # type: ignore[arg-type]


def test_a_second_run_only_adds(settings: Settings, registry: Registry, log: Log, folder: Path) -> None:
    log.observe(NOON, NOON + 1)
    first = export(settings, registry, folder)
    before = fact_files(folder)
    assert (first[-1].rows, first[-1].files, len(before)) == (2, 1, 1)
    assert export(settings, registry, folder)[-1].files == 0
    assert fact_files(folder) == before
    log.observe(NOON - DAY)
    log.publish(log.one(NOON, 41.5, ("st-1", "no2"), dataset="gent/air-quality"))
    assert export(settings, registry, folder)[-1].rows == 2
    after = fact_files(folder)
    assert before.items() <= after.items()
    assert len(after) == 3
    assert len(set(ask(folder, PUBLISHED))) == len(ask(folder, PUBLISHED)) == 4


def test_facts_lie_in_the_order_of_publication_in_files_of_bounded_size(
    settings: Settings, registry: Registry, log: Log, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "FILE_ROWS", 10)
    monkeypatch.setattr(exporting, "GROUP_ROWS", 4)
    monkeypatch.setattr(exporting, "ENTRIES_AT_ONCE", 2)
    for hour in range(20):
        log.observe(NOON + hour * HOUR, NOON - hour * HOUR - 1)
    said = export(settings, registry, folder)
    files = list(fact_files(folder))
    assert len(files) == said[-1].files == 4
    assert files[0] == "observations/gent/parking/20260105T110001.000000Z.parquet"
    assert [far.done for far in said] == sorted(far.done for far in said)
    assert said[-1].done == said[-1].all
    rows = []
    for name in files:
        own = ask(folder, f"SELECT epoch_us(published_at) FROM 'warehouse/{name}'")  # noqa: S608
        assert len(own) <= 12
        rows += own
    assert rows == sorted(rows) == ask(folder, PUBLISHED)
    assert len(rows) == 40


def test_whatever_ends_an_export_no_row_is_lost_and_none_comes_twice(
    settings: Settings, registry: Registry, log: Log, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "FILE_ROWS", 10)
    monkeypatch.setattr(exporting, "GROUP_ROWS", 4)
    whole = NewFile.place
    crashes = 0
    for number in range(24):
        log.observe(*(NOON + number * HOUR + second * SECOND for second in range(7)))
        with monkeypatch.context() as context:
            calls = iter(range(100))

            def crash(file: NewFile, place: Path, at: int = number, calls: object = calls) -> None:
                # Before it has its place, or after.
                now = next(calls)  # type: ignore[call-overload]
                if now == at // 2 and at % 2:
                    raise OSError("crash")
                whole(file, place)
                if now == at // 2:
                    raise OSError("crash")

            context.setattr(NewFile, "place", crash)
            try:
                export(settings, registry, folder)
            except ExportError:
                crashes += 1
    assert crashes > 12
    export(settings, registry, folder)
    rows = ask(folder, PUBLISHED)
    assert len(set(rows)) == len(rows) == 24 * 7
    assert len(ask(folder, JOINED)) == len(rows)
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


TO_BE_KILLED = """
import sys
from contextlib import closing
from pathlib import Path
from threading import Event
from apis.warehouse import export
from stadspuls.registry import load_registry
from stadspuls.settings import load_settings
from store.backends import open_reader
export.FILE_ROWS, export.GROUP_ROWS, export.ENTRIES_AT_ONCE = 10, 5, 1
folder = Path(sys.argv[1])
settings = load_settings(None, data_dir=folder / "data")
registry = load_registry(folder / "cities", folder / "themes")
with closing(open_reader(settings)) as reader:
    run = export.Export(folder / "warehouse", reader, registry, "https://data.example", report=lambda far: None)
    run.run([registry.datasets["gent/parking"]], lambda dataset: 0, Event())
"""


def test_a_killed_export_goes_on(
    settings: Settings, registry: Registry, log: Log, folder: Path, tmp_path: Path
) -> None:
    for number in range(60):
        log.observe(*(NOON + number * HOUR + second * SECOND for second in range(10)))
    for wanted in (1, 5, 12):
        process = subprocess.Popen([sys.executable, "-c", TO_BE_KILLED, str(tmp_path)], cwd=ROOT)
        try:
            assert until(lambda: len(fact_files_of(folder)) >= wanted, 60)  # noqa: B023
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    export(settings, registry, folder, PARKING)
    rows = ask(folder, PUBLISHED)
    assert len(set(rows)) == len(rows) == 600


def fact_files_of(folder: Path) -> list[Path]:
    return list((folder / "observations").rglob("*.parquet"))


def test_a_stop_keeps_what_is_whole(
    settings: Settings, registry: Registry, log: Log, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Event()
    stop.set()
    log.observe(NOON)
    export(settings, registry, folder, stop=stop)
    assert fact_files(folder) == {}
    export(settings, registry, folder)
    assert len(ask(folder, PUBLISHED)) == 1


def test_dimensions_follow_the_registry_and_keys_stay(
    settings: Settings, registry: Registry, log: Log, folder: Path, tmp_path: Path
) -> None:
    log.observe(NOON)
    log.publish(log.one(NOON, 3.5, ("east", "vacantSpaces")))
    export(settings, registry, folder)
    question = "SELECT site_key, name_nl, kind, latitude, registered FROM 'warehouse/sites.parquet' WHERE site = '{}'"
    [(key, name, *_)] = ask(folder, question.format("P1"))
    [(gate, *_)] = ask(folder, question.format("gate"))
    assert name == "Vrijdagmarkt"
    gone = [line for line in GENT.splitlines(keepends=True) if "gate" not in line]
    later = pages_registry(tmp_path, gent="".join(gone).replace("Vrijdagmarkt", "Korenmarkt"))
    export(settings, later, folder)
    assert ask(folder, question.format("P1")) == [(key, "Korenmarkt", "car-park", 51.05652, True)]
    assert ask(folder, question.format("gate")) == [(gate, "Poort", "car-park", 51.04, False)]
    assert len(ask(folder, JOINED)) == 2


def test_datasets_that_are_left_out_keep_their_rows(
    settings: Settings, registry: Registry, log: Log, folder: Path
) -> None:
    log.observe(NOON)
    log.publish(log.one(NOON, 41.5, ("st-1", "no2"), dataset="gent/air-quality"))
    export(settings, registry, folder, PARKING)
    datasets = "SELECT dataset, registered FROM 'warehouse/datasets.parquet' ORDER BY 1"
    assert ask(folder, datasets) == [(PARKING, True)]
    export(settings, registry, folder, "gent/air-quality")
    assert ask(folder, datasets) == [("gent/air-quality", True), (PARKING, True)]
    assert len(ask(folder, PUBLISHED)) == 2


def test_only_what_was_published_since_an_instant(
    settings: Settings, registry: Registry, log: Log, folder: Path
) -> None:
    log.observe(*(NOON + hour * HOUR for hour in range(6)))
    log.observe(NOON - DAY)
    since = NOON + 3 * HOUR
    export(settings, registry, folder, since=since)
    assert [published for (published,) in ask(folder, PUBLISHED)] == [
        NOON + 3 * HOUR + SECOND, NOON + 4 * HOUR + SECOND, NOON + 5 * HOUR + SECOND, NOON + 5 * HOUR + 2 * SECOND,
    ]  # fmt: skip
    log.observe(NOON + 7 * HOUR)
    export(settings, registry, folder)
    assert len(ask(folder, PUBLISHED)) == 5


def test_hours_are_local_and_the_one_that_comes_twice_is_two(
    settings: Settings, registry: Registry, log: Log, folder: Path
) -> None:
    autumn = parse_rfc3339("2026-10-24T22:00:00Z")
    spring = parse_rfc3339("2026-03-28T23:00:00Z")
    log.observe(*(spring + hour * HOUR for hour in range(23)))
    log.observe(*(autumn + hour * HOUR + 1 for hour in range(25)))
    export(settings, registry, folder)
    found = ask(
        folder,
        "SELECT local_date, count(*), count(DISTINCT time_key), count(DISTINCT local_hour), weekday, weekend"
        " FROM 'warehouse/time.parquet' GROUP BY ALL ORDER BY 1",
    )
    assert found == [(date(2026, 3, 29), 23, 23, 23, 7, True), (date(2026, 10, 25), 25, 25, 24, 7, True)]
    twice = "SELECT starts_at, utc_offset_minutes FROM 'warehouse/time.parquet' WHERE local_hour = 2 ORDER BY 1"
    assert ask(folder, twice) == [
        (to_datetime(autumn + 2 * HOUR), 120),
        (to_datetime(autumn + 3 * HOUR), 60),
    ]
    iso = "SELECT iso_year, iso_week, year, month, day FROM 'warehouse/time.parquet' ORDER BY starts_at LIMIT 1"
    assert ask(folder, iso) == [(2026, 13, 2026, 3, 29)]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / "observations").mkdir(), "holds observations/ and no export.json"),
        (lambda folder: (folder / "export.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "export.json").write_text('{"version": 99}'), "newer Stadspuls"),
    ],
)
def test_a_folder_of_something_else_is_left_alone(
    settings: Settings, registry: Registry, folder: Path, spoil: Callable[[Path], object], told: str
) -> None:
    folder.mkdir()
    spoil(folder)
    with pytest.raises(ExportError, match=told):
        export(settings, registry, folder)
    assert not (folder / "sites.parquet").exists()


def test_one_export_at_a_time(settings: Settings, registry: Registry, log: Log, folder: Path) -> None:
    folder.mkdir()
    with held(folder / "export.lock"), pytest.raises(ExportError, match="is running"):
        export(settings, registry, folder)
