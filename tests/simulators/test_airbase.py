"""The hourly series of AirBase: hours ending, standard time, valid values only."""

from pathlib import Path

import pytest

from simulators.airbase import STANDARD_TIME
from simulators.formats import read_recording
from simulators.recorded import recorded_payload
from stadspuls.clock import HOUR, parse_rfc3339, to_datetime
from stadspuls.errors import RecordingError
from stadspuls.registry import Registry
from stadspuls.settings import ROOT

RECORDINGS = ROOT / "simulators" / "recordings"
BORGERHOUT = RECORDINGS / "airbase-BETR801-no2-2012.tsv"
HOUTEM = RECORDINGS / "airbase-BETN029-no2-2012.tsv"
DAY = "2012-01-01" + "\t5.000\t1" * 24


@pytest.mark.parametrize(
    ("path", "topic", "count"),
    [(BORGERHOUT, "antwerpen/air-quality/BETR801", 7962), (HOUTEM, "vlaanderen/air-quality/BETN029", 8305)],
)
def test_every_valid_hour_is_read_once(registry: Registry, path: Path, topic: str, count: int) -> None:
    recording = read_recording(path, registry)
    instants = [reading.observed_at for reading in recording.readings]
    assert len(instants) == count
    assert instants == sorted(set(instants))
    assert all(instant % HOUR == 0 for instant in instants)
    assert {reading.topic for reading in recording.readings} == {topic}
    assert all(reading.values["no2"] != -9999 for reading in recording.readings)
    assert recording.hourly


@pytest.mark.parametrize("path", [BORGERHOUT, HOUTEM])
def test_first_and_last_hour_stand_at_the_right_instants(registry: Registry, path: Path) -> None:
    recording = read_recording(path, registry)
    assert recording.first == parse_rfc3339("2012-01-01T00:00:00Z")
    assert recording.last == parse_rfc3339("2013-01-01T00:00:00+01:00") == parse_rfc3339("2012-12-31T23:00:00Z")


def test_a_message_says_the_time_as_recorded(registry: Registry) -> None:
    first = read_recording(BORGERHOUT, registry).readings[0]
    assert recorded_payload(first) == b'{"time":"2012-01-01T01:00:00+01:00","no2":21.0}'


def test_summer_is_in_standard_time_too(registry: Registry) -> None:
    # The row of 25 March 2012, the day the clocks went forward, has 24 hours like any other.
    readings = {reading.observed_at: reading.values["no2"] for reading in read_recording(BORGERHOUT, registry).readings}
    row = next(line for line in BORGERHOUT.read_text().splitlines() if line.startswith("2012-07-10"))
    noon = float(row.split("\t")[1 + 2 * 11])
    assert readings[parse_rfc3339("2012-07-10T12:00:00+01:00")] == noon
    march = [at for at in readings if "2012-03-25" in recorded_day(at)]
    assert len(march) == sum(
        flag != "0"
        for line in BORGERHOUT.read_text().splitlines()
        if line.startswith("2012-03-25")
        for flag in line.rstrip("\t").split("\t")[2::2]
    )


def recorded_day(at: int) -> str:
    return to_datetime(at - HOUR, STANDARD_TIME).date().isoformat()


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (f"{DAY}\n2012-01-02\t5.000\t1\n", ":2: 3 fields instead of 49"),
        (DAY.replace("5.000", "five", 1), ":1: could not convert string to float: 'five'"),
        (DAY.replace("5.000", "nan", 1), ":1: a value is not a finite number"),
        (DAY.replace("\t1\t", "\tyes\t", 1), ":1: invalid literal for int"),
        (DAY.replace("2012-01-01", "2012-13-01"), ":1: month must be in 1..12"),
        (DAY.replace("2012", "2013"), ":1: 2013-01-01 is not in 2012"),
        (f"{DAY}\n{DAY}", ":2: 2012-01-01 is repeated"),
        (DAY.replace("5.000\t1", "-9999.000\t0"), ": holds no valid value"),
        ("", ": holds no valid value"),
    ],
)
def test_a_broken_series_is_refused_with_file_and_line(
    registry: Registry, tmp_path: Path, text: str, mistake: str
) -> None:
    path = tmp_path / "airbase-BETR801-no2-2012.tsv"
    path.write_text(text)
    with pytest.raises(RecordingError) as error:
        read_recording(path, registry)
    assert f"{path}{mistake}" in str(error.value)


def test_a_flag_of_zero_and_a_missing_value_are_left_out(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "airbase-BETR801-no2-2012.tsv"
    path.write_text("2012-01-01\t7.000\t0\t-9999.000\t1" + "\t5.000\t1" * 22 + "\t\r\n")
    recording = read_recording(path, registry)
    assert len(recording.readings) == 22
    assert recording.first == parse_rfc3339("2012-01-01T03:00:00+01:00")


@pytest.mark.parametrize("name", ["airbase-XX000-no2-2012.tsv", "airbase-BETR801-o3-2012.tsv"])
def test_a_station_that_no_city_has_is_named(registry: Registry, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(DAY)
    with pytest.raises(RecordingError, match=f"no city file has a sensor '{name.split('-')[1]}'"):
        read_recording(tmp_path / name, registry)


@pytest.mark.parametrize("name", ["notes.txt", "airbase-2012.tsv"])
def test_an_unknown_form_is_told(registry: Registry, tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordingError, match="unknown form"):
        read_recording(tmp_path / name, registry)


def test_a_missing_or_binary_file_is_told(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none.trig: No such file"):
        read_recording(tmp_path / "none.trig", registry)
    (tmp_path / "binary.trig").write_bytes(b"\xff\xfe")
    with pytest.raises(RecordingError, match="not UTF-8 at byte 0"):
        read_recording(tmp_path / "binary.trig", registry)
