"""A file is held by one process, and let go when that ends, however it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stadspuls.holding import HeldByOther, held, said_by_holder
from stadspuls.settings import ROOT

_HOLD = """
import sys, time
from pathlib import Path
from stadspuls.holding import held
with held(Path(sys.argv[1])) as file:
    file.say("here I am")
    print(flush=True)
    time.sleep(60)
"""


def test_what_is_held_cannot_be_held_again_and_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with held(path), pytest.raises(HeldByOther) as told, held(path):
        pytest.fail("held twice")
    assert told.value.text == str(os.getpid())
    with held(path):
        pass


def test_what_the_holder_says_is_known_only_while_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert said_by_holder(path) is None
    with held(path) as file:
        file.say("a long text")
        file.say("short")
        assert said_by_holder(path) == "short"
    assert path.exists()
    assert said_by_holder(path) is None


def test_asking_does_not_keep_others_from_holding(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("left behind")
    assert said_by_holder(path) is None
    with held(path):
        assert said_by_holder(path) == str(os.getpid())


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(path)], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert said_by_holder(path) == "here I am"
        process.send_signal(signal.SIGKILL)
    assert said_by_holder(path) is None
    with held(path):
        pass


def test_a_file_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), held(tmp_path / "no" / "folder"):
        pytest.fail("held nothing")
