"""A registry that is applied while the API runs: every interface goes on with it, and nobody sees half of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from apis.taking_up import take_up
from stadspuls.clock import MINUTE
from stadspuls.registry import Registry, load_registry
from tests.apis.conftest import T0, Api

CITY = "cities/gent.yaml"


@pytest.fixture
def changed(tmp_path: Path, filled: Api) -> "Changed":
    return Changed(tmp_path, filled)


class Changed:
    """The small registry, edited and taken up."""

    def __init__(self, folder: Path, api: Api) -> None:
        self._folder, self._api = folder, api

    def __call__(self, *changes: tuple[str, str], file: str = CITY) -> Registry:
        path = self._folder / file
        text = path.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        registry = load_registry(self._folder / "cities", self._folder / "themes")
        take_up(self._api.app, registry)
        return registry


def sensors(api: Api) -> set[str]:
    return {o["sensor"] for o in api.get("/gent/parking/latest").json()["observations"]}


def test_a_new_sensor_is_known_at_once(filled: Api, changed: Changed) -> None:
    assert filled.get("/gent/parking/latest?sensor=P2").status_code == 404
    changed(("      - {id: S1,", "      - {id: P2, site: P1, properties: [vacantSpaces]}\n      - {id: S1,"))
    assert filled.get("/gent/parking/latest?sensor=P2").status_code == 200


def test_a_sensor_that_is_gone_is_no_longer_among_the_latest_and_stays_in_the_history(
    filled: Api, changed: Changed
) -> None:
    assert {"P1", "S1", "S2"} <= sensors(filled)
    changed(
        ("      - {id: S2, site: street, properties: [occupied]}\n", ""),
        ("        capacity: 2\n", "        capacity: 1\n"),
    )
    assert sensors(filled) == {"P1", "S1", "street-derived"}
    told = {o["sensor"] for o in filled.get("/gent/parking/history").json()["observations"]}
    assert "S2" in told
    named = filled.get("/gent/parking/history?sensor=S2").json()["observations"]
    assert {o["sensor"] for o in named} == {"S2"}
    assert filled.get("/gent/parking/latest?sensor=S2").json()["observations"] == []
    assert filled.get("/gent/parking/history?sensor=S3").status_code == 404


def test_names_change_in_answers_that_were_given_before(filled: Api, changed: Changed) -> None:
    before = filled.get("/gent/parking/sites")
    again = filled.get("/gent/parking/sites", If_None_Match=before.headers["etag"])
    assert again.status_code == 304
    changed(("names: {nl: Straat}", "names: {nl: Laan}"))
    after = filled.get("/gent/parking/sites", If_None_Match=before.headers["etag"])
    assert after.status_code == 200
    assert "Laan" in after.text
    assert "Laan" in filled.get("/gent/parking/sites/street", Accept="text/html").text


def test_what_becomes_private_is_gone_everywhere(filled: Api, changed: Changed) -> None:
    addresses = ["/gent/parking/latest", "/gent/parking/sites", "/gent/parking/ldes", "/gent/parking/events"]
    assert all(filled.get(address).status_code == 200 for address in addresses[:3])
    assert "gent/parking" in filled.get("/catalog?all=1", Accept="text/turtle").text
    changed(("origin: replayed", "origin: replayed\n    visibility: private"))
    assert [filled.get(address).status_code for address in addresses] == [404] * 4
    assert "gent/parking" not in filled.get("/catalog?all=1", Accept="text/turtle").text


def test_a_new_city_is_there_with_all_it_offers(filled: Api, changed: Changed, tmp_path: Path) -> None:
    aalst = (tmp_path / "cities" / "aalst.yaml").read_text()
    genk = aalst.replace("aalst", "genk").replace("    visibility: private\n", "")
    (tmp_path / "cities" / "genk.yaml").write_text(genk)
    assert filled.get("/genk/parking/latest").status_code == 404
    registry = changed(("names: {nl: Straat}", "names: {nl: Laan}"))
    assert filled.get("/genk/parking/latest").json()["observations"] == []
    made = replace(filled, made=type(filled.made)(registry)).made
    filled.live.latest.merge([made.one("genk/parking", "hidden", "vacantSpaces", 3.0, T0 + MINUTE)])
    assert filled.get("/genk/parking/latest").json()["observations"][0]["value"] == 3
    assert filled.get("/genk", Accept="text/html").status_code == 200
