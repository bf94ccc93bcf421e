"""What came before its sensor was registered is replayed, on whatever platform: told by its steps."""

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx

from stadspuls.clock import SECOND, now_us, rfc3339
from tests.platform.running import ROOT, Platform, eventually

LIMIT = 60
NEW_SENSOR = "      - {id: market-9, site: car-park-1, properties: [vacantSpaces]}\n"
SOURCE = """\
sources:
  - id: clockless
    filter: kortrijk/clockless/+
    dataset: parking
    sensor_level: 3
    codec: jmespath
    mapping: {values: {vacantSpaces: free}}
"""


def rejected(platform: Platform, *options: str) -> list[dict[str, Any]]:
    lines = platform.run("rejected", "list", "--city", "kortrijk", "--json", *options).splitlines()
    return [json.loads(line) for line in lines]


def observed(platform: Platform, dataset: str, sensor: str) -> list[tuple[str, float, str]]:
    """Property, value and instant of everything that was observed, by value."""
    found = platform.history(dataset, sensor=sensor)
    return sorted(((o["property"], o["value"], o["observedAt"]) for o in found), key=lambda o: o[1])


def correct(city: Path) -> None:
    """Register the sensor, a property of another one, and a source."""
    text = city.read_text()
    last = "      - {id: car-park-3, site: car-park-3, properties: [vacantSpaces]}\n"
    properties = "[no2, pm10, pm25, so2, co, temperature]"
    assert last in text
    assert text.count(properties) == 1
    text = text.replace(last, last + NEW_SENSOR).replace(properties, properties.replace("so2", "so2, o3"))
    city.write_text(text + SOURCE)


def replay_after_a_correction(platform: Platform, city: Path) -> None:
    """Sensors send, the file is corrected and applied; all that was kept back is replayed, again and again."""
    begin = now_us() // SECOND * SECOND
    first, second = rfc3339(begin), rfc3339(begin + SECOND)
    messages: list[tuple[str, str | bytes | dict[str, Any]]] = [
        ("kortrijk/parking/market-9", {"time": first, "vacantSpaces": 141}),
        ("kortrijk/parking/market-9", {"time": second, "vacantSpaces": 142}),
        # Half of it is good.
        ("kortrijk/air-quality/station-2", {"time": first, "no2": 43.5, "o3": 44.5}),
    ]
    platform.publish([*messages, ("kortrijk/clockless/market-9", {"free": 144})])
    before = eventually(lambda: len(found := rejected(platform)) == 4 and found, LIMIT)
    [clockless] = [r["receivedAt"] for r in before if r["topic"] == "kortrijk/clockless/market-9"]
    good = ("no2", 43.5, first)
    eventually(lambda: observed(platform, "kortrijk/air-quality", "station-2") == [good], LIMIT)

    correct(city)
    platform.run("registry", "apply")
    said = platform.run("rejected", "replay", "--city", "kortrijk", "--reason", "unregistered")
    assert "4 of 4 messages replayed" in said
    assert "Rejected again" not in said
    market = [("vacantSpaces", 141, first), ("vacantSpaces", 142, second), ("vacantSpaces", 144, clockless)]
    assert observed(platform, "kortrijk/parking", "market-9") == market
    assert observed(platform, "kortrijk/air-quality", "station-2") == [good, ("o3", 44.5, first)]

    # Again, while the readings come anew and the worker is killed.
    repeated = subprocess.Popen(
        platform.command("rejected", "replay", "--city", "kortrijk", "--again"), env=platform.environment, cwd=ROOT
    )
    worker = eventually(lambda: platform.service("streams"), LIMIT)
    worker.kill()
    platform.publish(messages)
    assert repeated.wait(LIMIT + 60) == 0
    [one] = [r["key"] for r in before if "market-9" in r["topic"] and "142" in str(r["payload"])]
    assert "1 of 1 messages replayed, 0 values published." in platform.run("rejected", "replay", one)
    assert observed(platform, "kortrijk/parking", "market-9") == market
    assert observed(platform, "kortrijk/air-quality", "station-2") == [good, ("o3", 44.5, first)]
    after = eventually(lambda: all(r["replayedAt"] for r in rejected(platform)) and rejected(platform), LIMIT)
    assert [r["key"] for r in after] == [r["key"] for r in before]
    _ask_the_api(platform, [r["key"] for r in before])


def _ask_the_api(platform: Platform, keys: list[str]) -> None:
    key = platform.run("key", "new", "kortrijk", "--scope", "rejected", "--scope", "replay").strip()
    other = platform.run("key", "new", "gent", "--scope", "rejected").strip()
    path = "/admin/rejected"

    def ask(method: str, path: str, key: str, body: object = None) -> httpx.Response:
        return platform.http.request(method, path, json=body, headers={"Authorization": f"Bearer {key}"})

    assert [entry["key"] for entry in ask("GET", path, key).json()["rejected"]] == keys
    assert ask("GET", f"{path}/{keys[0]}", other).status_code == 404
    assert platform.http.get(path).status_code == 401
    begun = ask("POST", f"{path}/replay", key, {"keys": keys})
    assert (begun.status_code, begun.json()["messages"]) == (202, 4)
    marks = {r["key"]: r["replayedAt"] for r in ask("GET", path, key).json()["rejected"]}
    eventually(lambda: ask("GET", f"{path}/{keys[0]}", key).json()["replayedAt"] != marks[keys[0]], LIMIT)
