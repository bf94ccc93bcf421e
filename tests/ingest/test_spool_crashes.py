"""Whatever happens to a spool: what it has taken and not handed on comes back in order, or its damage is said."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import event, given, settings
from hypothesis import strategies as st

from ingest.frames import Frame
from ingest.spool import Spool
from ingest.spool_segment import DAMAGED
from tests.ingest.spooled import (
    PARTITIONS,
    ForgetfulDisk,
    PowerLossError,
    damages,
    files,
    open_spool,
    outgoing,
    pending,
    spooled_frame,
)

SIZES = st.sampled_from([0, 1, 39, 40, 41, 500, 300_000, 900_000])
BATCH = st.lists(st.tuples(st.integers(0, PARTITIONS - 1), SIZES), min_size=1, max_size=12)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), BATCH),
        st.tuples(st.just("lose power while appending"), BATCH, st.floats(0, 1)),
        st.tuples(st.just("hand on"), st.integers(0, PARTITIONS - 1), st.floats(0, 1)),
        st.tuples(st.just("tidy")),
        st.tuples(st.just("close")),
        st.tuples(st.just("lose power"), st.floats(0, 1)),
    ),
    max_size=25,
)


@dataclass
class Model:
    """What a spool must hold."""

    folder: Path
    disk: ForgetfulDisk = field(default_factory=ForgetfulDisk)
    made: int = 0
    number: int = 0
    safe: list[Frame] = field(default_factory=list)
    """What was taken, but for what was known to be handed on at the last start."""
    unsure: list[Frame] = field(default_factory=list)
    """What was being taken when power was lost."""
    handed_on: list[int] = field(default_factory=lambda: [0] * PARTITIONS)
    marked: list[int] = field(default_factory=lambda: [0] * PARTITIONS)
    """What is surely known to be handed on after a crash."""

    def __post_init__(self) -> None:
        self.spool: Spool = open_spool(self.folder, self.disk)

    def append(self, batch: list[tuple[int, int]]) -> None:
        frames = self._made(batch)
        marked = list(self.handed_on)
        appended = self.spool.append(frames)
        self.safe += frames[: appended.safe]
        if appended.safe:
            self.marked = marked

    def lose_power_while_appending(self, batch: list[tuple[int, int]], kept: float) -> None:
        frames = self._made(batch)
        self.disk.fails_at_sync = True
        try:
            self.spool.append(frames)
        except PowerLossError:
            self.unsure = frames
        self.disk.fails_at_sync = False
        self.lose_power(kept)

    def hand_on(self, partition: int, share: float) -> None:
        waiting = self.waiting(partition)
        if waiting:
            number = waiting[round(share * (len(waiting) - 1))].number
            self.handed_on[partition] = number
            self.spool.done(partition, number)

    def tidy(self) -> None:
        self.spool.tidy()

    def close(self) -> None:
        self.spool.close()
        self.marked = list(self.handed_on)
        self._open()

    def lose_power(self, kept: float) -> None:
        self.spool._leave()
        self.disk.lose_power(self.folder, kept)
        self._open()

    def waiting(self, partition: int) -> list[Frame]:
        return [f for f in self.safe if f.partition == partition and f.number > self.handed_on[partition]]

    def check(self) -> None:
        for partition in range(PARTITIONS):
            assert pending(self.spool, partition, self.handed_on[partition]) == outgoing(self.waiting(partition))

    def _made(self, batch: list[tuple[int, int]]) -> list[Frame]:
        frames = []
        for partition, size in batch:
            self.made += 1
            self.number += 1
            frames.append(spooled_frame(self.number, partition, bytes([self.made % 256]) * size))
        return frames

    def _open(self) -> None:
        before = damages()
        self.spool = open_spool(self.folder, self.disk)
        assert damages() == before
        for partition in range(PARTITIONS):
            self._compare(partition)
        came = {f.number for p in range(PARTITIONS) for f in pending(self.spool, p)}
        self.safe = [frame for frame in self.safe + self.unsure if frame.number in came]
        self.unsure = []
        self.number = self.spool.newest
        self.handed_on = [self.spool.handed_on(partition) for partition in range(PARTITIONS)]
        self.marked = list(self.handed_on)

    def _compare(self, partition: int) -> None:
        found = [frame.number for frame in pending(self.spool, partition)]
        must = [frame.number for frame in self.waiting(partition)]
        # What was being written may have come through; what was handed on may not be known to be.
        may = [f.number for f in self.safe + self.unsure if f.partition == partition]
        assert found == sorted(found)
        assert set(must) <= set(found) <= set(may)
        assert all(number > self.marked[partition] for number in found)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_what_is_taken_and_not_handed_on_comes_back_in_order(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = Model(Path(folder) / "spool")
        for name, *arguments in steps:
            getattr(model, str(name).replace(" ", "_"))(*arguments)
            model.check()
        model.spool.close()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 41, 500])), max_size=12), max_size=6),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1, max_size=3),
)
def test_a_flipped_bit_loses_no_frame_without_saying_so(
    batches: list[list[tuple[int, int]]], flips: list[tuple[float, int]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "spool"
        spool = open_spool(folder)
        frames = [
            spooled_frame(number, partition, bytes([number]) * size)
            for number, (partition, size) in enumerate((one for batch in batches for one in batch), start=1)
        ]
        assert spool.append(frames).safe == len(frames)
        spool.close()
        if not frames:
            return
        flip(files(folder), flips)
        before = damages()
        again = open_spool(folder)
        found = {p: pending(again, p) for p in range(PARTITIONS)}
        again.close()
        lost = len(frames) - sum(map(len, found.values()))
        event(f"lost {lost}")
        for partition in range(PARTITIONS):
            wanted = outgoing(frame for frame in frames if frame.partition == partition)
            assert [frame for frame in wanted if frame in found[partition]] == found[partition]
        assert lost <= len(flips)
        assert (damages() > before) == (lost > 0) or flips_undo_each_other(flips)
        assert lost == 0 or list((folder / DAMAGED).iterdir())


def flip(paths: list[Path], flips: list[tuple[float, int]]) -> None:
    data = [bytearray(path.read_bytes()) for path in paths]
    for share, bit in flips:
        at = int(share * sum(map(len, data)))
        for content in data:
            if at < len(content):
                content[at] ^= 1 << bit
                break
            at -= len(content)
    for path, content in zip(paths, data, strict=True):
        path.write_bytes(content)


def flips_undo_each_other(flips: list[tuple[float, int]]) -> bool:
    return len({bit for _, bit in flips}) < len(flips)
