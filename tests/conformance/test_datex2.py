"""The schemas of DATEX II version 3 judge what is published of parking.

Their terms are not settled for copying, so they are not part of Stadspuls: the test looks for them in
`DATEX2_SCHEMAS`, a folder with `DATEXII_3_MessageContainer.xsd` and what it includes (versions 3.6 and 3.7
have it; https://github.com/juherr/datex4j holds copies), or in `../shared/conformance/datex2`; it needs `xmlschema`.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest

from stadspuls.registry import load_registry
from stadspuls.settings import ROOT
from tests.apis.catalogue.measured import api_over, measured_registry
from tests.apis.conftest import Api
from tests.conformance.shapes import FOLDER

xmlschema = pytest.importorskip("xmlschema", reason="xmlschema is not installed, and judges by the schemas of DATEX II")

SCHEMAS = Path(os.environ.get("DATEX2_SCHEMAS", str(FOLDER / "datex2")))
CONTAINER = "DATEXII_3_MessageContainer.xsd"
PRK = "{http://datex2.eu/schema/3/parking}"
COM = "{http://datex2.eu/schema/3/common}"
FAC = "{http://datex2.eu/schema/3/facilities}"


@pytest.fixture(scope="module")
def is_valid() -> Callable[[str], bool]:
    if not (SCHEMAS / CONTAINER).exists():
        pytest.skip(f"{SCHEMAS} has no {CONTAINER}, and the schemas of DATEX II are there")
    schema = xmlschema.XMLSchema(str(SCHEMAS / CONTAINER))
    return lambda document: bool(schema.is_valid(document))


@pytest.fixture(scope="module")
def measuring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("datex2")
    with api_over(measured_registry(folder), folder, filled=True) as api:
        yield api


def answered(api: Api, name: str) -> str:
    answer = api.get(f"/{name}/latest?format=datex2")
    assert answer.status_code == 200
    return answer.text


def test_the_latest_state_of_parking_is_valid(measuring: Api, is_valid: Callable[[str], bool]) -> None:
    for name in ("gent/parking", "aalst/parking"):
        assert is_valid(answered(measuring, name))


def test_every_shipped_city_is_valid(tmp_path: Path, is_valid: Callable[[str], bool]) -> None:
    shipped = load_registry(ROOT / "cities", ROOT / "themes")
    with api_over(shipped, tmp_path, filled=True) as api:
        for name in shipped.datasets:
            if name.endswith("/parking"):
                assert is_valid(answered(api, name)), name


def without_reference(root: Element) -> None:
    for status in root.iter(f"{PRK}parkingStatusInformation"):
        status.remove(status.findall(f"{FAC}reference")[0])


def with_negative_count(root: Element) -> None:
    next(root.iter(f"{PRK}numberOfVacantSpaces")).text = "-1"


def with_unknown_status(root: Element) -> None:
    next(root.iter(f"{PRK}status")).text = "crowded"


def with_publication_time_last(root: Element) -> None:
    time = next(root.iter(f"{COM}publicationTime"))
    payload = next(each for each in root if time in each)
    payload.remove(time)
    payload.append(time)


@pytest.mark.parametrize(
    "break_it", [without_reference, with_negative_count, with_unknown_status, with_publication_time_last]
)
def test_a_broken_copy_is_refused(
    measuring: Api, is_valid: Callable[[str], bool], break_it: Callable[[Element], None]
) -> None:
    root = fromstring(answered(measuring, "gent/parking"))  # noqa: S314 - our own answer
    assert is_valid(tostring(root, encoding="unicode"))
    break_it(root)
    assert not is_valid(tostring(root, encoding="unicode"))
