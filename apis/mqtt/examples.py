"""An example of a site's topic and message; a test compares both with what the code writes."""

from typing import Any

from apis.data.examples import LICENCE, OBSERVATION, SITE

TOPIC = "open/gent/parking/u/1/4/d/k/y/9/P1"
SITE_MESSAGE: dict[str, Any] = {
    "dataset": "gent/parking",
    "site": SITE,
    "names": {"nl": "Vrijdagmarkt"},
    "kind": "car-park",
    "point": {"type": "Point", "coordinates": [3.72595, 51.05652]},
    "capacity": 647,
    "licence": LICENCE,
    "origin": "replayed",
    "observations": [OBSERVATION],
}
