"""The pages of datasets and sites."""

import json

from stadspuls.clock import MINUTE, now_us
from stadspuls.model import Quality
from tests.apis.conftest import BASE, Api
from tests.apis.portal.seen import Seen
from tests.apis.portal.test_every_page import BROWSER

P1 = "https://stad.gent/id/parking/P1"
STREET = f"{BASE}/gent/id/site/parking/street"


def page(api: Api, path: str) -> Seen:
    return Seen(api.get(path, accept=BROWSER).text)


def test_a_browser_gets_the_dataset_everyone_else_its_pages(filled: Api) -> None:
    for headers in ({"accept": BROWSER}, {"accept": "text/html"}):
        answer = filled.get("/gent/parking", **headers)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert answer.headers["link"] == '<https://data.stad.gent/algemene-licentie>; rel="license"'
    assert filled.get("/gent/parking?format=html").status_code == 200
    newest = f"{BASE}/gent/parking?page=2026-01-05T06:00:00Z"
    for headers in ({}, {"accept": "text/turtle"}, {"accept": "*/*"}):
        assert filled.get("/gent/parking", **headers).headers["location"] == newest
    assert filled.get("/gent/parking?time=2026-01-05T08:30:00Z", accept=BROWSER).headers["location"] == newest
    assert "Waarnemingen: " in filled.get("/gent/parking?page=2026-01-05T06:00:00Z", accept=BROWSER).text
    assert filled.get("/gent/air-quality", accept="text/turtle").json()["code"] == "only-aggregates"
    assert filled.get("/gent/parking?sort=x", accept=BROWSER).json()["code"] == "invalid-parameter"


def test_the_table_has_the_values_of_each_site(filled: Api) -> None:
    seen = page(filled, "/gent/parking")
    values = {(found["data-site"], found["data-property"]): text for found, text in seen.with_text(data_live=None)}
    # What several sensors of one street say stands on the street's own page.
    assert values == {
        (P1, "vacantSpaces"): "206",
        (P1, "message"): '=HYPERLINK("x")',
        (STREET, "vacantSpaces"): "1",
    }
    assert "onvolledig: 1 van 2 bekend" in filled.get("/gent/parking", accept=BROWSER).text


def test_publisher_licence_source_and_origin_are_said_plainly(filled: Api) -> None:
    answer = filled.get("/gent/parking?lang=en", accept=BROWSER)
    assert {"https://stad.gent", "https://data.stad.gent/algemene-licentie"} <= set(Seen(answer.text).links())
    for said in ("Stad Gent", "Mobiliteitsbedrijf", "A recording that is played again; not measured now."):
        assert said in answer.text


def test_how_to_get_the_data_is_there_to_copy(filled: Api) -> None:
    text = filled.get("/gent/parking", accept=BROWSER).text
    for call in (f"curl '{BASE}/gent/parking/latest'", f"curl -N '{BASE}/gent/parking/events'", "urllib.request"):
        assert call in text
    assert f'new EventSource("{BASE}/gent/parking/events")' in text
    links = Seen(text).links()
    for form in ("json", "geojson", "csv"):
        assert f"../gent/parking/latest?format={form}" in links
    for form in ("trig", "turtle", "nquads", "jsonld"):
        assert f"../gent/parking?format={form}" in links


def test_only_offers_that_exist_are_shown(filled: Api) -> None:
    def offers() -> set[str]:
        return {
            word
            for word in ("ldes", "archive", "catalog")
            if f"gent/parking/{word}" in text() or f"gent/{word}" in text()
        }

    def text() -> str:
        return filled.get("/gent/parking", accept=BROWSER).text

    known = filled.app.state.parameters
    for path in ("/{city}/{theme}/ldes", "/{city}/{theme}/archive", "/{city}/{theme}/archive/", "/{city}/catalog"):
        known.pop(path, None)
    assert offers() == set()
    known["/{city}/{theme}/ldes"] = known["/{city}/{theme}/archive/"] = known["/{city}/catalog"] = []
    assert offers() == {"ldes", "archive", "catalog"}
    assert "../gent/parking/archive/" in Seen(text()).links()


def test_the_chart_is_told_where_the_history_is(filled: Api) -> None:
    seen = page(filled, "/gent/parking")
    (chart,) = seen.all("figure", id="chart")
    assert (chart["data-history"], chart["data-every"]) == ("../gent/parking/history", "5m")
    (option,) = seen.all("option")
    assert json.loads(option["data-lines"]) == {"P1": [P1, "P1"], "street": [STREET, "street-derived"]}
    answer = filled.get(
        "/gent/parking/history?every=5m&property=vacantSpaces&site=P1&limit=10000&from=2026-01-05T00:00:00.000Z"
    )
    assert {(each["site"], each["sensor"]) for each in answer.json()["aggregates"]} == {(P1, "P1")}
    (hourly,) = page(filled, "/gent/air-quality").all("figure", id="chart")
    assert hourly["data-every"] == "1h"


def test_the_stream_of_a_page_has_what_the_page_shows(filled: Api) -> None:
    (status,) = page(filled, "/gent/parking").all(id="status")
    assert status["data-events"] == "../events?city=gent&theme=parking&property=vacantSpaces,message"
    (status,) = page(filled, "/gent/parking/sites/street").all(id="status")
    assert status["data-events"] == "../../../events?city=gent&theme=parking&site=street&property=vacantSpaces,occupied"


def test_a_site_page_has_its_values_parts_position_and_identifiers(filled: Api) -> None:
    answer = filled.get("/gent/parking/sites/street?lang=en", accept=BROWSER)
    seen = Seen(answer.text)
    values = {(found["data-sensor"], found["data-property"]): text for found, text in seen.with_text(data_live=None)}
    assert values == {
        ("street-derived", "vacantSpaces"): "1",
        ("S1", "occupied"): "yes",
        ("S2", "occupied"): "no",
    }
    for said in ("51.05000, 3.72000", STREET, "<code>street</code>", "Single spaces (2)"):
        assert said in answer.text
    assert len(seen.all("a", data_site=STREET)) == 1


def test_a_value_of_doubtful_quality_says_so(filled: Api) -> None:
    doubtful = filled.made.one(
        "gent/parking", "P1", "vacantSpaces", 9.0, now_us() - MINUTE, quality=Quality.SUSPECT, test="jump"
    )
    filled.live.latest.merge([doubtful])
    assert ("suspect") in [text for _, text in page(filled, "/gent/parking?lang=en").with_text("small", data_note=None)]


def test_a_site_is_also_json_and_geojson(filled: Api) -> None:
    document = filled.get("/gent/parking/sites/P1").json()
    assert [site["id"] for site in document["sites"]] == ["P1"]
    feature = filled.get("/gent/parking/sites/P1?format=geojson").json()
    assert [each["id"] for each in feature["features"]] == [P1]
    assert filled.get("/gent/parking/sites/P9").json()["code"] == "unknown-site"
    assert filled.get("/gent/parking/sites/P1?format=csv").status_code == 406
