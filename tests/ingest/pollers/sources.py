"""Sources of docs/registry.md as a test polls them: the same lines, another host."""

import re
import shutil
from pathlib import Path

import yaml

from ingest.pollers.source import PolledMessage
from stadspuls.clock import parse_rfc3339
from stadspuls.log import partition_of
from stadspuls.model import Message
from stadspuls.registry import Registry, load_registry
from stadspuls.settings import ROOT
from streams.decode import decode

NOW = parse_rfc3339("2026-01-05T08:00:30Z")
PAGE = (ROOT / "docs" / "registry.md").read_text()
SECTION = PAGE[PAGE.index("## Foreign APIs") : PAGE.index("## A theme's file")]
EXAMPLES = {
    one["id"]: one for block in re.findall(r"```yaml\n(.*?)```", SECTION, re.S) for one in yaml.safe_load(block)
}
CITY = """\
slug: gent
names: {nl: Gent}
publisher: {names: {nl: Stad Gent}}
contact: {name: Opendatacontact}
time_zone: Europe/Brussels
centre: {latitude: 51.054, longitude: 3.717}
datasets:
"""
DATASET = """\
  %s:
    titles: {nl: Titel}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: measured
    sites:
      - {id: here, names: {nl: Hier}, kind: %s, point: {latitude: 51.05, longitude: 3.72}}
    sensors:
%s"""


def sensors(properties: str, *names: str) -> str:
    return "".join(f"      - {{id: {name}, site: here, properties: [{properties}]}}\n" for name in names)


DATASETS = "".join(
    (
        DATASET % ("parking", "car-park", sensors("vacantSpaces", "P1", "P2")),
        DATASET % ("air-quality", "station", sensors("no2, pm10, pm25", "R701", "C71234")),
        DATASET % ("bikes", "bike-station", sensors("availableBikes, vacantDocks", "B14")),
    )
)


def registry_of(folder: Path, *names: str, url: str = "", **poll: str) -> Registry:
    """A city with these examples, their APIs on another host when one is given."""
    if not (folder / "themes").exists():
        shutil.copytree(ROOT / "themes", folder / "themes")
        (folder / "cities").mkdir()
    sources = []
    for name in names:
        source = EXAMPLES[name] | {"poll": EXAMPLES[name]["poll"] | poll}
        if url:
            for field in {"url", "information"} & set(source["poll"]):
                path = source["poll"][field].removeprefix("https://").partition("/")[2]
                source["poll"][field] = f"{url}/{path}"
        sources.append(source)
    (folder / "cities" / "gent.yaml").write_text(CITY + DATASETS + yaml.safe_dump({"sources": sources}))
    return load_registry(folder / "cities", folder / "themes")


def told(messages: list[PolledMessage], registry: Registry) -> list[str]:
    """What `streams` makes of the messages: readings, or reasons."""
    found: list[str] = []
    for topic, payload in messages:
        route = registry.route(topic)
        assert route is not None
        readings, faults = decode([Message(topic, payload, NOW)], registry, partition_of(route.dataset.name, 4), 4)
        found += [f"{r.datastream.sensor} {r.datastream.observed_property} {r.value}" for r in readings]
        found += [f"{fault.reason}: {fault.detail}" for fault in faults]
    return found
