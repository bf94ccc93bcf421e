"""An install is whole or not there at all, whatever ends it, and two of them do not collide."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from deploy.servers.cache import cache_folder, install_whole, installed_folder, run_logged
from stadspuls.errors import InstallError
from stadspuls.settings import ROOT

NAME = "server-1.0"
DEADLINE = 30.0


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def left() -> list[str]:
    """What lies in the cache beside locks and logs."""
    return sorted(path.name for path in cache_folder().iterdir() if path.suffix not in {".lock", ".log"})


def test_the_cache_follows_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed_folder(NAME) == tmp_path / "stadspuls" / NAME
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "stadspuls"


def test_what_was_made_is_there_and_not_made_twice() -> None:
    made: list[Path] = []

    def make(folder: Path, _log: Path) -> None:
        made.append(folder)
        assert not installed_folder(NAME).exists()
        (folder / "program").write_text("works")

    install_whole(NAME, make, print)
    install_whole(NAME, make, print)
    assert len(made) == 1
    assert (installed_folder(NAME) / "program").read_text() == "works"
    assert left() == [NAME]


@pytest.mark.parametrize("error", [InstallError("the build failed"), KeyboardInterrupt()])
def test_what_failed_leaves_nothing_and_can_be_tried_again(error: BaseException) -> None:
    def fail(folder: Path, _log: Path) -> None:
        (folder / "half").write_text("half")
        raise error

    with pytest.raises(type(error)):
        install_whole(NAME, fail, print)
    assert left() == []
    install_whole(NAME, lambda folder, _log: (folder / "program").touch(), print)
    assert [path.name for path in installed_folder(NAME).iterdir()] == ["program"]


def test_a_killed_install_is_not_taken_for_one_and_is_swept_away(tmp_path: Path) -> None:
    code = (
        "import time\n"
        "from deploy.servers.cache import install_whole\n"
        "def make(folder, log):\n"
        "    (folder / 'half').touch()\n"
        "    print('begun', flush=True)\n"
        "    time.sleep(600)\n"
        f"install_whole({NAME!r}, make, print)\n"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"begun\n"
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    assert not installed_folder(NAME).exists()
    assert len(left()) == 1
    install_whole(NAME, lambda folder, _log: (folder / "program").touch(), print)
    assert left() == [NAME]


def test_a_second_install_waits_for_the_first_and_says_so() -> None:
    begun, go_on = threading.Event(), threading.Event()
    made: list[str] = []

    def first(folder: Path, _log: Path) -> None:
        begun.set()
        assert go_on.wait(DEADLINE)
        (folder / "first").touch()

    def say(text: str) -> None:
        made.append(text)
        go_on.set()

    one = threading.Thread(target=install_whole, args=(NAME, first, print))
    one.start()
    assert begun.wait(DEADLINE)
    install_whole(NAME, lambda _folder, _log: made.append("twice"), say)
    one.join()
    assert made == [f"{NAME}: another install is at work, waiting for it"]
    assert (installed_folder(NAME) / "first").exists()


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(InstallError, match=r"server-1\.0 cannot be installed in .*stadspuls"):
        install_whole(NAME, lambda _folder, _log: None, print)


def test_a_command_that_fails_is_told_with_the_end_of_its_output(tmp_path: Path) -> None:
    log = tmp_path / "install.log"
    with pytest.raises(InstallError, match=r"failed with exit code 3; .*install\.log says why:\n    no such planet"):
        run_logged(["sh", "-c", "echo no such planet >&2; exit 3"], tmp_path, log)


def test_whatever_ends_the_wait_ends_the_command_and_all_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGALRM, interrupt)
    script = f"sleep 600 & echo $! > {pids}.new; mv {pids}.new {pids}; kill -ALRM {os.getpid()}; wait"
    try:
        with pytest.raises(KeyboardInterrupt):
            run_logged(["sh", "-c", script], tmp_path, tmp_path / "log")
    finally:
        signal.signal(signal.SIGALRM, old)
    pid = int(pids.read_text())
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
