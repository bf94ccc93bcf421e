"""`stadspuls topics`: what Kafka holds, whether its topics are as they must be, and where frames wait."""

import json
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.console import open_console
from stadspuls.clock import DAY
from stadspuls.log.topics import Topics
from stadspuls.settings import Profile, Settings, load_settings


@dataclass(frozen=True)
class TopicState:
    """A topic as it is; nothing but the name when there is none."""

    name: str
    partitions: int = 0
    replication: int | None = None
    retention_ms: int | None = None
    """None where it is not limited, and embedded."""
    records: int = 0


@dataclass(frozen=True)
class LogState:
    """What is told of Kafka."""

    kafka: str
    topics: list[TopicState]
    lag: list[dict[str, int]]
    said: list[str]
    """What was made, and what differs from what it must be."""


def topics(
    apply: Annotated[bool, typer.Option(help="Make missing topics, and correct what differs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show Kafka's topics, how they differ from what they must be, and how many frames wait in each partition."""
    state = read_state(load_settings(), apply=apply)
    if as_json:
        typer.echo(json.dumps(asdict(state), ensure_ascii=False))
        return
    console = open_console()
    for table in (_topic_table(state.topics), *([_lag_table(state.lag)] if state.lag else [])):
        console.print(table)
        console.print()
    for line in state.said:
        console.print(line, soft_wrap=True)


def read_state(settings: Settings, *, apply: bool) -> LogState:
    """Ask the Kafka of these settings, or of the embedded platform that runs on their data folder.

    Raises:
        LogError: when it does not answer, or a topic has another partition count.
    """
    from cli.data_dir import with_running_kafka  # noqa: PLC0415
    from stadspuls.log.lag import open_progress  # noqa: PLC0415

    settings = with_running_kafka(settings)
    found, said = ({}, []) if settings.profile is Profile.EMBEDDED else _administer(settings, apply=apply)
    with open_progress(settings) as progress:
        states = []
        for name in Topics(settings.topic_prefix).all():
            partitions = progress.partitions(name)
            records = progress.records(name) if partitions == settings.partitions else 0
            states.append(TopicState(name, partitions, **found.get(name, {}), records=records))
        whole = all(state.partitions == settings.partitions for state in states)
        lag = [one._asdict() for one in progress.lags()] if whole else []
    return LogState(settings.kafka_bootstrap, states, lag, said)


def _administer(settings: Settings, *, apply: bool) -> tuple[dict[str, dict[str, int | None]], list[str]]:
    from stadspuls.log.admin import ensure_topics, open_admin  # noqa: PLC0415

    said = ensure_topics(settings, apply=True) if apply else []
    with open_admin(settings) as admin:
        found = admin.found()
        if not apply:
            said = [f"{name}: missing; `stadspuls topics --apply` makes it" for name in admin.missing()]
            said += [*admin.wrong_counts(), *map(str, admin.differing())]
    return {
        name: {"replication": topic.replication, "retention_ms": _limit(topic.configs["retention.ms"])}
        for name, topic in found.items()
    }, said


def _limit(retention: str) -> int | None:
    return int(retention) if int(retention) >= 0 else None


def _topic_table(states: list[TopicState]) -> Table:
    table = Table("topic", "partitions", "copies", "kept", "records", box=None, pad_edge=False)
    for state in states:
        kept = "no limit" if state.retention_ms is None else f"{state.retention_ms * 1000 / DAY:g} days"
        if not state.partitions:
            table.add_row(state.name, "missing")
        else:
            # Only Apache Kafka tells of copies: the embedded one keeps a few MiB in memory.
            known = state.replication is not None
            table.add_row(
                state.name,
                str(state.partitions),
                str(state.replication) if known else "-",
                kept if known else "in memory",
                str(state.records),
            )
    return table


def _lag_table(lag: list[dict[str, Any]]) -> Table:
    table = Table("partition", "wait for streams", "wait for the sink", box=None, pad_edge=False)
    for one in lag:
        table.add_row(str(one["partition"]), str(one["streams"]), str(one["sink"]))
    table.add_row("all", str(sum(one["streams"] for one in lag)), str(sum(one["sink"] for one in lag)))
    return table
