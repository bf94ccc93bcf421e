"""What bad input gets, row by row: sent over MQTT, and seen in what comes out of the API."""

import hashlib
import itertools
import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest

from stadspuls.clock import MINUTE, SECOND, now_us, rfc3339
from tests.platform.running import Platform, eventually

GOOD = 41.5

_VALUES = itertools.count(100)
"""Values that no other reading has, so that one is known by it."""


def at(seconds: float = 0) -> str:
    return rfc3339(now_us() + round(seconds * SECOND))


class Sensor:
    """One sensor of one dataset, and what the platform says of it."""

    def __init__(self, platform: Platform, dataset: str, sensor: str, observed: str) -> None:
        self.platform, self.dataset, self.name, self.observed = platform, dataset, sensor, observed
        self.topic = f"{dataset}/{sensor}"

    def send(self, *payloads: str | bytes | dict[str, Any]) -> None:
        self.platform.publish([(self.topic, payload) for payload in payloads])

    def latest(self) -> list[dict[str, Any]]:
        return self.platform.latest(self.dataset, sensor=self.name, property=self.observed)

    def history(self) -> list[dict[str, Any]]:
        return self.platform.history(self.dataset, sensor=self.name, property=self.observed)

    def shown(self, value: object) -> dict[str, Any]:
        """The latest observation, once it has that value."""
        return eventually(lambda: next((o for o in self.latest() if o["value"] == value), None))


@pytest.fixture(scope="module")
def fresh(platform: Platform) -> Iterator[Sensor]:
    """Gives each test a sensor that no other test uses."""
    spare = [
        Sensor(platform, f"{city}/air-quality", f"station-{n}", "no2")
        for city in ("leuven", "brugge", "hasselt", "mechelen", "turnhout", "aalst", "genk", "oostende", "roeselare")
        for n in (1, 2)
    ]
    return iter(spare)


def rejected(platform: Platform, reason: str) -> float:
    return platform.metric("stadspuls_rejected_total", reason=reason)


def listed(platform: Platform, reason: str) -> list[dict[str, Any]]:
    lines = platform.run("rejected", "list", "--reason", reason, "--json", "--limit", "1000").splitlines()
    return [json.loads(line) for line in lines]


def payload_of(kept: dict[str, Any]) -> bytes:
    return b64decode(kept["payloadBase64"])


def test_a_good_value_comes_out_as_it_went_in(fresh: Iterator[Sensor]) -> None:
    sensor = next(fresh)
    time = at()
    sensor.send({"time": time, "no2": GOOD})
    shown = sensor.shown(GOOD)
    assert (shown["observedAt"], shown["unit"], shown["quality"]) == (time, "ug/m3", "good")
    assert shown["observedAt"] <= shown["receivedAt"] <= shown["publishedAt"]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("not json", "undecodable"),
        (b"\xff\xfe\x00", "undecodable"),
        (b"", "undecodable"),
        ("[1, 2]", "undecodable"),
        ('{"no2": 40}', "undecodable"),
        ('{"time": "yesterday", "no2": 40}', "undecodable"),
        ('{"time": "NOW", "no2": "40"}', "undecodable"),
        ('{"time": "NOW", "no2": true}', "undecodable"),
        ('{"time": "NOW", "no2": -11}', "impossible"),
        ('{"time": "NOW", "no2": NaN}', "impossible"),
        ('{"time": "NOW", "no2": 1e999}', "impossible"),
        ('{"time": "LATER", "no2": 40}', "future"),
        ('{"time": "2026-05-05T12:00:00", "no2": 40}', "no-time-zone"),
        ('{"time": "NOW", "no_2": 40}', "unregistered"),
    ],
)
def test_what_cannot_be_published_is_counted_and_kept_and_stops_nothing(
    platform: Platform, payload: str | bytes, reason: str
) -> None:
    sensor = Sensor(platform, "gent/air-quality", "station-1", "no2")
    if isinstance(payload, str):
        payload = payload.replace("NOW", at()).replace("LATER", at(6 * 60))
    before = rejected(platform, reason)
    value = float(next(_VALUES))
    sensor.send(payload, {"time": at(), "no2": value})
    sensor.shown(value)
    assert rejected(platform, reason) == before + 1
    assert 40 not in [o["value"] for o in sensor.history()]
    kept = eventually(lambda: [r for r in listed(platform, reason) if r["topic"] == sensor.topic])
    sent = payload if isinstance(payload, bytes) else payload.encode()
    assert sent in [payload_of(r) for r in kept]


def test_five_minutes_ahead_is_accepted(fresh: Iterator[Sensor]) -> None:
    sensor = next(fresh)
    sensor.send({"time": at(4.5 * 60), "no2": GOOD})
    sensor.shown(GOOD)


def test_a_message_over_64_kib_is_rejected_with_its_length_and_hash(platform: Platform) -> None:
    before = rejected(platform, "too-large")
    payload = json.dumps({"time": at(), "no2": 40, "padding": "x" * 70_000}).encode()
    platform.publish([("gent/air-quality/station-2", payload)])
    eventually(lambda: rejected(platform, "too-large") == before + 1)
    [kept] = eventually(lambda: listed(platform, "too-large"))
    assert kept["length"] == len(payload)
    assert kept["sha256"] == hashlib.sha256(payload).hexdigest()
    assert payload_of(kept) == payload[: 64 * 1024]


@pytest.mark.parametrize("topic", ["gent/air-quality/nobody", "gent/weather/W1", "atlantis/parking/P1", "hello"])
def test_an_unknown_topic_or_sensor_is_unregistered(platform: Platform, topic: str) -> None:
    before = rejected(platform, "unregistered")
    platform.publish([(topic, {"time": at(), "no2": 40})])
    eventually(lambda: rejected(platform, "unregistered") == before + 1)
    kept = eventually(lambda: [r for r in listed(platform, "unregistered") if r["topic"] == topic])
    assert len(kept) == 1


def test_an_implausible_value_is_published_as_suspect_and_left_out_of_aggregates(fresh: Iterator[Sensor]) -> None:
    sensor = next(fresh)
    sensor.send({"time": at(-2), "no2": 40}, {"time": at(-1), "no2": 4999}, {"time": at(), "no2": 50})
    sensor.shown(50)
    suspect = eventually(lambda: [o for o in sensor.history() if o["value"] == 4999])
    assert [(o["quality"], o["test"]) for o in suspect] == [("suspect", "plausible-range")]
    eventually(lambda: len(sensor.history()) == 3)
    answer = sensor.platform.get(f"/{sensor.dataset}/history", sensor=sensor.name, property="no2", every="1d")
    assert [(w["max"], w["count"]) for w in answer["aggregates"]][-1] == (50, 2)


def test_a_late_reading_is_published_but_never_latest(fresh: Iterator[Sensor]) -> None:
    sensor = next(fresh)
    sensor.send({"time": at(), "no2": GOOD})
    sensor.shown(GOOD)
    sensor.send({"time": at(-3 * 24 * 3600), "no2": 12})
    eventually(lambda: [o["value"] for o in sensor.history()] == [12, GOOD])
    late, newest = sensor.history()
    assert late["publishedAt"] > newest["publishedAt"]
    assert [o["value"] for o in sensor.latest()] == [GOOD]


def test_a_repeated_reading_is_dropped_and_counted(fresh: Iterator[Sensor]) -> None:
    sensor = next(fresh)
    labels = {"dataset": sensor.dataset, "outcome": "repeated"}
    before = sensor.platform.metric("stadspuls_readings_total", **labels)
    reading = {"time": at(), "no2": GOOD}
    sensor.send(reading, reading)
    sensor.shown(GOOD)
    eventually(lambda: sensor.platform.metric("stadspuls_readings_total", **labels) == before + 1)
    assert [o["value"] for o in eventually(sensor.history)] == [GOOD]


def test_the_same_instant_with_another_value_is_a_conflict(fresh: Iterator[Sensor]) -> None:
    sensor = next(fresh)
    before = rejected(sensor.platform, "conflict")
    time = at()
    sensor.send({"time": time, "no2": GOOD}, {"time": time, "no2": GOOD + 1})
    sensor.shown(GOOD)
    eventually(lambda: rejected(sensor.platform, "conflict") == before + 1)
    assert [o["value"] for o in eventually(sensor.history)] == [GOOD]


def test_one_bad_property_does_not_lose_the_good_ones_beside_it(platform: Platform) -> None:
    sensor = Sensor(platform, "sint-niklaas/air-quality", "station-1", "no2")
    before = rejected(platform, "impossible")
    sensor.send({"time": at(), "no2": GOOD, "temperature": -400})
    sensor.shown(GOOD)
    assert rejected(platform, "impossible") == before + 1


def test_spaces_of_a_street_become_its_vacant_spaces(platform: Platform) -> None:
    start = now_us() - MINUTE
    spaces = [f"street-1-space-{n:02}" for n in range(1, 13)]

    def count() -> dict[str, Any] | None:
        found = platform.latest("mechelen/parking", property="vacantSpaces", sensor="street-1-derived")
        return found[0] if found else None

    platform.publish([(f"mechelen/parking/{spaces[0]}", {"time": rfc3339(start), "occupied": False})])
    first = eventually(count)
    assert (first["value"], first["quality"], first["known"], first["capacity"]) == (1, "incomplete", 1, 12)
    assert first["procedure"] == "derived"
    platform.publish(
        (f"mechelen/parking/{space}", {"time": rfc3339(start + n * SECOND), "occupied": n % 3 == 0})
        for n, space in enumerate(spaces[1:], start=1)
    )
    whole = eventually(lambda: (found := count()) and found["quality"] == "good" and found)
    assert (whole["value"], whole["observedAt"]) == (9, rfc3339(start + 11 * SECOND))
    platform.publish([(f"mechelen/parking/{spaces[5]}", {"time": rfc3339(start - MINUTE), "occupied": True})])
    eventually(lambda: len(platform.history("mechelen/parking", sensor=spaces[5])) == 2)
    assert count() == whole
