"""What holds for every page for people: languages, addresses, access, escaping."""

import re

import pytest

from apis.portal import dataset_texts, get_texts, layout_texts, map_texts, start_texts
from apis.portal.languages import LANGUAGES
from stadspuls.model import Origin, Quality
from tests.apis.conftest import Api
from tests.apis.portal.seen import Seen, own_path

PAGES = [
    "/",
    "/gent",
    "/gent/parking",
    "/gent/air-quality",
    "/gent/parking/sites/P1",
    "/gent/parking/sites/street",
    "/gent/air-quality/sites/station-1",
    "/docs/errors",
    "/docs/terms",
]
PAGE = re.compile(r"(/|/gent(/(parking|air-quality)(/sites/[^?]+)?)?)([?]lang=..)?")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("texts", [dataset_texts, get_texts, layout_texts, map_texts, start_texts])
def test_every_language_has_every_word(texts: object) -> None:
    words = getattr(texts, "TEXTS")  # noqa: B009 - modules of one shape
    assert set(words) == set(LANGUAGES)
    assert {frozenset(some) for some in words.values()} == {frozenset(words["nl"])}
    for name in words["nl"]:
        fields = {language: set(re.findall(r"{\w+}", words[language][name])) for language in LANGUAGES}
        assert fields["en"] == fields["fr"] == fields["nl"], name


def test_every_language_names_every_origin_quality_and_band() -> None:
    for language in LANGUAGES:
        assert set(layout_texts.ORIGINS[language]) == set(layout_texts.ORIGIN_SENTENCES[language]) == set(Origin)
        assert set(layout_texts.QUALITIES[language]) == set(Quality)
        assert {name: len(levels) for name, levels in map_texts.LEVELS[language].items()} == {"vacancy": 5, "air": 6}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_speaks_the_readers_language_dutch_by_default(filled: Api, page: str) -> None:
    for query, accepted, language in [
        ("", None, "nl"),
        ("", "fr-BE,fr;q=0.9", "fr"),
        ("", "de, en;q=0.5", "en"),
        ("", "de", "nl"),
        ("?lang=fr", "en", "fr"),
        ("?lang=xx", "en", "en"),
    ]:
        headers = {"accept": BROWSER} | ({"accept_language": accepted} if accepted else {})
        answer = filled.get(page + query, **headers)
        assert answer.status_code == 200
        assert answer.headers["content-language"] == language
        assert f'<html lang="{language}">' in answer.text
        assert {"Accept", "Accept-Language"} <= set(re.split(r", *", answer.headers["vary"]))


@pytest.mark.parametrize("page", PAGES)
def test_a_chosen_language_goes_along_and_an_unchosen_one_is_not_spelt_out(filled: Api, page: str) -> None:
    for query, kept in (("?lang=en", True), ("", False)):
        seen = Seen(filled.get(page + query, accept=BROWSER).text)
        paths = [path for address in seen.links() if (path := own_path(page, address))]
        to_pages = [path for path in paths if PAGE.fullmatch(path) and path.partition("?")[0] != page]
        assert to_pages
        assert {("lang=en" in path) for path in to_pages} == {kept}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_nobody_else_for_anything(filled: Api, page: str) -> None:
    answer = filled.get(page, accept=BROWSER)
    for address in Seen(answer.text).loads():
        path = own_path(page, address)
        assert address.startswith("data:") or path is not None, address
        if path is not None and "events?" not in address:
            assert filled.get(path).status_code in (200, 403), address
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_ours_leads_somewhere(filled: Api, page: str) -> None:
    answer = filled.get(page, accept=BROWSER)
    paths = {path for address in Seen(answer.text).links() if (path := own_path(page, address.partition("#")[0]))}
    assert paths
    for path in sorted(paths):
        # 302 and `unknown-page`: to pages of linked data, of which this store has none yet.
        found = filled.get(path, accept=BROWSER)
        assert found.status_code in (200, 302, 303, 503) or found.json()["code"] == "unknown-page", path


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_heading_landmarks_and_a_way_past_the_header(filled: Api, page: str) -> None:
    seen = Seen(filled.get(page, accept=BROWSER).text)
    for tag in ("h1", "main", "header", "footer"):
        assert len(seen.all(tag)) == 1, tag
    assert seen.all("a", class_="skip")[0]["href"] == "#" + seen.all("main")[0]["id"]
    ids = [found["id"] for _, found in seen.elements if "id" in found]
    assert len(ids) == len(set(ids))
    assert not [found for _, found in seen.elements if "style" in found or any(name.startswith("on") for name in found)]


def test_text_of_the_registry_and_of_sensors_is_escaped(filled: Api) -> None:
    filled.live.latest.merge(
        [filled.made.one("gent/parking", "P1", "message", "<img src=x onerror=alert(1)>", 2_000_000_000_000_000)]
    )
    for page in PAGES:
        text = filled.get(page, accept=BROWSER).text
        assert "<script>alert" not in text
        assert "<img" not in text
        assert not [found for found in Seen(text).all("script") if "src" not in found]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; meer" in filled.get("/gent/parking", accept=BROWSER).text
    assert "&lt;img src=x onerror=alert(1)&gt;" in filled.get("/gent/parking/sites/P1", accept=BROWSER).text
    assert 'data-name="=Vrijdagmarkt, &quot;boven&quot;"' in filled.get("/", accept=BROWSER).text


def test_a_private_dataset_is_nowhere(filled: Api) -> None:
    for page in PAGES:
        text = filled.get(page, accept=BROWSER).text
        assert "Geheime" not in text
        assert "aalst" not in text
    assert filled.get("/aalst/parking", accept=BROWSER).json()["code"] == "unknown-dataset"
    assert filled.get("/aalst/parking/sites/hidden", accept=BROWSER).json()["code"] == "unknown-dataset"
    city = filled.get("/aalst", accept=BROWSER)
    assert "Verborgen" not in city.text
    assert "nog niets gepubliceerd" in city.text


def test_single_observations_that_stay_with_the_city_are_on_no_page(filled: Api) -> None:
    for page in PAGES:
        seen = Seen(filled.get(page, accept=BROWSER).text)
        assert not [found for found in seen.all(data_live=None) if found["data-dataset"] == "gent/air-quality"]
        assert not [found for found in seen.all(data_band=None) if found.get("data-dataset") == "gent/air-quality"]
    dataset = filled.get("/gent/air-quality", accept=BROWSER).text
    assert "41,2" not in dataset
    assert "alleen gemiddelden" in dataset
    assert "every=1h" in dataset
    for absent in ("/latest", "/events", 'id="status"', "format=trig"):
        assert absent not in dataset


def test_static_files_are_there_and_nothing_beside_them(filled: Api) -> None:
    answer = filled.get("/static/portal.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=300"
    for path in ("/static/../routes.py", "/static/%2e%2e/routes.py", "/static/"):
        assert filled.get(path).status_code == 404
