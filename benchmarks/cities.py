"""A registry for load: cities whose air-quality datasets lie in one partition each, with 500 stations."""

import json
import shutil
from pathlib import Path

from stadspuls.log import partition_of
from stadspuls.settings import ROOT

STATIONS = 500
PROPERTIES = ("no2", "pm10", "pm25")


def write_cities(folder: Path, partitions: int) -> list[str]:
    """Write the registry below `folder`; the names of its datasets, one in each partition."""
    (folder / "cities").mkdir(parents=True)
    shutil.copytree(ROOT / "themes", folder / "themes")
    slugs: dict[int, str] = {}
    number = 0
    while len(slugs) < partitions:
        number += 1
        slug = f"load{number}"
        slugs.setdefault(partition_of(f"{slug}/air-quality", partitions), slug)
    for slug in slugs.values():
        # JSON is YAML.
        (folder / "cities" / f"{slug}.yaml").write_text(json.dumps(_city(slug)))
    return [f"{slug}/air-quality" for _, slug in sorted(slugs.items())]


def _city(slug: str) -> dict[str, object]:
    station = {"names": {"nl": "Meetpunt"}, "kind": "station", "point": {"latitude": 51.0, "longitude": 4.0}}
    return {
        "slug": slug,
        "names": {"nl": slug},
        "publisher": {"names": {"nl": slug}},
        "contact": {"name": slug},
        "time_zone": "Europe/Brussels",
        "centre": {"latitude": 51.0, "longitude": 4.0},
        "datasets": {
            "air-quality": {
                "titles": {"nl": slug},
                "licence": "http://creativecommons.org/publicdomain/zero/1.0/",
                "origin": "simulated",
                "sites": [{"id": f"S{n}", **station} for n in range(STATIONS)],
                "sensors": [{"id": f"S{n}", "site": f"S{n}", "properties": list(PROPERTIES)} for n in range(STATIONS)],
            }
        },
    }
