"""`/{city}/{theme}/latest`."""

import csv
import io
import json

import msgspec

from apis.data.models import LatestDocument, SiteFeatures
from apis.rhythm import next_expected
from stadspuls.clock import HOUR, MINUTE, SECOND, rfc3339
from stadspuls.model import Quality
from tests.apis.conftest import BASE, T0, Api

PATH = "/gent/parking/latest"
STREET = f"{BASE}/gent/id/site/parking/street"
P1 = "https://stad.gent/id/parking/P1"


def test_the_newest_of_every_datastream_in_order_of_site_sensor_property(filled: Api) -> None:
    answer = filled.get(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    assert [(o["site"], o["sensor"], o["property"], o["value"]) for o in document["observations"]] == [
        (P1, "P1", "message", '=HYPERLINK("x")'),
        (P1, "P1", "vacantSpaces", 206),
        (STREET, "S1", "occupied", True),
        (STREET, "S2", "occupied", False),
        (STREET, "street-derived", "vacantSpaces", 1),
    ]


def test_the_document_has_the_fields_of_its_struct_and_no_others(filled: Api) -> None:
    answer = filled.get(f"{PATH}?sensor=P1&property=vacantSpaces")
    document = answer.json()
    assert document.pop("generatedAt").endswith("Z")
    assert document == {
        "dataset": "gent/parking",
        "licence": "https://data.stad.gent/algemene-licentie",
        "origin": "replayed",
        "observations": [
            {
                "site": P1,
                "sensor": "P1",
                "property": "vacantSpaces",
                "value": 206,
                "unit": "1",
                "observedAt": "2026-01-05T08:04:00Z",
                "receivedAt": "2026-01-05T08:04:01Z",
                "publishedAt": "2026-01-05T08:00:00.000005Z",
                "quality": "good",
                "origin": "replayed",
            }
        ],
        # The newest value, and the fifteen minutes for which the theme says it is known.
        "validUntil": "2026-01-05T08:19:00Z",
    }
    msgspec.json.decode(answer.content, type=LatestDocument)


def test_a_whole_number_has_no_fraction_and_a_boolean_is_one(filled: Api) -> None:
    text = filled.get(f"{PATH}?site=street").text
    assert '"value":1,' in text
    assert '"value":true' in text


def test_derived_counts_say_so_and_how_much_they_know(filled: Api) -> None:
    (entry,) = filled.get(f"{PATH}?sensor=street-derived").json()["observations"]
    assert (entry["quality"], entry["known"], entry["capacity"], entry["procedure"]) == ("incomplete", 1, 2, "derived")


def test_a_suspect_value_names_its_test(api: Api) -> None:
    make = api.made.one
    api.store([make("gent/parking", "P1", "vacantSpaces", 9e5, T0, quality=Quality.SUSPECT, test="plausible-range")])
    api.load()
    (entry,) = api.get(PATH).json()["observations"]
    assert (entry["quality"], entry["test"], entry["value"]) == ("suspect", "plausible-range", 900000)


def test_sites_are_found_by_iri_and_by_short_id_repeated_or_with_commas(filled: Api) -> None:
    def sensors(query: str) -> list[str]:
        return [o["sensor"] for o in filled.get(f"{PATH}?{query}").json()["observations"]]

    street = ["S1", "S2", "street-derived"]
    assert sensors("site=street") == street
    assert sensors(f"site={STREET}") == street
    assert sensors("site=street,P1") == ["P1", "P1", *street]
    assert sensors(f"site=street&site={P1}") == ["P1", "P1", *street]
    assert sensors("property=occupied&sensor=S2") == ["S2"]
    assert sensors("property=occupied,message&site=P1") == ["P1"]


def test_an_older_reading_never_replaces_a_newer_one(filled: Api) -> None:
    late = filled.made.one("gent/parking", "P1", "vacantSpaces", 1.0, T0 - MINUTE)
    filled.live.latest.merge([late])
    (entry,) = filled.get(f"{PATH}?property=vacantSpaces&sensor=P1").json()["observations"]
    assert entry["value"] == 206


def test_a_newer_reading_shows_at_once_although_answers_are_kept(filled: Api) -> None:
    before = filled.get(PATH)
    filled.live.latest.merge([filled.made.one("gent/parking", "P1", "vacantSpaces", 7.0, T0 + 9 * MINUTE)])
    after = filled.get(PATH)
    assert 7 in [o["value"] for o in after.json()["observations"]]
    assert before.headers["etag"] != after.headers["etag"]


def test_etag_answers_304_until_something_is_published(filled: Api) -> None:
    tag = filled.get(PATH).headers["etag"]
    unchanged = filled.get(PATH, if_none_match=f'"other", {tag}')
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == tag
    assert "cache-control" in unchanged.headers
    assert filled.get(PATH, if_none_match='"other"').status_code == 200
    assert filled.get(PATH, if_none_match=tag, accept="text/csv").status_code == 200


def test_geojson_has_one_feature_for_each_site(filled: Api) -> None:
    answer = filled.get(f"{PATH}?format=geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    document = answer.json()
    assert document["type"] == "FeatureCollection"
    assert [(f["id"], len(f["properties"]["observations"])) for f in document["features"]] == [(P1, 2), (STREET, 3)]
    first = document["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [3.72595, 51.05652]}
    assert first["properties"]["capacity"] == 647
    msgspec.json.decode(answer.content, type=SiteFeatures)


def test_csv_has_one_row_for_each_observation_and_runs_nothing_in_a_spreadsheet(filled: Api) -> None:
    answer = filled.get(PATH, accept="text/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert '<https://data.stad.gent/algemene-licentie>; rel="license"' in answer.headers["link"]
    assert "\r\n" in answer.text
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == 5
    assert rows[0]["value"] == '\'=HYPERLINK("x")'
    assert rows[0]["name"] == '\'=Vrijdagmarkt, "boven"'
    assert (rows[1]["lat"], rows[1]["lon"], rows[1]["value"]) == ("51.05652", "3.72595", "206")
    assert {row["origin"] for row in rows} == {"replayed"}
    assert [row["value"] for row in rows[2:4]] == ["true", "false"]


def test_before_the_store_was_read_nothing_is_answered_as_if_complete(api: Api) -> None:
    answer = api.get(PATH)
    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"
    assert answer.headers["retry-after"]


def test_an_empty_dataset_is_an_empty_list(api: Api) -> None:
    api.load()
    document = api.get(PATH).json()
    assert document["observations"] == []
    assert "validUntil" not in document


def test_what_a_sensor_observed_before_it_moved_stays_where_it_was_observed(filled: Api) -> None:
    observation = filled.made.one("gent/parking", "P1", "vacantSpaces", 5.0, T0 + HOUR)
    gone = msgspec.structs.replace(observation, datastream=msgspec.structs.replace(observation.datastream, site="gone"))
    filled.live.latest.merge([gone])
    iri = f"{BASE}/gent/id/site/parking/gone"
    assert iri in [o["site"] for o in filled.get(PATH).json()["observations"]]
    features = {f["id"]: f for f in filled.get(f"{PATH}?format=geojson").json()["features"]}
    assert features[iri]["geometry"] is None
    assert iri in filled.get(f"{PATH}?format=csv").text


def test_valid_until_follows_the_period_that_a_sensor_declares(filled: Api) -> None:
    dataset = filled.registry.datasets["gent/air-quality"]
    assert next_expected(dataset, filled.live.of("gent/air-quality")) == T0 + 3600 * SECOND


def test_json_is_what_json_says(filled: Api) -> None:
    assert json.loads(filled.get(PATH).content)["dataset"] == "gent/parking"
    assert rfc3339(T0) in filled.get(PATH).text
