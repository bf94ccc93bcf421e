"""Sensors that send without end, and who acknowledged what of it."""

import re
import threading
import time
from collections import Counter, deque
from pathlib import Path
from typing import NamedTuple

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from benchmarks.cities import STATIONS
from stadspuls.clock import now_us, rfc3339

RATE = 300
"""Messages a second."""
UNACKNOWLEDGED = 200
"""Messages sent and not acknowledged, at most."""
BAD_EVERY = 40
"""Every so many messages one is no reading, but to be rejected."""


class Key(NamedTuple):
    """What tells messages apart in a broker's log, which names no payload: each has its own topic and length."""

    topic: str
    length: int


class Sensors:
    """Publishes from `__enter__` to `stop`.

    Every message is observed at its own instant, so each good one is an observation of its own.
    """

    def __init__(self, datasets: list[str], port: int) -> None:
        self.readings: dict[Key, tuple[str, str, str]] = {}
        """Good messages: dataset, sensor, instant."""
        self.bad: dict[Key, bytes] = {}
        """The others."""
        self.acknowledged: set[Key] = set()
        """What the broker has told the sensors to have."""
        self._waiting: dict[int, Key] = {}
        self._answers: deque[int] = deque()
        self._topics = [f"{dataset}/S{n}" for n in range(STATIONS) for dataset in datasets]
        self._stop = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, "sensors")
        self._client.max_inflight_messages_set(0)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._on_publish
        self._client.connect_async("127.0.0.1", port)
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> "Sensors":
        self._client.loop_start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    def stop(self) -> None:
        """Send no more; returns when the broker has acknowledged everything."""
        self._stop.set()
        self._thread.join()
        deadline = time.monotonic() + 60
        while self._unanswered():
            assert time.monotonic() < deadline, f"{len(self._waiting)} messages are not acknowledged"
            time.sleep(0.05)

    @property
    def sent(self) -> int:
        return len(self.readings) + len(self.bad)

    def _send(self) -> None:
        number = 0
        while not self._stop.wait(1 / RATE):
            if self._unanswered() < UNACKNOWLEDGED and self._client.is_connected():
                self._publish(number)
                number += 1

    def _publish(self, number: int) -> None:
        round_number, place = divmod(number, len(self._topics))
        topic = self._topics[place]
        # Milliseconds of their own and a fixed width: only the round makes the length.
        instant = now_us() // 1000 * 1000 + number % 999 + 1
        observed = rfc3339(instant)
        reading = b'{"time":"%b","no2":%d}' % (observed.encode(), 10 + number % 50)
        bad = number % BAD_EVERY == 0
        payload = (b"not json %08d" % number if bad else reading).ljust(48) + b" " * round_number
        key = Key(topic, len(payload))
        if bad:
            self.bad[key] = payload
        else:
            dataset, _, sensor = topic.rpartition("/")
            self.readings[key] = (dataset, sensor, observed)
        self._waiting[self._client.publish(topic, payload, qos=1).mid] = key

    def _unanswered(self) -> int:
        """How many messages wait for the broker; call it where nobody publishes meanwhile."""
        while self._answers:
            self.acknowledged.add(self._waiting.pop(self._answers.popleft()))
        return len(self._waiting)

    def _on_publish(self, _c: Client, _data: object, mid: int, _reason: ReasonCode, _properties: Properties) -> None:
        self._answers.append(mid)


class BrokerLog:
    """What Mosquitto, told to be verbose, says of its traffic with the bridge."""

    _SENT = re.compile(
        r"Sending PUBLISH to stadspuls-bridge\S* \(d\d, q1, r\d, m(\d+), '([^']+)', \.\.\. \((\d+) bytes\)\)"
    )
    _ACKNOWLEDGED = re.compile(r"Received PUBACK from stadspuls-bridge\S* \(Mid: (\d+),")

    def __init__(self, file: Path) -> None:
        self.acknowledged: set[Key] = set()
        """What the bridge has acknowledged, as far as the broker has heard."""
        self.deliveries: Counter[Key] = Counter()
        under_way: dict[str, Key] = {}
        with file.open(errors="replace") as lines:
            for line in lines:
                if sent := self._SENT.search(line):
                    under_way[sent[1]] = Key(sent[2], int(sent[3]))
                    self.deliveries[under_way[sent[1]]] += 1
                elif answer := self._ACKNOWLEDGED.search(line):
                    self.acknowledged.add(under_way.pop(answer[1]))


def verbose_mosquitto(folder: Path, program: str) -> Path:
    """A folder for the front of PATH in which `mosquitto` says everything it does."""
    folder.mkdir()
    script = folder / "mosquitto"
    script.write_text(f'#!/bin/sh\nexec {program} -v "$@"\n')
    script.chmod(0o755)
    return folder
