"""The nodes of an event stream: root, days, pages; what is closed and what is open, what is past its retention."""

import json
import re
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad, RdfFormat, parse

from apis.ldes.nodes import day_of
from apis.vocabulary import DCT, LDES, RDF, SOSA, TREE
from stadspuls.clock import DAY, HOUR, MINUTE, now_us, parse_rfc3339, rfc3339
from stadspuls.errors import StoreError
from store import StoreReader
from tests.apis.conftest import BASE, Api
from tests.apis.pages.cities import GENT, pages_registry
from tests.apis.pages.conftest import IMMUTABLE, T0, Log

ROOT = "/gent/parking/ldes"
STREAM = NamedNode(f"{BASE}{ROOT}#stream")
FIRST_DAY, SECOND_DAY = f"{ROOT}/2026-01-05", f"{ROOT}/2026-01-06"
FIRST, SECOND = f"{ROOT}/2026-01-05T06:00:00Z", f"{ROOT}/2026-01-05T09:00:00Z"
Relation = tuple[str, str, str]


def quads(api: Api, path: str) -> list[Quad]:
    answer = api.get(path, accept="application/n-quads")
    assert answer.status_code == 200, answer.text
    return list(parse(answer.content, format=RdfFormat.N_QUADS))


def objects(found: Iterable[Quad], subject: object, predicate: NamedNode) -> list[str]:
    return [getattr(q.object, "value", "") for q in found if (q.subject, q.predicate) == (subject, predicate)]


def relations(found: Iterable[Quad], node: str) -> list[Relation]:
    """Kind, value and node of every relation of a node, in their order."""
    found = list(found)
    told = []
    for each in (q.object for q in found if (q.subject, q.predicate) == (NamedNode(BASE + node), TREE["relation"])):
        assert objects(found, each, TREE["path"]) == [DCT["issued"].value]
        (kind,), (value,), (target,) = (objects(found, each, p) for p in (RDF["type"], TREE["value"], TREE["node"]))
        told.append((kind.removeprefix(TREE.base), value, target.removeprefix(BASE)))
    return told


def members(found: Iterable[Quad]) -> list[str]:
    return objects(found, STREAM, TREE["member"])


@pytest.fixture
def two_days(api: Api, log: Log) -> Api:
    """Two windows on one day, an open one on the next."""
    for at in (MINUTE, 4 * HOUR, DAY + HOUR):
        log.publish(log.one(T0 + at))
    return api


def test_the_root_says_what_the_stream_is_and_leads_to_its_days(two_days: Api) -> None:
    found = quads(two_days, ROOT)
    said = {
        LDES["timestampPath"]: DCT["issued"].value,
        LDES["versionOfPath"]: DCT["isVersionOf"].value,
        LDES["versionTimestampPath"]: SOSA["resultTime"].value,
        LDES["pollingInterval"]: "60",
        TREE["shape"]: f"{BASE}/docs/shapes/gent/parking",
        TREE["view"]: f"{BASE}{ROOT}",
        DCT["license"]: "https://data.stad.gent/algemene-licentie",
        NamedNode(f"{BASE}/docs/terms#origin"): f"{BASE}/docs/terms#replayed",
    }
    assert {predicate: objects(found, STREAM, predicate) for predicate in said} == {p: [v] for p, v in said.items()}
    assert relations(found, ROOT) == [
        ("GreaterThanOrEqualToRelation", "2026-01-05T00:00:00Z", FIRST_DAY),
        ("LessThanRelation", "2026-01-06T00:00:00Z", FIRST_DAY),
        ("GreaterThanOrEqualToRelation", "2026-01-06T00:00:00Z", SECOND_DAY),
    ]


def test_a_day_leads_to_its_pages_and_only_what_is_closed_has_an_end(two_days: Api, log: Log) -> None:
    assert relations(quads(two_days, FIRST_DAY), FIRST_DAY) == [
        ("GreaterThanOrEqualToRelation", "2026-01-05T06:00:00Z", FIRST),
        ("LessThanRelation", "2026-01-05T09:00:00Z", FIRST),
        ("GreaterThanOrEqualToRelation", "2026-01-05T09:00:00Z", SECOND),
        ("LessThanRelation", "2026-01-05T12:00:00Z", SECOND),
    ]
    (only,) = relations(quads(two_days, SECOND_DAY), SECOND_DAY)
    assert only == ("GreaterThanOrEqualToRelation", "2026-01-06T06:00:00Z", f"{SECOND_DAY}T06:00:00Z")


def test_closed_nodes_never_change_open_ones_say_so_by_their_age_and_tag(two_days: Api, log: Log) -> None:
    for path in (FIRST_DAY, FIRST, SECOND):
        answer = two_days.get(path, accept="application/n-quads")
        assert answer.headers["cache-control"] == IMMUTABLE
        assert f'<{LDES["immutable"].value}> "true"' in answer.text
        assert two_days.get(path, accept="application/n-quads", if_none_match=answer.headers["etag"]).status_code == 304
    for path in (ROOT, SECOND_DAY, f"{SECOND_DAY}T06:00:00Z"):
        answer = two_days.get(path)
        assert re.fullmatch(r"public, max-age=\d{1,2}", answer.headers["cache-control"])
        assert LDES["immutable"] not in {quad.predicate for quad in quads(two_days, path)}
        assert two_days.get(path, if_none_match=answer.headers["etag"]).status_code == 304


def test_an_open_page_grows_and_its_day_changes_only_with_another_page(two_days: Api, log: Log) -> None:
    page = f"{SECOND_DAY}T06:00:00Z"
    before = {path: two_days.get(path).headers["etag"] for path in (ROOT, SECOND_DAY, page)}
    log.publish(log.one(T0 + DAY + HOUR + 1))
    after = {path: two_days.get(path).headers["etag"] for path in before}
    assert after[page] != before[page]
    assert {after[path] == before[path] for path in (ROOT, SECOND_DAY)} == {True}
    log.publish(log.one(T0 + DAY + 4 * HOUR))
    assert two_days.get(SECOND_DAY).headers["etag"] != after[SECOND_DAY]
    assert two_days.get(page).headers["cache-control"] == IMMUTABLE


def test_members_are_the_observations_of_the_page_in_the_order_of_publication(two_days: Api, log: Log) -> None:
    start = T0 + DAY + HOUR
    late = log.one(start + 2, 5.0, observed_at=T0 + MINUTE)
    log.publish(log.one(start + 1, 4.0, observed_at=start), late, log.one(start + 3, 6.0, observed_at=start + 1))
    found = quads(two_days, f"{SECOND_DAY}T06:00:00Z")
    place = f"{BASE}/gent/id/observation/parking/P1/vacantSpaces"
    instants = (start - 2_000_000, start, T0 + MINUTE, start + 1)
    assert members(found) == [f"{place}/{rfc3339(instant)}" for instant in instants]
    node = NamedNode(f"{place}/2026-01-05T06:01:00Z")
    assert objects(found, node, SOSA["resultTime"]) == ["2026-01-05T06:01:00Z"]
    assert objects(found, node, DCT["issued"]) == [rfc3339(start + 2)]
    assert objects(found, node, DCT["isVersionOf"]) == [f"{BASE}/gent/id/datastream/parking/P1/vacantSpaces"]
    vacant = NamedNode("http://vocab.datex.org/terms#parkingNumberOfVacantSpaces")
    assert objects(found, node, vacant) == ["5"]
    assert members(quads(two_days, FIRST)) == [f"{place}/2026-01-05T06:00:58Z"]


def test_a_frame_across_the_end_of_a_day_is_in_both_days(api: Api, log: Log) -> None:
    midnight = parse_rfc3339("2026-01-06T00:00:00Z")
    log.publish(log.one(midnight - 1), log.one(midnight + 1, observed_at=midnight))
    assert [target for _, _, target in relations(quads(api, ROOT), ROOT)] == [FIRST_DAY, FIRST_DAY, SECOND_DAY]
    assert len(members(quads(api, f"{FIRST_DAY}T21:00:00Z"))) == 1
    assert len(members(quads(api, f"{SECOND_DAY}T00:00:00Z"))) == 1


def test_days_without_anything_have_no_node(api: Api, log: Log) -> None:
    for days in (0, 3):
        log.publish(log.one(T0 + days * DAY))
    targets = {target for _, _, target in relations(quads(api, ROOT), ROOT)}
    assert targets == {FIRST_DAY, f"{ROOT}/2026-01-08"}
    assert api.get(f"{ROOT}/2026-01-06").status_code == 404


def test_before_anything_was_published_there_is_a_root_without_days(api: Api, log: Log) -> None:
    assert relations(quads(api, ROOT), ROOT) == []
    log.publish(log.one(T0))
    assert len(relations(quads(api, ROOT), ROOT)) == 1


@pytest.mark.parametrize(
    "name", ["2026-01-5", "2026-02-30", "2026-01-05T06:00:01Z", "2026-01-05T06:00Z", "newest", "2027-01-01"]
)
def test_a_name_of_nothing_is_unknown(two_days: Api, name: str) -> None:
    answer = two_days.get(f"{ROOT}/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-page")


def test_every_form_holds_the_same(two_days: Api) -> None:
    expected = {str(quad.triple) for quad in quads(two_days, FIRST)}
    for form, kind in (("trig", RdfFormat.TRIG), ("turtle", RdfFormat.TURTLE), ("ntriples", RdfFormat.N_TRIPLES)):
        body = two_days.get(f"{FIRST}?format={form}").content
        assert {str(quad.triple) for quad in parse(body, format=kind)} == expected
    page = two_days.get(FIRST, accept="text/html", accept_language="en").text
    assert "2026-01-05T06:00:58Z" in page
    assert "<script" not in page


def test_json_ld_names_the_context_that_is_served(two_days: Api) -> None:
    document = two_days.get(f"{FIRST}?format=jsonld").json()
    context = two_days.get(document["@context"].removeprefix(BASE))
    assert context.headers["content-type"] == "application/ld+json"
    assert context.headers["cache-control"] == IMMUTABLE
    terms = context.json()["@context"]
    assert not any("@container" in meaning for meaning in terms.values() if isinstance(meaning, dict))
    used = {key for node in document["@graph"] for key in node if not key.startswith("@")}
    assert {key.partition(":")[0] for key in used if "://" not in key} <= set(terms)
    assert "tree:member" in used
    assert two_days.get("/docs/contexts/v0.jsonld").status_code == 404


def canonical(found: Iterable[Quad]) -> set[str]:
    """Quads whatever their blank nodes are called."""
    dataset = Dataset(found)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def test_json_ld_with_its_context_holds_the_same(two_days: Api, log: Log) -> None:
    air = "/gent/air-quality/ldes/2026-01-05T06:00:00Z"
    log.publish(log.one(T0 + 2 * DAY, 41.2, ("st-1", "no2"), "gent/air-quality", observed_at=T0))
    for path in (ROOT, FIRST_DAY, FIRST, air.replace("05T", "07T"), "/gent/doc/site/parking/P1"):
        document = two_days.get(f"{path}?format=jsonld").json()
        document["@context"] = two_days.get("/docs/contexts/v1.jsonld").json()["@context"]
        found = parse(json.dumps(document), format=RdfFormat.JSON_LD)
        assert canonical(found) == canonical(quads(two_days, path)), path


def test_the_context_never_changes(two_days: Api) -> None:
    served = two_days.get("/docs/contexts/v1.jsonld").content
    assert sha256(served).hexdigest() == "af3c66f82371c3d7e60626524be8fa45308348d0e329b6a50fd6522707ef9bd2"


def test_a_closed_node_once_written_needs_no_store_any_more(two_days: Api, build_api: Callable[..., Api]) -> None:
    for path in (FIRST_DAY, FIRST):
        two_days.get(path)

    def unreachable() -> StoreReader:
        raise StoreError("down")

    other = build_api(unreachable)
    for path in (FIRST_DAY, FIRST):
        assert other.get(f"{path}?format=jsonld").headers["cache-control"] == IMMUTABLE
    assert other.get(SECOND).status_code == 503


def test_a_dataset_of_aggregates_and_a_private_one_have_no_stream(api: Api) -> None:
    assert api.get("/aalst/air-quality/ldes").json()["code"] == "only-aggregates"
    assert api.get("/aalst/air-quality/ldes/2026-01-05").json()["code"] == "only-aggregates"
    assert api.get("/aalst/parking/ldes").json()["code"] == "unknown-dataset"
    assert api.get("/docs/shapes/aalst/parking").json()["code"] == "unknown-dataset"


@pytest.fixture
def short_lived(tmp_path: Path, build_api: Callable[..., Api]) -> Api:
    """The parking dataset keeps its observations for ten days."""
    kept = GENT.replace("    origin: replayed\n", "    origin: replayed\n    retention: P10D\n")
    return build_api(registry=pages_registry(tmp_path, gent=kept))


def test_what_is_past_its_retention_is_gone_and_the_policy_says_so(short_lived: Api, log: Log) -> None:
    today = day_of(now_us())
    for days in (20, 10, 5, 0):
        log.publish(log.one(today - days * DAY + 1))
    found = quads(short_lived, ROOT)
    (policy,) = (q.object for q in found if q.predicate == LDES["retentionPolicy"])
    assert [q.subject for q in found if q.predicate == LDES["retentionPolicy"]] == [NamedNode(BASE + ROOT)]
    assert objects(found, policy, LDES["fullLogDuration"]) == ["PT213H"]
    names = [f"{ROOT}/{rfc3339(today - days * DAY)[:10]}" for days in (20, 10, 5, 0)]
    assert {target for _, _, target in relations(found, ROOT)} == set(names[2:])
    for name in names[:2]:
        for path in (name, f"{name}T00:00:00Z"):
            answer = short_lived.get(path)
            assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert short_lived.get(names[2]).status_code == 200


def test_a_day_goes_as_a_whole_but_what_is_left_of_an_open_one_stays(short_lived: Api, log: Log) -> None:
    # Its first windows are past their retention, its last ones are not.
    half_kept = now_us() - 10 * DAY
    day = day_of(half_kept)
    windows = [day + hours * HOUR for hours in range(1, 24, 3)]
    left = [at for at in windows if at - HOUR > half_kept]
    log.publish(*(log.one(at) for at in windows))
    name = f"{ROOT}/{rfc3339(day)[:10]}"
    found = relations(quads(short_lived, ROOT), ROOT)
    assert [target for _, _, target in found] == [name] * bool(left)
    if left:
        assert len({target for _, _, target in relations(quads(short_lived, name), name)}) == len(left)
    log.publish(log.one(day + 3 * DAY))
    assert short_lived.get(name).status_code == 410
    assert len(relations(quads(short_lived, ROOT), ROOT)) == 1


def test_a_count_stays_a_number_and_a_board_text(api: Api, log: Log) -> None:
    log.publish(
        log.one(T0 + 1, 3.0), log.one(T0 + 2, "vol", ("P1", "message")), log.one(T0 + 3, True, ("S1", "occupied"))
    )
    results = {q.object for q in quads(api, FIRST) if q.predicate == SOSA["hasSimpleResult"]}
    assert {Literal("vol"), Literal(True)} < results
    vacant = [q.object for q in quads(api, FIRST) if q.predicate.value.endswith("NumberOfVacantSpaces")]
    assert vacant == [Literal(3)]
