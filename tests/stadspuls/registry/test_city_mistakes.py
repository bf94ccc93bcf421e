"""Every mistake in a city file is told with file, line and field, and nothing is told beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

Break = Callable[[str, str, str], list[str]]

SITE = "datasets.parking.sites"
SENSOR = "datasets.parking.sensors"

FIELDS = [
    ("{nl: Gent, en: Ghent}", "{en: Ghent} # here", "names.nl: is missing"),
    ("{nl: Stad Gent}}", "{nl: 9000}} # here", "publisher.names.nl: should be text"),
    ("{nl: Stad Gent}}", '{nl: " "}} # here', "publisher.names.nl: String should have at least 1"),
    ("{nl: Stad Gent}}", "{nl: x, es: y}} # here", "publisher.names.es: no such field here"),
    ("{name: Opendatacontact}", "[Opendatacontact] # here", "contact: should be a mapping"),
    ("{name: Opendatacontact}", "{name: x, email: y} # here", "contact.email: String should match"),
    (
        "time_zone: Europe/Brussels\ncentre",
        "time_zone: Europe/Gent # here\ncentre",
        "time_zone: 'Europe/Gent' is no tim",
    ),
    (
        "time_zone: Europe/Brussels\ncentre",
        "time_zone: UTC\ntimezone: x # here\ncentre",
        "timezone: no such field here",
    ),
    ("sources:", "id_base: https://x.be/ # here\nsources:", "id_base: 'https://x.be/' is no base"),
    ("origin: measured", "origin: made-up # here", "datasets.parking.origin: Input should be 'measured', 'replayed'"),
    ("origin: measured", "origin: measured\n    visibility: no # here", "datasets.parking.visibility: Input should be"),
    ("origin: measured", "origin: measured\n    retention: P1Y # here", "datasets.parking.retention: 'P1Y' is no dur"),
    (
        "https://data.stad.gent/algemene-licentie",
        "cc0 # here",
        "datasets.parking.licence: 'cc0' is no absolute http(s)",
    ),
    ("iri: https://stad.gent/id/parking/P1", "iri: P1 # here", f"{SITE}[0].iri: 'P1' is no absolute http(s) IRI"),
    (
        "iri: https://stad.gent/id/parking/P1",
        "iri: https://stad.gent/%zz # here",
        f"{SITE}[0].iri: 'https://stad.gent/%zz' is no absolute http(s) IRI",
    ),
    ("capacity: 2", "capacity: 2\n        valid_from: soon # here", f"{SITE}[0].valid_from: Input should be a valid d"),
    ("capacity: 2", "capacity: 2\n        zone: 5 # here", f"{SITE}[0].zone: should be text"),
    ("period: PT1M", "period: 1 minute # here", f"{SENSOR}[0].period: '1 minute' is no duration"),
    ("period: PT1M", "period: PT0S # here", f"{SENSOR}[0].period: Input should be greater than 0"),
    ("[vacantSpaces]", "[] # here", f"{SENSOR}[2].properties: List should have at least 1 item"),
    (
        "latitude: 51.05652, longitude: 3.72595}",
        "latitude: 41, longitude: 3} # here",
        f"{SITE}[0].point: (41.0, 3.0) lies",
    ),
    (
        "centre: {latitude: 51.054, longitude: 3.717}",
        "centre: {latitude: 3.717, longitude: 51.054} # here",
        "centre: (3.717, 51.054) lies far outside Belgium (latitude 49.4 to 51.6, longitude 2.4 to 6.5); are latitude",
    ),
    (
        "  parking:\n    titles: {nl: Parkings in Gent}\n",
        "  parking: # here\n",
        "datasets.parking.titles: is missing",
    ),
]

REFERENCES = [
    (
        "[vacantSpaces]",
        "[vacant] # here",
        f"{SENSOR}[2].properties[0]: no property 'vacant' in this theme; known: vacantS",
    ),
    (
        "[vacantSpaces]",
        "[vacantSpaces, vacantSpaces] # here",
        f"{SENSOR}[2].properties[1]: 'vacantSpaces' stands here tw",
    ),
    ("site: P2", "site: P99 # here", f"{SENSOR}[2].site: no site 'P99' in this dataset; known: P1, P2"),
    ("id: C2", "id: S1 # here", f"{SENSOR}[2].id: 'S1' stands here twice, first in line 33"),
    ("id: C2", "id: C/2 # here", f"{SENSOR}[2].id: 'C/2' is no id"),
    ("id: C2", f"id: {'C' * 65} # here", f"{SENSOR}[2].id: '{'C' * 65}' is no id"),
    ("id: C2", "id: P1-derived # here", f"{SENSOR}[2].id: 'P1-derived' is the name of a site's virtual sensor"),
    ("kind: street", "kind: garage # here", f"{SITE}[1].kind: no kind 'garage' in this theme; known: car-park, street"),
    (
        "kind: street",
        "kind: street\n        iri: https://stad.gent/id/parking/P1 # here",
        f"{SITE}[1].iri: 'https://stad.",
    ),
    (
        "capacity: 2",
        "capacity: 3 # here",
        f"{SITE}[0].capacity: is 3; the sensors of this site that measure 'occupied' are 2",
    ),
    ("id: P2\n", "id: P2\n        id: P3 # here\n", f"{SITE}[1].id: stands here twice, first in line 28"),
]

SOURCES = [
    (
        "dataset: parking",
        "dataset: noise # here",
        "sources[0].dataset: no dataset 'noise' in this city; known: parking",
    ),
    ("codec: json", "codec: xml # here", "sources[0].codec: no codec 'xml' here; known: gbfs, homie, jmespath, json, "),
    (
        "filter: gent/tts/v3/+/devices/+/up",
        "filter: brugge/tts/+/+/+/# # here",
        "sources[0].filter: 'brugge/tts/+/+/+/#'",
    ),
    ("v3/+/devices/+/up", "#/devices # here", "sources[0].filter: 'gent/tts/#/devices': '#' stands alone in the last"),
    ("v3/+/devices/+/up", "v3+/a/b/c # here", "sources[0].filter: 'gent/tts/v3+/a/b/c': '+' stands alone in its"),
    (
        "gent/tts/v3/+/devices/+/up",
        "gent/+/#  # here",
        "sources[0].filter: 'gent/+/#' overlaps with the city's own topics",
    ),
    ("sensor_level: 6", "sensor_level: 8 # here", "sources[0].sensor_level: 8, but topics of"),
    (
        "sensor_level: 6",
        "sensor_level: 1 # here",
        "sources[0].sensor_level: Input should be greater than or equal to 2",
    ),
    ("ignore: [battery]", "ignore: [1] # here", "sources[0].ignore[0]: should be text"),
]

SLUGS = [
    ("ghent", "'ghent', but the file is called gent.yaml; both must be the same"),
    ("Gent", "'Gent' is no slug"),
    ("gent--9", "'gent--9' is no slug"),
    ("catalog", "'catalog' is a word of the published addresses"),
    ("ngsi-ld", "'ngsi-ld' is a word of the published addresses"),
]


@pytest.mark.parametrize(("old", "new", "expected"), [*FIELDS, *REFERENCES, *SOURCES])
def test_mistake_is_told_with_its_line(broken: Break, old: str, new: str, expected: str) -> None:
    (mistake,) = broken("cities/gent.yaml", old, new)
    assert mistake.startswith(f"cities/gent.yaml:here: {expected}")


@pytest.mark.parametrize(("slug", "expected"), SLUGS)
def test_slug_that_cannot_be_is_told(broken: Break, slug: str, expected: str) -> None:
    told = broken("cities/gent.yaml", "slug: gent", f"slug: {slug} # here")
    assert any(mistake.startswith(f"cities/gent.yaml:here: slug: {expected}") for mistake in told)


def test_space_sensors_at_a_site_without_capacity_are_told_at_the_site(broken: Break) -> None:
    (mistake,) = broken("cities/gent.yaml", "[vacantSpaces]", "[vacantSpaces, occupied] # here")
    text = "is missing; the sensors of this site that measure 'occupied' are 1"
    assert mistake == f"cities/gent.yaml:28: {SITE}[1].capacity: {text}"


def test_unknown_theme_is_told(broken: Break) -> None:
    told = broken("cities/gent.yaml", "  parking:\n", "  parkng: # here\n")
    assert told[0].startswith(
        "cities/gent.yaml:10: sources[0].dataset: no dataset 'parking' in this city; known: parkng"
    )
    assert told[1] == "cities/gent.yaml:here: datasets.parkng: no theme 'parkng' here; known: parking"


def test_two_sources_that_match_one_topic_are_told(broken: Break) -> None:
    second = "  - {id: other, filter: gent/tts/#, dataset: parking, codec: json} # here\ndatasets:"
    (mistake,) = broken("cities/gent.yaml", "datasets:", second)
    text = "'gent/tts/#' overlaps with 'gent/tts/v3/+/devices/+/up' of sources[0]"
    assert mistake == f"cities/gent.yaml:here: sources[1].filter: {text}"


def test_two_sources_with_one_id_are_told(broken: Break) -> None:
    second = "  - {id: lora, filter: gent/x, dataset: parking, codec: json} # here\ndatasets:"
    (mistake,) = broken("cities/gent.yaml", "datasets:", second)
    assert mistake == "cities/gent.yaml:here: sources[1].id: 'lora' stands here twice, first in line 8"


def test_all_mistakes_of_all_files_are_told_at_once(good: Path, mistakes: Callable[[], list[str]]) -> None:
    city, theme = good / "cities" / "gent.yaml", good / "themes" / "parking.yaml"
    city.write_text(city.read_text().replace("site: P2", "site: P9").replace("period: PT1M", "period: soon"))
    (good / "cities" / "aalst.yaml").write_text("slug: [")
    theme.write_text(theme.read_text().replace("type: boolean", "type: bool"))
    told = mistakes()
    assert [mistake.split(": ")[0] for mistake in told] == [
        "cities/aalst.yaml:2",
        "cities/gent.yaml:36",
        "cities/gent.yaml:39",
        "themes/parking.yaml:17",
    ]
