"""The start page and the pages of cities."""

import json

from stadspuls.clock import MINUTE, now_us
from tests.apis.conftest import Api
from tests.apis.portal.seen import Seen

P1 = "https://stad.gent/id/parking/P1"


def test_the_map_has_a_mark_for_every_public_site_coloured_by_its_values(filled: Api) -> None:
    marks = {found["data-name"]: found for found in Seen(filled.get("/").text).all("a", class_=None, data_site=None)}
    assert len(marks) == 3
    garage = marks['=Vrijdagmarkt, "boven"']
    assert garage["data-site"] == P1
    assert garage["href"] == "gent/parking/sites/P1"
    # 206 of 647 are vacant: between 15 and 40 %.
    assert (garage["data-scale"], garage["data-band"], garage["data-capacity"]) == ("vacancy", "3", "647")
    assert "old" in garage["class"]
    station = marks["Station"]
    assert "data-band" not in station


def test_every_site_is_also_in_the_table_with_its_live_value(filled: Api) -> None:
    seen = Seen(filled.get("/?lang=en").text)
    ((value, text),) = seen.with_text(data_live=None, data_site=P1)
    assert text == "206"
    told = [value[f"data-{name}"] for name in ("dataset", "property", "sensor")]
    assert told == ["gent/parking", "vacantSpaces", "P1"]
    newest = filled.live.latest.of("gent/parking")
    published = next(o.published_at for o in newest if o.datastream.sensor == "P1" and o.value == 206.0)
    assert value["data-updated"] == str(published)
    assert seen.all("section", id="all-sites")
    assert seen.all("svg", role="group")[0]["aria-describedby"] == "all-sites"


def test_a_fresh_value_is_not_old_and_tells_its_age(filled: Api) -> None:
    fresh = filled.made.one("gent/parking", "P1", "vacantSpaces", 5.0, now_us() - 3 * MINUTE)
    filled.live.latest.merge([fresh])
    seen = Seen(filled.get("/").text)
    ((value, text),) = seen.with_text(data_live=None, data_site=P1)
    assert (text, value["class"]) == ("5", "figure")
    assert ("3 min geleden") in [text for _, text in seen.with_text("time", data_site=P1)]
    (mark,) = seen.all("a", data_site=P1)
    assert (mark["class"], mark["data-band"]) == ("mark replayed", "1")


def test_a_silent_dataset_says_so(filled: Api) -> None:
    (silence,) = Seen(filled.get("/").text).all(data_stale="gent/parking")
    assert "hidden" not in silence
    filled.live.latest.merge([filled.made.one("gent/parking", "P1", "vacantSpaces", 5.0, now_us())])
    (silence,) = Seen(filled.get("/gent").text).all(data_stale="gent/parking")
    assert "hidden" in silence


def test_a_card_sums_up_what_is_vacant_where_the_capacity_is_known(filled: Api) -> None:
    ((_, total),) = Seen(filled.get("/").text).with_text(data_total="gent/parking")
    # The garage's 206 and the street's 1.
    assert total == "207"


def test_the_script_is_told_the_stream_and_the_scales(filled: Api) -> None:
    seen = Seen(filled.get("/").text)
    (status,) = seen.all(id="status")
    assert status["data-events"] == "events?property=vacantSpaces"
    assert status["data-state"] == "connecting"
    assert {"data-say-live", "data-say-connecting", "data-say-lost"} <= set(status)
    (map_,) = seen.all(id="map")
    scales = json.loads(map_["data-scales"])
    assert scales["vacancy"] == {"bounds": {"vacantSpaces": [0, 0.05, 0.15, 0.4]}, "relative": True}
    assert scales["air"]["bounds"]["no2"] == [10, 25, 60, 100, 150]


def test_the_index_of_the_air_names_its_source(filled: Api) -> None:
    assert "https://airindex.eea.europa.eu" in Seen(filled.get("/").text).links()


def test_an_empty_platform_has_a_start_page(api: Api) -> None:
    text = api.get("/").text
    assert "nog geen waarde" in text
    assert Seen(text).all(id="map")


def test_programs_get_the_same_list_as_json(filled: Api) -> None:
    document = filled.get("/", accept="application/json").json()
    air, parking = document["datasets"]
    assert (air["dataset"], air["visibility"], "latest" in air) == ("gent/air-quality", "aggregates", False)
    assert parking["latest"].endswith("/gent/parking/latest")
    assert parking["newestObservedAt"] == "2026-01-05T08:04:00Z"
    assert filled.get("/gent", accept="application/json").json() == document
    assert filled.get("/aalst", accept="application/json").json()["datasets"] == []


def test_a_city_page_has_its_datasets_and_only_its_stream(filled: Api) -> None:
    seen = Seen(filled.get("/gent?lang=en").text)
    assert [text for _, text in seen.with_text("h1")] == ["Ghent"]
    assert {"gent/parking?lang=en", "gent/air-quality?lang=en"} <= set(seen.links())
    assert seen.all(id="status")[0]["data-events"] == "events?property=vacantSpaces&city=gent"


def test_what_is_no_city_is_named(filled: Api) -> None:
    assert filled.get("/atlantis").json()["code"] == "unknown-city"
    assert filled.get("/robots.txt").json()["code"] == "unknown-path"
    assert filled.get("/history").json()["code"] == "unknown-path"
    assert filled.get("/gent", accept="image/png").status_code == 406
