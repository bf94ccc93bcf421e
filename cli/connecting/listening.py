"""Messages of the sensors' broker as they come, for looking at them; nobody else gets fewer."""

import queue
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.bridge import whole_or_cut
from stadspuls.clock import now_us
from stadspuls.errors import BrokerError
from stadspuls.model import Message
from stadspuls.mqtt_access import Role, give_account, secure
from stadspuls.settings import Settings

CONNECT_SECONDS = 10.0
_LOOK = 0.2
_KEPT = 10_000
"""Messages that wait to be explained; beyond that new ones are passed over."""


@contextmanager
def listening(settings: Settings, topic: str, stop: threading.Event) -> Iterator[Iterator[Message]]:
    """The messages of an MQTT filter, as the bridge would hand them on; they end when `stop` is set.

    Raises:
        BrokerError: when the broker does not answer, refuses, or the connection is lost for good.
    """
    ears = _Ears(settings, topic)
    try:
        ears.open()
        yield ears.messages(stop)
    finally:
        ears.close()


class _Ears:
    def __init__(self, settings: Settings, topic: str) -> None:
        self._settings = settings
        self._topic = topic
        self._where = f"{settings.mqtt_host}:{settings.mqtt_port}"
        self._heard: queue.Queue[Message] = queue.Queue(_KEPT)
        self._answers: queue.Queue[str | None] = queue.Queue()
        name = f"stadspuls-try-{uuid.uuid4().hex[:8]}"
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv311)
        secure(self._client, settings)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def open(self) -> None:
        """Connect and subscribe."""
        give_account(self._client, self._settings, Role.BRIDGE)
        try:
            self._client.connect(self._settings.mqtt_host, self._settings.mqtt_port)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise BrokerError(f"no MQTT broker at {self._where} ({why}); is the platform running?") from error
        self._client.loop_start()
        try:
            refused = self._answers.get(timeout=CONNECT_SECONDS)
        except queue.Empty:
            refused = "no answer"
        if refused is not None:
            raise BrokerError(f"the MQTT broker at {self._where} does not give {self._topic}: {refused}")

    def messages(self, stop: threading.Event) -> Iterator[Message]:
        while not stop.is_set():
            try:
                yield self._heard.get(timeout=_LOOK)
            except queue.Empty:
                continue

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if reason.is_failure:
            self._answers.put(str(reason))
        elif client.subscribe(self._topic, qos=1)[0] is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._answers.put("the subscription cannot be sent")

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _more: Properties | None
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self._answers.put(refused[0] if refused else None)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if not self._heard.full():
            self._heard.put(whole_or_cut(message.topic, bytes(message.payload), now_us(), message.retain))
