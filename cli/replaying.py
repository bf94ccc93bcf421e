"""What `stadspuls rejected replay` does: choose, send, follow, tell."""

from collections.abc import Iterator, Sequence
from itertools import chain

from rich.console import Console

from cli.data_dir import with_running_kafka
from cli.instants import moment
from cli.printable import printable
from cli.work_progress import WorkProgress
from stadspuls.errors import ReplayError
from stadspuls.model import Reason, Rejection
from stadspuls.registry.in_force import read_in_force
from stadspuls.replaying import PASSED_OVER, Replayer, Result, Selection, select
from stadspuls.settings import Settings
from store import RejectedQuery, StoreReader
from store.rejected_pages import rejected_pages

_CANNOT = "nothing is kept back under {!r}; `stadspuls rejected list` shows the keys there are"


def query_of(
    city: str | None, dataset: str | None, reason: Reason | None, since: str | None, until: str | None
) -> RejectedQuery:
    """What options ask for.

    Raises:
        typer.BadParameter: when a moment is none.
    """
    start, end = (None if text is None else moment(text) for text in (since, until))
    return RejectedQuery(city=city, dataset=dataset, reason=reason, start=start, end=end)


def rejection_of(reader: StoreReader, key: str) -> Rejection:
    """The rejection with a key.

    Raises:
        ReplayError: when there is none.
    """
    found = reader.rejected(RejectedQuery(key=key, limit=1))
    if not found:
        raise ReplayError(_CANNOT.format(key[:200]))
    return found[0]


def chosen(reader: StoreReader, keys: Sequence[str], query: RejectedQuery, *, again: bool) -> Selection:
    """The messages of some keys, which are sent whether they were replayed before or not; else of a query.

    Raises:
        ReplayError: when a key is not there, or it is too much at once.
    """
    if keys:
        return select([rejection_of(reader, key) for key in keys], again=True)
    return select(chain.from_iterable(rejected_pages(reader, query)), again=again)


def replay(settings: Settings, selection: Selection, seconds: float, console: Console) -> Result:
    """Send the messages to the running platform and wait for what comes of them.

    Raises:
        LogError: when no Kafka answers.
        RegistryError: when what is in force cannot be read.
    """
    settings, registry = with_running_kafka(settings), read_in_force(settings)
    whole = len(selection.messages)
    with WorkProgress(console, "Replay") as progress, Replayer(settings, registry) as replayer:
        return replayer.replay(
            selection.messages, lambda far: progress.report(far.stored, whole, far.published), seconds
        )


def passed_over(selection: Selection) -> Iterator[str]:
    """A line for each reason why something is not replayed."""
    for skip, count in selection.skipped.items():
        yield f"Passed over: {count} {skip} ({PASSED_OVER[skip]})."


def what_came(selection: Selection, result: Result, seconds: float) -> Iterator[str]:
    """The lines that tell what came of a replay."""
    yield f"{result.stored} of {len(selection.messages)} messages replayed, {result.published} values published."
    for reason, count in result.rejected.items():
        yield f"Rejected again: {count} {reason}, such as: {printable(result.details[reason])}"
    if result.sent > result.stored:
        yield (
            f"{result.sent - result.stored} were sent and not stored within {seconds:g} s: `stadspuls topics` says "
            "what waits. They stay listed; a second replay publishes nothing twice."
        )
