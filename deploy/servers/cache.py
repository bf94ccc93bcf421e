"""Where installed servers lie: outside the checkout, one folder a version, whole or not there at all."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.servers.base import Say
from stadspuls.errors import InstallError

_SHOWN = 5
"""Last lines of a failed command's log that are told."""


def cache_folder() -> Path:
    """The folder of everything installed, shared by all checkouts of this user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stadspuls"


def installed_folder(name: str) -> Path:
    """Where `name` (server and version) lies once it is installed."""
    return cache_folder() / name


def install_whole(name: str, make: Callable[[Path, Path], None], say: Say) -> None:
    """Have `make` fill a folder, and put it in its place in one step; nothing happens when it is there already.

    Args:
        name: server and version.
        make: fills the folder it is given first; the second path is a log for the commands it runs.
        say: hears when another install is waited for.

    Raises:
        InstallError: when `make` failed or the cache cannot be written; nothing is left behind but the log.
    """
    target = installed_folder(name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(target.with_name(f"{name}.lock"), name, say):
            if target.is_dir():
                return
            _sweep(target)
            # A name of its own: what a killed install has left running cannot write into it.
            partial = Path(tempfile.mkdtemp(prefix=f"{name}.partial-", dir=target.parent))
            try:
                make(partial, target.with_name(f"{name}.log"))
                partial.chmod(0o755)
                partial.rename(target)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise InstallError(f"{name} cannot be installed in {target.parent}: {error}") from error


def run_logged(command: Sequence[str], folder: Path, log: Path, env: Mapping[str, str] | None = None) -> None:
    """Run a command of an install in `folder`, its output added to `log`; whatever ends the wait ends the command.

    Raises:
        InstallError: when it fails, with the last lines of its output.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - the command lines are our own
            command,
            cwd=folder,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            code = process.wait()
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
    if code:
        raise InstallError(f"`{' '.join(command)}` failed with exit code {code}; {log} says why:\n{last_lines(log)}")


def last_lines(log: Path, count: int = _SHOWN) -> str:
    """The end of a log, indented."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"    {line}" for line in lines[-count:])


@contextmanager
def _one_at_a_time(lock: Path, name: str, say: Say) -> Iterator[None]:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{name}: another install is at work, waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sweep(target: Path) -> None:
    """Remove what interrupted installs have left; the lock is held, so none is at work."""
    for leftover in target.parent.glob(f"{target.name}.partial-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    target.with_name(f"{target.name}.log").unlink(missing_ok=True)
