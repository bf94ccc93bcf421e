"""A city changes its file while readings come in, on whatever platform: told by its steps."""

import itertools
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stadspuls.clock import SECOND, now_us, rfc3339
from tests.platform.running import ROOT, Platform, eventually

DATASET = "gent/air-quality"
LOADED = tuple(f"{DATASET}/LOAD-{n}" for n in range(4))


class City:
    """The city's file, as its people edit it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "cities" / "gent.yaml"

    def change(self, change: Callable[[str], str]) -> None:
        text = self.file.read_text()
        changed = change(text)
        assert changed != text
        self.file.write_text(changed)

    def add(self, line: str, part: str) -> None:
        """Put an entry first in a list of the air quality's dataset."""
        self.change(lambda text: _into(text, part, line))


def _into(text: str, part: str, line: str) -> str:
    before, dataset, after = text.partition("\n  air-quality:\n")
    assert dataset
    head, name, rest = after.partition(f"\n    {part}:\n")
    assert name
    return f"{before}{dataset}{head}{name}      - {line}\n{rest}"


def edited_city(folder: Path) -> tuple[City, dict[str, str]]:
    """The shipped files and a few sensors more, in a folder of their own; with the settings that lead to them."""
    for name in ("cities", "themes"):
        shutil.copytree(ROOT / name, folder / name)
    city = City(folder)
    for topic in LOADED:
        city.add(f"{{id: {topic.rpartition('/')[2]}, site: here, properties: [no2]}}", "sensors")
    city.add("{id: here, names: {nl: Hier}, kind: station, point: {latitude: 51.05, longitude: 3.72}}", "sites")
    city.add("{id: there, names: {nl: Daar}, kind: station, point: {latitude: 51.06, longitude: 3.73}}", "sites")
    return city, {"CITIES_DIR": str(folder / "cities"), "THEMES_DIR": str(folder / "themes")}


@contextmanager
def load(platform: Platform) -> Iterator[list[tuple[str, int]]]:
    """Readings of some sensors for as long as the block runs: by sensor, the number that is its value."""
    sent: list[tuple[str, int]] = []
    ended = threading.Event()

    def send() -> None:
        for number in itertools.count(1):
            if ended.wait(0.02):
                return
            batch = [(topic, number % 400, now_us() + place) for place, topic in enumerate(LOADED)]
            platform.publish([(topic, {"time": rfc3339(at), "no2": value}) for topic, value, at in batch])
            sent.extend((topic.rpartition("/")[2], value) for topic, value, _ in batch)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield sent
    finally:
        ended.set()
        sender.join()


def apply(platform: Platform) -> None:
    assert platform.run("registry", "apply").endswith("is in force\n")


def values(platform: Platform, sensor: str) -> list[float]:
    return [o["value"] for o in platform.history(DATASET, sensor=sensor)]


def send(platform: Platform, sensor: str, value: float) -> None:
    platform.publish([(f"{DATASET}/{sensor}", {"time": rfc3339(now_us()), "no2": value})])


def sensors_come_move_and_go(platform: Platform, city: City) -> None:
    """Add, move, break, remove; under load, which must not notice."""
    with load(platform) as sent:
        eventually(lambda: len(sent) > 40)

        # Unknown at first, and heard as soon as it is registered.
        send(platform, "NEW", 11)
        eventually(lambda: platform.metric("stadspuls_rejected_total", reason="unregistered") == 1)
        city.add("{id: NEW, site: here, properties: [no2]}", "sensors")
        assert "+ cities/gent.yaml: datasets.air-quality.sensors[NEW]" in platform.run("registry", "diff")
        apply(platform)
        eventually(lambda: [o for o in _told(platform, "NEW", 12) if str(o["site"]).endswith("/here")])

        # It moves: what it measured here stays here.
        city.change(lambda text: text.replace("{id: NEW, site: here", "{id: NEW, site: there"))
        apply(platform)
        eventually(lambda: [o for o in _told(platform, "NEW", 13) if str(o["site"]).endswith("/there")])
        eventually(lambda: 13 in values(platform, "NEW"))
        sites = {o["value"]: o["site"].rpartition("/")[2] for o in platform.history(DATASET, sensor="NEW")}
        assert (sites[12], sites[13]) == ("here", "there")

        # A broken file changes nothing, and says why.
        whole = city.file.read_text()
        version = platform.run("registry", "diff")
        city.change(lambda text: text.replace("{id: NEW, site: there", "{id: NEW, site: nowhere"))
        refused = subprocess.run(
            platform.command("registry", "apply"),
            env=platform.environment,
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
            timeout=170,
        )
        assert refused.returncode == 1
        assert "cities/gent.yaml:" in refused.stdout
        assert "nowhere" in refused.stdout
        assert _told(platform, "NEW", 14)
        city.file.write_text(whole)
        assert platform.run("registry", "diff") == version

        # It goes: not told as latest any more, and what it sends is kept back; its history stays.
        eventually(lambda: 14 in values(platform, "NEW"))
        city.change(lambda text: text.replace("      - {id: NEW, site: there, properties: [no2]}\n", ""))
        apply(platform)
        before = platform.metric("stadspuls_rejected_total", reason="unregistered")
        eventually(lambda: _rejected_since(platform, before))
        eventually(lambda: "NEW" not in [o["sensor"] for o in platform.latest(DATASET)])
        assert {12, 13, 14} <= set(values(platform, "NEW"))

    assert len(sent) > 100
    for topic in LOADED:
        sensor = topic.rpartition("/")[2]
        expected = [value for name, value in sent if name == sensor]
        eventually(lambda sensor=sensor, expected=expected: len(values(platform, sensor)) >= len(expected))  # type: ignore[misc]
        found = values(platform, sensor)
        assert found == expected, (len(found), len(expected), set(found) ^ set(expected))
    rejected = platform.run("rejected", "list", "--json", "--limit", "10000").splitlines()
    others = [line for line in rejected if '/NEW"' not in line]
    assert not others, others[:3]


def _told(platform: Platform, sensor: str, value: float) -> list[dict[str, object]]:
    """Send a value until it is told: the processes take a registry up within a second of each other."""
    send(platform, sensor, value)
    deadline = now_us() + SECOND
    while now_us() < deadline:
        found = [o for o in platform.latest(DATASET) if (o["sensor"], o["value"]) == (sensor, value)]
        if found:
            return found
    return []


def _rejected_since(platform: Platform, before: float) -> bool:
    send(platform, "NEW", 15)
    return platform.metric("stadspuls_rejected_total", reason="unregistered") > before
