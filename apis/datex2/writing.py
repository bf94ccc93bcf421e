"""The latest state of a parking dataset as DATEX II version 3 (CEN/TS 16157-6:2022), in a message container.

Two publications: `ParkingTablePublication` (the sites) and `ParkingStatusPublication` (what is vacant there now).
Elements stand in the order of the schemas, which are the same in versions 3.5 to 3.7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, QName, SubElement, register_namespace, tostring

from apis.data.entries import SiteNames
from apis.datex2.parking import PlaceStatus
from stadspuls.clock import rfc3339
from stadspuls.model import Origin
from stadspuls.registry import Dataset, LangMap, Site

_BASE = "http://datex2.eu/schema/3/"
_NAMES = {
    "com": f"{_BASE}common",
    "con": f"{_BASE}messageContainer",
    "ex": f"{_BASE}exchangeInformation",
    "fac": f"{_BASE}facilities",
    "loc": f"{_BASE}locationReferencing",
    "prk": f"{_BASE}parking",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
for _prefix, _name in _NAMES.items():
    register_namespace(_prefix, _name)

COUNTRY = "be"
LONGEST_TEXT = 1024
"""Characters that the schemas allow in a text."""


@dataclass(frozen=True)
class Publication:
    """What is written: the dataset, its registry's version and age, when it is written, the status of its sites."""

    dataset: Dataset
    names: SiteNames
    version: str
    changed: int
    written_at: int
    places: Sequence[PlaceStatus]


def datex2(publication: Publication) -> bytes:
    """The message container; without any site it has no publication, since each needs one."""
    root = Element(_tag("con:messageContainer"), {"modelBaseVersion": "3"})
    if publication.places:
        _table(_payload(root, publication, "ParkingTablePublication"), publication)
        _statuses(_payload(root, publication, "ParkingStatusPublication"), publication)
    _exchange(root, publication)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _tag(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_NAMES[prefix]}}}{local}"


def _add(parent: Element, name: str, text: object = None, **attributes: str) -> Element:
    made = SubElement(parent, _tag(name), attributes)
    if text is not None:
        made.text = str(text)
    return made


def _typed(parent: Element, name: str, kind: str, attributes: dict[str, str]) -> Element:
    made = SubElement(parent, _tag(name), attributes)
    # As a QName, so that the prefix that it is written with is declared.
    made.set(_tag("xsi:type"), QName(_tag(kind)))  # type: ignore[arg-type]
    return made


def _text(parent: Element, name: str, langmap: LangMap) -> None:
    values = _add(_add(parent, name), "com:values")
    for language, text in langmap.items():
        _add(values, "com:value", text[:LONGEST_TEXT], lang=language)


def _payload(root: Element, publication: Publication, kind: str) -> Element:
    payload = _typed(root, "con:payload", f"prk:{kind}", {"lang": "nl", "modelBaseVersion": "3"})
    _text(payload, "com:feedDescription", publication.dataset.titles)
    _add(payload, "com:publicationTime", rfc3339(publication.written_at))
    _identifier(payload, "com:publicationCreator", publication)
    return payload


def _identifier(parent: Element, name: str, publication: Publication) -> None:
    made = _add(parent, name)
    _add(made, "com:country", COUNTRY)
    _add(made, "com:nationalIdentifier", publication.dataset.city.publisher.iri or publication.dataset.city.slug)


def _header(payload: Element, publication: Publication) -> None:
    # What nobody measured now is a test, in the words of DATEX II.
    real = publication.dataset.origin is Origin.MEASURED
    _add(_add(payload, "prk:headerInformation"), "com:informationStatus", "real" if real else "test")


def _table(payload: Element, publication: Publication) -> None:
    _header(payload, publication)
    table = _add(payload, "prk:parkingTable", id=publication.dataset.name, version=publication.version)
    _text(table, "prk:name", publication.dataset.titles)
    _add(table, "prk:versionTime", rfc3339(publication.changed))
    for place in publication.places:
        _place(table, publication, place.site)


def _place(table: Element, publication: Publication, site: Site) -> None:
    key = {"id": publication.names.iri(site.id), "version": publication.version}
    place = _typed(table, "prk:hierarchyElementGeneral", "prk:Place", key)
    _text(place, "fac:name", site.names)
    _add(place, "fac:externalIdentifier", site.id)
    where = _typed(place, "fac:locationReference", "loc:PointLocation", {})
    point = _add(_add(where, "loc:pointByCoordinates"), "loc:pointCoordinates")
    _add(point, "loc:latitude", site.latitude)
    _add(point, "loc:longitude", site.longitude)
    _add(place, "prk:layer", 1)
    _add(place, "prk:type", "place")
    if site.capacity is not None:
        supply = _add(place, "prk:supply")
        _add(supply, "prk:quantity", site.capacity)
        _add(supply, "prk:viewType", "spaceView")


def _statuses(payload: Element, publication: Publication) -> None:
    reference = {"id": publication.dataset.name, "version": publication.version, "targetClass": "prk:ParkingTable"}
    _add(payload, "prk:parkingTableReference", **reference)
    _header(payload, publication)
    for place in publication.places:
        _status(payload, publication, place)


def _status(payload: Element, publication: Publication, place: PlaceStatus) -> None:
    status = _typed(payload, "prk:parkingStatusInformation", "prk:PlaceStatus", {})
    key = {"id": publication.names.iri(place.site.id), "version": publication.version}
    _add(status, "fac:reference", **key, targetClass="fac:FacilityObject")
    if place.observed_at is not None:
        _add(status, "fac:lastUpdated", rfc3339(place.observed_at))
    if place.doubtful:
        _add(status, "prk:parkingFault", "erroneousOccupancyInformation")
    _counts(status, place)
    _add(status, "prk:status", place.status)


def _counts(status: Element, place: PlaceStatus) -> None:
    if place.vacant is None or place.observed_at is None:
        return
    occupancy = _add(status, "prk:occupancy")
    _add(occupancy, "prk:numberOfVacantSpaces", place.vacant)
    if place.occupied is not None:
        _add(occupancy, "prk:numberOfOccupiedSpaces", place.occupied)
    if place.known_until is not None:
        validity = _typed(status, "prk:statusValidity", "prk:ValidityByPeriod", {})
        period = _add(validity, "prk:validityTimeSpecification")
        _add(period, "com:overallStartTime", rfc3339(place.observed_at))
        _add(period, "com:overallEndTime", rfc3339(place.known_until))


def _exchange(root: Element, publication: Publication) -> None:
    exchange = _add(root, "con:exchangeInformation", modelBaseVersion="3")
    context = _add(exchange, "ex:exchangeContext")
    _add(context, "ex:codedExchangeProtocol", "snapshotPull")
    _add(context, "ex:exchangeSpecificationVersion", "2018")
    _identifier(_add(context, "ex:supplierOrCisRequester"), "ex:internationalIdentifier", publication)
    dynamic = _add(exchange, "ex:dynamicInformation")
    _add(dynamic, "ex:exchangeStatus", "online")
    _add(dynamic, "ex:messageGenerationTimestamp", rfc3339(publication.written_at))
