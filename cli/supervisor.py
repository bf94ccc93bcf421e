"""Runs the platform's processes: starts them in order, starts again what ends, stops them in the order of the data."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from signal import SIGTERM
from signal import Signals as SignalName
from typing import Protocol

from cli.backoff import Backoff
from cli.processes import Child, ChildSpec, always_ready
from cli.signals import Signals
from stadspuls.errors import StartError

_CLEAN_CODES = (0, -SIGTERM, 128 + SIGTERM)
"""Ending by the very signal it was sent is as good as ending with 0; Java reports it in the third way."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How patient the supervisor is, in seconds."""

    grace: float = 10.0
    """Between SIGTERM and SIGKILL."""
    orphan_grace: float = 3.0
    """The same for children whose Kafka has died: without it they cannot finish anything."""
    start_limit: float = 60.0
    """For one child to become ready while the platform starts."""
    start_failures: int = 3
    """How often a child may end while the platform starts."""
    settled: float = 3.0
    """How long a child that has ended while the platform starts must run before it counts as started."""
    first_delay: float = 0.5
    """Before a child that ended is started again; it doubles each time."""
    longest_delay: float = 30.0
    healthy: float = 5.0
    """A child that has run so long had nothing wrong with its start: the delays begin anew."""
    poll: float = 0.1
    """Between two looks at a child that is not ready yet."""


class Report(Protocol):
    """Who is told what happens."""

    def ready(self, name: str, seconds: float, detail: str) -> None:
        """A child has become ready while the platform starts."""
        ...

    def waiting(self, name: str, seconds: float, awaited: str) -> None:
        """A child is not ready yet; called at every look."""
        ...

    def say(self, text: str) -> None:
        """Something the operator should read."""
        ...


class Supervisor:
    """Owns the processes of one platform on one machine."""

    def __init__(self, specs: Sequence[ChildSpec], report: Report, policy: Policy | None = None) -> None:
        self._policy = policy or Policy()
        self._report = report
        self._children = [Child(spec, self._backoff()) for spec in specs]
        self._announced: dict[str, str] = {}

    def run(self, started: Callable[[], None]) -> int:
        """Start everything, call `started`, keep it running until a signal; returns the exit code.

        Raises:
            StartError: when a child does not become ready; everything has been stopped then.
        """
        with Signals() as self._signals:
            try:
                self._start_all()
                if not self._signals.stops:
                    started()
                while not self._signals.stops:
                    self._tick()
            except BaseException:
                self._stop(self._children, self._policy.grace)
                raise
            self._report.say("Stopping ...")
            return 0 if self._stop(self._children, self._policy.grace) else 1

    def _start_all(self) -> None:
        for child in self._children:
            began = time.monotonic()
            child.wanted = True
            while not child.ready and child.wanted:
                if self._signals.stops:
                    return
                awaited = self._tick().get(child.spec.name, "its turn")
                self._give_up_on_failing()
                if not child.ready:
                    self._wait_for(child, time.monotonic() - began, awaited)
            detail = child.announced or ("started" if child.spec.ready is always_ready else "")
            self._report.ready(child.spec.name, time.monotonic() - began, detail)
        self._settle()

    def _settle(self) -> None:
        """Wait for children that were ready once and have ended since: the platform has not started without them."""
        while any(c.failures and c.wanted and c.ran < self._policy.settled for c in self._children):
            if self._signals.stops:
                return
            self._tick(self._policy.poll)
            self._give_up_on_failing()

    def _give_up_on_failing(self) -> None:
        for child in self._children:
            if child.failures >= self._policy.start_failures:
                raise StartError(
                    f"{child.spec.name} ended {child.failures} times while starting; its own lines above say why"
                )

    def _wait_for(self, child: Child, seconds: float, awaited: str) -> None:
        if seconds > self._policy.start_limit:
            raise StartError(f"{child.spec.name} is not ready after {seconds:.0f} s: it waits for {awaited}")
        self._report.waiting(child.spec.name, seconds, awaited)

    def _tick(self, longest: float = 1.0) -> dict[str, str]:
        """Wait for something to happen and deal with it; returns what the unready children wait for."""
        self._signals.wait(min(longest, self._until_next()))
        for child in self._children:
            if child.wanted and (code := child.ended()) is not None:
                self._deal_with_end(child, code)
        if not self._signals.stops:
            self._start_due()
        return self._look_at_unready()

    def _until_next(self) -> float:
        if any(child.wanted and child.running and not child.ready for child in self._children):
            return self._policy.poll
        now = time.monotonic()
        waits = [child.due - now for child in self._children if child.wanted and not child.running]
        return max(0.0, min([*waits, 1.0]))

    def _deal_with_end(self, child: Child, code: int) -> None:
        name = child.spec.name
        if child.spec.may_end and code == 0:
            child.wanted = False
            self._report.say(f"{name} has finished")
            return
        delay = child.schedule()
        self._report.say(f"{name} ended ({_describe(code)}); it is started again in {delay:g} s")
        if child.spec.announces:
            self._announced.pop(child.spec.announces, None)
        hangs_on_it = [c for c in self._children if name in c.spec.needs and c.running]
        if hangs_on_it:
            names = ", ".join(c.spec.name for c in hangs_on_it)
            self._report.say(f"{names} cannot go on without {name}, and are started anew after it")
            self._stop(hangs_on_it, self._policy.orphan_grace)

    def _start_due(self) -> None:
        now = time.monotonic()
        ready = {child.spec.name for child in self._children if child.ready}
        for child in self._children:
            if child.wanted and not child.running and child.due <= now and ready.issuperset(child.spec.needs):
                child.start(self._announced)

    def _look_at_unready(self) -> dict[str, str]:
        awaited = {}
        for child in self._children:
            if child.running and not child.ready:
                if wish := child.check_ready():
                    awaited[child.spec.name] = wish
                elif child.spec.announces and child.announced:
                    self._announced[child.spec.announces] = child.announced
        return awaited

    def _stop(self, children: Iterable[Child], grace: float) -> bool:
        """Stop children stage by stage; returns whether every one ended by itself, in time and without an error."""
        by_order = sorted(children, key=lambda child: child.spec.stop_order)
        stages = [list(stage) for _, stage in groupby(by_order, key=lambda child: child.spec.stop_order)]
        clean = [self._stop_stage(stage, grace) for stage in stages]
        return all(clean)

    def _stop_stage(self, stage: Sequence[Child], grace: float) -> bool:
        for child in stage:
            child.ask_to_stop()
        deadline = time.monotonic() + grace
        clean = True
        while running := [child for child in stage if child.running]:
            impatient = self._signals.stops > 1
            if impatient or time.monotonic() >= deadline:
                clean = False
                self._kill(self._children if impatient else running)
            self._signals.wait(self._policy.poll)
            codes = [code for child in running if (code := child.ended()) is not None]
            clean = clean and all(code in _CLEAN_CODES for code in codes)
        return clean

    def _kill(self, children: Iterable[Child]) -> None:
        for child in children:
            if child.running and not child.killed:
                self._report.say(f"{child.spec.name} is killed")
                child.kill_group()

    def _backoff(self) -> Backoff:
        policy = self._policy
        return Backoff(policy.first_delay, policy.longest_delay, policy.healthy)


def _describe(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {SignalName(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
