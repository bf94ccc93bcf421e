import os
from collections.abc import Callable
from pathlib import Path

import pytest

from stadspuls.files import EVERYBODY_READS, write_new, write_whole


def test_a_file_is_replaced_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("before")
    write_whole(file, b"after")
    assert file.read_bytes() == b"after"
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_mode_is_what_is_asked_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_whole(tmp_path / "open", b"x", EVERYBODY_READS)
    finally:
        os.umask(before)
    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o644


def test_a_new_file_leaves_the_one_that_is_there(tmp_path: Path) -> None:
    write_new(tmp_path / "once", b"first")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "once", b"second")
    assert (tmp_path / "once").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["once"]


@pytest.mark.parametrize("write", [write_whole, write_new])
def test_a_disk_that_takes_nothing_leaves_everything_as_it_was(
    write: Callable[[Path, bytes], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError("no space left")

    (tmp_path / "kept").write_bytes(b"before")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write(tmp_path / "kept", b"after")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("kept", b"before")]
