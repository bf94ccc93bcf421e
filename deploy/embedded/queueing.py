"""amqtt made to keep QoS 1 messages: for a client that is away, and until that client has acknowledged them.

amqtt 0.12 forgets what is in flight when a connection breaks or five seconds pass, gives anonymous sessions no queue,
and drops what a sender's last packets held when it leaves at once. Here a message stands in the queue of every
session that wants it before its sender gets the PUBACK, and leaves the queue with the receiver's PUBACK.
"""

import asyncio
import contextlib
from collections import deque
from typing import Any, NamedTuple

from amqtt.adapters import ReaderAdapter, StreamReaderAdapter, StreamWriterAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig
from amqtt.errors import AMQTTError
from amqtt.mqtt.constants import QOS_0, QOS_1, QOS_2
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.mqtt.puback import PubackPacket
from amqtt.mqtt.pubcomp import PubcompPacket
from amqtt.mqtt.publish import PublishPacket
from amqtt.mqtt.pubrec import PubrecPacket
from amqtt.mqtt.pubrel import PubrelPacket
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import IncomingApplicationMessage, OutgoingApplicationMessage, Session

from deploy.embedded.mqtt import MESSAGE_LIMIT, QUEUE_BYTES, QUEUE_MESSAGES
from stadspuls.logs import get_logger

_QUEUE = "stadspuls.queue"
_TAKEOVER_SECONDS = 5.0
_CONNECTED = "connected"

_log = get_logger()


class OpenDoor(BaseAuthPlugin):  # type: ignore[misc] # amqtt is untyped here
    """Lets everybody in; amqtt's own plugin for that also takes a session's queue away."""

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the client may connect: yes."""
        return True


class Waiting(NamedTuple):
    """A message that a session has not been sent yet."""

    topic: str
    data: bytes
    qos: int
    retain: bool


class Queue:
    """What waits for one session, oldest first; when it is full the newest is lost, as in Mosquitto."""

    def __init__(self, client_id: str) -> None:
        self._client_id = client_id
        self._messages: deque[Waiting] = deque()
        self._bytes = 0
        self._full = False

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Waiting) -> None:
        """Take a message, or lose it and say so once."""
        if len(self._messages) >= QUEUE_MESSAGES or self._bytes >= QUEUE_BYTES:
            if not self._full:
                _log.error("mqtt queue is full: messages are lost", client=self._client_id, kept=len(self._messages))
            self._full = True
            return
        self._messages.append(message)
        self._bytes += len(message.data)

    def take(self) -> Waiting:
        """The oldest message; it is no longer here."""
        message = self._messages.popleft()
        self._bytes -= len(message.data)
        self._full = False
        return message


def queue_of(session: Session) -> Queue:
    """The session's queue; it outlives connections."""
    queue: Queue | None = session.attributes.get(_QUEUE)
    if queue is None:
        queue = session.attributes[_QUEUE] = Queue(session.client_id)
    return queue


class LimitedReader(StreamReaderAdapter):  # type: ignore[misc] # amqtt is untyped here
    """A connection that is closed when a packet is beyond what the broker takes."""

    async def read(self, n: int = -1) -> bytes:
        """The next `n` bytes.

        Raises:
            AMQTTError: when that is more than a message may have.
        """
        if n > MESSAGE_LIMIT:
            raise AMQTTError(f"a message of {n} bytes; the limit is {MESSAGE_LIMIT}")
        data: bytes = await super().read(n)
        return data


class QueueingHandler(BrokerProtocolHandler):  # type: ignore[misc] # amqtt is untyped here
    """One connection: takes what its client publishes, sends what waits in its session's queue."""

    def __init__(self, broker: "QueueingBroker", window: int) -> None:
        super().__init__(broker.plugins_manager)
        self._broker = broker
        self._window = window
        self._more = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self.ended = asyncio.Event()

    async def start(self) -> None:
        """Serve the connection, beginning with what an earlier one left unacknowledged."""
        await super().start()
        self._more.set()
        self._sender = asyncio.create_task(self._send_queue())

    async def stop(self) -> None:
        """End the connection; what is unacknowledged stays in the session."""
        if self._sender:
            self._sender.cancel()
        await super().stop()

    async def give_way(self) -> None:
        """End the connection because the client has opened another, and wait until it has ended."""
        await self.handle_connection_closed()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TAKEOVER_SECONDS):
                await self.ended.wait()

    def wake(self) -> None:
        """Look at the queue again."""
        self._more.set()

    async def mqtt_publish(
        self, topic: str, data: bytes, qos: int | None, retain: bool, ack_timeout: int | None = None
    ) -> None:
        """Queue a message for the client."""
        queue_of(self.session).put(Waiting(topic, bytes(data), qos or QOS_0, retain))
        self.wake()

    async def handle_publish(self, publish_packet: PublishPacket) -> None:
        """Hand a message on, then acknowledge it; a QoS 2 message is handed on once."""
        packet_id, qos = publish_packet.packet_id, publish_packet.qos
        if not (qos == QOS_2 and packet_id in self.session.inflight_in):
            message = IncomingApplicationMessage(
                packet_id, publish_packet.topic_name, qos, publish_packet.data, publish_packet.retain_flag
            )
            message.publish_packet = publish_packet
            if not await self._broker.hand_on(self.session, self, message):
                await self.handle_connection_closed()
                return
            if qos == QOS_2:
                self.session.inflight_in[packet_id] = message
        if qos == QOS_1:
            await self._send_packet(PubackPacket.build(packet_id))
        elif qos == QOS_2:
            await self._send_packet(PubrecPacket.build(packet_id))

    async def handle_pubrel(self, pubrel: PubrelPacket) -> None:
        """End a QoS 2 message."""
        self.session.inflight_in.pop(pubrel.packet_id, None)
        await self._send_packet(PubcompPacket.build(pubrel.packet_id))

    async def handle_puback(self, puback: PubackPacket) -> None:
        """Forget a message that the client has, and send the next."""
        self.session.inflight_out.pop(puback.packet_id, None)
        self.wake()

    async def _handle_qos1_message_flow(self, app_message: OutgoingApplicationMessage) -> None:
        """Send, without waiting: the PUBACK may come on a later connection."""
        self.session.inflight_out[app_message.packet_id] = app_message
        await self._send_packet(app_message.build_publish_packet())

    async def _retry_deliveries(self) -> None:
        for message in list(self.session.inflight_out.values()):
            await self._send_packet(message.build_publish_packet(dup=True))

    async def _send_queue(self) -> None:
        queue = queue_of(self.session)
        # amqtt turns a cancellation while it writes into an error of its own.
        with contextlib.suppress(AMQTTError):
            while await self._more.wait():
                self._more.clear()
                while len(queue) and len(self.session.inflight_out) < self._window:
                    message = queue.take()
                    await super().mqtt_publish(message.topic, message.data, message.qos, message.retain)


class QueueingBroker(Broker):  # type: ignore[misc] # amqtt is untyped here
    """The broker; subscriptions get QoS 1 at most, and what was published with QoS 0 goes out with it too."""

    def __init__(self, config: BrokerConfig, window: int) -> None:
        super().__init__(config)
        self._window = window

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Serve a TCP connection until it ends."""
        await self._client_connected(listener_name, LimitedReader(reader), StreamWriterAdapter(writer))

    async def hand_on(self, session: Session, handler: QueueingHandler, message: IncomingApplicationMessage) -> bool:
        """Put a received message in the queues of those who want it; False when its topic is no topic."""
        delivered = asyncio.get_running_loop().create_future()
        delivered.set_result(message)
        accepted: bool = await self._handle_message_delivery(session, handler, delivered)
        return accepted

    async def add_subscription(self, subscription: tuple[str, int], session: Session) -> int:
        """Subscribe a session; the QoS granted, or 128."""
        topic_filter, qos = subscription
        granted: int = await super().add_subscription((topic_filter, min(qos, QOS_1)), session)
        return granted

    async def _initialize_client_session(
        self, reader: ReaderAdapter, writer: WriterAdapter, remote_address: str, remote_port: int
    ) -> tuple[QueueingHandler, Session]:
        _, session = await super()._initialize_client_session(reader, writer, remote_address, remote_port)
        if session.transitions.state == _CONNECTED and (older := self._get_handler(session)):
            await older.give_way()
        return QueueingHandler(self, self._window), session

    async def _handle_disconnect(
        self, client_session: Session, handler: QueueingHandler, disconnect_waiter: "asyncio.Future[Any]"
    ) -> None:
        try:
            await super()._handle_disconnect(client_session, handler, disconnect_waiter)
        finally:
            handler.ended.set()

    async def _broadcast_message(
        self, session: Session | None, topic: str, data: bytes, force_qos: int | None = None
    ) -> None:
        """Queue at once, not by way of amqtt's loop: the sender's PUBACK then means that it is queued."""
        for topic_filter, subscriptions in self._subscriptions.items():
            if self._matches(topic, topic_filter):
                for target, qos in subscriptions:
                    self._queue(target, Waiting(topic, bytes(data), qos, retain=False))

    def _queue(self, target: Session, message: Waiting) -> None:
        connected = target.transitions.state == _CONNECTED
        if not connected and (target.clean_session or message.qos == QOS_0):
            return
        queue_of(target).put(message)
        if handler := self._get_handler(target):
            handler.wake()

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        """Only for a subscription of this session: amqtt also asks for those of others at every connect."""
        topic_filter, qos = subscription
        if any(other is session and qos == granted for other, granted in self._subscriptions.get(topic_filter, ())):
            await super()._publish_retained_messages_for_subscription(subscription, session)
