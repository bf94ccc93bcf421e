"""The pages that people open, and what programs and tests find in them."""

START = "/"
CITY = "/gent"
DATASET = "/gent/parking"
SITE = "/gent/parking/sites/P1"
AIR_DATASET = "/antwerpen/air-quality"
DOCS = "/docs"
PAGES = (START, CITY, DATASET, SITE, AIR_DATASET, DOCS)
LIVE_PAGES = (START, CITY, DATASET, SITE)

LIVE = "[data-live][data-site][data-property]"
"""An element that shows the newest value of a datastream; `data-updated` is its `publishedAt` in microseconds."""
STATUS = "#status"
"""How the page is connected: `data-state` is `live`, `connecting` or `lost`."""
MARK = "#map a[data-site]"
"""A site on the map."""
