"""The Smart Flanders validator (npm: sfvalidator) on every dataset; and what its later versions ask as well."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from apis.access import gives_observations, visible_datasets
from apis.vocabulary import CC, DCT, HYDRA, PROV, VOID
from stadspuls.registry import Registry
from tests.conformance.broken_pages import WRONG, broken_pages, without
from tests.conformance.serving import CLOSED, listening, serving

HERE = Path(__file__).parent
CHECKS = {
    "Accessable",
    "License",
    "Cache-Control",
    "ETag",
    "Access-Control-Allow-Origin",
    "Rdf",
    "Fragmented",
    "Timestamped",
}
"""In the words of the validator."""


def judged(node_modules: Path, *addresses: str) -> dict[str, dict[str, int]]:
    """By address: the score of each check."""
    command = ["node", str(HERE / "npm" / "validate.js"), str(node_modules), *addresses]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=True)
    found: dict[str, dict[str, int]] = json.loads(done.stdout)
    return found


def addresses(api: tuple[str, Registry]) -> list[str]:
    """Every dataset that has pages: itself, which leads to its newest page, and a closed page."""
    address, registry = api
    names = [dataset.name for dataset in visible_datasets(registry) if gives_observations(dataset)]
    return [f"{address}/{name}{query}" for name in names for query in ("", f"?page={CLOSED}")]


def test_every_dataset_has_full_marks(api: tuple[str, Registry], node_modules: Path) -> None:
    asked = addresses(api)
    assert len(asked) > 50
    found = judged(node_modules, *asked)
    assert set(found) == set(asked)
    assert {url: scores for url, scores in found.items() if scores != dict.fromkeys(CHECKS, 1)} == {}


def test_the_validators_own_command_finds_nothing_either(api: tuple[str, Registry], node_modules: Path) -> None:
    command = [str(node_modules / ".bin" / "sfvalidator"), f"{api[0]}/gent/parking"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.count("✓") == len(CHECKS)
    assert "✗" not in done.stdout
    assert "○" not in done.stdout


@pytest.fixture(scope="module")
def broken(api: tuple[str, Registry]) -> Iterator[str]:
    page = httpx.get(f"{api[0]}/gent/parking?page={CLOSED}").content
    with listening() as (listener, address), serving(broken_pages(page), listener):
        yield address


def test_a_broken_page_fails_each_check(broken: str, node_modules: Path) -> None:
    found = judged(node_modules, f"{broken}/fine", *(f"{broken}/{check}" for check in WRONG))
    assert found[f"{broken}/fine"] == dict.fromkeys(CHECKS, 1)
    # What cannot be parsed counts as not accessible, and nothing in it is checked.
    unread = {"Accessable": -1, "Rdf": 0, "License": 0, "Fragmented": 0, "Timestamped": 0}
    for check in WRONG:
        wrong = unread if check == "Rdf" else {check: -1}
        assert found[f"{broken}/{check}"] == dict.fromkeys(CHECKS, 1) | wrong


def test_an_address_where_nothing_is_fails(api: tuple[str, Registry], node_modules: Path) -> None:
    url = f"{api[0]}/gent/parking?page=2020-01-01T00:00:00Z"
    assert judged(node_modules, url)[url] != dict.fromkeys(CHECKS, 1)


def complaints(quads: list[Quad], dataset: NamedNode, page: NamedNode) -> list[str]:
    """What the validator's repository checks since its last release: the subjects of licence, time and links."""
    said = {(quad.subject, quad.predicate) for quad in quads}
    found = []
    if not {(dataset, CC["license"]), (dataset, DCT["license"])} <= said:
        found.append("no licence of the address without its query")
    if (page, PROV["generatedAtTime"]) not in said:
        found.append("no time of the page")
    if not {(page, HYDRA["next"]), (page, HYDRA["previous"])} & said:
        found.append("no neighbour of the page")
    if not {(dataset, HYDRA["search"]), (dataset, VOID["subset"]), (dataset, DCT["title"])} <= said:
        found.append("no search, subset or title of the dataset")
    return found


def test_every_dataset_also_meets_what_later_versions_ask(api: tuple[str, Registry]) -> None:
    for url in addresses(api):
        answer = httpx.get(url, follow_redirects=True)
        page = NamedNode(str(answer.url))
        dataset = NamedNode(page.value.partition("?")[0])
        quads = list(parse(answer.content, format=RdfFormat.TRIG))
        assert complaints(quads, dataset, page) == []
        for predicate in (CC["license"], DCT["title"], PROV["generatedAtTime"], VOID["subset"]):
            assert len(complaints(without(quads, predicate), dataset, page)) == 1
