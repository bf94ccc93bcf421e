"""What is wrong with a platform, in words and the worst first; the limits are those of the Prometheus rules."""

from collections.abc import Iterator, Sequence

from apis.durations import human
from apis.health.models import SEVERITY, Check, Health, Status
from cli.printable import printable
from cli.status.asking import Told
from cli.status.picture import DatasetState, Disk, Expiry, Picture, Service, Spool
from cli.status.window import Window
from stadspuls.clock import SECOND

LAG_FRAMES = 1000
SPOOL_SECONDS = 300
CLOCK_SECONDS = 30
DISK_FILLS, DISK_FULL = 0.15, 0.05
CERTIFICATE_DAYS, KEY_DAYS = 21, 14
KEY_GONE_DAYS = 7
"""So long after its end a key is told of: whoever still wanted it has noticed by then."""
REJECTED_SHARE, REJECTED_LEAST = 0.05, 10
START_SECONDS = 60
"""A process that does not work so long after its start is in trouble."""
ANEW_SECONDS = 600
"""A process that was started again is told of for so long."""
_DAY = 86_400
_NAMED = 3
"""Stale datasets that get a line of their own."""


def wrong(picture: Picture, tolds: Sequence[Told], health: Health | None, window: Window) -> Iterator[str]:
    """A line for everything that is wrong."""
    yield from (f"{told.url} does not tell how it is: {printable(told.trouble)}" for told in tolds if told.trouble)
    yield from (line for service in picture.services if (line := _service(service)))
    yield from _health(health)
    yield from _counted(tolds, window)
    yield from (line for spool in picture.spools if (line := _spool(spool)))
    yield from _disk(picture.disk)
    if health is None:
        yield from (f"{s} is behind: {n:.0f} frames wait" for s, n in picture.lag_frames.items() if n > LAG_FRAMES)
    yield from _stale([dataset for dataset in picture.datasets if dataset.stale], len(picture.datasets))
    yield from _rejected(window)
    for dataset in picture.datasets:
        if dataset.clock_ahead_seconds > CLOCK_SECONDS:
            ahead = seconds(dataset.clock_ahead_seconds)
            yield f"{printable(dataset.name)}: the clock of a sensor runs {ahead} ahead"
    yield from (line for expiry in picture.expiries if (line := _expiry(expiry)))


def check_of(health: Health | None, part: str) -> Check | None:
    """What the API says of a part; of several things the worst."""
    checks = (health.checks or {}).get(part, []) if health else []
    return max(checks, key=lambda check: SEVERITY[check.status], default=None)


def seconds(value: float) -> str:
    """Seconds as people say them."""
    return human(round(value * SECOND))


def _service(service: Service) -> str | None:
    name = printable(service.name)
    if service.state == "silent" and service.silent_seconds is not None:
        return f"{name} has not been seen to work for {seconds(service.silent_seconds)}"
    if service.state == "starting" and service.up_seconds > START_SECONDS:
        return f"{name} was started {seconds(service.up_seconds)} ago and does not work yet"
    if service.restarts and service.up_seconds < ANEW_SECONDS:
        so_far = f"{service.restarts} {'restart' if service.restarts == 1 else 'restarts'} so far"
        return f"{name} was started again {seconds(service.up_seconds)} ago, {so_far}"
    return None


def _health(health: Health | None) -> Iterator[str]:
    for part in ("log", "store", "streams", "sink"):
        check = check_of(health, part)
        if check is not None and check.status is not Status.PASS:
            yield printable(check.output)


def _counted(tolds: Sequence[Told], window: Window) -> Iterator[str]:
    if any(sample.value == 0 for told in tolds for sample in told.samples.each("bridge_connected")):
        yield "the bridge has no session at the MQTT broker"
    if any(sample.value == 0 for told in tolds for sample in told.samples.each("publisher_connected")):
        yield "the publisher is not connected to the public MQTT broker"
    for name, text in (
        ("log_gap_frames_total", "frames are missing in the published log"),
        ("spool_damaged_total", "pieces of a spool could not be read back"),
    ):
        if lost := sum(told.samples.total(name) for told in tolds):
            yield f"{lost:.0f} {text}"
    failures = window.total("store_failures_total")
    # Since the start is no news: the API's check says how the store is now.
    if failures and not window.whole_life:
        yield f"the store has refused or not answered {failures:.0f} batches in {seconds(window.seconds)}"


def _spool(spool: Spool) -> str | None:
    name = printable(spool.name)
    if spool.blocked:
        return f"the spool of the {name} takes nothing: its limit is reached, or the disk is full"
    if spool.age_seconds > SPOOL_SECONDS:
        return f"the oldest frame in the spool of the {name} has waited for {seconds(spool.age_seconds)}"
    return None


def _disk(disk: Disk | None) -> Iterator[str]:
    if disk is not None and disk.free_share < DISK_FILLS:
        text = "is nearly full" if disk.free_share < DISK_FULL else "fills"
        yield f"the disk of the data folder {text}: {disk.free_share:.0%} is free"


def _stale(stale: Sequence[DatasetState], all_of_them: int) -> Iterator[str]:
    if len(stale) > _NAMED and len(stale) == all_of_them:
        yield f"every dataset is stale ({all_of_them}): the fault is ours or the broker's, not a city's"
        return
    for dataset in stale[:_NAMED]:
        age, due = seconds(dataset.age_seconds or 0), seconds((dataset.due_seconds or 0) / 3)
        yield f"{printable(dataset.name)} is stale: its newest value is {age} old, one is due every {due}"
    if len(stale) > _NAMED:
        yield f"{len(stale) - _NAMED} more datasets are stale"


def _rejected(window: Window) -> Iterator[str]:
    rejected = window.by("rejected_total", "city")
    passed: dict[str, float] = {}
    for outcome in ("published", "repeated"):
        for dataset, count in window.by("readings_total", "dataset", outcome=outcome).items():
            city = dataset.partition("/")[0]
            passed[city] = passed.get(city, 0.0) + count
    for city, count in sorted(rejected.items()):
        share = count / (count + passed.get(city, 0.0)) if count else 0.0
        # Without a city: topics of nobody here.
        if city and count > REJECTED_LEAST and share > REJECTED_SHARE:
            reasons = {r: n for r, n in window.by("rejected_total", "reason", city=city).items() if n}
            why = ", ".join(f"{printable(r)} {n:.0f}" for r, n in sorted(reasons.items(), key=lambda one: -one[1]))
            yield f"{share:.0%} of what {printable(city)} sends is rejected: {why}"


def _expiry(expiry: Expiry) -> str | None:
    days = expiry.left_seconds / _DAY
    certificate = expiry.kind == "certificate"
    if days >= (CERTIFICATE_DAYS if certificate else KEY_DAYS) or (not certificate and days < -KEY_GONE_DAYS):
        return None
    what = f"the certificate {printable(expiry.what)}" if certificate else f"the API key {printable(expiry.what)}"
    if days < 0:
        return f"{what} expired {seconds(-expiry.left_seconds)} ago"
    return f"{what} expires in {seconds(expiry.left_seconds)}"
