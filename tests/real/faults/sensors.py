"""Sensors that never stop: what they sent and the broker acknowledged is what must come out."""

import json
import random
import threading
import time

from stadspuls.clock import now_us, rfc3339
from stadspuls.model import Identity
from stadspuls.publisher import Publisher
from stadspuls.settings import Settings

STATIONS = 500
REPEATED = 0.05
"""Share of messages that a sensor sends a second time."""


class Sensors:
    """Publishes in a thread of its own, QoS 1, from `start` to `finish`; resends what was not acknowledged."""

    def __init__(self, settings: Settings, datasets: list[str], rate: float, seed: int) -> None:
        self.sent: dict[Identity, float] = {}
        self.repeated = 0
        self.unacknowledged = 0
        self._settings = settings
        self._datasets = datasets
        self._rate = rate
        self._chance = random.Random(seed)  # noqa: S311 - the same in every run
        self._done = threading.Event()
        self._give_up = threading.Event()
        self._thread = threading.Thread(target=self._publish)

    def start(self) -> None:
        self._thread.start()

    def finish(self, limit: float = 60) -> None:
        """Stop, once the broker has acknowledged everything that was sent."""
        self._done.set()
        self._thread.join(limit)
        self._give_up.set()
        self._thread.join()

    def _publish(self) -> None:
        start, number = time.monotonic(), 0
        with Publisher(self._settings, "sensors", self._give_up, in_flight=1000) as publisher:
            publisher.connect()
            while not self._done.is_set():
                # Not an open loop: after a pause of the broker the sensors do not catch up.
                self._send(publisher, number)
                number += 1
                publisher.pump(max(0.0, min(1 / self._rate, start + number / self._rate - time.monotonic())))
            while publisher.unacknowledged and not self._give_up.is_set():
                publisher.pump(0.1)
            self.unacknowledged = publisher.unacknowledged

    def _send(self, publisher: Publisher, number: int) -> None:
        dataset = self._datasets[number % len(self._datasets)]
        sensor = f"S{number // len(self._datasets) % STATIONS}"
        observed_at, value = now_us(), float(number % 100)
        identity = Identity(dataset, sensor, "no2", observed_at)
        payload = json.dumps({"time": rfc3339(observed_at), "no2": value}).encode()
        self.sent[identity] = value
        publisher.publish(f"{dataset}/{sensor}", payload)
        if self._chance.random() < REPEATED:
            self.repeated += 1
            publisher.publish(f"{dataset}/{sensor}", payload)
