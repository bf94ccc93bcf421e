"""Sensors that go on all night: each reading that they send is remembered, and asked for at the end."""

import json
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from stadspuls.clock import SECOND, now_us, rfc3339, to_us
from stadspuls.registry import Registry
from tests.platform.running import eventually

STEADY = {
    "gent/parking": ("P1", "vacantSpaces"),
    "gent/air-quality": ("", "no2"),
    "kortrijk/parking": ("car-park-1", "vacantSpaces"),
    "kortrijk/air-quality": ("", "no2"),
}
"""One sensor of every dataset; where none is named, the first that observes it."""


class Line:
    """One connection to the broker, with an account; what it publishes waits until the broker has it."""

    def __init__(self, port: int, account: tuple[str, str], name: str) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=f"night-{name}", clean_session=False)
        self._client.username_pw_set(*account)
        self._client.max_queued_messages_set(0)
        self._client.max_inflight_messages_set(200)
        self._client.reconnect_delay_set(1, 1)
        # Numbers begin anew after 65,535: more than a night has.
        self._acknowledged: set[int] = set()
        self._client.on_publish = lambda _client, _data, number, *_: self._acknowledged.add(number)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def send(self, topic: str, payload: dict[str, Any]) -> int:
        """Hand a message over, which goes when the broker is there; what it is known by."""
        return self._client.publish(topic, json.dumps(payload), qos=1).mid

    def has(self, numbers: Iterable[int]) -> bool:
        """Whether the broker has all these."""
        return self._acknowledged.issuperset(numbers)

    def send_all(self, topic: str, payloads: list[dict[str, Any]]) -> None:
        """Send messages; returns when the broker has them."""
        sent = [self.send(topic, payload) for payload in payloads]
        eventually(lambda: self.has(sent), 120)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Sensors:
    """Of every dataset one that sends a value each half second."""

    def __init__(self, registry: Registry, lines: dict[str, Line]) -> None:
        self._lines = lines
        self.of = {name: (_sensor(registry, name, *named)) for name, named in STEADY.items()}
        self.sent: list[tuple[str, int, float, int]] = []
        self._instants = count(1)
        self._ended = threading.Event()
        self._may = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def start(self) -> None:
        self._may.set()
        self._thread.start()

    def pause(self) -> None:
        """Send nothing until `go_on`; returns when the broker has everything."""
        self._may.clear()
        time.sleep(1)  # One that was being sent is in the list then.
        eventually(self._all_arrived, 120)

    def go_on(self) -> None:
        self._may.set()

    def finish(self) -> None:
        """Send no more; returns when the broker has everything."""
        self.leave()
        eventually(self._all_arrived, 120)

    def leave(self) -> None:
        """Send no more."""
        self._ended.set()
        self._may.set()
        if self._thread.is_alive():
            self._thread.join()

    def stale(self, dataset: str, at: int) -> None:
        """One reading as of long ago."""
        sensor, observed = self.of[dataset]
        self._line(dataset).send_all(f"{dataset}/{sensor}", [{"time": rfc3339(at), observed: 1}])

    def missing(self, http: httpx.Client) -> tuple[list[str], list[str]]:
        """What of all that was sent is not in the history, and what is there more than once."""
        gone, doubled = [], []
        for dataset, (sensor, _) in self.of.items():
            stored: dict[tuple[int, float], int] = {}
            for row in _history(http, dataset, sensor):
                key = (to_us(datetime.fromisoformat(row["observedAt"])), float(row["value"]))
                stored[key] = stored.get(key, 0) + 1
            for name, at, value, _ in self.sent:
                if name == dataset:
                    times = stored.get((at, value), 0)
                    gone += [f"{dataset} {rfc3339(at)}"] if times == 0 else []
                    doubled += [f"{dataset} {rfc3339(at)}"] if times > 1 else []
        return gone, doubled

    def _all_arrived(self) -> bool:
        return all(
            line.has(number for dataset, *_, number in self.sent if dataset.startswith(f"{city}/"))
            for city, line in self._lines.items()
        )

    def _line(self, dataset: str) -> Line:
        return self._lines[dataset.partition("/")[0]]

    def _send(self) -> None:
        while not self._ended.wait(0.5):
            self._may.wait()
            for dataset, (sensor, observed) in self.of.items():
                at, value = now_us(), float(next(self._instants) % 16)
                number = self._line(dataset).send(f"{dataset}/{sensor}", {"time": rfc3339(at), observed: value})
                self.sent.append((dataset, at, value, number))


def _sensor(registry: Registry, dataset: str, named: str, observed: str) -> tuple[str, str]:
    sensors = registry.datasets[dataset].sensors.values()
    return named or next(one.id for one in sensors if observed in one.properties), observed


def _history(http: httpx.Client, dataset: str, sensor: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    since = rfc3339(now_us() - 7200 * SECOND)
    page = http.get(f"/{dataset}/history", params={"sensor": sensor, "from": since, "limit": "10000"}).json()
    while True:
        rows += page["observations"]
        if "next" not in page:
            return rows
        following = urlsplit(page["next"])
        page = http.get(f"{following.path}?{following.query}").json()
