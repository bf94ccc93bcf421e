"""What a rule watches, broken for real; and the steps of its runbook that mend it.

Each function breaks something up to its `yield`, and does behind it what docs/operate/runbooks.md says.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from stadspuls.clock import HOUR, MINUTE, SECOND, now_us, rfc3339
from stadspuls.settings import ROOT
from tests.platform.running import eventually
from tests.real.night import disk
from tests.real.night.sensors import Line
from tests.real.night.stack import LIMIT, Night

PLATFORM = "stadspuls-the_platform-en"
KORTRIJK = "stadspuls-kortrijk-en"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
HOST = "mqtt.night.example"
BAD = frozenset({"orange", "red"})
_instants = count()


@dataclass(frozen=True)
class Fault:
    """Something that breaks: the rules that tell of it, the panel that shows it, and how it is broken and mended."""

    rules: tuple[str, ...]
    panel: tuple[str, str]
    happens: Callable[[Night], Iterator[None]]
    colours: frozenset[str] = BAD
    """One of these is on the panel; none at all: the panel has nothing to show."""

    @property
    def name(self) -> str:
        """In words."""
        return self.happens.__name__.replace("_", " ")


class Device:
    """One that sends a reading five times a second, with a clock that is wrong by so much, until it is stopped."""

    def __init__(self, line: Line, topic: str, ahead: int = 0) -> None:
        self._line, self._topic, self._ahead = line, topic, ahead
        self._times: list[str] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def stop(self) -> list[str]:
        """The times of everything it sent, which the broker has."""
        self._stopped.set()
        self._thread.join()
        return self._times

    def _send(self) -> None:
        while not self._stopped.wait(0.2):
            at = rfc3339(now_us() + self._ahead)
            self._line.send_all(self._topic, [{"time": at, "vacantSpaces": 7}])
            self._times.append(at)


def every_sensor_falls_silent(night: Night) -> Iterator[None]:
    for dataset in night.sensors.of:
        night.sensors.stale(dataset, now_us() - 10 * HOUR)
    yield
    night.sensors.start()


def an_api_key_expires_soon(night: Night) -> Iterator[None]:
    night.run("tools", "key", "new", "gent", "--expires", "P5D")
    (expiring,) = (line.split()[0] for line in night.run("tools", "key", "list").splitlines() if _ends(line))
    yield
    night.run("tools", "key", "new", "gent", "--expires", "P365D")
    night.run("tools", "key", "revoke", expiring)


def _ends(line: str) -> bool:
    return line.endswith("Z") and "never" not in line and line.split()[1] == "gent"


def a_certificate_expires_tomorrow(night: Night) -> Iterator[None]:
    line = night.composed.line("mosquitto", "account", "certificates", HOST)
    # Without what keeps a container's user in: another clock does not pass through it.
    unguarded = line[line.index(sys.executable) :]
    long_ago = {"LD_PRELOAD": FAKETIME, "FAKETIME": "-396d"}
    environment = night.composed.environment("mosquitto") | long_ago
    done = subprocess.run(unguarded, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    night.composed.give(night.folder / "data")
    yield
    night.run("mosquitto", "account", "certificates", "--renew", HOST)


def a_clock_runs_ahead(night: Night) -> Iterator[None]:
    wrong = now_us() + 45 * SECOND
    night.lines["kortrijk"].send_all("kortrijk/parking/car-park-2", [{"time": rfc3339(wrong), "vacantSpaces": 2}])
    yield
    # The next reading has to be of a later moment.
    eventually(lambda: now_us() > wrong + 10 * SECOND, LIMIT)
    night.lines["kortrijk"].send_all("kortrijk/parking/car-park-2", readings(1))


def a_clock_is_wrong_by_minutes(night: Night) -> Iterator[None]:
    device = Device(night.lines["kortrijk"], "kortrijk/parking/car-park-3", 10 * MINUTE)
    yield
    device.stop()
    night.lines["kortrijk"].send_all("kortrijk/parking/car-park-3", readings(1))


def a_city_sends_from_a_device_that_is_not_registered(night: Night) -> Iterator[None]:
    device = Device(night.lines["gent"], "gent/parking/P77")
    yield
    assert "P77" in night.run("tools", "unregistered")
    night.run("tools", "sensor", "add", "gent/parking", "P77", "--property", "vacantSpaces", "--site", "P10")
    night.run("tools", "registry", "apply")
    eventually(lambda: night.http.get("/gent/parking/latest", params={"sensor": "P77"}).status_code == 200, LIMIT)
    sent = device.stop()
    night.run("tools", "rejected", "replay", "--city", "gent")

    def known() -> bool:
        answer = night.http.get("/gent/parking/history", params={"sensor": "P77", "limit": "10000"})
        return [row["observedAt"] for row in answer.json()["observations"]] == sent

    eventually(known, LIMIT)


def a_process_dies_again_and_again(night: Night) -> Iterator[None]:
    started = 'stadspuls_process_start_timestamp_seconds{process="archive"}'
    for _ in range(5):
        before = night.metric(started)
        night.kill("archive")
        night.start("archive")
        eventually(lambda before=before: night.metric(started) not in {before, 0}, LIMIT)  # type: ignore[misc]
    yield
    # It has run for a while.


def the_api_hangs(night: Night) -> Iterator[None]:
    night.hold("api")
    yield
    night.kill("api")
    night.start("api")


def a_process_stands_still(night: Night) -> Iterator[None]:
    night.hold("archive")
    yield
    night.kill("archive")
    night.start("archive")


def the_broker_is_away(night: Night) -> Iterator[None]:
    night.end("mosquitto")
    yield
    night.start("mosquitto")


def streams_hang(night: Night) -> Iterator[None]:
    night.hold("streams")
    night.lines["kortrijk"].send_all("kortrijk/parking/car-park-2", readings(1500))
    yield
    assert "streams" in night.run("tools", "topics")
    night.kill("streams")
    night.start("streams")


def the_store_is_away(night: Night) -> Iterator[None]:
    night.kill("influxdb")
    yield
    night.start("influxdb")


def the_log_is_away_and_the_spool_fills(night: Night) -> Iterator[None]:
    night.kill("kafka")
    night.lines["kortrijk"].send_all("kortrijk/parking/car-park-3", readings(500, "x" * 50_000))
    yield
    night.start("kafka")
    eventually(lambda: night.metric('stadspuls_spool_age_seconds{service="bridge"}') == 0, LIMIT)


def a_piece_of_the_spool_is_damaged(night: Night) -> Iterator[None]:
    night.sensors.pause()
    night.kill("kafka")
    night.lines["kortrijk"].send_all("kortrijk/parking/car-park-3", readings(3, "sacrificed"))
    files = night.folder / "data" / "spool"
    eventually(lambda: sum(_count(file) for file in files.iterdir() if file.is_file()) == 3, LIMIT)
    night.end("bridge")
    _spoil(files)
    night.start("kafka")
    night.start("bridge")
    night.sensors.go_on()
    yield
    assert list((files / "damaged").iterdir()) != []


def _count(file: Path) -> int:
    return file.read_bytes().count(b"sacrificed")


def _spoil(files: Path) -> None:
    """Change a byte of the second: what is last in the newest file could also be half a write."""
    (file,) = (file for file in files.iterdir() if file.is_file() and _count(file))
    content = bytearray(file.read_bytes())
    second = content.index(b"sacrificed", content.index(b"sacrificed") + 1)
    content[second] ^= 1
    file.write_bytes(content)


def the_disk_fills(night: Night) -> Iterator[None]:
    disk.fill(night.folder, 0.1)
    yield
    # What is told of next comes first.


def the_disk_is_nearly_full(night: Night) -> Iterator[None]:
    disk.fill(night.folder, 0.04)
    yield
    disk.enlarge(night.folder)


def readings(number: int, ballast: str = "") -> list[dict[str, object]]:
    """So many, each of an instant of its own, a few seconds ago."""
    more = {"ballast": ballast} if ballast else {}
    start = now_us() - 5 * SECOND
    return [{"time": rfc3339(start + next(_instants)), "vacantSpaces": i % 200, **more} for i in range(number)]


PHASES: tuple[tuple[Fault, ...], ...] = (
    (
        Fault(
            ("StadspulsDatasetStale", "StadspulsEveryDatasetStale"),
            (PLATFORM, "Stale datasets"),
            every_sensor_falls_silent,
        ),
    ),
    (
        Fault(("StadspulsKeyExpires",), (PLATFORM, "Certificates and keys: good for"), an_api_key_expires_soon),
        Fault(
            ("StadspulsCertificateExpires", "StadspulsCertificateExpiresNow"),
            (PLATFORM, "Certificates and keys: good for"),
            a_certificate_expires_tomorrow,
            frozenset({"red"}),
        ),
        Fault(("StadspulsSensorFuture",), (PLATFORM, "Rejected a minute, by reason"), a_clock_is_wrong_by_minutes),
        Fault(
            ("StadspulsRejectedShare",),
            (PLATFORM, "Rejected a minute, by reason"),
            a_city_sends_from_a_device_that_is_not_registered,
        ),
        Fault(("StadspulsSensorClockAhead",), (KORTRIJK, "Clocks that run ahead"), a_clock_runs_ahead),
    ),
    (Fault(("StadspulsProcessRestarts",), (PLATFORM, "Starts of processes"), a_process_dies_again_and_again),),
    (Fault(("StadspulsMetricsMissing",), (PLATFORM, "Frames that wait"), the_api_hangs, frozenset()),),
    (Fault(("StadspulsProcessSilent",), (PLATFORM, "Since a sign of life"), a_process_stands_still),),
    (Fault(("StadspulsBridgeAway",), (PLATFORM, "Bridge has MQTT"), the_broker_is_away, frozenset({"red"})),),
    (Fault(("StadspulsLag",), (PLATFORM, "Frames that wait"), streams_hang, frozenset({"red"})),),
    (Fault(("StadspulsStoreFailing",), (PLATFORM, "Failed stores"), the_store_is_away, frozenset({"red"})),),
    (
        Fault(
            ("StadspulsSpoolGrowing", "StadspulsSpoolBlocked"),
            (PLATFORM, "Full spools"),
            the_log_is_away_and_the_spool_fills,
            frozenset({"red"}),
        ),
    ),
    (
        Fault(
            ("StadspulsPublishedLogHasGaps",),
            (PLATFORM, "Pieces lost"),
            a_piece_of_the_spool_is_damaged,
            frozenset({"red"}),
        ),
    ),
    (
        Fault(("StadspulsDiskFilling",), (PLATFORM, "Free disk"), the_disk_fills),
        Fault(("StadspulsDiskFull",), (PLATFORM, "Free disk"), the_disk_is_nearly_full, frozenset({"red"})),
    ),
)
