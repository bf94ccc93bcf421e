"""A pilot's messages through the real pipeline of a sandbox, until every one of them is worked through and stored."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from cli.connecting.pilot import PilotMessage
from cli.connecting.sandbox import Sandbox
from cli.data_dir import with_running_kafka
from stadspuls.errors import LogError, StartError
from stadspuls.log import partition_of
from stadspuls.log.lag import open_progress
from stadspuls.publisher import Publisher
from store.protocol import RejectedQuery, StoreReader

MARK = "_sandbox"
"""First level of topics that no city can have: their rejections say how far the pipeline is."""
GIVE_UP_AFTER = 60.0
"""Seconds without a connection to the sandbox's broker."""
PATIENCE = 180.0
"""Seconds the pipeline may take for what is sent at once, and a second more for every hundred messages."""
_LOOK = 0.2


def run_trial(sandbox: Sandbox, reader: StoreReader, messages: Sequence[PilotMessage]) -> None:
    """Send the messages; returns when everything that comes of them is in the sandbox's store.

    Raises:
        BrokerError: when the sandbox's broker does not answer.
        StartError: when the sandbox ends, or does not get through.
    """
    patience = PATIENCE + len(messages) / 100
    with _stopped_by_itself(sandbox.stop, 2 * patience) as stop:
        with Publisher(sandbox.settings, "pilot", stop, give_up_after=GIVE_UP_AFTER) as publisher:
            # Before the bridge has subscribed, a broker may keep nothing for it.
            _until(lambda: _marked(publisher, reader, ["begin"], send=True), sandbox, patience)
            ends = _ends(sandbox.settings.partitions)
            for message in [*messages, *(PilotMessage(f"{MARK}/{end}", b"") for end in ends)]:
                publisher.publish(message.topic, message.payload)
            # A partition has one order: what was sent before its mark is worked through, and what was rejected stored.
            _until(lambda: _marked(publisher, reader, ends, send=False), sandbox, patience)
        _until(lambda: _nothing_waits(sandbox), sandbox, patience)


@contextmanager
def _stopped_by_itself(stop: threading.Event, seconds: float) -> Iterator[threading.Event]:
    """An event that is also set by the clock, so that no wait for the broker is endless."""
    timer = threading.Timer(seconds, stop.set)
    timer.daemon = True
    timer.start()
    try:
        yield stop
    finally:
        timer.cancel()


def is_mark(topic: str) -> bool:
    """Whether a message is none of the pilot's."""
    return topic.startswith(f"{MARK}/")


def _ends(partitions: int) -> list[str]:
    """A last level for each partition, so that the whole topic falls into it."""
    found: dict[int, str] = {}
    number = 0
    while len(found) < partitions:
        found.setdefault(partition_of(f"{MARK}/end-{number}", partitions), f"end-{number}")
        number += 1
    return list(found.values())


def _marked(publisher: Publisher, reader: StoreReader, names: Sequence[str], *, send: bool) -> bool:
    if send:
        for name in names:
            publisher.publish(f"{MARK}/{name}", b"")
    publisher.pump(_LOOK)
    stored = {rejection.topic for rejection in reader.rejected(RejectedQuery(city=MARK, limit=1_000_000))}
    return stored.issuperset(f"{MARK}/{name}" for name in names)


def _nothing_waits(sandbox: Sandbox) -> bool:
    try:
        with open_progress(with_running_kafka(sandbox.settings)) as progress:
            return not any(lag.streams or lag.sink for lag in progress.lags())
    except LogError:
        # It may be starting anew; the sandbox's own end is noticed elsewhere.
        return False


def _until(done: Callable[[], bool], sandbox: Sandbox, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not done():
        sandbox.check_going_on()
        if time.monotonic() > deadline:
            raise StartError(f"the sandbox does not get through; its last lines:\n{sandbox.last_lines()}")
        time.sleep(_LOOK)
