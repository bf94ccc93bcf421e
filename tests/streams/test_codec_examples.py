"""Every example of docs/registry.md, through the registry's loader and the real decode step."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from stadspuls.clock import parse_rfc3339
from stadspuls.codecs import KNOWN_CODECS
from stadspuls.log import partition_of
from stadspuls.model import Message
from stadspuls.registry import Registry, load_registry
from stadspuls.settings import ROOT
from streams.births import Births
from streams.check import check
from streams.decode import decode

NOW = parse_rfc3339("2026-01-05T08:00:05Z")
PAGE = (ROOT / "docs" / "registry.md").read_text()
CITY = """\
slug: kortrijk
names: {nl: Kortrijk}
publisher: {names: {nl: Stad Kortrijk}}
contact: {name: Opendatacontact}
time_zone: Europe/Brussels
centre: {latitude: 50.828, longitude: 3.264}
datasets:
  parking:
    titles: {nl: Parkeren}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: measured
    sites:
      - {id: market, names: {nl: Markt}, kind: car-park, point: {latitude: 50.828, longitude: 3.264}, capacity: 210}
      - {id: street, names: {nl: Straat}, kind: street, point: {latitude: 50.828, longitude: 3.264}, capacity: 2}
    sensors:
      - {id: market-counter, site: market, properties: [vacantSpaces]}
      - {id: space-1, site: street, properties: [occupied]}
      - {id: space-2, site: street, properties: [occupied]}
  air-quality:
    titles: {nl: Lucht}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: measured
    sites:
      - {id: station, names: {nl: Meetpunt}, kind: station, point: {latitude: 50.828, longitude: 3.264}}
    sensors:
      - {id: station-1, site: station, properties: [no2, pm10, pm25, temperature, humidity, pressure]}
  bikes:
    titles: {nl: Deelfietsen}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: measured
    sites:
      - {id: b1, names: {nl: Station}, kind: bike-station, point: {latitude: 50.828, longitude: 3.264}, capacity: 15}
    sensors:
      - {id: B1, site: b1, properties: [availableBikes, vacantDocks]}
"""


class Example(NamedTuple):
    """A codec's section of the page."""

    codec: str
    source: str
    code: str | None
    message: Message
    given: list[str]


def block(section: str, kind: str) -> str | None:
    found = re.search(rf"^```{kind}\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return found[1] if found else None


def example(section: str) -> Example:
    topic = re.search(r"^To `([^`]+)`:$", section, re.MULTILINE)
    codec = re.match(r"[^\n]*: `([a-z-]+)`\n", section)
    source = block(section, "yaml")
    assert topic
    assert codec
    assert source
    text, digits = block(section, "json") or block(section, "text"), block(section, "hex")
    payload = bytes.fromhex(digits) if digits else (text or "").rstrip("\n").encode()
    given = re.search(r"^gives (.*?)\.$", section, re.DOTALL | re.MULTILINE)
    assert given
    return Example(
        codec[1],
        source,
        block(section, "python"),
        Message(topic[1], payload, NOW),
        re.findall(r"`([^`]+)`", given[1]),
    )


EXAMPLES = [example(section) for section in PAGE[PAGE.index("## Codecs") :].split("\n### ")[1:]]


def registry_of(folder: Path, given: list[Example]) -> Registry:
    """A city with these examples as its sources."""
    shutil.copytree(ROOT / "themes", folder / "themes")
    (folder / "cities" / "kortrijk").mkdir(parents=True)
    sources = [source for one in given for source in yaml.safe_load(one.source)]
    (folder / "cities" / "kortrijk.yaml").write_text(CITY + yaml.safe_dump({"sources": sources}))
    for one in given:
        if one.code:
            (folder / "cities" / "kortrijk" / "gateway.py").write_text(one.code)
    return load_registry(folder / "cities", folder / "themes")


def shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("given", EXAMPLES, ids=lambda given: given.codec)
def test_an_example_gives_what_the_page_says(given: Example, tmp_path: Path) -> None:
    registry = registry_of(tmp_path, [given])
    route = registry.route(given.message.topic)
    assert route is not None
    assert route.codec == given.codec
    partition = partition_of(route.dataset.name, 4)
    readings, faults = decode([given.message], registry, partition, 4, Births())
    readings, impossible = check(readings, registry)
    assert (faults, impossible) == ([], [])
    told = [f"{r.datastream.sensor} {r.datastream.observed_property} {shown(r.value)}" for r in readings]
    assert told == given.given
    assert all(reading.quality == "good" for reading in readings)


def test_every_codec_has_an_example_and_all_stand_beside_each_other(tmp_path: Path) -> None:
    assert {given.codec for given in EXAMPLES} == KNOWN_CODECS - {"json"}
    assert len(registry_of(tmp_path, EXAMPLES).cities["kortrijk"].sources) == len(EXAMPLES)
