"""The data folder belongs to one platform at a time."""

import os
from pathlib import Path

import pytest

from cli.data_dir import claimed, emptied_metrics, shared_metrics
from stadspuls.errors import StartError


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    with claimed(tmp_path / "a" / "b") as folder:
        assert folder.is_dir()


def test_a_second_platform_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    with (
        claimed(tmp_path),
        pytest.raises(StartError, match=rf"already runs on {tmp_path} \(pid {os.getpid()}\): stop it"),
        claimed(tmp_path),
    ):
        pytest.fail("claimed twice")


def test_the_folder_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with claimed(tmp_path):
            pass


def test_a_folder_that_cannot_be_made_is_told_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StartError, match=r"cannot be written .*STADSPULS_DATA_DIR"),
        claimed(tmp_path / "file" / "data"),
    ):
        pytest.fail("claimed a folder below a file")


def test_metrics_of_an_earlier_run_are_gone(tmp_path: Path) -> None:
    (emptied_metrics(tmp_path) / "counter_1.db").write_text("old")
    assert list(emptied_metrics(tmp_path).iterdir()) == []
    with shared_metrics(tmp_path) as folder:
        (folder / "counter_1.db").write_text("new")
    assert not folder.exists()
