"""Addresses, forms, caching and access of pages."""

import gzip
from collections.abc import Callable
from html.parser import HTMLParser

import httpx
import pytest

from stadspuls.clock import HOUR, MINUTE, SECOND, now_us, rfc3339
from stadspuls.errors import StoreError
from store import StoreReader
from tests.apis.conftest import BASE, Api
from tests.apis.pages.conftest import IMMUTABLE, PARKING, T0, Log, page_of

FIRST, NEXT = "2026-01-05T06:00:00Z", "2026-01-05T12:00:00Z"


@pytest.fixture
def two_pages(api: Api, log: Log) -> Api:
    """A closed page, an empty window, and an open page."""
    log.publish(log.one(T0 + MINUTE, 210.0), log.one(T0 + MINUTE + 1, "vol", ("P1", "message")))
    log.publish(log.one(T0 + 2 * MINUTE, 208.0))
    log.publish(log.one(T0 + 7 * HOUR, 12.0))
    log.publish(log.one(T0 + 7 * HOUR, 41.5, ("st-1", "no2"), "gent/air-quality"))
    return api


def test_the_dataset_leads_to_its_newest_page(two_pages: Api) -> None:
    answer = two_pages.get("/gent/parking")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{PARKING}?page={NEXT}"
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert two_pages.get("/gent/parking?format=jsonld").headers["location"].endswith(f"{NEXT}&format=jsonld")
    assert (
        two_pages.get("/gent/parking?format=trig&lang=fr").headers["location"].endswith(f"{NEXT}&format=trig&lang=fr")
    )


def test_a_dataset_without_anything_published_has_no_page(api: Api) -> None:
    for query in ("", "?time=2026-01-05T08:00:00Z", f"?page={FIRST}"):
        answer = api.get(f"/gent/parking{query}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-page")


@pytest.mark.parametrize(
    "name",
    [
        "2026-01-05T06:00:00.000Z",
        "2026-01-05T07:00:00+01:00",
        "2026-01-05T06:00:01Z",
        "2026-01-05T09:00:00Z",
        "2099-01-05T06:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "2026-01-05",
        "../../secret",
        "",
        "x" * 5000,
    ],
)
def test_only_an_exact_start_is_a_page(two_pages: Api, name: str) -> None:
    answer = two_pages.get(f"/gent/parking?page={name.replace('+', '%2B')}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-page")


def test_a_time_leads_to_where_the_newest_observation_of_it_was_published(api: Api, log: Log) -> None:
    log.publish(log.one(T0 + HOUR, observed_at=T0 + HOUR), log.one(T0 + HOUR + 1, 3.0, ("east", "vacantSpaces")))
    log.publish(log.one(T0 + 4 * HOUR, observed_at=T0 + 4 * HOUR))
    # Late: observed in the first window, published in the third.
    log.publish(log.one(T0 + 7 * HOUR, observed_at=T0 + 2 * HOUR))

    def leads_to(instant: int) -> str:
        return api.get(f"/gent/parking?time={rfc3339(instant)}").headers["location"].partition("?page=")[2]

    assert leads_to(T0 + HOUR) == leads_to(T0 + 2 * HOUR - 1) == FIRST
    assert leads_to(T0 + 2 * HOUR) == leads_to(T0 + 4 * HOUR - 1) == NEXT
    assert leads_to(T0 + 4 * HOUR) == leads_to(T0 + 99 * HOUR) == "2026-01-05T09:00:00Z"
    assert api.get(f"/gent/parking?time={rfc3339(T0)}").json()["code"] == "unknown-page"
    # A date is the city's; its first moment.
    assert leads_to(T0 + 18 * HOUR) == api.get("/gent/parking?time=2026-01-06").headers["location"].partition("=")[2]


@pytest.mark.parametrize("query", ["time=noon", "time=2026-01-05T08:00:00", f"page={FIRST}&time={FIRST}", "x=1"])
def test_parameters_that_cannot_be_used_are_named(two_pages: Api, query: str) -> None:
    assert two_pages.get(f"/gent/parking?{query}").json()["code"] == "invalid-parameter"


FORMS = {
    "trig": "application/trig",
    "turtle": "text/turtle; charset=utf-8",
    "nquads": "application/n-quads",
    "jsonld": "application/ld+json",
    "html": "text/html; charset=utf-8",
}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_by_parameter_and_by_accept(two_pages: Api, form: str) -> None:
    asked = two_pages.get(f"{page_of(FIRST)}&format={form}")
    accepted = two_pages.get(page_of(FIRST), accept=f"image/png, {FORMS[form].partition(';')[0]};q=0.3")
    for answer in (asked, accepted):
        assert answer.headers["content-type"] == FORMS[form]
    assert asked.content == accepted.content


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "trig"),
        ("*/*", "trig"),
        (BROWSER, "html"),
        ("application/trig;q=0.5, application/ld+json", "jsonld"),
        ("text/*;q=0.5, application/trig;q=0.4", "turtle"),
        ("application/*, application/trig;q=0", "nquads"),
    ],
)
def test_the_form_that_accept_prefers(two_pages: Api, accept: str | None, form: str) -> None:
    headers = {} if accept is None else {"accept": accept}
    assert two_pages.get(page_of(FIRST), **headers).headers["content-type"] == FORMS[form]


@pytest.mark.parametrize("path", ["/gent/parking", page_of(FIRST)])
def test_406_names_what_is_offered(two_pages: Api, path: str) -> None:
    answer = two_pages.get(path, accept="application/json")
    assert answer.status_code == 406
    for form in FORMS.values():
        assert form.partition(";")[0] in answer.json()["detail"]
    separator = "&" if "?" in path else "?"
    assert "trig, turtle, nquads, jsonld, html" in two_pages.get(f"{path}{separator}format=csv").json()["detail"]


def test_a_closed_page_may_be_kept_for_ever_an_open_one_until_more_is_due(two_pages: Api, log: Log) -> None:
    assert two_pages.get(page_of(FIRST)).headers["cache-control"] == IMMUTABLE
    assert two_pages.get(page_of(NEXT)).headers["cache-control"] == "public, max-age=1"
    now = now_us()
    for ago in (65, 45, 25, 5):
        log.publish(log.one(now - ago * SECOND))
    answer = two_pages.get(two_pages.get("/gent/parking").headers["location"])
    # Every twenty seconds, the last time five seconds ago; the test may be slow, never early.
    assert 1 <= int(answer.headers["cache-control"].removeprefix("public, max-age=")) <= 15


@pytest.mark.parametrize("start", [FIRST, NEXT])
@pytest.mark.parametrize("form", FORMS)
def test_etag_answers_304_for_the_form_it_was_given_for(two_pages: Api, start: str, form: str) -> None:
    path = f"{page_of(start)}&format={form}"
    first = two_pages.get(path)
    again = two_pages.get(path, if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control"):
        assert again.headers[name] == first.headers[name]
    other = "nquads" if form == "trig" else "trig"
    assert two_pages.get(f"{page_of(start)}&format={other}", if_none_match=first.headers["etag"]).status_code == 200


def test_an_open_page_has_another_etag_once_it_has_grown(two_pages: Api, log: Log) -> None:
    before = two_pages.get(page_of(NEXT))
    log.publish(log.one(T0 + 7 * HOUR + 1, 5.0))
    after = two_pages.get(page_of(NEXT), if_none_match=before.headers["etag"])
    assert after.status_code == 200
    assert after.text.count("parkingNumberOfVacantSpaces") == before.text.count("parkingNumberOfVacantSpaces") + 1


def test_closed_pages_are_sent_compressed_as_they_are_kept(two_pages: Api) -> None:
    plain = two_pages.get(page_of(FIRST), accept_encoding="identity")
    packed = two_pages.get(page_of(FIRST), accept_encoding="br;q=1, gzip;q=0.2")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.content == packed.content
    (kept,) = two_pages.settings.data_dir.glob(f"pages/*/gent/parking/{FIRST}.trig.gz")
    assert gzip.decompress(kept.read_bytes()) == plain.content
    assert int(packed.headers["content-length"]) == kept.stat().st_size


@pytest.mark.parametrize("start", [FIRST, NEXT])
def test_caches_are_told_what_the_answer_depends_on_and_any_site_may_ask(two_pages: Api, start: str) -> None:
    for headers in ({}, {"accept_encoding": "gzip"}):
        answer = two_pages.get(page_of(start), **headers)
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["link"] == '<https://data.stad.gent/algemene-licentie>; rel="license"'
    assert two_pages.get(f"{page_of(start)}&format=html").headers["vary"] == (
        "Accept, Accept-Language, Accept-Encoding"
    )
    assert two_pages.ask("HEAD", page_of(start)).content == b""


def test_private_datasets_do_not_exist_and_aggregates_have_no_pages(two_pages: Api) -> None:
    assert two_pages.get("/aalst/parking").json()["code"] == "unknown-dataset"
    for query in ("", f"?page={FIRST}", f"?time={FIRST}"):
        answer = two_pages.get(f"/aalst/air-quality{query}")
        assert (answer.status_code, answer.json()["code"]) == (403, "only-aggregates")
    assert two_pages.get("/atlantis/parking").json()["code"] == "unknown-city"
    assert two_pages.get("/health/parking").json()["code"] == "unknown-path"


def unreachable() -> StoreReader:
    raise StoreError("the store is away")


def test_a_closed_page_once_written_needs_no_store_any_more(two_pages: Api, build_api: Callable[..., Api]) -> None:
    written = {form: two_pages.get(f"{page_of(FIRST)}&format={form}") for form in FORMS}
    other = build_api(unreachable)
    for form, before in written.items():
        after = other.get(f"{page_of(FIRST)}&format={form}")
        assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
        held = other.get(f"{page_of(FIRST)}&format={form}", if_none_match=before.headers["etag"])
        assert held.status_code == 304
    assert other.get(page_of(NEXT)).json()["code"] == "unavailable"


def test_one_written_form_is_enough_to_make_the_others_without_the_store(
    two_pages: Api, build_api: Callable[..., Api]
) -> None:
    two_pages.get(f"{page_of(FIRST)}&format=jsonld")
    other = build_api(unreachable)
    for form in ("trig", "turtle", "nquads"):
        assert other.get(f"{page_of(FIRST)}&format={form}").headers["cache-control"] == IMMUTABLE


def test_an_open_page_is_looked_up_once_a_second_however_many_ask(
    two_pages: Api, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apis.pages.shelf.KEEP_SECONDS", 60.0)
    before = two_pages.get(page_of(NEXT))
    log.publish(log.one(T0 + 7 * HOUR + 1, 5.0))
    assert two_pages.get(page_of(NEXT)).headers["etag"] == before.headers["etag"]
    assert two_pages.get(f"{page_of(NEXT)}&format=nquads").text.count("VacantSpaces") == 2
    monkeypatch.setattr("apis.pages.shelf.KEEP_SECONDS", 0.0)
    assert two_pages.get(page_of(NEXT)).headers["etag"] != before.headers["etag"]


def links(answer: httpx.Response) -> list[str]:
    return [part.partition('"')[0] for part in answer.text.split('href="')[1:]]


def test_a_browser_gets_a_table_with_neighbours_and_forms(two_pages: Api) -> None:
    answer = two_pages.get(page_of(FIRST), accept=BROWSER, accept_language="en-GB,nl;q=0.5")
    assert answer.headers["content-language"] == "en"
    assert "not measured now" in answer.text
    assert {f"?page={NEXT}&amp;lang=en", "../?lang=en", "?lang=en"} <= set(links(answer))
    for form in ("trig", "turtle", "nquads", "jsonld"):
        assert f"?page={FIRST}&amp;format={form}" in links(answer)
    for shown in ("Vrijdagmarkt", "<td>210</td>", "<td>208</td>", "<td>vol</td>", "does not change"):
        assert shown in answer.text
    newest = two_pages.get(page_of(NEXT), accept=BROWSER)
    assert f"?page={FIRST}&amp;lang=nl" in links(newest)
    assert "groeit nog" in newest.text


class Tags(HTMLParser):
    """The tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)


def test_text_of_the_registry_and_of_sensors_is_escaped(two_pages: Api, log: Log) -> None:
    log.publish(log.one(T0 + 8 * HOUR, "<script>x</script>", ("P1", "message")))
    answer = two_pages.get(f"{page_of(NEXT)}&format=html")
    assert "script" not in Tags(answer.text).seen
    assert "<td>&lt;script&gt;x&lt;/script&gt;</td>" in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    turtle = two_pages.get(f"{page_of(NEXT)}&format=turtle").text
    assert '"<script>x</script>"' in turtle


def test_terms_of_our_own_lead_to_what_they_mean(two_pages: Api) -> None:
    assert f"{BASE}/docs/terms#replayed" in two_pages.get(page_of(FIRST)).text
    assert 'id="replayed"' in two_pages.get("/docs/terms").text
    turtle = two_pages.get("/docs/terms", accept="text/turtle")
    assert f"<{BASE}/docs/terms#replayed> a skos:Concept" in turtle.text
    assert two_pages.get("/docs/terms", accept="image/png").status_code == 406
