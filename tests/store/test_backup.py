"""A backup holds what the store holds, whatever kind of store reads it again; what is damaged is named and refused."""

import json
import os
import stat
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stadspuls.clock import MINUTE
from stadspuls.errors import BackupError, StoreError
from stadspuls.log import ObservationFrame
from stadspuls.model import Origin, Procedure, Quality, Reason
from stadspuls.registry import Registry, load_registry
from stadspuls.settings import Settings, load_settings
from store import rejected_pages
from store.backends import open_reader, open_writer
from store.backup import BackupProgress, Manifest, back_up, open_backup, pages, restore
from store.backup.manifest import MANIFEST, Member
from store.backup.members import new_archive
from store.filling import NAME, refuse_half_filled
from store.sole import sole_writer
from tests.store.answers import answers
from tests.store.made import DATASET, START, frame, observation, rejection, stream
from tests.store.written import OTHER, REJECTIONS, ROWS, Row, published_once

GONE = "brugge/parking"
_FOLDERS = count()


def quiet(_progress: BackupProgress) -> None:
    pass


@pytest.fixture
def place(tmp_path: Path) -> Callable[[], Settings]:
    """Settings of a store that nobody has used yet."""
    return lambda: load_settings(None, data_dir=tmp_path / str(next(_FOLDERS)))


@pytest.fixture(scope="module")
def registry() -> Registry:
    settings = load_settings(None)
    return load_registry(settings.cities_dir, settings.themes_dir)


def fill(settings: Settings) -> None:
    """A store with everything that is special: late values, parts, several datasets in a frame, expired ones."""
    odd = stream("P9", "text", dataset=OTHER, origin=Origin.SIMULATED, procedure=Procedure.DERIVED)
    with closing(open_writer(settings)) as writer:
        writer.write([frame(observation(START - 9, of=stream(dataset=GONE), published_at=START - 1), source=0)])
        writer.write(
            [
                frame(observation(START + 5, 3.0), observation(START + 6, True, stream("P2", "occupied")), source=1),
                frame(
                    observation(START - 1, 2.5, published_at=START + MINUTE),
                    observation(
                        START, "vrij \x00 €", odd, published_at=START + MINUTE, quality=Quality.SUSPECT, test="x"
                    ),
                    source=2,
                ),
                frame(
                    observation(START + 7, 0.0, known=2, capacity=7, published_at=START + 2 * MINUTE), source=3, parts=2
                ),
                frame(observation(START + 8, published_at=START + 2 * MINUTE + 1), source=3, part=1, parts=2),
            ]
        )
        writer.retain({GONE: START}, 0)
        writer.write_rejected([rejection(f"gent/parking/{i}", rejected_at=START + i // 3, offset=i) for i in range(8)])
        writer.write_rejected([rejection("x", Reason.CONFLICT, START - 5)])


def everything(settings: Settings) -> dict[str, object]:
    with closing(open_reader(settings)) as reader:
        return answers(reader)


def written(settings: Settings, registry: Registry, name: str = "backup.zip") -> Path:
    file = settings.data_dir.parent / name
    back_up(settings, registry, file, quiet)
    return file


def restored(settings: Settings, file: Path) -> Manifest:
    done = restore(settings, file, threading.Event(), quiet)
    assert done is not None
    return done[0]


@pytest.fixture
def full(place: Callable[[], Settings]) -> Settings:
    settings = place()
    fill(settings)
    return settings


@pytest.fixture
def backup(full: Settings, registry: Registry) -> Path:
    return written(full, registry)


def test_the_restored_store_gives_the_same_answers(full: Settings, backup: Path, place: Callable[[], Settings]) -> None:
    target = place()
    manifest = restored(target, backup)
    before = everything(full)
    assert everything(target) == before
    assert before["stored_through"] == {DATASET: START + 2 * MINUTE + 1, OTHER: START + MINUTE, GONE: START - 1}
    assert (manifest.observations, manifest.rejected) == (6, 9)
    assert manifest.datasets[GONE].entries == 0
    assert not (target.data_dir / NAME).exists()


def test_only_the_owner_may_read_a_backup(backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_the_city_and_theme_files_come_out_as_they_were(backup: Path, registry: Registry, tmp_path: Path) -> None:
    with open_backup(backup) as opened:
        assert opened.manifest.registry == registry.version
        assert opened.write_registry(tmp_path / "files") == len(registry.cities) + len(registry.themes)
        again = load_registry(tmp_path / "files" / "cities", tmp_path / "files" / "themes")
        assert again.version == registry.version
        with pytest.raises(BackupError, match=r"aalst\.yaml is not written: File exists"):
            opened.write_registry(tmp_path / "files")


@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames=st.lists(ROWS, max_size=12), kept=REJECTIONS, expire=st.integers(0, 400), size=st.integers(1, 9))
def test_any_store_comes_back_as_it_was(  # noqa: PLR0917 - pytest and hypothesis give them by name
    place: Callable[[], Settings],
    registry: Registry,
    frames: list[list[Row]],
    kept: list[tuple[int, Reason, bytes]],
    expire: int,
    size: int,
) -> None:
    source, target = place(), place()
    published = count(START)
    made: list[ObservationFrame] = [
        frame(
            *(
                observation(START + at, value, stream(s, p, dataset=name), published_at=next(published))
                for name, s, p, at, value in rows
            ),
            source=i,
        )
        for i, rows in enumerate(published_once(frames))
    ]
    with closing(open_writer(source)) as writer:
        writer.write(made)
        writer.write_rejected(
            rejection(f"gent/{payload.hex()}", reason, START + at, offset=i)
            for i, (at, reason, payload) in enumerate(kept)
        )
        writer.retain({DATASET: START + expire}, 0)
    with pytest.MonkeyPatch.context() as patched:
        # So small that every page's edge is met.
        patched.setattr(pages, "SPANS", size)
        patched.setattr(pages, "OBSERVATIONS", size)
        patched.setattr(rejected_pages, "PAGE", size)
        if not (any(frames) or kept):
            return
        restored(target, written(source, registry, f"{next(_FOLDERS)}.zip"))
    assert everything(target) == everything(source)


def test_a_backup_is_taken_while_the_sink_goes_on(
    full: Settings, registry: Registry, place: Callable[[], Settings]
) -> None:
    before = everything(full)
    file = full.data_dir.parent / "running.zip"
    sources = count(10)

    def meanwhile(_progress: BackupProgress) -> None:
        source = next(sources)
        late = START + 3 * MINUTE + source
        fresh = stream(dataset="leuven/parking")
        known, new = (observation(START - source, of=of, published_at=late) for of in (stream(), fresh))
        writer.write([frame(known, new, source=source)])

    with sole_writer(full), closing(open_writer(full)) as writer:
        back_up(full, registry, file, meanwhile)
    target = place()
    restored(target, file)
    after = everything(target)
    # Of one moment: nothing of what came meanwhile, not even a new dataset.
    assert after == before
    assert everything(full) != before


def test_what_was_there_already_is_not_replaced(full: Settings, registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_text("mine")
    with pytest.raises(BackupError, match=r"mine\.zip exists already"):
        back_up(full, registry, tmp_path / "mine.zip", quiet)
    assert (tmp_path / "mine.zip").read_text() == "mine"


def test_an_empty_store_is_no_backup(place: Callable[[], Settings], registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="nothing to back up"):
        back_up(place(), registry, tmp_path / "empty.zip", quiet)


def test_a_backup_that_fails_leaves_no_file(full: Settings, registry: Registry, tmp_path: Path) -> None:
    def fail(_progress: BackupProgress) -> None:
        raise StoreError("gone")

    (tmp_path / "out").mkdir()
    with pytest.raises(StoreError, match="gone"):
        back_up(full, registry, tmp_path / "out" / "half.zip", fail)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(full: Settings, registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"no/where\.zip cannot be written: .*No such file"):
        back_up(full, registry, tmp_path / "no" / "where.zip", quiet)


def test_a_store_that_is_not_empty_is_refused(full: Settings, backup: Path) -> None:
    with pytest.raises(StoreError, match=r"is not empty: `stadspuls restore` fills an empty one only"):
        restored(full, backup)


def test_a_store_that_is_written_to_is_refused(backup: Path, place: Callable[[], Settings]) -> None:
    target = place()
    with sole_writer(target), pytest.raises(StoreError, match=rf"Process {os.getpid()} writes to the store"):
        restored(target, backup)


def rewritten(backup: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The same zip file with what `change` makes of each file inside; None leaves it out."""
    target = backup.with_name("changed.zip")
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if (content := change(name, old.read(name))) is not None:
                new.writestr(name, content)
    return target


def refused(backup: Path, target: Settings) -> str:
    """What is said of a backup that is refused; the store was not touched."""
    with pytest.raises(BackupError) as told:
        restored(target, backup)
    with closing(open_reader(target)) as reader:
        assert reader.stored_through() == {}
    refuse_half_filled(target)
    return str(told.value)


@pytest.mark.parametrize("inside", [f"log/{DATASET}", "rejected/00000000", "registry/cities/gent.yaml"])
def test_what_is_damaged_is_named(backup: Path, place: Callable[[], Settings], inside: str) -> None:
    flipped = rewritten(backup, lambda name, content: content[:-1] + b"?" if name == inside else content)
    assert refused(flipped, place()) == f"{flipped} is damaged: {inside} is not what the manifest says"
    missing = rewritten(backup, lambda name, content: None if name == inside else content)
    assert refused(missing, place()) == f"{missing} is damaged: {inside} is missing"
    longer = rewritten(backup, lambda name, content: content + b"?" if name == inside else content)
    assert refused(longer, place()) == f"{longer} is damaged: {inside} is not what the manifest says"


def test_flipped_bytes_anywhere_are_found(backup: Path, place: Callable[[], Settings]) -> None:
    whole, target = backup.read_bytes(), place()
    with zipfile.ZipFile(backup) as archive:
        first = archive.getinfo(f"log/{DATASET}").header_offset
        end = archive.start_dir
    for at in range(first + 60, end, max(1, (end - first) // 40)):
        changed = bytearray(whole)
        changed[at] ^= 0xFF
        backup.write_bytes(changed)
        try:
            with open_backup(backup) as opened:
                opened.check(lambda _: None)
        except BackupError:
            continue
        # A few bytes of a zip file say nothing of its content: times, versions.
        backup.write_bytes(whole)
        with open_backup(backup) as opened:
            opened.check(lambda _: None)
    backup.write_bytes(whole)
    assert restored(target, backup).rejected == 9


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_file_that_is_cut_off_is_refused(backup: Path, place: Callable[[], Settings], share: float) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(share * len(whole))])
    assert "is no backup, or its end is missing" in refused(backup, place())


def test_a_file_that_is_not_there_is_told(tmp_path: Path, place: Callable[[], Settings]) -> None:
    assert refused(tmp_path / "no.zip", place()) == f"{tmp_path / 'no.zip'} does not exist"


def with_manifest(backup: Path, **changes: object) -> Path:
    def change(name: str, content: bytes) -> bytes:
        return json.dumps(json.loads(content) | changes).encode() if name == MANIFEST else content

    return rewritten(backup, change)


def test_a_newer_format_is_refused_by_name(backup: Path, place: Callable[[], Settings]) -> None:
    newer = with_manifest(backup, format=2, stadspuls="9.9", datasets="in another way")
    assert refused(newer, place()) == (
        "changed.zip has format 2 (written by Stadspuls 9.9); this Stadspuls reads up to 1: upgrade it first"
    )


def test_a_manifest_that_is_none_is_refused(backup: Path, place: Callable[[], Settings]) -> None:
    assert "is damaged: manifest.json: Object missing required field" in refused(
        rewritten(backup, lambda name, content: b'{"format": 1}' if name == MANIFEST else content), place()
    )
    assert "is damaged: manifest.json is missing" in refused(
        rewritten(backup, lambda name, content: None if name == MANIFEST else content), place()
    )


def test_no_file_is_written_outside_of_the_folder(tmp_path: Path) -> None:
    evil = "registry/cities/../../../evil.yaml"
    manifest = {
        "format": 1,
        "stadspuls": "1",
        "created": "now",
        "profile": "embedded",
        "store": "sqlite",
        "registry": "0",
        "datasets": {},
        "rejected": 0,
        "members": {evil: {"bytes": 0, "sha256": ""}},
    }
    with new_archive(tmp_path / "evil.zip") as archive:
        archive.writestr(evil, b"")
        archive.writestr(MANIFEST, json.dumps(manifest))
    with open_backup(tmp_path / "evil.zip") as opened:
        with pytest.raises(BackupError, match="is no city or theme file"):
            opened.write_registry(tmp_path / "a" / "b")
        assert opened.manifest.members == {evil: Member(0, "")}
    assert not list(tmp_path.rglob("*.yaml"))


def test_a_restore_that_was_interrupted_is_finished_by_the_same_backup(
    full: Settings, backup: Path, registry: Registry, place: Callable[[], Settings]
) -> None:
    target, stop = place(), threading.Event()

    def stop_when_something_is_stored(progress: BackupProgress) -> None:
        if progress.rows:
            stop.set()

    assert restore(target, backup, stop, stop_when_something_is_stored) is None
    with closing(open_reader(target)) as reader:
        assert reader.stored_through() != {}
    with pytest.raises(StoreError, match="only half filled: start `stadspuls restore` again"):
        refuse_half_filled(target)
    with pytest.raises(StoreError, match="only half filled"):
        back_up(target, registry, backup.with_name("half.zip"), quiet)
    other = written(full, registry, "other.zip")
    with pytest.raises(StoreError, match="half filled by `stadspuls restore` from"):
        restored(target, other)
    restored(target, backup)
    assert everything(target) == everything(full)
    refuse_half_filled(target)


def test_big_frames_and_many_pages_come_back(place: Callable[[], Settings], registry: Registry) -> None:
    source, target = place(), place()
    sensors = [stream(f"P{i}") for i in range(300)]
    with closing(open_writer(source)) as writer:
        writer.write(
            frame(
                *(
                    observation(START + n, float(i), s, published_at=START + 1000 * n + i)
                    for i, s in enumerate(sensors)
                ),
                source=n,
            )
            for n in range(200)
        )
        # All of one instant, and more than a page.
        writer.write_rejected(rejection(f"gent/{i}", offset=i) for i in range(700))
    restored(target, written(source, registry))
    assert everything(target) == everything(source)
