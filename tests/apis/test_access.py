"""Visibility: private datasets do not exist, aggregates give no single observation."""

import pytest

from apis.access import visible_datasets
from tests.apis.conftest import Api


@pytest.mark.parametrize("what", ["latest", "history", "history?every=1h", "sites", "sites?format=csv"])
def test_a_private_dataset_looks_as_if_it_did_not_exist(filled: Api, what: str) -> None:
    private = filled.get(f"/aalst/parking/{what}")
    unknown = filled.get(f"/aalst/no-such-theme/{what}")
    assert private.status_code == unknown.status_code == 404
    assert private.json()["code"] == "unknown-dataset"
    assert private.json()["detail"] == unknown.json()["detail"].replace("no-such-theme", "parking")


def test_an_unknown_city_is_named(filled: Api) -> None:
    assert filled.get("/atlantis/parking/latest").json()["code"] == "unknown-city"


@pytest.mark.parametrize("what", ["latest", "history", "history?every=30m", "latest?format=csv"])
def test_aggregates_give_no_single_observation(filled: Api, what: str) -> None:
    answer = filled.get(f"/gent/air-quality/{what}")
    assert answer.status_code == 403
    assert answer.json()["code"] == "only-aggregates"
    assert "41.2" not in answer.text


@pytest.mark.parametrize("every", ["1h", "PT1H", "12h", "1d", "1w", "1mo"])
def test_aggregates_give_windows_of_an_hour_and_longer(filled: Api, every: str) -> None:
    answer = filled.get(f"/gent/air-quality/history?every={every}")
    assert answer.status_code == 200
    assert answer.json()["aggregates"][0]["mean"] == 41.2


def test_aggregates_have_sites(filled: Api) -> None:
    assert filled.get("/gent/air-quality/sites").status_code == 200


@pytest.mark.parametrize("path", ["/", "/health/ready", "/openapi.json"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_no_page_names_a_private_dataset(filled: Api, path: str, accept: str) -> None:
    text = filled.get(path, accept=accept).text
    assert "aalst" not in text.lower()
    assert "Geheime" not in text


def test_visible_datasets_are_ordered_by_name(api: Api) -> None:
    assert [dataset.name for dataset in visible_datasets(api.registry)] == ["gent/air-quality", "gent/parking"]
