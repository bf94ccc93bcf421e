"""Answers in the form of each API, small; the fields are those that their documentation and clients name."""

from typing import Any

CAR_PARKS: dict[str, Any] = {
    "total_count": 3,
    "results": [
        {
            "name": "Vrijdagmarkt",
            "lastupdate": "2026-01-05T09:00:20+01:00",
            "totalcapacity": 647,
            "availablecapacity": 112,
            "occupation": 82,
            "type": "offStreetParkingGround",
            "description": "Ondergrondse parkeergarage Vrijdagmarkt in Gent",
            "id": "https://stad.gent/nl/mobiliteit-openbare-werken/parkeren/parkings-gent/parking-vrijdagmarkt",
            "isopennow": 1,
            "temporaryclosed": 0,
            "freeparking": 0,
            "locationanddimension": '{"specificAccessInformation": ["inrit"]}',
            "location": {"lon": 3.726, "lat": 51.057},
            "categorie": "parking in LEZ",
        },
        {"name": "Reep", "lastupdate": "2026-01-05T09:00:21+01:00", "totalcapacity": 449, "availablecapacity": 0},
        {"name": "Elders", "lastupdate": "2026-01-05T09:00:21+01:00", "totalcapacity": 10, "availablecapacity": 3},
    ],
}


def feature(station: str, timestamp: str, value: float) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"no2_hmean_station.fid-{station}-{timestamp}",
        "geometry": {"type": "Point", "coordinates": [105026.0, 193972.0]},
        "geometry_name": "the_geom",
        "properties": {
            "id": 1,
            "ab_eoi_code": station,
            "ab_name": "41R701",
            "timestamp": timestamp,
            "device_id": "1",
            "value": value,
            "network": "Gent",
        },
    }


WFS: dict[str, Any] = {
    "type": "FeatureCollection",
    "totalFeatures": 3,
    "features": [
        feature("BETR701", "2026-01-05T08:00:00Z", 31.5),
        feature("BETR701", "2026-01-05T07:00:00Z", 28),
        feature("BETR801", "2026-01-05T08:00:00Z", 44),
    ],
}
TIMESERIES: list[dict[str, Any]] = [
    {
        "id": "6522",
        "label": "Particulate Matter < 10 µm 6522, 44R701 - Gent",
        "uom": "µg/m³",
        "station": {"type": "Feature", "properties": {"id": 1113, "label": "44R701 - Gent"}},
        "lastValue": {"timestamp": 1767600000000, "value": 19.5},
        "parameters": {"phenomenon": {"id": "5", "label": "Particulate Matter < 10 µm"}},
    }
]
COMMUNITY: list[dict[str, Any]] = [
    {
        "id": 17600000001,
        "timestamp": "2026-01-05 08:00:01",
        "location": {"id": 57, "latitude": "51.05", "longitude": "3.72", "country": "BE", "indoor": 0},
        "sensor": {"id": 71234, "pin": "1", "sensor_type": {"id": 14, "name": "SDS011"}},
        "sensordatavalues": [
            {"id": 1, "value_type": "P1", "value": "66.04"},
            {"id": 2, "value_type": "P2", "value": "53.32"},
        ],
    }
]
STATUS: dict[str, Any] = {
    "last_updated": "2026-01-05T08:00:05Z",
    "ttl": 60,
    "version": "3.0",
    "data": {
        "stations": [
            {
                "station_id": "station/14",
                "num_vehicles_available": 4,
                "num_docks_available": 11,
                "is_installed": True,
                "is_renting": True,
                "is_returning": True,
                "last_reported": "2026-01-05T08:00:00Z",
            }
        ]
    },
}
INFORMATION: dict[str, Any] = {
    "last_updated": "2026-01-05T08:00:05Z",
    "ttl": 3600,
    "version": "3.0",
    "data": {"stations": [{"station_id": "station/14", "lat": 51.05, "lon": 3.72, "capacity": 15}]},
}
