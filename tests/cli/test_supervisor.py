"""The supervisor, with small Python children in place of the platform's processes."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from cli.backoff import Backoff
from cli.processes import ChildSpec
from cli.supervisor import Policy, Supervisor
from stadspuls.errors import StartError

ROOT = Path(__file__).parent.parent.parent
QUICK = Policy(grace=20, first_delay=0.01, longest_delay=0.02, settled=0, poll=0.01)

CHILD = """
import os, signal, sys, time
name, folder = sys.argv[1:3]
def log(word):
    with open(f"{folder}/log", "a") as file:
        file.write(f"{word} {name}\\n")
def stop(*_):
    log("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
log("started")
open(f"{folder}/{name}.{os.getpid()}", "w").close()
"""
STAY = "while True: time.sleep(60)"


class Recorder:
    """Keeps what the supervisor reports."""

    def __init__(self) -> None:
        self.ready_names: list[str] = []
        self.said: list[str] = []

    def ready(self, name: str, seconds: float, detail: str) -> None:
        self.ready_names.append(name)

    def waiting(self, name: str, seconds: float, awaited: str) -> None:
        pass

    def say(self, text: str) -> None:
        self.said.append(text)


class Stage:
    """A folder in which children write down what they do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recorder = Recorder()

    def child(self, name: str, code: str = STAY, *, before: str = "", **options: object) -> ChildSpec:
        argv = (sys.executable, "-S", "-c", before + CHILD + textwrap.dedent(code), name, str(self.folder))
        fields: dict[str, object] = {"ready": lambda: self.awaited(name), **options}
        return ChildSpec(name=name, argv=argv, **fields)  # type: ignore[arg-type]

    def handling(self, name: str, handler: str) -> ChildSpec:
        """A child that answers SIGTERM in its own way, and is ready when that is set."""
        mark = self.folder / f"{name}-handles"
        code = f"signal.signal(signal.SIGTERM, {handler})\nopen({str(mark)!r}, 'w').close()\n{STAY}"
        return self.child(name, code, ready=lambda: None if mark.exists() else "its handler")

    def deaf(self) -> ChildSpec:
        """A child that ignores SIGTERM; it would be stopped first."""
        return self.handling("deaf", "signal.SIG_IGN")

    def pids(self, name: str) -> list[int]:
        """The processes that have been ready under this name, oldest first."""
        files = sorted(self.folder.glob(f"{name}.*"), key=lambda path: path.stat().st_mtime_ns)
        return [int(path.suffix[1:]) for path in files]

    def awaited(self, name: str, *, stop_at: int = 0) -> str | None:
        """The readiness of a child that has written its file; asks to stop when its run `stop_at` is there."""
        pids = self.pids(name)
        if not pids or not runs(pids[-1]):
            return "its file"
        if len(pids) == stop_at:
            ask_to_stop()
        return None

    def log(self) -> list[str]:
        return (self.folder / "log").read_text().splitlines()

    def run(self, *specs: ChildSpec, started: Callable[[], None] | None = None, policy: Policy = QUICK) -> int:
        return Supervisor(specs, self.recorder, policy).run(started or ask_to_stop)

    def nothing_runs(self) -> bool:
        everyone = [int(path.suffix[1:]) for path in self.folder.glob("*.*")]
        return not any(runs(pid) for pid in everyone)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def ask_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_children_start_in_order_each_when_the_one_before_is_ready(stage: Stage) -> None:
    slow = "import time; time.sleep(0.3)\n"
    assert stage.run(stage.child("a", before=slow), stage.child("b", before=slow), stage.child("c")) == 0
    assert stage.recorder.ready_names == ["a", "b", "c"]
    assert stage.log()[:3] == ["started a", "started b", "started c"]


def test_children_stop_in_the_order_of_the_data(stage: Stage) -> None:
    specs = [stage.child(name, stop_order=order) for name, order in (("kafka", 3), ("sink", 2), ("bridge", 1))]
    assert stage.run(*specs) == 0
    assert stage.log()[3:] == ["stopped bridge", "stopped sink", "stopped kafka"]
    assert stage.nothing_runs()


def test_an_interrupt_stops_as_a_termination_does(stage: Stage) -> None:
    assert stage.run(stage.child("a"), started=lambda: os.kill(os.getpid(), signal.SIGINT)) == 0
    assert stage.log() == ["started a", "stopped a"]


def test_an_interrupt_counts_also_where_a_shell_has_it_ignored(stage: Stage) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert stage.run(stage.child("a"), started=lambda: os.kill(os.getpid(), signal.SIGINT)) == 0
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_hangup_stops_it_unless_nohup_has_it_ignored(stage: Stage) -> None:
    def hang_up() -> None:
        os.kill(os.getpid(), signal.SIGHUP)

    def hang_up_and_stop() -> None:
        hang_up()
        ask_to_stop()

    # The tests themselves may have been started with nohup.
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        assert stage.run(stage.child("a"), started=hang_up) == 0
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        # Two requests would kill; the first is ignored, so this is a clean stop.
        assert stage.run(stage.child("b"), started=hang_up_and_stop) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_while_starting_stops_what_has_started(stage: Stage) -> None:
    def never() -> str:
        ask_to_stop()
        return "nothing in particular"

    assert stage.run(stage.child("a"), stage.child("b", ready=never), started=lambda: pytest.fail("not started")) == 0
    assert stage.recorder.ready_names == ["a"]
    assert stage.nothing_runs()


def test_children_have_their_own_process_groups(stage: Stage) -> None:
    groups: list[int] = []

    def look() -> None:
        groups.extend(os.getpgid(stage.pids(name)[0]) for name in ("a", "b"))
        ask_to_stop()

    stage.run(stage.child("a"), stage.child("b"), started=look)
    assert len({*groups, os.getpgrp()}) == 3


def test_a_child_that_ignores_the_request_is_killed_and_the_stop_is_not_clean(stage: Stage) -> None:
    policy = Policy(grace=0.2, poll=0.01)
    assert stage.run(stage.deaf(), stage.child("b", stop_order=1), policy=policy) == 1
    assert "deaf is killed" in stage.recorder.said
    assert "stopped b" in stage.log()
    assert stage.nothing_runs()


def test_a_second_signal_kills_everything_at_once(stage: Stage) -> None:
    def twice() -> None:
        ask_to_stop()
        ask_to_stop()

    assert stage.run(stage.deaf(), stage.child("b", stop_order=1), started=twice) == 1
    assert "stopped b" not in stage.log()
    assert stage.nothing_runs()


def test_an_error_while_stopping_is_not_a_clean_stop(stage: Stage) -> None:
    assert stage.run(stage.handling("a", "lambda *_: os._exit(7)")) == 1


def test_a_child_that_ends_is_started_again(stage: Stage) -> None:
    code = "time.sleep(60 if len([f for f in os.listdir(folder) if f.startswith('a.')]) == 3 else 0); sys.exit(3)"
    child = stage.child("a", code, ready=lambda: stage.awaited("a", stop_at=3))
    assert stage.run(child, started=lambda: None) == 0
    assert len(stage.pids("a")) == 3
    assert [text for text in stage.recorder.said if "exit code 3" in text and "started again in" in text]


def test_a_child_that_is_killed_is_started_again_alone(stage: Stage) -> None:
    def kill() -> None:
        os.kill(stage.pids("mqtt")[0], signal.SIGKILL)

    assert (
        stage.run(stage.child("mqtt", ready=lambda: stage.awaited("mqtt", stop_at=2)), stage.child("b"), started=kill)
        == 0
    )
    assert [text for text in stage.recorder.said if text.startswith("mqtt ended (killed by SIGKILL)")]
    assert len(stage.pids("b")) == 1


def test_a_child_that_has_finished_its_work_is_left_alone(stage: Stage) -> None:
    finished = stage.child("replay", "", may_end=True)

    class Stopping(Recorder):
        def say(self, text: str) -> None:
            super().say(text)
            if text == "replay has finished":
                ask_to_stop()

    stage.recorder = Stopping()
    assert stage.run(finished, started=lambda: None) == 0
    assert stage.log() == ["started replay"]


def test_a_child_that_keeps_ending_while_starting_stops_the_start(stage: Stage) -> None:
    broken = stage.child("broken", "sys.exit(2)", ready=lambda: "something")
    with pytest.raises(StartError, match="broken ended 3 times while starting"):
        stage.run(stage.child("a"), broken)
    assert stage.log() == ["started a", *["started broken"] * 3, "stopped a"]
    assert stage.nothing_runs()


def test_a_child_that_ends_after_it_was_ready_also_stops_the_start(stage: Stage) -> None:
    crash = stage.child("bridge", "sys.exit(1)", ready=lambda: None)
    policy = Policy(first_delay=0.01, longest_delay=0.01, settled=20, poll=0.01)
    waits = stage.child("api", ready=lambda: None if len(stage.pids("bridge")) >= 2 else "two runs of the bridge")
    with pytest.raises(StartError, match="bridge ended 3 times while starting"):
        stage.run(crash, waits, started=lambda: pytest.fail("started"), policy=policy)
    assert stage.nothing_runs()


def test_a_child_that_never_becomes_ready_stops_the_start(stage: Stage) -> None:
    stuck = stage.child("stuck", ready=lambda: "a miracle")
    with pytest.raises(StartError, match=r"stuck is not ready after .* it waits for a miracle"):
        stage.run(stuck, policy=Policy(start_limit=0.1, poll=0.01))
    assert stage.nothing_runs()


def test_a_program_that_is_missing_is_named() -> None:
    spec = ChildSpec(name="mqtt", argv=("/nowhere/mosquitto",))
    with pytest.raises(StartError, match=r"mqtt cannot be started: .*/nowhere/mosquitto"):
        Supervisor([spec], Recorder(), QUICK).run(ask_to_stop)


def test_what_hangs_on_kafka_is_started_anew_with_its_new_address(stage: Stage) -> None:
    write = "open(f'{folder}/address.{os.getpid()}', 'w').write(os.environ['ADDRESS'])\n"
    specs = [
        stage.child("kafka", f"print(f'port-{{os.getpid()}}', flush=True)\n{STAY}", announces="ADDRESS", stop_order=4),
        stage.child("sink", write + STAY, needs=("kafka",), stop_order=2),
        stage.child("api", write + STAY, needs=("kafka",), stop_order=3, ready=lambda: stage.awaited("api", stop_at=2)),
        stage.child("bystander", stop_order=1),
    ]

    def kill() -> None:
        os.kill(stage.pids("kafka")[0], signal.SIGKILL)

    assert stage.run(*specs, started=kill) == 0
    first, second = stage.pids("kafka")
    for name in ("sink", "api"):
        addresses = [(stage.folder / f"address.{pid}").read_text() for pid in stage.pids(name)]
        assert addresses == [f"port-{first}", f"port-{second}"]
    assert stage.log()[4:7] == ["stopped sink", "stopped api", "started kafka"]
    assert stage.log().count("started bystander") == 1
    assert "sink, api cannot go on without kafka" in "\n".join(stage.recorder.said)


def test_what_a_child_leaves_behind_in_its_group_is_killed(stage: Stage) -> None:
    code = """
        import subprocess
        left = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
        open(f"{folder}/left.{left.pid}", "w").close()
        while True: time.sleep(60)
    """
    spec = stage.child("a", code, ready=lambda: None if stage.pids("left") else "what it leaves")
    assert stage.run(spec) == 0
    wait_until(lambda: not runs(stage.pids("left")[0]))


PLATFORM = """
import sys
from cli.processes import ChildSpec
from cli.supervisor import Supervisor
from rich.console import Console
from cli.progress import Progress
folder = sys.argv[1]
code = "import os, sys, time; open(f'{sys.argv[1]}/py.{os.getpid()}', 'w').close(); time.sleep(600)"
python = (sys.executable, "-S", "-c", code, folder)
shell = ("/bin/sh", "-c", f"touch {folder}/sh.$$; exec sleep 600")
specs = [ChildSpec(name="python", argv=python), ChildSpec(name="program", argv=shell)]
sys.exit(Supervisor(specs, Progress(Console(), 2)).run(lambda: None))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a foreign program's life to its parent's")
def test_children_do_not_outlive_a_killed_supervisor(stage: Stage) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", PLATFORM, str(stage.folder)], cwd=ROOT)
    try:
        wait_until(lambda: bool(stage.pids("py") and stage.pids("sh")))
        children = [*stage.pids("py"), *stage.pids("sh")]
        assert all(runs(pid) for pid in children)
    finally:
        supervisor.kill()
        supervisor.wait()
    wait_until(lambda: not any(runs(pid) for pid in children))


def test_a_python_child_ends_when_its_lifeline_does(tmp_path: Path) -> None:
    code = (
        "import time; from cli.processes import die_with_supervisor; die_with_supervisor()\n"
        "print('ready', flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "STADSPULS_SUPERVISED": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.stdin.close()
        assert child.wait(30) == -signal.SIGKILL


def test_delays_double_to_the_longest_and_begin_anew_after_health() -> None:
    backoff = Backoff(first=0.5, longest=30, healthy=60)
    assert [backoff.after(1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff.after(60) == 0.5
    assert backoff.after(59) == 1
