"""Disks that are full, folders that cannot be written: also where the tests may do everything."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.doctor import data_folder_check
from cli.doctor.check import Subject
from cli.doctor.finding import Level
from tests.cli.doctor.patient import Patient, run

NOBODY = 65534


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 160 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("this machine does not let us mount a small file system")
    yield folder
    subprocess.run(["/bin/umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_nearly_full(patient: Patient, small_disk: Path) -> None:
    patient.set(DATA_DIR=str(small_disk / "data"))
    assert patient.healthy()
    ballast = small_disk / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 140 * 1024 * 1024)
    fault = patient.fault("disk")
    assert "20 MiB of 160 MiB free" in fault.seen
    patient.do(fault)
    ballast.unlink()
    assert patient.healthy()


def test_a_disk_without_inodes(patient: Patient, tmp_path: Path, small_disk: Path) -> None:
    subprocess.run(["/bin/mount", "-o", "remount,nr_inodes=50", str(small_disk)], check=True)
    patient.set(DATA_DIR=str(small_disk / "data"))
    assert patient.healthy()
    for number in range(48):
        (small_disk / f"small-{number}").touch()
    assert "inodes free" in patient.fault("disk").seen
    for file in small_disk.glob("small-*"):
        file.unlink()
    assert patient.healthy()


def test_a_file_system_that_cannot_be_written(patient: Patient, small_disk: Path) -> None:
    (small_disk / "data").mkdir()
    patient.set(DATA_DIR=str(small_disk / "data"))
    subprocess.run(["/bin/mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert "file system that cannot be written" in patient.fault("data-folder").seen
    subprocess.run(["/bin/mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert patient.healthy()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can reach; pytest's own is the tester's alone."""
    folder = Path(tempfile.mkdtemp(prefix="stadspuls-doctor-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_data_folder_of_another_user(patient: Patient, open_folder: Path) -> None:
    data = open_folder / "data"
    (data / "spool").mkdir(parents=True)
    patient.set(DATA_DIR=str(data))
    subject = Subject(patient.settings, (), Path(".env"), "http://127.0.0.1:9")
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        faults = list(data_folder_check.CHECK.look(subject))
    finally:
        os.seteuid(0)
        os.setegid(0)
    assert [(fault.level, fault.where) for fault in faults] == [
        (Level.WRONG, str(data)),
        (Level.WRONG, str(data / "spool")),
    ]
    assert faults[0].command == f"sudo chown -R {NOBODY}:{NOBODY} {data}"
    run(faults[0].command.removeprefix("sudo "))
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        assert [finding.level for finding in data_folder_check.CHECK.look(subject)] == [Level.GOOD]
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_at_the_data_folder_of_somebody_else_is_warned(patient: Patient) -> None:
    data = patient.folder / "data"
    data.mkdir()
    os.chown(data, NOBODY, NOBODY)
    assert f"run the platform as user {NOBODY}" in patient.fault("data-folder", Level.WARNING).cure
    os.chown(data, 0, 0)
    (data / "stadspuls.sqlite").touch()
    os.chown(data / "stadspuls.sqlite", NOBODY, NOBODY)
    fault = patient.fault("data-folder", Level.WARNING)
    run(fault.command.removeprefix("sudo "))
    assert patient.healthy()
