"""An example of every document, shown in `/docs`; a test reads each as the struct it is an example of."""

from typing import Any

from apis.schema import EXAMPLE_BASE

SITE = "https://stad.gent/id/parking/P1"
LICENCE = "https://data.stad.gent/algemene-licentie"

OBSERVATION: dict[str, Any] = {
    "site": SITE,
    "sensor": "P1",
    "property": "vacantSpaces",
    "value": 210,
    "unit": "1",
    "observedAt": "2026-01-05T08:00:00Z",
    "receivedAt": "2026-01-05T08:00:00.118304Z",
    "publishedAt": "2026-01-05T08:00:00.171020Z",
    "quality": "good",
    "origin": "replayed",
}
_ABOUT: dict[str, Any] = {
    "dataset": "gent/parking",
    "generatedAt": "2026-01-05T08:00:04.301288Z",
    "licence": LICENCE,
    "origin": "replayed",
}
_POINT = {"type": "Point", "coordinates": [3.72595, 51.05652]}
_NEXT = f"{EXAMPLE_BASE}/gent/parking/history?property=vacantSpaces&limit=1&after=2026-01-05T08:00:00Z,P1,vacantSpaces"

LATEST: dict[str, Any] = _ABOUT | {"observations": [OBSERVATION], "validUntil": "2026-01-05T08:10:00Z"}
HISTORY: dict[str, Any] = _ABOUT | {"observations": [OBSERVATION], "next": _NEXT}
OBSERVATION_FEATURES: dict[str, Any] = _ABOUT | {
    "type": "FeatureCollection",
    "validUntil": "2026-01-05T08:10:00Z",
    "features": [
        {
            "type": "Feature",
            "id": SITE,
            "geometry": _POINT,
            "properties": {
                "id": "P1",
                "names": {"nl": "Vrijdagmarkt"},
                "kind": "car-park",
                "capacity": 647,
                "observations": [OBSERVATION],
            },
        }
    ],
}
OBSERVATION_CSV = (
    "site,name,lat,lon,sensor,property,value,unit,observedAt,receivedAt,publishedAt,"
    "quality,test,known,capacity,procedure,origin\r\n"
    f"{SITE},Vrijdagmarkt,51.05652,3.72595,P1,vacantSpaces,210,1,2026-01-05T08:00:00Z,2026-01-05T08:00:00.118304Z,"
    "2026-01-05T08:00:00.171020Z,good,,,,sensed,replayed\r\n"
)

AGGREGATE: dict[str, Any] = {
    "site": SITE,
    "sensor": "P1",
    "property": "vacantSpaces",
    "unit": "1",
    "start": "2026-01-05T07:00:00Z",
    "end": "2026-01-05T08:00:00Z",
    "count": 120,
    "origin": "replayed",
    "mean": 231.5,
    "min": 210.0,
    "max": 254.0,
    "coverage": 1.0,
}
_WINDOWS = _ABOUT | {"every": "PT1H", "timeZone": "Europe/Brussels"}
AGGREGATES: dict[str, Any] = _WINDOWS | {"aggregates": [AGGREGATE]}
AGGREGATED_FEATURES: dict[str, Any] = _WINDOWS | {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": SITE,
            "geometry": _POINT,
            "properties": {
                "id": "P1",
                "names": {"nl": "Vrijdagmarkt"},
                "kind": "car-park",
                "capacity": 647,
                "aggregates": [AGGREGATE],
            },
        }
    ],
}
AGGREGATES_CSV = (
    "site,name,lat,lon,sensor,property,unit,start,end,mean,min,max,count,coverage,origin\r\n"
    f"{SITE},Vrijdagmarkt,51.05652,3.72595,P1,vacantSpaces,1,2026-01-05T07:00:00Z,2026-01-05T08:00:00Z,"
    "231.5,210,254,120,1.0,replayed\r\n"
)

_SENSOR = {"id": "P1", "properties": ["vacantSpaces"]}
_DESCRIBED = {"id": "P1", "names": {"nl": "Vrijdagmarkt"}, "kind": "car-park", "capacity": 647, "sensors": [_SENSOR]}
SITES: dict[str, Any] = {
    "dataset": "gent/parking",
    "titles": {"nl": "Parkeergarages in Gent", "en": "Car parks in Ghent"},
    "publisher": {"nl": "Stad Gent"},
    "licence": LICENCE,
    "origin": "replayed",
    "sites": [_DESCRIBED | {"iri": SITE, "point": _POINT}],
    "properties": [
        {
            "name": "vacantSpaces",
            "names": {"nl": "vrije plaatsen", "en": "vacant spaces"},
            "descriptions": {"nl": "Hoeveel plaatsen vrij zijn", "en": "How many spaces are vacant"},
            "unit": "1",
            "type": "number",
        }
    ],
}
SITE_FEATURES: dict[str, Any] = {
    "type": "FeatureCollection",
    "dataset": "gent/parking",
    "licence": LICENCE,
    "origin": "replayed",
    "features": [{"type": "Feature", "id": SITE, "geometry": _POINT, "properties": _DESCRIBED}],
}
SITES_CSV = (
    "id,iri,name,kind,lat,lon,capacity,sensor,property,unit,procedure,origin\r\n"
    f"P1,{SITE},Vrijdagmarkt,car-park,51.05652,3.72595,647,P1,vacantSpaces,1,sensed,replayed\r\n"
)

LATEST_DATEX2 = f"""\
<?xml version='1.0' encoding='utf-8'?>
<con:messageContainer xmlns:con="http://datex2.eu/schema/3/messageContainer" \
xmlns:com="http://datex2.eu/schema/3/common" xmlns:fac="http://datex2.eu/schema/3/facilities" \
xmlns:prk="http://datex2.eu/schema/3/parking" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
modelBaseVersion="3">...
  <con:payload xsi:type="prk:ParkingStatusPublication" lang="nl" modelBaseVersion="3">...
    <prk:parkingStatusInformation xsi:type="prk:PlaceStatus">
      <fac:reference id="{SITE}" version="81a508852cfa" targetClass="fac:FacilityObject" />
      <fac:lastUpdated>2026-01-05T07:55:00Z</fac:lastUpdated>
      <prk:occupancy>
        <prk:numberOfVacantSpaces>210</prk:numberOfVacantSpaces>
        <prk:numberOfOccupiedSpaces>437</prk:numberOfOccupiedSpaces>
      </prk:occupancy>
      <prk:status>spacesAvailable</prk:status>
    </prk:parkingStatusInformation>
  </con:payload>...
</con:messageContainer>
"""
