"""The recorded Ghent car parks: one graph per moment, counts by site."""

from collections import Counter
from pathlib import Path

import pytest

from simulators.formats import read_recording
from simulators.recorded import recorded_payload
from stadspuls.clock import parse_rfc3339
from stadspuls.errors import RecordingError
from stadspuls.registry import Registry
from stadspuls.settings import ROOT

GHENT = ROOT / "simulators" / "recordings" / "ghent-parking-2017-11-08.trig"
PAGE = """@prefix datex: <http://vocab.datex.org/terms#>.
<https://example.org/p?time=1> {
<https://stad.gent/id/parking/P1> datex:parkingNumberOfVacantSpaces "12".
}
<https://example.org/p?time=1> <http://www.w3.org/ns/prov#generatedAtTime> "2017-11-08T07:00:01+01:00".
"""


def test_all_moments_of_all_car_parks_are_read_in_order(registry: Registry) -> None:
    recording = read_recording(GHENT, registry)
    assert len(recording.readings) == 1260
    assert Counter(reading.topic for reading in recording.readings) == {
        f"gent/parking/{site}": 210 for site in ("P1", "P2", "P4", "P7", "P8", "P10")
    }
    instants = [reading.observed_at for reading in recording.readings]
    assert instants == sorted(instants)
    assert len(set(instants)) == 210
    assert not recording.hourly


def test_first_and_last_moment_are_exact(registry: Registry) -> None:
    recording = read_recording(GHENT, registry)
    assert recording.first == parse_rfc3339("2017-11-08T06:00:01Z")
    assert recording.last == parse_rfc3339("2017-11-08T07:44:32Z")


def test_a_message_holds_the_recorded_count_and_time(registry: Registry) -> None:
    first = {reading.topic: recorded_payload(reading) for reading in read_recording(GHENT, registry).readings[:6]}
    assert first["gent/parking/P7"] == b'{"time":"2017-11-08T07:00:01+01:00","vacantSpaces":348}'
    assert first["gent/parking/P10"] == b'{"time":"2017-11-08T07:00:01+01:00","vacantSpaces":635}'


def test_the_sample_page_itself_is_good(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "page.trig").write_text(PAGE)
    (reading,) = read_recording(tmp_path / "page.trig", registry).readings
    assert reading.values == {"vacantSpaces": 12}


@pytest.mark.parametrize(
    ("right", "wrong", "mistake"),
    [
        ('"12".', '"12', ":3: "),
        ('"12"', '"twelve"', ":3: invalid literal for int() with base 10: 'twelve'"),
        ('"12"', "<https://example.org/12>", ":3: <https://example.org/12> is not a count"),
        ("07:00:01+01:00", "07:00:01", ":5: 2017-11-08T07:00:01 has no time zone"),
        ("2017-11-08T07", "2017-11-08 at 7", ":5: Invalid isoformat string"),
        ("generatedAtTime", "endedAtTime", ":2: graph <https://example.org/p?time=1> has no prov:generatedAtTime"),
        ("parking/P1>", "parking/P99>", ": no city file has a site <https://stad.gent/id/parking/P99>"),
        ("VacantSpaces", "Spaces", ": holds no parking count"),
    ],
)
def test_a_broken_page_is_refused_with_file_and_line(
    registry: Registry, tmp_path: Path, right: str, wrong: str, mistake: str
) -> None:
    assert right in PAGE
    path = tmp_path / "page.trig"
    path.write_text(PAGE.replace(right, wrong))
    with pytest.raises(RecordingError) as error:
        read_recording(path, registry)
    assert f"{path}{mistake}" in str(error.value)
