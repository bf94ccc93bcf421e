"""Waits until everything has come through, and says what became of it."""

import contextlib
from dataclasses import dataclass

from stadspuls.model import Identity
from store.backends import open_reader
from tests.platform.running import eventually
from tests.real.faults.running import RealPlatform
from tests.real.faults.sensors import Sensors
from tests.real.faults.verdict import LogReader, PublishedLog, stored

SETTLE = 180
"""Seconds in which everything must have come through after the last fault."""


@dataclass(frozen=True)
class Outcome:
    """What was sent, what was published, what is stored."""

    sent: dict[Identity, float]
    repeated: int
    log: PublishedLog
    stored: dict[Identity, float]

    @property
    def lost(self) -> set[Identity]:
        return self.sent.keys() - self.stored.keys()

    def assert_kept(self) -> None:
        """The promise: everything once, in order."""
        assert dict(self.log.wrong) == {}
        assert self.log.published == self.sent
        assert self.stored == self.sent

    def __str__(self) -> str:
        return (
            f"{len(self.sent)} readings sent and {self.repeated} of them twice, {len(self.log.published)} published, "
            f"{len(self.stored)} stored, {len(self.lost)} lost, wrong in the log: {dict(self.log.wrong)}"
        )


def nothing_waits(platform: RealPlatform) -> bool:
    """Whether `/health/ready` says so of every stage; ends of transactions, which take offsets too, are no frames."""
    checks = platform.platform.http.get("/health/ready").json()["checks"]
    return [checks[stage][0].get("observedValue") for stage in ("streams", "sink")] == [0, 0]


def outcome(platform: RealPlatform, sensors: Sensors, settle: float = SETTLE, *, demand: bool = True) -> Outcome:
    """End the sensors, wait until nothing is under way any more, and count.

    Without `demand` what never comes through, because something is broken on purpose, is waited for and then counted.
    """
    sensors.finish()
    assert sensors.unacknowledged == 0, "the broker did not acknowledge everything"
    # The API may be what was killed last.
    eventually(platform.platform.ready, settle)
    eventually(lambda: platform.platform.metric("stadspuls_messages_in_flight") == 0, settle)
    eventually(lambda: platform.platform.metric("stadspuls_spool_age_seconds") == 0, settle)
    log = LogReader(platform.settings)
    reader = open_reader(platform.settings)
    try:
        with contextlib.nullcontext() if demand else contextlib.suppress(AssertionError):
            eventually(log.whole, settle)
            eventually(lambda: len(stored(reader, platform.datasets)) >= len(log.log.published), settle)
            eventually(lambda: nothing_waits(platform), settle)
        return Outcome(sensors.sent, sensors.repeated, log.log, stored(reader, platform.datasets))
    finally:
        reader.close()
        log.close()
