"""`/{city}/{theme}/sites`."""

import csv
import io

import msgspec

from apis.data.site_models import DescribedSites, SitesDocument
from tests.apis.conftest import BASE, Api

PATH = "/gent/parking/sites"


def test_sites_with_their_sensors_and_what_is_observed(api: Api) -> None:
    answer = api.get(PATH)
    document = msgspec.json.decode(answer.content, type=SitesDocument)
    first, street = document.sites
    assert (first.id, first.iri, first.capacity, first.kind) == (
        "P1",
        "https://stad.gent/id/parking/P1",
        647,
        "car-park",
    )
    assert first.point.coordinates == (3.72595, 51.05652)
    assert first.sensors[0].properties == ["vacantSpaces", "message"]
    assert street.iri == f"{BASE}/gent/id/site/parking/street"
    assert [sensor.id for sensor in street.sensors] == ["S1", "S2", "street-derived"]
    assert street.sensors[2].procedure == "derived"
    units = {each.name: (each.unit, each.descriptions["nl"]) for each in document.properties}
    assert units["vacantSpaces"] == ("1", "Hoeveel er vrij zijn")
    assert document.attribution == {"nl": "Mobiliteitsbedrijf"}


def test_a_period_is_an_iso_duration(api: Api) -> None:
    (site,) = api.get("/gent/air-quality/sites").json()["sites"]
    assert site["sensors"][0]["period"] == "PT1H"


def test_geojson_and_csv(api: Api) -> None:
    features = msgspec.json.decode(api.get(f"{PATH}?format=geojson").content, type=DescribedSites).features
    assert [feature.properties.id for feature in features] == ["P1", "street"]
    rows = list(csv.DictReader(io.StringIO(api.get(f"{PATH}?format=csv").text, newline="")))
    assert [(row["sensor"], row["property"]) for row in rows] == [
        ("P1", "vacantSpaces"),
        ("P1", "message"),
        ("S1", "occupied"),
        ("S2", "occupied"),
        ("street-derived", "vacantSpaces"),
    ]


def test_unchanged_sites_answer_304(api: Api) -> None:
    tag = api.get(PATH).headers["etag"]
    assert api.get(PATH, if_none_match=tag).status_code == 304
    assert api.get(PATH, if_none_match="*").status_code == 304


def test_sites_take_no_filter_and_say_so(api: Api) -> None:
    answer = api.get(f"{PATH}?site=P1")
    assert answer.status_code == 400
    assert "known: format" in answer.json()["detail"]
