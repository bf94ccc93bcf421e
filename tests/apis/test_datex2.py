"""`/{city}/{theme}/latest` as DATEX II version 3."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

from apis.datex2.parking import place_status
from apis.rhythm import rhythm
from stadspuls.clock import MINUTE, SECOND
from stadspuls.model import Quality
from tests.apis.catalogue.measured import api_over, measured_registry
from tests.apis.conftest import BASE, T0, Api

PATH = "/gent/parking/latest?format=datex2"
NAMES = {
    "com": "http://datex2.eu/schema/3/common",
    "con": "http://datex2.eu/schema/3/messageContainer",
    "fac": "http://datex2.eu/schema/3/facilities",
    "loc": "http://datex2.eu/schema/3/locationReferencing",
    "prk": "http://datex2.eu/schema/3/parking",
}
KIND = "{http://www.w3.org/2001/XMLSchema-instance}type"


def site(name: str) -> str:
    return f"{BASE}/gent/id/site/parking/{name}"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with api_over(measured_registry(tmp_path), tmp_path) as running:
        make = running.made.one
        running.store(
            [
                make("gent/parking", "P1", "vacantSpaces", 210.0, T0),
                make("gent/parking", "P1", "vacantSpaces", 200.0, T0 + MINUTE),
                make("gent/parking", "S1", "occupied", True, T0),
                make(
                    "gent/parking",
                    "street-derived",
                    "vacantSpaces",
                    1.0,
                    T0 + SECOND,
                    quality=Quality.INCOMPLETE,
                    known=1,
                    capacity=2,
                ),
                make("gent/air-quality", "station", "no2", 41.2, T0),
            ]
        )
        running.load()
        yield running


def asked(api: Api, address: str = PATH, **headers: str) -> Element:
    answer = api.get(address, **headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    return fromstring(answer.content)  # noqa: S314 - our own answer, not a stranger's


def statuses(root: Element) -> dict[str, Element]:
    """By site: what is said of it."""
    found = root.findall(".//prk:parkingStatusInformation", NAMES)
    return {each.findall("fac:reference", NAMES)[0].attrib["id"]: each for each in found}


def told(status: Element) -> dict[str, str | None]:
    """Every element without children, by its name alone."""
    return {each.tag.partition("}")[2]: each.text for each in status.iter() if not len(each) and each.text}


def test_a_container_has_the_table_of_sites_and_their_status(api: Api) -> None:
    root = asked(api)
    kinds = [payload.attrib[KIND] for payload in root.findall("con:payload", NAMES)]
    assert kinds == ["prk:ParkingTablePublication", "prk:ParkingStatusPublication"]
    places = root.findall(".//prk:hierarchyElementGeneral", NAMES)
    assert [place.attrib["id"] for place in places] == [site("P1"), site("street"), site("P2")]
    first = told(places[0])
    assert first == {
        "value": "P1 & co",
        "externalIdentifier": "P1",
        "latitude": "51.056",
        "longitude": "3.725",
        "layer": "1",
        "type": "place",
        "quantity": "647",
        "viewType": "spaceView",
    }
    assert "quantity" not in told(places[2])


def test_a_good_count_is_told_with_what_is_occupied_and_how_long_it_is_known(api: Api) -> None:
    assert told(statuses(asked(api))[site("P1")]) == {
        "lastUpdated": "2026-01-05T08:01:00Z",
        "numberOfVacantSpaces": "200",
        "numberOfOccupiedSpaces": "447",
        # As long as the theme says that a count is known.
        "overallStartTime": "2026-01-05T08:01:00Z",
        "overallEndTime": "2026-01-05T08:16:00Z",
        "status": "spacesAvailable",
    }


def test_an_incomplete_count_is_left_out(api: Api) -> None:
    assert told(statuses(asked(api))[site("street")]) == {"lastUpdated": "2026-01-05T08:00:01Z", "status": "unknown"}


def test_a_site_without_any_count_is_there_and_unknown(api: Api) -> None:
    assert told(statuses(asked(api))[site("P2")]) == {"status": "unknown"}


def test_a_suspect_count_is_left_out_and_called_so(api: Api) -> None:
    make = api.made.one
    api.live.latest.merge(
        [make("gent/parking", "P1", "vacantSpaces", 900.0, T0 + 9 * MINUTE, quality=Quality.SUSPECT, test="jump")]
    )
    found = told(statuses(asked(api))[site("P1")])
    assert (found["status"], found["parkingFault"]) == ("unknown", "erroneousOccupancyInformation")
    assert "numberOfVacantSpaces" not in found


def test_nothing_vacant_is_full_and_a_count_without_capacity_has_no_occupied_spaces(api: Api) -> None:
    make = api.made.one
    api.live.latest.merge(
        [
            make("gent/parking", "P1", "vacantSpaces", 0.0, T0 + 9 * MINUTE),
            make("gent/parking", "P2", "vacantSpaces", 12.0, T0 + 9 * MINUTE),
        ]
    )
    found = statuses(asked(api))
    assert told(found[site("P1")])["status"] == "full"
    assert told(found[site("P1")])["numberOfOccupiedSpaces"] == "647"
    assert told(found[site("P2")])["numberOfVacantSpaces"] == "12"
    assert "numberOfOccupiedSpaces" not in told(found[site("P2")])


def test_a_counter_goes_before_a_derived_count(api: Api) -> None:
    derived = api.made.one("gent/parking", "street-derived", "vacantSpaces", 2.0, T0 + 9 * MINUTE)
    api.live.latest.merge([derived])
    assert told(statuses(asked(api))[site("street")])["numberOfVacantSpaces"] == "2"


def test_a_counter_that_is_silent_does_not_go_before_a_derived_count(api: Api) -> None:
    dataset = api.registry.datasets["gent/parking"]
    counter = api.made.one("gent/parking", "P1", "vacantSpaces", 7.0, T0)
    rest = rhythm(dataset, counter)
    assert rest is not None
    for later, vacant in ((rest, 7), (rest + 1, 2)):
        derived = api.made.one("gent/parking", "P1-derived", "vacantSpaces", 2.0, T0 + later)
        assert place_status(dataset, dataset.sites["P1"], [counter, derived]).vacant == vacant


def test_only_the_sites_asked_for(api: Api) -> None:
    assert list(statuses(asked(api, f"{PATH}&site=P1"))) == [site("P1")]


@pytest.mark.parametrize("accept", ["application/xml", 'application/xml;profile="http://datex2.eu/schema/3/parking"'])
def test_accept_of_xml_is_enough(api: Api, accept: str) -> None:
    assert len(statuses(asked(api, "/gent/parking/latest", accept=accept))) == 3


def test_a_browser_that_takes_xml_too_is_given_json(api: Api) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert api.get("/gent/parking/latest", accept=browser).headers["content-type"] == "application/json"


def test_what_is_measured_is_real_and_everything_else_a_test(api: Api) -> None:
    def status(address: str) -> set[str | None]:
        return {each.text for each in asked(api, address).findall(".//com:informationStatus", NAMES)}

    assert status(PATH) == {"real"}
    assert status("/aalst/parking/latest?format=datex2") == {"test"}


def test_nothing_but_parking_is_told_in_datex(api: Api) -> None:
    refused = api.get("/gent/air-quality/latest?format=datex2")
    assert (refused.status_code, refused.json()["code"]) == (406, "not-acceptable")
    assert "application/json" in refused.json()["detail"]
    assert api.get("/gent/air-quality/latest", accept="application/xml").status_code == 406
    assert api.get("/leuven/parking/latest?format=datex2").status_code == 404


def test_unchanged_until_something_is_published(api: Api) -> None:
    tag = api.get(PATH).headers["etag"]
    assert api.get(PATH, if_none_match=tag).status_code == 304
    assert api.get("/gent/parking/latest", if_none_match=tag).status_code == 200
