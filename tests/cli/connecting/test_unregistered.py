"""Devices that are not registered are found in what was rejected, and the entry for each makes it registered."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.connecting.city_draft import CityDraft
from cli.connecting.entry_text import entry_text
from cli.connecting.explain import Explainer
from cli.connecting.proposed import Proposal, propose, put_in
from cli.connecting.strangers import Found, find_strangers
from stadspuls.clock import MINUTE
from stadspuls.log import MessageFrame, partition_of
from stadspuls.model import Message, Reason, Rejection
from stadspuls.registry import load_registry
from stadspuls.settings import ROOT, Settings, load_settings
from store.backends import open_writer
from streams.state import PartitionState
from streams.work import finish, prepare
from tests.cli.conftest import Stadspuls
from tests.stadspuls.codecs.vectors.places import HERE
from tests.streams.test_codec_examples import EXAMPLES, NOW

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
    sensors:
      - {id: market-counter, site: market, properties: [vacantSpaces]}
  air-quality:
    titles: {nl: Lucht}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: measured
"""
BIKES = """\
  bikes:
    titles: {nl: Deelfietsen}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: measured
"""
GATEWAY = """\
sources:
  - {id: gateway, filter: kortrijk/gateway/+, dataset: air-quality, codec: senml-json, devices: {}}  # ours
"""


class Town:
    """A city's file in a folder, and what its registry makes of messages."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.file = settings.cities_dir / "kortrijk.yaml"

    def write(self, text: str) -> None:
        for other in self.settings.cities_dir.glob("*.yaml"):
            other.unlink()
        self.file.write_text(text)

    def rejected(self, *messages: Message) -> list[Rejection]:
        """What the pipeline keeps back of them, newest first."""
        registry, found = load_registry(self.settings.cities_dir, self.settings.themes_dir), list[Rejection]()
        for offset, message in enumerate(messages):
            route = registry.route(message.topic)
            place = partition_of(route.dataset.name if route else message.topic, 4)
            state, frame = PartitionState(), MessageFrame(1, 0, 0, 1, "v", [message])
            prepared = prepare(frame, registry, state, place, 4)
            outcome = finish(frame, prepared, {}, registry, state, partition=place, offset=offset, now=NOW + offset)
            found += outcome.rejections
        return [one for one in reversed(found) if one.reason is Reason.UNREGISTERED]

    def find(self, *messages: Message) -> Found:
        registry = load_registry(self.settings.cities_dir, self.settings.themes_dir)
        return find_strangers(self.rejected(*messages), registry, Explainer(registry, "https://open.example", 4))

    def proposals(self, *messages: Message) -> list[Proposal]:
        registry = load_registry(self.settings.cities_dir, self.settings.themes_dir)
        return [propose(one, registry, self.settings) for one in self.find(*messages).strangers]

    def paste(self, proposal: Proposal) -> None:
        """As a person does it: the text behind what the file has."""
        pasted = yaml.safe_load(entry_text(proposal.entry))
        assert pasted == proposal.entry
        assert all(line.isprintable() for line in entry_text(proposal.entry).splitlines())
        city = yaml.safe_load(self.file.read_text())
        known = {source["id"]: source for source in city.get("sources", [])}
        for source in pasted.get("sources", []):
            if source["id"] in known:
                known[source["id"]].setdefault("devices", {}).update(source["devices"])
            else:
                city.setdefault("sources", []).append(source)
        for theme, dataset in pasted["datasets"].items():
            into: dict[str, Any] = city["datasets"].setdefault(theme, {})
            for key, value in dataset.items():
                into[key] = [*into.get(key, []), *value] if isinstance(value, list) else value
        self.file.write_text(yaml.safe_dump(city, allow_unicode=True))

    def still_unregistered(self, message: Message) -> bool:
        """Whether any of it is; loading tells every mistake of what was pasted."""
        registry = load_registry(self.settings.cities_dir, self.settings.themes_dir)
        told = Explainer(registry, "https://open.example", 4).explain(message)
        return any(why.reason is Reason.UNREGISTERED for why in told.rejections)


@pytest.fixture
def town(shipped: Settings) -> Town:
    town = Town(shipped)
    town.write(CITY + BIKES)
    return town


def plain(topic: str, at: int = 0, **values: object) -> Message:
    return Message(topic, json.dumps({"time": "2026-01-05T08:00:00Z", **values}).encode(), NOW + at * MINUTE)


def test_devices_are_grouped_and_those_that_send_most_come_first(town: Town) -> None:
    found = town.find(
        plain("kortrijk/parking/one", vacantSpaces=1),
        *(plain("kortrijk/parking/two", at, vacantSpaces=at) for at in range(3)),
        plain("kortrijk/parking/market-counter", vacantSpaces=1, battery=3),
        plain("kortrijk/parking/market-counter", vacantSpaces=2),
    )
    assert [(one.message.topic, one.device, one.count) for one in found.strangers] == [
        ("kortrijk/parking/two", "two", 3),
        ("kortrijk/parking/one", "one", 1),
    ]
    two = found.strangers[0]
    assert (two.first_seen, two.last_seen) == (NOW, NOW + 2 * MINUTE)
    assert b'"vacantSpaces": 2' in two.message.payload
    assert (found.fields, found.known_by_now) == (1, 0)


def test_a_device_that_is_registered_by_now_is_not_listed(town: Town) -> None:
    message = plain("kortrijk/parking/new", vacantSpaces=1)
    rejections = town.rejected(message)
    (proposal,) = town.proposals(message)
    town.paste(proposal)
    registry = load_registry(town.settings.cities_dir, town.settings.themes_dir)
    found = find_strangers(rejections, registry, Explainer(registry, "https://open.example", 4))
    assert (found.strangers, found.known_by_now) == ([], 1)


@pytest.mark.parametrize(
    ("message", "codec", "sensor"),
    [
        (plain("kortrijk/parking/new", vacantSpaces=1), "json", ("kortrijk/parking", "new", ("vacantSpaces",))),
        (plain("kortrijk/parking/space", occupied=True), "json", ("kortrijk/parking", "space", ("occupied",))),
        (plain("kortrijk/air-quality/S", no2=1, pm10=2), "json", ("kortrijk/air-quality", "S", ("no2", "pm10"))),
        (plain("kortrijk/vendor/S1/up", no2=1, rssi=2), "json", ("kortrijk/air-quality", "S1", ("no2",))),
        (
            Message("kortrijk/box/7", b'{"id": "dev: 7", "ts": 1767600000, "readings": {"no2": "41.2"}}', NOW),
            "jmespath",
            ("kortrijk/air-quality", "dev-7", ("no2",)),
        ),
        (
            Message("kortrijk/gateway/x", b'[{"n": "urn:dev:a:no2", "v": 1, "u": "ug/m3"}]', NOW),
            "senml-json",
            ("kortrijk/air-quality", "urn-dev-a", ("no2",)),
        ),
    ],
    ids=["counter", "space", "station", "foreign", "any JSON", "device of a source"],
)
def test_the_entry_makes_a_device_known(
    town: Town, message: Message, codec: str, sensor: tuple[str, str, tuple[str, ...]]
) -> None:
    town.write(CITY + BIKES + GATEWAY)
    (proposal,) = town.proposals(message)
    assert proposal.guesses[0].codec == codec
    assert proposal.entry, proposal.why_none
    town.paste(proposal)
    assert not town.still_unregistered(message)
    dataset, name, properties = sensor
    registry = load_registry(town.settings.cities_dir, town.settings.themes_dir)
    assert registry.datasets[dataset].sensors[name].properties == properties


@pytest.mark.parametrize("given", [one for one in EXAMPLES if one.codec != "python"], ids=lambda given: given.codec)
def test_the_codec_of_every_example_is_guessed_and_its_entry_can_be_pasted(given: Any, town: Town) -> None:
    """Without any source each is a foreign scheme."""
    (proposal,) = town.proposals(given.message)
    guessed = [guess.codec for guess in proposal.guesses]
    assert guessed[:1] == [given.codec] if given.codec != "jmespath" else guessed == []
    if given.codec == "jmespath":
        assert proposal.why_none == "no codec reads its payload"
        return
    assert proposal.entry, proposal.why_none
    town.paste(proposal)
    assert not town.still_unregistered(given.message)
    if given.codec == "homie":
        assert proposal.entry["sources"][0]["properties"] == {"contact": "occupied"}  # type: ignore[index, call-overload]


def test_the_entry_in_the_documentation_can_be_pasted(shipped: Settings) -> None:
    page = (ROOT / "docs" / "connect.md").read_text()
    entry = yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])
    draft = CityDraft(shipped, "gent")
    put_in(draft, entry)
    assert draft.save().cities["gent"].sources[0].filter == "gent/vendor/+/up"


def test_uplinks_of_every_known_device_are_guessed(town: Town) -> None:
    uplinks = json.loads((HERE / "the-things-stack-v3" / "uplinks-from-vectors.json").read_text())
    for uplink in uplinks:
        (proposal,) = town.proposals(
            Message("kortrijk/tts/v3/app/devices/d/up", json.dumps(uplink["payload"]).encode(), NOW)
        )
        assert proposal.guesses[0].codec == "the-things-stack"
        assert proposal.entry, proposal.why_none


def test_a_theme_that_the_city_does_not_have_yet_becomes_a_dataset(town: Town) -> None:
    town.write(CITY)
    message = plain("kortrijk/bikes/B1", availableBikes=3, vacantDocks=2)
    (proposal,) = town.proposals(message)
    assert proposal.entry, proposal.why_none
    town.paste(proposal)
    assert not town.still_unregistered(message)
    registry = load_registry(town.settings.cities_dir, town.settings.themes_dir)
    assert registry.datasets["kortrijk/bikes"].sensors["B1"].properties == ("availableBikes", "vacantDocks")


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (plain("nowhere/parking/P1", vacantSpaces=1), "there is no city 'nowhere'"),
        (plain("kortrijk/parking/spot é", vacantSpaces=1), "'spot é' cannot be a sensor's id"),
        (Message("kortrijk/x/y/z", b"\x00\xff", NOW), "no codec reads its payload"),
    ],
)
def test_where_there_is_no_entry_it_is_said_why(town: Town, message: Message, why: str) -> None:
    (proposal,) = town.proposals(message)
    assert not proposal.entry
    assert why in proposal.why_none


words = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=70) | st.sampled_from(
    [
        "a: b",
        "- x",
        "'",
        '"',
        "# x",
        "{}",
        "no",
        "1",
        "\x1b[2J",
        "\u202egnp",
        "é",
        "a\nslug: x",
        "&a",
        "*a",
        "!!python/x",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(level=words, device=words, field=words)
def test_words_of_strangers_are_quoted_so_that_what_is_pasted_is_what_is_meant(
    town: Town, level: str, device: str, field: str
) -> None:
    town.write(CITY + BIKES)
    topic = "kortrijk/" + level.replace("+", "").replace("#", "").replace("\0", "") + "/up/v1"
    payload = [
        {"bn": f"{device}/", "n": "no2", "v": 1, "u": "ug/m3"},
        {"n": field.replace("/", "").replace(":", ""), "v": 1},
    ]
    message = Message(topic, json.dumps(payload).encode(), NOW)
    for proposal in town.proposals(message):
        if proposal.entry:
            town.paste(proposal)
            load_registry(town.settings.cities_dir, town.settings.themes_dir)


def test_the_command_lists_devices_of_the_store(stadspuls: Stadspuls, town: Town, tmp_path: Path) -> None:
    settings = load_settings(None, data_dir=tmp_path / "data")
    settings.data_dir.mkdir()
    writer = open_writer(settings)
    writer.write_rejected(
        town.rejected(
            plain("kortrijk/parking/\x1b[31m", vacantSpaces=1),
            plain("kortrijk/parking/new", vacantSpaces=1),
            plain("nowhere/parking/new", vacantSpaces=1),
        )
    )
    writer.close()
    given = {"cities_dir": str(town.settings.cities_dir), "themes_dir": str(town.settings.themes_dir)}
    answer = stadspuls("unregistered", "--city", "kortrijk", data_dir=str(tmp_path / "data"), **given)
    assert answer.returncode == 0, answer.stderr
    assert "Devices that are not registered: 2" in answer.stdout
    assert "\x1b" not in answer.stdout
    assert "      - {id: new, site: new, properties: [vacantSpaces]}" in answer.stdout
    answer = stadspuls("unregistered", "--json", "--limit", "2", data_dir=str(tmp_path / "data"), **given)
    told = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [one["topic"] for one in told] == ["kortrijk/parking/new", "nowhere/parking/new"]
    assert yaml.safe_load(told[0]["yaml"]) == told[0]["entry"]
    assert told[1]["noEntry"] == "there is no city 'nowhere'; stadspuls city new makes one"
