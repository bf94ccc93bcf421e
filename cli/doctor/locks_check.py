"""Who holds the data folder: the platform, what writes to the store, commands that change accounts or keys."""

from collections.abc import Iterator
from pathlib import Path

import psutil

from cli.data_dir import LOCK
from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, wrong
from stadspuls.holding import said_by_holder
from stadspuls.settings import Profile
from store.sole import LOCK as STORE_LOCK


def _look(subject: Subject) -> Iterator[Finding]:
    folder = subject.settings.data_dir
    supervisor = subject.supervisor
    if supervisor:
        yield good(f"a platform runs on it: {_named(supervisor)}", str(folder / LOCK))
    yield from _store(subject, folder / STORE_LOCK)
    if not supervisor and said_by_holder(folder / STORE_LOCK) is None:
        yield good("no process holds it", str(folder))


CHECK = Check("locks", "which processes hold the data folder and the store", _look)


def _store(subject: Subject, lock: Path) -> Iterator[Finding]:
    holder = said_by_holder(lock)
    if holder is None:
        return
    pid = int(holder) if holder.isdecimal() else 0
    # The sink of a container, or of a `stadspuls run`, belongs to no `up`; beside an embedded one it is in the way.
    if subject.settings.profile is Profile.EMBEDDED and not subject.is_ours(pid):
        seen = f"{_named(pid)} writes to the store, and no `up` has started it: the sink of another cannot start"
        yield wrong(seen, str(lock), "wait for its end, or stop it", f"kill {pid}")
    else:
        yield good(f"{_named(pid)} writes to the store", str(lock))


def _named(pid: int) -> str:
    try:
        return f"process {pid} ({' '.join(psutil.Process(pid).cmdline()[-3:])})"
    except psutil.Error:
        return f"process {pid}"
