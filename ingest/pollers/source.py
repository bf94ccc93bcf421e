"""One polled source: what of an answer is new, which messages that makes, and when to ask again."""

import random
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import aiohttp

from ingest.bridge import PAYLOAD_LIMIT
from ingest.pollers.answers import ChangedAnswer, Record, devices_of, records_of
from ingest.pollers.fetching import Fetched, Fetcher, Outcome
from stadspuls.backoff import Backoff
from stadspuls.clock import now_us
from stadspuls.logs import get_logger
from stadspuls.metrics import POLL_GOOD, POLLS
from stadspuls.registry import City, Poll, Source, topic_level

NAME_LENGTH = 200
"""Of a device as an answer calls it, at most: it becomes a level of a topic."""
INFORMATION_SECONDS = 3600.0
LONGEST_PAUSE = 3600.0
"""Between two polls of an API that fails, unless it asks for more itself."""
_GOOD = (Outcome.NEW, Outcome.UNCHANGED)

_log = get_logger()


class PolledMessage(NamedTuple):
    """What is published for a record."""

    topic: str
    payload: bytes


class PolledSource:
    """Asks one API, and remembers which times of which device it has passed on."""

    def __init__(self, city: City, source: Source, poll: Poll, chance: random.Random | None = None) -> None:
        self.name = f"{city.slug}/{source.id}"
        self._poll = poll
        self._prefix = source.filter.removesuffix("+")
        self._listed = frozenset(source.devices)
        self._chance = chance or random.Random()  # noqa: S311 - it spreads load, it hides nothing
        self._backoff = Backoff(self._chance, LONGEST_PAUSE, first=2 * poll.every)
        self._fetcher = Fetcher(poll.url)
        self._information = Information(poll) if poll.information else None
        self._seen: dict[str | None, set[str]] = {}
        self._told: str | None = None
        # Not everything at once after a start.
        self.due = time.monotonic() + self._chance.uniform(0, min(poll.every, 10.0))

    async def ask(self, session: aiohttp.ClientSession) -> tuple[list[PolledMessage], float]:
        """Poll once; what is to be published, and for how many seconds the server wants to be left alone."""
        fetched = await self._information.refresh(session) if self._information else None
        if fetched is None or fetched.outcome is not Outcome.LIMITED:
            fetched = await self._fetcher.fetch(session)
        messages: list[PolledMessage] = []
        if fetched.outcome is Outcome.NEW:
            fetched, messages = self._take(fetched.body)
        self._schedule(fetched)
        self._tell(fetched)
        return messages, fetched.wait

    def wait(self, seconds: float) -> None:
        """Ask no sooner than that."""
        self.due = max(self.due, time.monotonic() + seconds)

    def _take(self, body: bytes) -> tuple[Fetched, list[PolledMessage]]:
        try:
            records = records_of(body, self._poll, self._information.devices if self._information else None)
        except ChangedAnswer as error:
            fetched = Fetched(Outcome.CHANGED, str(error))
            # Kept for who has to look at it, once for each reason.
            return fetched, [] if self._told == _told(fetched) else [self._message(f"({error})", body)]
        ours = [record for record in records if self._is_ours(record)]
        messages = [self._message(_level(record), record.payload) for record in ours if self._is_new(record)]
        self._remember(ours)
        if not any(record.device for record in ours):
            detail = f"{len(records)} records, none of a device that is listed" if records else "no records"
            return Fetched(Outcome.EMPTY, detail), messages
        self._fetcher.understood()
        return Fetched(Outcome.NEW), messages

    def _is_ours(self, record: Record) -> bool:
        return record.device is None or not self._listed or topic_level(record.device) in self._listed

    def _is_new(self, record: Record) -> bool:
        return record.mark not in self._seen.get(record.device, ())

    def _remember(self, records: Iterable[Record]) -> None:
        """Keep what this answer holds: an API does not go back to what it has left out once."""
        now: dict[str | None, set[str]] = {}
        for record in records:
            now.setdefault(record.device, set()).add(record.mark)
        self._seen |= now

    def _message(self, level: str, payload: bytes) -> PolledMessage:
        # Of what is too long enough for the bridge to see that it is.
        return PolledMessage(self._prefix + topic_level(level), payload[: PAYLOAD_LIMIT + 1])

    def _schedule(self, fetched: Fetched) -> None:
        every = self._poll.every
        if fetched.outcome in (*_GOOD, Outcome.EMPTY):
            self._backoff.reset()
            pause = every + self._chance.uniform(0, every / 10)
        else:
            pause = max(every, self._backoff.delay())
        self.due = time.monotonic() + pause
        self.wait(fetched.wait)

    def _tell(self, fetched: Fetched) -> None:
        POLLS.labels(self.name, fetched.outcome.value).inc()
        if fetched.outcome in _GOOD:
            POLL_GOOD.labels(self.name).set(now_us() / 1e6)
            if self._told:
                _log.info("the API gives good answers again", source=self.name)
            self._told = None
        elif self._told != _told(fetched):
            self._told = _told(fetched)
            _log.warning("a poll gave nothing", source=self.name, outcome=fetched.outcome.value, why=fetched.detail)


class Information:
    """What an API says of its devices in another place, asked for now and then; what fails leaves the old."""

    def __init__(self, poll: Poll) -> None:
        self.devices: dict[str, Any] = {}
        self._poll = poll
        self._fetcher = Fetcher(poll.information or "")
        self._due = 0.0

    async def refresh(self, session: aiohttp.ClientSession) -> Fetched | None:
        """Ask when it is due; what came of it."""
        if time.monotonic() < self._due:
            return None
        fetched = await self._fetcher.fetch(session)
        self._due = time.monotonic() + max(INFORMATION_SECONDS, fetched.wait)
        if fetched.outcome is Outcome.NEW:
            self._take(fetched.body)
        return fetched

    def _take(self, body: bytes) -> None:
        try:
            self.devices = devices_of(body, self._poll)
        except ChangedAnswer as error:
            _log.warning("what an API says of its devices cannot be read", url=self._poll.information, why=str(error))
        else:
            self._fetcher.understood()


def _level(record: Record) -> str:
    return record.device if record.device is not None and len(record.device) <= NAME_LENGTH else "(no device)"


def _told(fetched: Fetched) -> str:
    return f"{fetched.outcome}: {fetched.detail}"
