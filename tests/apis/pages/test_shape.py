"""What pages say: the Smart Flanders shape, SOSA where that says too little, and caveats."""

from collections.abc import Iterable
from typing import Any

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from apis.vocabulary import CC, DATEX, DCT, GEO, HYDRA, PROV, QUDT, RDF, RDFS, SCHEMA, SOSA, SSN, TIME, VOID, XSD
from stadspuls.clock import HOUR, MINUTE, SECOND, rfc3339
from stadspuls.model import Origin, Quality
from tests.apis.conftest import BASE, Api
from tests.apis.pages.conftest import AIR, PARKING, T0, Log, page_of, quads

FIRST, SECOND_PAGE = "2026-01-05T06:00:00Z", "2026-01-05T09:00:00Z"
VACANT = NamedNode(f"{DATEX.base}parkingNumberOfVacantSpaces")
P1 = NamedNode("https://stad.gent/id/parking/P1")
STREET, GATE = (NamedNode(f"{BASE}/gent/id/site/parking/{site}") for site in ("street", "gate"))
TERMS = f"{BASE}/docs/terms#"


def moment(observed_at: int, dataset: str = PARKING) -> NamedNode:
    return NamedNode(f"{dataset}?time={rfc3339(observed_at)}")


def in_graph(found: Iterable[Quad], graph: NamedNode | DefaultGraph) -> set[Triple]:
    return {quad.triple for quad in found if quad.graph_name == graph}


def observations(found: Iterable[Quad]) -> dict[NamedNode, dict[str, str]]:
    """By node: what is said of each `sosa:Observation`, by the IRI of the property."""
    found = list(found)
    nodes = {quad.subject for quad in found if quad.object == SOSA["Observation"]}
    return {
        node: {quad.predicate.value: getattr(quad.object, "value", "") for quad in found if quad.subject == node}
        for node in nodes
        if isinstance(node, NamedNode)
    }


def test_a_moment_is_a_graph_with_a_value_for_each_site_as_plain_text(api: Api, log: Log) -> None:
    at = T0 + MINUTE
    log.publish(log.one(at, 348.0, observed_at=at), log.one(at + 1, 12.5, observed_at=at + SECOND))
    found = quads(api, page_of(FIRST))
    assert in_graph(found, moment(at)) == {Triple(P1, VACANT, Literal("348"))}
    assert in_graph(found, moment(at + SECOND)) == {Triple(P1, VACANT, Literal("12.5"))}
    instant = Literal("2026-01-05T06:01:00Z", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#dateTime"))
    assert Triple(moment(at), PROV["generatedAtTime"], instant) in in_graph(found, DefaultGraph())


def test_every_site_is_described_whether_or_not_it_has_values(api: Api, log: Log) -> None:
    log.publish(log.one(T0))
    about = in_graph(quads(api, page_of(FIRST)), DefaultGraph())
    assert {
        Triple(P1, RDF["type"], NamedNode(f"{DATEX.base}UrbanParkingSite")),
        Triple(P1, RDFS["label"], Literal("Vrijdagmarkt", language="nl")),
        Triple(P1, DCT["description"], Literal("Car park", language="en")),
        Triple(P1, NamedNode(f"{DATEX.base}parkingNumberOfSpaces"), Literal("647")),
        Triple(P1, GEO["lat"], Literal("51.05652", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#decimal"))),
        Triple(STREET, RDFS["label"], Literal("Straat", language="nl")),
        Triple(GATE, RDFS["label"], Literal("Poort", language="nl")),
    } <= about


def test_the_metadata_graph_says_licence_origin_neighbours_and_how_to_search(api: Api, log: Log) -> None:
    for hours in (1, 4, 7):
        log.publish(log.one(T0 + hours * HOUR))
    dataset = NamedNode(PARKING)
    page = NamedNode(f"{PARKING}?page={SECOND_PAGE}")
    said = in_graph(quads(api, page_of(SECOND_PAGE)), NamedNode(f"{page.value}#Metadata"))
    licence = NamedNode("https://data.stad.gent/algemene-licentie")
    published = NamedNode("http://www.w3.org/2001/XMLSchema#dateTime")
    assert {
        Triple(dataset, RDF["type"], VOID["Dataset"]),
        Triple(dataset, VOID["subset"], page),
        Triple(dataset, CC["license"], licence),
        Triple(dataset, DCT["license"], licence),
        Triple(dataset, CC["attributionName"], Literal("Mobiliteitsbedrijf", language="nl")),
        Triple(dataset, NamedNode(f"{TERMS}origin"), NamedNode(f"{TERMS}replayed")),
        Triple(dataset, HYDRA["search"], NamedNode(f"{PARKING}#search")),
        Triple(NamedNode(f"{PARKING}#search"), HYDRA["template"], Literal(f"{PARKING}{{?time}}")),
        Triple(page, HYDRA["previous"], NamedNode(f"{PARKING}?page={FIRST}")),
        Triple(page, HYDRA["next"], NamedNode(f"{PARKING}?page=2026-01-05T12:00:00Z")),
        Triple(page, PROV["generatedAtTime"], Literal(rfc3339(T0 + 4 * HOUR), datatype=published)),
    } <= said
    assert any(t.predicate == RDFS["comment"] and "not measured now" in getattr(t.object, "value", "") for t in said)


def test_the_first_page_has_no_previous_and_the_open_one_no_next(api: Api, log: Log) -> None:
    for hours in (1, 4):
        log.publish(log.one(T0 + hours * HOUR))
    said = {start: {q.predicate for q in quads(api, page_of(start))} for start in (FIRST, SECOND_PAGE)}
    assert HYDRA["previous"] not in said[FIRST]
    assert HYDRA["next"] in said[FIRST]
    assert HYDRA["previous"] in said[SECOND_PAGE]
    assert HYDRA["next"] not in said[SECOND_PAGE]


def test_air_quality_is_observations_with_sosa_terms(api: Api, log: Log) -> None:
    at = T0 + HOUR
    log.publish(log.one(at + SECOND, 41.2, ("st-1", "no2"), "gent/air-quality", observed_at=at))
    found = quads(api, page_of(FIRST, "gent/air-quality"))
    station = f"{BASE}/gent/id/site/air-quality/st-1"
    sensor = NamedNode(f"{BASE}/gent/id/sensor/air-quality/st-1")
    no2 = NamedNode("http://dd.eionet.europa.eu/vocabulary/aq/pollutant/8")
    node = NamedNode(f"{BASE}/gent/id/observation/air-quality/st-1/no2/2026-01-05T07:00:00Z")
    period = NamedNode(f"{AIR}?time=2026-01-05T07:00:00Z#PT1H")
    assert observations(found) == {
        node: {
            RDF["type"].value: SOSA["Observation"].value,
            SOSA["madeBySensor"].value: sensor.value,
            SOSA["hasFeatureOfInterest"].value: station,
            SOSA["observedProperty"].value: no2.value,
            SOSA["usedProcedure"].value: f"{TERMS}sensed",
            SOSA["hasSimpleResult"].value: "41.2",
            SOSA["hasResult"].value: "quantity1",
            SCHEMA["unitText"].value: "ug/m3",
            SOSA["phenomenonTime"].value: period.value,
            SOSA["resultTime"].value: "2026-01-05T07:00:00Z",
            DCT["issued"].value: "2026-01-05T07:00:01Z",
        }
    }
    graph = in_graph(found, moment(at, AIR))
    begin = NamedNode(f"{AIR}?time=2026-01-05T07:00:00Z#before-PT1H")
    assert {
        Triple(period, TIME["hasBeginning"], begin),
        Triple(period, TIME["hasEnd"], NamedNode(f"{AIR}?time=2026-01-05T07:00:00Z#instant")),
        Triple(quantity := BlankNode("quantity1"), SCHEMA["value"], Literal("41.2", datatype=XSD["decimal"])),
        Triple(quantity, SCHEMA["unitText"], Literal("ug/m3")),
        Triple(quantity, QUDT["hasUnit"], NamedNode("http://qudt.org/vocab/unit/MicroGM-PER-M3")),
    } <= graph
    stamps = {t.object for t in graph if t.predicate == TIME["inXSDDateTimeStamp"]}
    assert {getattr(stamp, "value", "") for stamp in stamps} == {"2026-01-05T06:00:00Z", "2026-01-05T07:00:00Z"}
    assert {
        Triple(sensor, SOSA["observes"], no2),
        Triple(sensor, SOSA["isHostedBy"], NamedNode(station)),
        Triple(NamedNode(station), RDF["type"], SOSA["FeatureOfInterest"]),
        Triple(no2, RDFS["label"], Literal("Nitrogen dioxide", language="en")),
    } <= in_graph(found, DefaultGraph())


def test_no_page_says_a_quad_twice(api: Api, log: Log) -> None:
    for n in range(4):
        log.publish(
            log.one(T0 + 10 * n + 1, float(n), ("st-1", "no2"), "gent/air-quality", observed_at=T0 + n * HOUR),
            log.one(T0 + 10 * n + 2, float(n), ("east", "vacantSpaces"), observed_at=T0 + n),
            log.one(T0 + 10 * n + 3, float(n), ("west", "vacantSpaces"), observed_at=T0 + n),
        )
    for dataset in ("gent/parking", "gent/air-quality"):
        found = quads(api, page_of(FIRST, dataset))
        assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("of", "more", "said"),
    [
        (
            ("P1", "vacantSpaces"),
            {"quality": Quality.SUSPECT, "test": "plausible-range"},
            {"quality": f"{TERMS}suspect", "test": "plausible-range"},
        ),
        (
            ("street-derived", "vacantSpaces"),
            {"quality": Quality.INCOMPLETE, "known": 1, "capacity": 2},
            {"quality": f"{TERMS}incomplete", "known": "1", "capacity": "2"},
        ),
    ],
)
def test_a_value_with_a_caveat_is_never_said_plainly(
    api: Api, log: Log, of: tuple[str, str], more: dict[str, Any], said: dict[str, str]
) -> None:
    log.publish(log.one(T0 + 1, 9.0, of, **more))
    found = quads(api, page_of(FIRST))
    assert VACANT not in {quad.predicate for quad in found}
    (about,) = observations(found).values()
    assert {name: about[f"{TERMS}{name}"] for name in said} == said


def test_a_derived_count_of_good_quality_is_said_of_its_site(api: Api, log: Log) -> None:
    log.publish(log.one(T0 + 1, 1.0, ("street-derived", "vacantSpaces"), observed_at=T0, known=2, capacity=2))
    assert in_graph(quads(api, page_of(FIRST)), moment(T0)) == {Triple(STREET, VACANT, Literal("1"))}


def test_a_sensor_that_derives_says_so(api: Api, log: Log) -> None:
    log.publish(log.one(T0 + 1, 1.0, ("street-derived", "vacantSpaces"), quality=Quality.INCOMPLETE))
    sensor = NamedNode(f"{BASE}/gent/id/sensor/parking/street-derived")
    derived = Triple(sensor, SSN["implements"], NamedNode(f"{TERMS}derived"))
    assert derived in in_graph(quads(api, page_of(FIRST)), DefaultGraph())


def test_two_series_of_one_site_are_told_apart(api: Api, log: Log) -> None:
    log.publish(
        log.one(T0 + 1, 7.0, ("east", "vacantSpaces"), observed_at=T0),
        log.one(T0 + 2, 7.0, ("west", "vacantSpaces"), observed_at=T0),
    )
    found = quads(api, page_of(FIRST))
    assert VACANT not in {quad.predicate for quad in found}
    assert len(observations(found)) == 2


def test_what_the_registry_does_not_say_any_more_is_said_in_full(api: Api, log: Log) -> None:
    log.publish(log.one(T0 + 1, 7.0))
    moved = log.one(T0 + 2, 8.0)
    streams: dict[str, dict[str, Any]] = {
        "another origin": {"origin": Origin.SIMULATED},
        "another unit": {"unit": "{space}"},
        "a sensor that left": {"sensor": "old"},
        "a site that left": {"site": "gone", "sensor": "gone"},
        "a property that left": {"observed_property": "queue"},
    }
    for number, changes in enumerate(streams.values()):
        fields = {name: getattr(moved.datastream, name) for name in moved.datastream.__struct_fields__} | changes
        stream = type(moved.datastream)(**fields)
        log.publish(type(moved)(stream, T0 + number, T0, T0 + 10 + number, 9.0))
    found = quads(api, page_of(FIRST))
    assert [quad.object.value for quad in found if quad.predicate == VACANT] == ["7"]  # type: ignore[union-attr]
    said = observations(found).values()
    assert len(said) == len(streams)
    assert [about[f"{TERMS}origin"] for about in said if f"{TERMS}origin" in about] == [f"{TERMS}simulated"]
    assert f"{BASE}/gent/id/site/parking/gone" in {about[SOSA["hasFeatureOfInterest"].value] for about in said}


def test_booleans_and_texts_are_results_too(api: Api, log: Log) -> None:
    log.publish(
        log.one(T0 + 1, True, ("S1", "occupied")),
        log.one(T0 + 2, 'vol "& <x>\n\x00', ("P1", "message")),
    )
    results = {about[SOSA["hasSimpleResult"].value] for about in observations(quads(api, page_of(FIRST))).values()}
    assert results == {"true", 'vol "& <x>\n\x00'}


def test_a_late_value_adds_to_its_moment_in_a_later_page(api: Api, log: Log) -> None:
    log.publish(log.one(T0 + HOUR, 100.0, observed_at=T0 + HOUR))
    log.publish(log.one(T0 + 4 * HOUR, 3.0, ("street-derived", "vacantSpaces"), observed_at=T0 + HOUR))
    graphs = [in_graph(quads(api, page_of(start)), moment(T0 + HOUR)) for start in (FIRST, SECOND_PAGE)]
    assert graphs == [{Triple(P1, VACANT, Literal("100"))}, {Triple(STREET, VACANT, Literal("3"))}]


def test_turtle_says_the_moment_of_each_plain_value(api: Api, log: Log) -> None:
    """The graphs of TriG can be made again from Turtle, which has none."""
    for n in range(3):
        log.publish(
            log.one(T0 + 10 * n + 1, 100.0 + n, observed_at=T0 + n), log.one(T0 + 10 * n + 2, "x", ("P1", "message"))
        )
    found = quads(api, page_of(FIRST))
    turtle = list(parse(api.get(f"{page_of(FIRST)}&format=turtle").content, format=RdfFormat.TURTLE))
    by_node: dict[object, dict[NamedNode, object]] = {}
    for quad in turtle:
        by_node.setdefault(quad.subject, {})[quad.predicate] = quad.object
    rebuilt = {
        (
            about[SOSA["hasFeatureOfInterest"]],
            about[SOSA["observedProperty"]],
            about[SOSA["hasSimpleResult"]],
            quad.subject,
        )
        for quad in turtle
        if quad.predicate == SOSA["hasMember"] and (about := by_node[quad.object])
    }
    assert rebuilt == {(q.subject, q.predicate, q.object, q.graph_name) for q in found if q.predicate == VACANT}
    assert {quad.triple for quad in found} <= {quad.triple for quad in turtle}


def test_json_ld_has_a_context_of_its_own_and_fetches_nothing(api: Api, log: Log) -> None:
    log.publish(log.one(T0 + MINUTE, 348.0, observed_at=T0 + MINUTE))
    document = api.get(f"{page_of(FIRST)}&format=jsonld").json()
    assert all(isinstance(base, str) for base in document["@context"].values())
    assert document["@context"]["datex"] == DATEX.base
    (graph,) = [node for node in document["@graph"] if "?time=" in node["@id"]]
    assert graph == {
        "@id": f"{PARKING}?time=2026-01-05T06:01:00Z",
        "@type": "prov:Bundle",
        "prov:generatedAtTime": {"@type": "xsd:dateTime", "@value": "2026-01-05T06:01:00Z"},
        "@graph": [{"@id": P1.value, "datex:parkingNumberOfVacantSpaces": "348"}],
    }
