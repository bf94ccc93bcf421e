"""From what the processes told to the picture of their platform."""

from collections.abc import Iterable, Sequence

from apis.health.models import Health
from cli.status.asking import Told
from cli.status.judging import check_of, wrong
from cli.status.picture import DatasetState, Disk, Expiry, Latency, Picture, Rates, Service, Spool, Store
from cli.status.samples import quantile
from cli.status.window import Window
from stadspuls.clock import SECOND, rfc3339
from stadspuls.vitals import LOOK_SECONDS

SILENT_SECONDS = 2.5 * LOOK_SECONDS
"""Since a process was last seen to work: it looks every ten seconds, and one look may be late."""


def paint(tolds: Sequence[Told], before: Sequence[Told] = ()) -> Picture:
    """The platform as its processes tell it now; `before` is what they told in an earlier look."""
    heard = [told for told in tolds if told.trouble is None]
    window = Window(heard, before)
    health = next((told.health for told in heard if told.health), None)
    at = max((told.at for told in heard), default=0.0)
    picture = Picture(
        at=rfc3339(int(at) * SECOND),
        version=health.version if health else None,
        wrong=[],
        asked=[told.url for told in tolds],
        window_seconds=window.seconds,
        whole_life=window.whole_life,
        services=_services(heard),
        datasets=_datasets(heard, window),
        lag_frames=_most(heard, "lag_frames", "stage"),
        rates=_rates(window),
        latency=_latency(window),
        rejected={reason: count for reason, count in window.by("rejected_total", "reason").items() if count},
        spools=_spools(heard),
        store=_store(health, window),
        disk=_disk(heard),
        subscribers=_sums(heard, "subscribers", "kind"),
        expiries=_expiries(heard),
    )
    picture.wrong = list(wrong(picture, tolds, health, window))
    return picture


def _services(heard: Iterable[Told]) -> list[Service]:
    return [
        _service(told, name, started)
        for told in heard
        for name, started in sorted(told.samples.by("process_start_timestamp_seconds", "process").items())
    ]


def _service(told: Told, name: str, started: float) -> Service:
    worked = told.samples.by("process_worked_timestamp_seconds", "process", process=name).get(name)
    memory = told.samples.by("process_resident_bytes", "process", process=name).get(name)
    starts = told.samples.total("process_starts_total", process=name)
    silent = None if worked is None else max(0.0, told.at - worked)
    state = "ready"
    if worked is None or worked < started:
        state = "starting"
    elif silent is not None and silent > SILENT_SECONDS:
        state = "silent"
    return Service(name, told.url, state, max(0.0, told.at - started), memory, max(0, int(starts) - 1), silent)


def _datasets(heard: Sequence[Told], window: Window) -> list[DatasetState]:
    ages, dues = _most(heard, "dataset_age_seconds", "dataset"), _most(heard, "dataset_due_seconds", "dataset")
    clocks = _most(heard, "clock_ahead_seconds", "dataset")
    pace = window.per_minute_by("readings_total", "dataset", outcome="published")
    passed = window.by("readings_total", "dataset")
    rejected = window.by("readings_total", "dataset", outcome="rejected")
    return [
        DatasetState(
            name,
            ages.get(name),
            dues.get(name),
            pace.get(name, 0.0),
            rejected.get(name, 0.0),
            rejected.get(name, 0.0) / passed[name] if passed.get(name) else None,
            clocks.get(name, 0.0),
        )
        for name in sorted(ages.keys() | passed.keys())
    ]


def _rates(window: Window) -> Rates:
    return Rates(
        received=window.per_minute("messages_received_total") + window.per_minute("door_requests_total", status="202"),
        published=window.per_minute("readings_total", outcome="published"),
        stored=window.per_minute("stored_observations_total"),
        rejected=window.per_minute("rejected_total"),
        requests=window.per_minute("http_requests_total"),
    )


def _latency(window: Window) -> Latency:
    buckets = window.buckets("publish_delay_seconds")
    return Latency(quantile(0.5, buckets), quantile(0.99, buckets))


def _spools(heard: Sequence[Told]) -> list[Spool]:
    ages, blocked = _most(heard, "spool_age_seconds", "spool"), _most(heard, "spool_blocked", "spool")
    return [
        Spool(name, size, ages.get(name, 0.0), bool(blocked.get(name)))
        for name, size in sorted(_most(heard, "spool_bytes", "spool").items())
    ]


def _store(health: Health | None, window: Window) -> Store:
    check = check_of(health, "store")
    p99 = quantile(0.99, window.buckets("store_write_seconds"))
    return Store(check.status.value if check else "unknown", p99, window.total("store_failures_total"))


def _disk(heard: Iterable[Told]) -> Disk | None:
    disks = [
        Disk(told.samples.total("disk_free_bytes"), size)
        for told in heard
        if (size := told.samples.total("disk_size_bytes"))
    ]
    return min(disks, key=lambda disk: disk.free_share, default=None)


def _expiries(heard: Iterable[Told]) -> list[Expiry]:
    found: dict[tuple[str, str], float] = {}
    for told in heard:
        for kind, name, labels in (
            ("certificate", "certificate_expiry_timestamp_seconds", ("file",)),
            ("key", "key_expiry_timestamp_seconds", ("city", "key")),
        ):
            for sample in told.samples.each(name):
                what = " ".join(sample.labels.get(label, "") for label in labels)
                found[kind, what] = sample.value - told.at
    expiries = [Expiry(what, kind, left) for (kind, what), left in found.items()]
    return sorted(expiries, key=lambda one: one.left_seconds)


def _most(heard: Iterable[Told], name: str, label: str) -> dict[str, float]:
    """A gauge by a label; of several processes that tell it, the worst."""
    most: dict[str, float] = {}
    for told in heard:
        for sample in told.samples.each(name):
            key = sample.labels.get(label, "")
            most[key] = max(most.get(key, sample.value), sample.value)
    return most


def _sums(heard: Iterable[Told], name: str, label: str) -> dict[str, float]:
    sums: dict[str, float] = {}
    for told in heard:
        for key, value in told.samples.by(name, label).items():
            sums[key] = sums.get(key, 0.0) + value
    return sums
