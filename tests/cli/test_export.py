"""`stadspuls export` as a command: what it says, and what it refuses."""

import re
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.data_dir import claimed
from stadspuls.settings import Settings, load_settings
from store.backends import open_writer
from store.sole import sole_writer
from tests.store.made import START, frame, observation

Stadspuls = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def full(tmp_path: Path) -> Settings:
    """A store in the folder `data`."""
    settings = load_settings(None, data_dir=tmp_path / "data")
    with closing(open_writer(settings)) as writer:
        writer.write(frame(observation(START + i), source=i) for i in range(25))
    return settings


def test_an_export_is_taken_while_the_platform_runs_and_then_adds_what_is_new(
    stadspuls: Stadspuls, full: Settings, tmp_path: Path
) -> None:
    with claimed(full.data_dir), sole_writer(full):
        answer = stadspuls("export", "mine", data_dir="data")
    assert answer.returncode == 0, answer.stderr
    assert re.fullmatch(r"mine: 1 fact files added, 25 rows, \d+ rows/s, in \d+\.\d s\n", answer.stdout)
    with closing(open_writer(full)) as writer:
        writer.write([frame(observation(START + 100), source=100)])
    answer = stadspuls("export", "mine", "--dataset", "gent/parking", data_dir="data")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("mine: 1 fact files added, 1 rows")
    files = sorted((tmp_path / "mine" / "observations" / "gent" / "parking").iterdir())
    assert [pq.read_metadata(file).num_rows for file in files] == [25, 1]
    assert "gent" in pq.read_table(tmp_path / "mine" / "datasets.parquet").column("city").to_pylist()


def test_since_is_a_date_of_the_city_or_an_instant(stadspuls: Stadspuls, full: Settings) -> None:
    answer = stadspuls("export", "none", "--since", "2017-11-09", data_dir="data")
    assert answer.stdout.startswith("none: 0 fact files added"), answer.stderr
    answer = stadspuls("export", "some", "--since", "2017-11-08T08:00:02.000010Z", data_dir="data")
    assert answer.stdout.startswith("some: 1 fact files added, 15 rows"), answer.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("data", "--dataset", "gent/volcanoes"), "No dataset 'gent/volcanoes' is registered; there are aalst/"),
        (("mine", "--since", "yesterday"), "since: 'yesterday' is no RFC 3339 time"),
        (("data/stadspuls.sqlite",), "data/stadspuls.sqlite cannot be written"),
    ],
)
def test_what_cannot_be_done_is_one_line_without_traceback(
    stadspuls: Stadspuls, full: Settings, arguments: tuple[str, ...], told: str
) -> None:
    answer = stadspuls("export", *arguments, data_dir="data")
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"stadspuls: {told}")
    assert len(answer.stderr.splitlines()) == 1
