"""The data folder: there or to be made, writable by who runs the platform, and whole."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from cli.doctor.check import Check, Subject, is_root
from cli.doctor.finding import Finding, good, warning, wrong
from stadspuls.errors import StoreError
from store.filling import NAME, FillingNote

_WRITTEN = ("spool", "door-spool", "registries", "pages", "archive", "stadspuls.sqlite", "stadspuls.sqlite-wal")
"""What the platform's own processes write in it; the rest may be mounted without the right to."""


def _look(subject: Subject) -> Iterator[Finding]:
    folder = subject.settings.data_dir
    if not folder.exists():
        yield _not_made(folder)
        return
    closed = [path for path in (folder, *(folder / name for name in _WRITTEN)) if path.exists() and not _writable(path)]
    for path in closed:
        yield _closed(path)
    others = _of_others(folder)
    yield from others
    filling = list(_filling(subject))
    yield from filling
    if not closed and not others and not filling:
        yield good("writable", str(folder.resolve()))


CHECK = Check("data-folder", "the data folder: writable, of one owner, no restore half done", _look)


def _not_made(folder: Path) -> Finding:
    above = next(path for path in folder.resolve().parents if path.exists())
    if _writable(above):
        return good("not there yet: the first start makes it", str(folder))
    cure = "make it, or choose another with STADSPULS_DATA_DIR"
    command = f"sudo install -d -o {os.geteuid()} -g {os.getegid()} {shlex.quote(str(folder))}"
    return wrong("it is not there, and cannot be made here", str(folder), cure, command)


def _closed(path: Path) -> Finding:
    where = str(path.resolve())
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        cure = "choose another with STADSPULS_DATA_DIR, or let its file system be written"
        return wrong("it lies on a file system that cannot be written", where, cure)
    status = path.stat()
    seen = f"user {os.geteuid()} cannot write here; it belongs to user {status.st_uid}, mode {status.st_mode & 0o777:o}"
    return wrong(seen, where, "give it to who runs the platform", _give(path, os.geteuid(), os.getegid()))


def _of_others(folder: Path) -> list[Finding]:
    """What one who may do everything would leave to, or take from, whom the folder belongs to."""
    owner = folder.stat()
    if is_root() and owner.st_uid != 0:
        seen = (
            f"it belongs to user {owner.st_uid}, and you are root: what root starts leaves files that it cannot write"
        )
        return [warning(seen, str(folder.resolve()), f"run the platform as user {owner.st_uid}")]
    if not is_root():
        return []
    foreign = [path for name in _WRITTEN if (path := folder / name).exists() and path.stat().st_uid != owner.st_uid]
    return [
        warning(f"it belongs to user {path.stat().st_uid}, the folder around it to user {owner.st_uid}",
                str(path.resolve()), "give it to the same", _give(path, owner.st_uid, owner.st_gid))
        for path in foreign
    ]  # fmt: skip


def _filling(subject: Subject) -> Iterator[Finding]:
    """A restore or a rebuild that was interrupted: no sink starts on half a store."""
    file = subject.settings.data_dir / NAME
    try:
        filling = FillingNote(subject.settings).read()
    except StoreError as error:
        yield wrong(str(error), str(file), "empty the store, then remove the file")
        return
    if filling:
        again = f"{filling.command} {filling.source}" if filling.command == "restore" else filling.command
        seen = f"a {filling.command} is not finished: no sink starts on half a store"
        yield wrong(seen, str(file), f"finish it: start `stadspuls {again}` again")


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK | (os.X_OK if path.is_dir() else 0), effective_ids=True)


def _give(path: Path, user: int, group: int) -> str:
    return f"sudo chown -R {user}:{group} {shlex.quote(str(path.resolve()))}"
