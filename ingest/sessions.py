"""All MQTT sessions of a bridge, as if they were one: still one thread, which waits for all of them at once."""

from collections.abc import Sequence

from ingest.frames import Ticket
from ingest.session import MqttSession, Receive
from ingest.subscriptions import Subscription, subscriptions
from ingest.waiting import wait
from stadspuls.metrics import BRIDGE_CONNECTED
from stadspuls.settings import Settings


class Sessions:
    """Gives every message that this bridge takes, with its ticket, to `receive`, in `step`, on the owner's thread."""

    def __init__(self, settings: Settings, receive: Receive) -> None:
        self._sessions = [_opened(settings, receive, each) for each in subscriptions(settings)]
        self._shown = False
        self._next_away = 0
        BRIDGE_CONNECTED.set(0)

    @property
    def up(self) -> bool:
        """Whether the messages of every session come in."""
        return all(session.up for session in self._sessions)

    def wake(self) -> None:
        """End a waiting `step`; from any thread."""
        self._sessions[0].wake()

    def step(self, timeout: float, read: bool) -> None:
        """As `MqttSession.step`, for whichever session has something."""
        if len(self._sessions) == 1:
            self._sessions[0].step(timeout, read)
        else:
            wait([session.wants(timeout, read) for session in self._sessions])
            self._step_each(read)
        if self.up != self._shown:
            self._shown = self.up
            BRIDGE_CONNECTED.set(self._shown)

    def acknowledge(self, tickets: Sequence[Ticket]) -> int:
        """As `MqttSession.acknowledge`: each session knows its own."""
        return sum(session.acknowledge(tickets) for session in self._sessions)

    def close(self) -> None:
        """Send what waits, and leave; the broker keeps the sessions."""
        for session in self._sessions:
            session.close()
        BRIDGE_CONNECTED.set(0)

    def _step_each(self, read: bool) -> None:
        """Step those that are connected, and one of the others: a silent broker makes each attempt last seconds."""
        away = [session for session in self._sessions if session.away]
        if away:
            self._next_away += 1
            away[self._next_away % len(away)].step(0, read)
        for session in self._sessions:
            if session not in away:
                session.step(0, read)


def _opened(settings: Settings, receive: Receive, subscription: Subscription) -> MqttSession:
    leaves = subscription.leaves

    def take_the_rest(topic: str, payload: bytes, retained: bool, ticket: Ticket | None) -> None:
        if topic.partition("/")[0] not in leaves:
            receive(topic, payload, retained, ticket)
        elif ticket:
            session.acknowledge([ticket])

    session = MqttSession(settings, take_the_rest if leaves else receive, subscription=subscription)
    return session
