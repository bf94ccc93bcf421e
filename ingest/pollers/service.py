"""The pollers as a process: a task for each host asks, one question at a time, and this thread publishes."""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import aiohttp

from ingest.pollers.fetching import open_session, user_agent
from ingest.pollers.source import PolledMessage, PolledSource
from stadspuls.logs import get_logger
from stadspuls.metrics import POLLED
from stadspuls.publisher import SLICE, Publisher
from stadspuls.registry import Registry
from stadspuls.settings import Settings

BACKLOG = 10_000
"""Messages that wait for the broker; while there are more, nobody is asked."""
_LOOK_SECONDS = 0.5

_log = get_logger()

Backlog = deque[PolledMessage]


def run_pollers(settings: Settings, registry: Registry, stop: threading.Event) -> None:
    """Poll every API that a city file names, until told to stop; ends at once when none does.

    Raises:
        Exception: only what nobody foresaw; the supervisor starts the pollers again.
    """
    hosts = polled_hosts(registry)
    _log.info("polling", sources=sum(map(len, hosts.values())), hosts=len(hosts))
    if not hosts:
        return
    if not settings.public_url:
        _log.warning("whoever is asked cannot tell by whom: set STADSPULS_PUBLIC_URL")
    backlog: Backlog = deque()
    agent = user_agent(settings.base_url, settings.operator_email)
    with _asking(hosts, backlog, agent) as asking, Publisher(settings, "pollers", stop) as publisher:
        while not stop.is_set():
            asking.check()
            if not backlog:
                publisher.pump(SLICE)
            elif publisher.publish(*backlog[0]):
                backlog.popleft()
                POLLED.inc()


def polled_hosts(registry: Registry) -> dict[str, list[PolledSource]]:
    """Every polled source, by the host that is asked."""
    hosts: dict[str, list[PolledSource]] = {}
    for city in registry.cities.values():
        for source in city.sources:
            if source.poll:
                host = urlsplit(source.poll.url).netloc
                hosts.setdefault(host, []).append(PolledSource(city, source, source.poll))
    return hosts


class _Asking:
    """The event loop of all tasks that ask, on a thread of its own."""

    def __init__(self, hosts: dict[str, list[PolledSource]], backlog: Backlog, agent: str) -> None:
        self._hosts, self._backlog, self._agent = hosts, backlog, agent
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="asking", daemon=True)
        self._failure: Exception | None = None

    def start(self) -> None:
        self._thread.start()

    def check(self) -> None:
        """Raise what ended the thread, if anything did."""
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._ask())
        except Exception as error:  # the owner's thread raises it
            self._failure = error

    async def _ask(self) -> None:
        asking = asyncio.create_task(_ask_all(self._hosts, self._backlog, self._agent))
        ended = asyncio.create_task(self._ended.wait())
        done, waiting = await asyncio.wait((asking, ended), return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for task in done:
            task.result()


@contextlib.contextmanager
def _asking(hosts: dict[str, list[PolledSource]], backlog: Backlog, agent: str) -> Iterator[_Asking]:
    asking = _Asking(hosts, backlog, agent)
    asking.start()
    try:
        yield asking
    finally:
        asking.stop()


async def _ask_all(hosts: dict[str, list[PolledSource]], backlog: Backlog, agent: str) -> None:
    async with open_session(agent) as session, asyncio.TaskGroup() as group:
        for sources in hosts.values():
            group.create_task(ask_host(sources, session, backlog))


async def ask_host(sources: Sequence[PolledSource], session: aiohttp.ClientSession, backlog: Backlog) -> None:
    """Ask a host for each of its sources when it is due, for ever, never two questions at a time."""
    while True:
        first = min(sources, key=lambda source: source.due)
        await asyncio.sleep(max(0.0, first.due - time.monotonic()))
        if len(backlog) >= BACKLOG:
            first.wait(_LOOK_SECONDS)
            continue
        messages, wait = await first.ask(session)
        backlog.extend(messages)
        if wait:
            for source in sources:
                source.wait(wait)
