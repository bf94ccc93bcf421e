"""A picture of the platform on a terminal: 80 columns wide, and 24 lines high as far as that goes."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.printable import printable
from cli.status.judging import seconds
from cli.status.picture import DatasetState, Expiry, Picture, Service

HEIGHT = 24
LEAST_DATASETS = 2
"""Shown however little room there is."""
_GOOD, _BAD, _TITLE = "green", "bold red", "bold"
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def screen(picture: Picture, *, everything: bool = False, height: int = HEIGHT) -> Group:
    """The whole screen.

    Args:
        picture: what is shown.
        everything: every dataset and everything that is wrong, however many lines that takes.
        height: lines there are, otherwise.
    """
    services = _services(picture.services)
    flow = list(_flow(picture))
    # The heads of both tables, and the line after the last.
    used = 1 + services.row_count + 1 + len(flow) + 2
    room = max(height - used - LEAST_DATASETS - 1, 2)
    troubles = picture.wrong if everything or len(picture.wrong) <= room else picture.wrong[: room - 1]
    wrong = [Text(f"WRONG  {line}", _BAD) for line in troubles]
    if len(troubles) < len(picture.wrong):
        wrong.append(Text(f"WRONG  and {len(picture.wrong) - len(troubles)} more things (--all)", _BAD))
    left = max(height - used - len(wrong) - 1, LEAST_DATASETS)
    shown, folded = _chosen(picture.datasets, len(picture.datasets) if everything else left)
    return Group(_head(picture), *wrong, services, *flow, *_datasets(shown, folded))


def _head(picture: Picture) -> RenderableType:
    grid = Table.grid(expand=True)
    grid.add_column(overflow="ellipsis", no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    more = f" and {len(picture.asked) - 1} more" if len(picture.asked) > 1 else ""
    where = Text(f"Stadspuls {picture.version or ''} at {picture.asked[0]}{more}, {picture.at}", _TITLE)
    count = len(picture.wrong)
    verdict = Text("all is well", _GOOD) if not count else Text(f"{count} WRONG", _BAD)
    grid.add_row(where, verdict)
    return grid


def _services(services: Sequence[Service]) -> Table:
    """Two columns of services: name, state, since when, memory, restarts."""
    several = {service.name for service in services if sum(one.name == service.name for one in services) > 1}
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style=_TITLE)
    for _ in range(2):
        table.add_column("service", no_wrap=True)
        table.add_column("", no_wrap=True)
        table.add_column("up", justify="right", no_wrap=True)
        table.add_column("memory", justify="right", no_wrap=True)
        table.add_column("restarts ", justify="right", no_wrap=True)
    half = (len(services) + 1) // 2
    for number in range(half):
        row: list[Text] = []
        for service in services[number::half][:2]:
            row += _service(service, service.name in several)
        table.add_row(*row)
    return table


def _service(service: Service, one_of_several: bool) -> list[Text]:
    host = f"@{service.url.partition('//')[2].partition(':')[0]}" if one_of_several else ""
    style = _GOOD if service.state == "ready" else _BAD
    state = service.state if service.state == "ready" else service.state.upper()
    memory = "-" if service.memory_bytes is None else size(service.memory_bytes)
    return [
        Text(printable(service.name + host)[:24]),
        Text(state, style),
        Text(seconds(service.up_seconds)),
        Text(memory),
        Text(str(service.restarts), _BAD if service.restarts else ""),
    ]


def _flow(picture: Picture) -> Iterator[Text]:
    rates, latency = picture.rates, picture.latency
    of = "since the start" if picture.whole_life else f"in the last {seconds(picture.window_seconds)}"
    yield Text(
        f"per minute {of}: {_count(rates.received)} in, {_count(rates.published)} published, "
        f"{_count(rates.stored)} stored, {_count(rates.requests)} requests"
    )
    lag = ", ".join(f"{printable(stage)} {frames:.0f}" for stage, frames in picture.lag_frames.items())
    yield Text(f"latency p50 {_ms(latency.p50_seconds)}, p99 {_ms(latency.p99_seconds)}; frames waiting: {lag or '-'}")
    spools = ", ".join(
        f"{printable(one.name)} {size(one.bytes)}, oldest {seconds(one.age_seconds)}{', BLOCKED' * one.blocked}"
        for one in picture.spools
    )
    yield Text(f"store {_store(picture)}; spool {spools or '-'}")
    disk = "-" if picture.disk is None else f"{picture.disk.free_share:.0%} of {size(picture.disk.size_bytes)} free"
    listening = sum(picture.subscribers.values())
    yield Text(f"disk {disk}; live subscribers {listening:.0f}; {_next_expiry(picture.expiries)}")
    if picture.rejected:
        reasons = ", ".join(f"{printable(reason)} {count:.0f}" for reason, count in picture.rejected.items())
        yield Text(f"rejected {of}: {reasons}")


def _store(picture: Picture) -> str:
    state = {"pass": "takes what comes", "warn": "is BEHIND", "fail": "FAILS"}.get(picture.store.state, "not known")
    failures = f", {picture.store.failures:.0f} failures" if picture.store.failures else ""
    return f"{state}, p99 {_ms(picture.store.write_p99_seconds)}{failures}"


def _next_expiry(expiries: Sequence[Expiry]) -> str:
    if not expiries:
        return "nothing expires"
    first = expiries[0]
    if first.left_seconds < 0:
        return f"{first.kind} {printable(first.what)} has EXPIRED"
    return f"{first.kind} {printable(first.what)} expires in {seconds(first.left_seconds)}"


def _chosen(datasets: Sequence[DatasetState], most: int) -> tuple[list[DatasetState], int]:
    """The datasets that need a look first; how many are left out."""
    if len(datasets) <= most:
        return list(datasets), 0
    ranked = sorted(datasets, key=lambda one: (not one.stale, -(one.rejected_share or 0.0), -_nearness(one), one.name))
    kept = ranked[: max(most - 1, 1)]
    return kept, len(datasets) - len(kept)


def _nearness(dataset: DatasetState) -> float:
    """How near to stale it is: 1 at its limit."""
    return (dataset.age_seconds or 0.0) / dataset.due_seconds if dataset.due_seconds else 0.0


def _datasets(shown: Iterable[DatasetState], folded: int) -> Iterator[RenderableType]:
    table = Table(box=None, pad_edge=False, header_style=_TITLE)
    table.add_column("dataset", no_wrap=True)
    for name in ("newest", "stale after", "per minute", "rejected"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for one in shown:
        age = "-" if one.age_seconds is None else seconds(one.age_seconds)
        due = "-" if one.due_seconds is None else seconds(one.due_seconds)
        share = "-" if one.rejected_share is None else f"{one.rejected_share:.1%}"
        state = Text("STALE", _BAD) if one.stale else Text("")
        table.add_row(printable(one.name), age, due, _count(one.per_minute), share, state)
    if table.row_count:
        yield table
    else:
        yield Text("no dataset has had a value yet")
    if folded:
        yield Text(f"{folded} more datasets need no look before these (--all)")


def size(count: float) -> str:
    """Bytes as people say them."""
    unit = 0
    while count >= 1024 and unit < len(_UNITS) - 1:
        count /= 1024
        unit += 1
    return f"{count:.0f} {_UNITS[unit]}"


def _count(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == 0 else f"{value:.1f}"


def _ms(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f} s" if value >= 1 else f"{value * 1000:.0f} ms"
