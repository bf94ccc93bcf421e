"""The spool on disk: what it takes, when it refuses, what it removes, whom it lets in."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ingest.spool import SEGMENT_BYTES, Spool
from ingest.spool_records import frame_record
from ingest.spool_segment import DAMAGED, SUFFIX, Disk
from stadspuls.errors import SpoolError
from tests.ingest.spooled import LIMIT, damages, files, open_spool, outgoing, pending, spooled_frame

MIB = 1024**2


class CountingDisk(Disk):
    """Counts syncs, and fails when it is told to."""

    def __init__(self) -> None:
        self.syncs = 0
        self.failing = False

    def sync(self, descriptor: int) -> None:
        self.syncs += 1
        if self.failing:
            self.failing = False
            raise OSError(5, "Input/output error")
        super().sync(descriptor)


def fill(spool: Spool, first: int = 1) -> int:
    """Append frames of a MiB until one is refused; the number of the last that was taken."""
    number = first
    while spool.append([spooled_frame(number, record=b"x" * MIB)]).safe:
        number += 1
    return number - 1


def test_frames_come_back_in_order_of_their_partition(tmp_path: Path) -> None:
    frames = [spooled_frame(number, partition=number % 3) for number in range(1, 100)]
    spool = open_spool(tmp_path / "spool")
    assert spool.append(frames).safe == 99
    for partition in range(3):
        assert pending(spool, partition) == outgoing(frame for frame in frames if frame.partition == partition)
    assert pending(spool, 3) == []
    spool.close()


def test_many_frames_share_one_sync(tmp_path: Path) -> None:
    disk = CountingDisk()
    spool = open_spool(tmp_path / "spool", disk)
    spool.append([spooled_frame(1)])
    before = disk.syncs
    spool.append([spooled_frame(number) for number in range(2, 1000)])
    assert disk.syncs == before + 1
    spool.close()


def test_it_refuses_what_goes_beyond_its_limit_and_takes_it_once_there_is_room(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "spool")
    last = fill(spool)
    assert LIMIT - 2 * MIB < spool.size <= LIMIT
    refused = spool.append([spooled_frame(last + 1, record=b"x" * MIB)])
    assert (refused.safe, refused.refusal) == (0, f"it holds {spool.size} bytes of at most {LIMIT}")
    spool.done(1, last // 2)
    spool.tidy()
    assert spool.append([spooled_frame(last + 1, record=b"x" * MIB)]).safe == 1
    assert [frame.number for frame in pending(spool, 1)] == list(range(last // 2 + 1, last + 2))
    spool.close()


def test_a_refusal_forgets_nothing_of_what_was_handed_on(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "spool")
    last = fill(spool)
    spool.done(1, 2)
    assert spool.append([spooled_frame(last + 1, record=b"x" * MIB)]).safe == 0
    spool.tidy()
    spool._leave()
    again = open_spool(tmp_path / "spool")
    assert again.handed_on(1) == 2
    again.close()


def test_of_many_frames_the_first_are_taken_when_not_all_fit(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "spool")
    frames = [spooled_frame(number, record=b"x" * MIB) for number in range(1, 30)]
    appended = spool.append(frames)
    assert 10 < appended.safe < 16
    assert appended.refusal
    assert pending(spool, 1) == outgoing(frames[: appended.safe])
    spool.close()


def test_what_is_handed_on_is_removed_file_by_file(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    spool = open_spool(folder)
    last = fill(spool)
    before = files(folder)
    assert len(before) == 4
    spool.done(1, last // 2)
    spool.tidy()
    assert files(folder) == before[1:]
    spool.done(1, last)
    spool.tidy()
    assert files(folder) == []
    assert (spool.size, spool.oldest_ms()) == (0, None)
    spool.close()


def test_a_file_stays_while_an_older_one_is_needed(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "spool")
    spool.append([spooled_frame(1, partition=2)])
    last = fill(spool, first=2)
    spool.done(1, last)
    spool.tidy()
    assert len(files(tmp_path / "spool")) == 4
    assert spool.oldest_ms() == spooled_frame(1).timestamp_ms
    assert pending(spool, 2) == outgoing([spooled_frame(1, partition=2)])
    spool.close()


def test_numbers_go_on_where_an_earlier_spool_ended(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "spool")
    spool.append([spooled_frame(number) for number in (3, 7)])
    spool.done(1, 3)
    spool.close()
    again = open_spool(tmp_path / "spool")
    assert (again.newest, again.last(1), again.handed_on(1)) == (7, 7, 3)
    assert pending(again, 1) == outgoing([spooled_frame(7)])
    again.close()


def test_a_failed_sync_is_not_believed_a_second_time(tmp_path: Path) -> None:
    disk = CountingDisk()
    folder = tmp_path / "spool"
    spool = open_spool(folder, disk)
    spool.append([spooled_frame(1)])
    disk.failing = True
    assert spool.append([spooled_frame(2)]) == (0, "Input/output error")
    assert spool.append([spooled_frame(2)]).safe == 1
    assert len(files(folder)) == 2
    spool.close()
    again = open_spool(folder)
    assert pending(again, 1) == outgoing([spooled_frame(1), spooled_frame(2)])
    again.close()


def test_two_bridges_never_share_a_spool(tmp_path: Path) -> None:
    first = open_spool(tmp_path / "spool")
    with pytest.raises(SpoolError, match="another process uses the spool"):
        open_spool(tmp_path / "spool")
    first.close()
    open_spool(tmp_path / "spool").close()


def test_a_spool_of_another_version_is_refused_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "000000000001-00000000.spool2").write_bytes(b"whatever comes next year")
    with pytest.raises(SpoolError, match=r"000000000001-00000000\.spool2 was written by another version"):
        open_spool(folder)


def test_a_spool_of_more_partitions_is_refused(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "spool", partitions=8)
    spool.append([spooled_frame(1, partition=6)])
    spool.close()
    with pytest.raises(SpoolError, match="has a frame of partition 6; this deployment has 4"):
        open_spool(tmp_path / "spool")
    assert len(files(tmp_path / "spool")) == 1


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="cannot be used: Not a directory"):
        open_spool(tmp_path / "file" / "spool")


@pytest.mark.parametrize(
    "tail",
    [b"", b"SPL", b"\0" * 5000, frame_record(spooled_frame(9, record=b"x" * 100), salt=0)[0][:-1]],
    ids=["nothing", "a few bytes", "zeros", "part of a header"],
)
def test_an_unfinished_write_is_cut_and_is_no_damage(tmp_path: Path, tail: bytes) -> None:
    folder = tmp_path / "spool"
    whole = written(folder, 3)
    with whole.open("ab") as file:
        file.write(tail)
    before = damages()
    spool = open_spool(folder)
    assert [frame.number for frame in pending(spool, 1)] == [1, 2, 3]
    assert damages() == before
    spool.close()


def written(folder: Path, count: int, record: Callable[[int], bytes | None] = lambda _: None) -> Path:
    """A closed spool of one file."""
    spool = open_spool(folder)
    spool.append([spooled_frame(number, record=record(number)) for number in range(1, count + 1)])
    spool.close()
    [path] = files(folder)
    return path


def test_damage_in_the_middle_is_kept_aside_and_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    path = written(folder, 5)
    data = path.read_bytes()
    record = len(data) // 5
    path.write_bytes(data[: 2 * record + 5] + b"?" + data[2 * record + 6 :])
    before = damages()
    with capture_logs() as logs:
        spool = open_spool(folder)
    assert [frame.number for frame in pending(spool, 1)] == [1, 2, 4, 5]
    assert damages() == before + 1
    [kept] = (folder / DAMAGED).iterdir()
    assert kept.read_bytes() == path.read_bytes()[2 * record : 3 * record]
    assert [line["event"] for line in logs if line["log_level"] == "error"] == [
        "spool is damaged: a piece is kept aside"
    ]
    spool.close()


def test_a_frame_that_goes_bad_while_it_waits_is_kept_aside_and_counted(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    spool = open_spool(folder)
    spool.append([spooled_frame(number) for number in (1, 2, 3)])
    [path] = files(folder)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"?")
    before = damages()
    assert [frame.number for frame in pending(spool, 1)] == [1, 3]
    assert damages() == before + 1
    assert list((folder / DAMAGED).iterdir())
    spool.close()


def test_a_payload_that_holds_a_record_never_passes_for_one(tmp_path: Path) -> None:
    """Where a frame is damaged, the next record is looked for, also in the bytes a stranger has sent."""
    folder = tmp_path / "spool"
    forged = b"".join(frame_record(spooled_frame(7, partition=3, record=b"forged"), salt=0))
    path = written(folder, 2, lambda number: forged if number == 1 else None)
    with path.open("r+b") as file:
        file.write(b"?")
    spool = open_spool(folder)
    assert pending(spool, 3) == []
    assert [frame.number for frame in pending(spool, 1)] == [2]
    spool.close()


def test_the_index_of_many_files_is_read_again_when_it_is_needed(tmp_path: Path) -> None:
    limit = 64 * MIB
    spool = open_spool(tmp_path / "spool", limit=20 * limit)
    count = 14 * SEGMENT_BYTES // MIB
    spool.append([spooled_frame(number, number % 4, b"x" * (MIB - 40)) for number in range(1, count + 1)])
    assert len(files(tmp_path / "spool")) == 14
    for partition in (3, 0, 2, 1, 3):
        assert [f.number for f in pending(spool, partition)] == [n for n in range(1, count + 1) if n % 4 == partition]
    spool.close()


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MiB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount a small file system: run it as root")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)  # noqa: S607 - wherever the system has it


def test_a_full_disk_refuses_and_loses_nothing(full_disk: Path) -> None:
    folder = full_disk / "spool"
    spool = open_spool(folder)
    last = fill(spool)
    refused = spool.append([spooled_frame(last + 1, record=b"x" * MIB)])
    assert (refused.safe, refused.refusal) == (0, "No space left on device")
    # What still fits is taken, and marks wait.
    spool.done(1, 1)
    spool.tidy()
    assert [frame.number for frame in pending(spool, 1)] == list(range(2, last + 1))
    spool.done(1, last - 1)
    spool.tidy()
    assert spool.append([spooled_frame(last + 1, record=b"x" * MIB)]).safe == 1
    spool.close()
    again = open_spool(folder)
    assert [frame.number for frame in pending(again, 1)] == [last, last + 1]
    assert all(path.suffix == SUFFIX for path in files(folder))
    again.close()
