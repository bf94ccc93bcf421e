"""`stadspuls backup`, `restore` and `rebuild` as commands: what they say, and what they refuse."""

import re
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cli.data_dir import claimed
from stadspuls.settings import Settings, load_settings
from store.backends import open_reader, open_writer
from store.sole import sole_writer
from tests.store.answers import answers
from tests.store.made import START, frame, observation, rejection

Stadspuls = Callable[..., subprocess.CompletedProcess[str]]


def everything(settings: Settings) -> dict[str, object]:
    with closing(open_reader(settings)) as reader:
        return answers(reader)


@pytest.fixture
def full(tmp_path: Path) -> Settings:
    """A store in the folder `data`."""
    settings = load_settings(None, data_dir=tmp_path / "data")
    with closing(open_writer(settings)) as writer:
        writer.write(frame(observation(START + i), source=i) for i in range(25))
        writer.write_rejected([rejection()])
    return settings


def test_a_backup_is_taken_while_the_platform_runs_and_restored_elsewhere(
    stadspuls: Stadspuls, full: Settings, tmp_path: Path
) -> None:
    with claimed(full.data_dir), sole_writer(full):
        answer = stadspuls("backup", "mine.zip", data_dir="data")
    assert answer.returncode == 0, answer.stderr
    said = r"mine\.zip: 1 datasets, 25 observations, 1 rejections, 0\.\d MB; 25 rows, \d+ rows/s, in \d+\.\d s\n"
    assert re.fullmatch(said, answer.stdout)
    answer = stadspuls("restore", "mine.zip", "--registry", "files", data_dir="other")
    assert answer.returncode == 0, answer.stderr
    said = r"The store is whole: 1 datasets, 25 observations, 1 rejections; 26 rows, \d+ rows/s, in \d+\.\d s\n"
    assert re.fullmatch(said, answer.stdout)
    assert everything(load_settings(None, data_dir=tmp_path / "other")) == everything(full)
    assert (tmp_path / "files" / "cities" / "gent.yaml").exists()


def test_files_of_another_registry_are_pointed_at(stadspuls: Stadspuls, full: Settings, tmp_path: Path) -> None:
    stadspuls("backup", "mine.zip", data_dir="data")
    (tmp_path / "cities").mkdir()
    answer = stadspuls("restore", "mine.zip", data_dir="other", cities_dir="cities")
    assert answer.returncode == 0, answer.stderr
    assert "not those in force: `unzip mine.zip 'registry/*'` takes them out" in answer.stdout


def test_a_restore_waits_until_the_platform_is_stopped(stadspuls: Stadspuls, full: Settings, tmp_path: Path) -> None:
    stadspuls("backup", "mine.zip", data_dir="data")
    with claimed(tmp_path / "other"):
        answer = stadspuls("restore", "mine.zip", data_dir="other")
    assert answer.returncode == 1
    assert "stadspuls: Stadspuls already runs on other (pid" in answer.stderr


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("restore", "no.zip"), "no.zip does not exist"),
        (("restore", "data/stadspuls.sqlite"), "data/stadspuls.sqlite is no backup"),
        (("backup", "data"), "data exists already"),
        (("rebuild",), "The embedded Kafka lives in memory and holds nothing to rebuild a store from"),
    ],
)
def test_what_cannot_be_done_is_one_line_without_traceback(
    stadspuls: Stadspuls, full: Settings, command: tuple[str, ...], told: str
) -> None:
    before = everything(full)
    answer = stadspuls(*command, data_dir="data")
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"stadspuls: {told}")
    assert len(answer.stderr.splitlines()) == 1
    assert everything(full) == before
