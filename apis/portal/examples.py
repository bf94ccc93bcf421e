"""Examples of the portal's answers, shown in `/docs`; a test reads them as what they are examples of."""

from typing import Any

from apis.data.examples import LICENCE
from apis.schema import EXAMPLE_BASE

PAGE = '<!DOCTYPE html>\n<html lang="nl"><head><title>Gent · Stadspuls</title></head><body>...</body></html>\n'
INDEX: dict[str, Any] = {
    "datasets": [
        {
            "dataset": "gent/parking",
            "titles": {"nl": "Parkeergarages in Gent", "en": "Car parks in Ghent"},
            "publisher": {"nl": "Stad Gent"},
            "licence": LICENCE,
            "origin": "replayed",
            "visibility": "public",
            "history": f"{EXAMPLE_BASE}/gent/parking/history",
            "sites": f"{EXAMPLE_BASE}/gent/parking/sites",
            "latest": f"{EXAMPLE_BASE}/gent/parking/latest",
            "newestObservedAt": "2026-01-05T08:00:00Z",
        }
    ],
    "documentation": f"{EXAMPLE_BASE}/docs",
}
