"""Kafka's topics: there, and as they must be."""

from collections.abc import Iterator

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning, wrong
from stadspuls.log.admin import open_admin
from stadspuls.log.topic_plans import Difference
from stadspuls.log.topics import Topics
from stadspuls.settings import Profile

_APPLY = "stadspuls topics --apply"


def _look(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    if settings.profile is Profile.EMBEDDED:
        return
    names, where = Topics(settings.topic_prefix).all(), settings.kafka_bootstrap
    with open_admin(settings) as admin:
        missing, wrong_counts, differing = admin.missing(), admin.wrong_counts(), admin.differing()
    yield from map(_other_count, wrong_counts)
    yield from map(_differing, differing)
    if missing and len(missing) < len(names):
        yield wrong(f"missing: {', '.join(missing)}", where, "make them", _APPLY)
    elif missing:
        yield good("no topics yet: the first start makes them", where)
    elif not wrong_counts and not differing:
        yield good(f"{len(names)} topics of {settings.partitions} partitions, as they must be", where)


CHECK = Check("topics", "Kafka's topics: partitions, copies, configuration", _look, needs=("kafka",))


def _other_count(said: str) -> Finding:
    """What `up` refuses to start with, which says seen and cure as two sentences."""
    seen, _, cure = said.partition(". ")
    return wrong(seen, said.split()[1], cure)


def _differing(difference: Difference) -> Finding:
    seen, _, cure = str(difference).removeprefix(f"{difference.topic}: ").partition("; ")
    return warning(seen, difference.topic, cure, _APPLY if difference.correctable else "")
