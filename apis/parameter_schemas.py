"""How OpenAPI describes what parameters may be, as exactly as they are read."""

from typing import Any

INSTANT: dict[str, Any] = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
"""An RFC 3339 instant with a zone, or a date; of the years 1900 to 2100."""
NAMES = r"^[^,\s\x00-\x20\x7f-\xa0]+(,[^,\s\x00-\x20\x7f-\xa0]+)*$"
"""One name, or several with commas."""
POSITION: dict[str, Any] = {"format": "position"}
"""A place in an answer, as an address in `next` has it: not to be made up."""
EVENT_ID = {"pattern": "^[0-9]{1,16}$", "format": "event-id"}
"""An event's id: an instant in microseconds, not of the future."""


def optional(schema: dict[str, Any]) -> Any:
    """What a parameter that may be left out says instead of FastAPI's own schema, which has it null as well."""

    def replace(made: dict[str, Any]) -> None:
        kept = {name: value for name, value in made.items() if name not in ("anyOf", "type")}
        made.clear()
        made.update({"type": "string"} if "anyOf" not in schema else {}, **schema, **kept)

    return replace


def names(most: int) -> Any:
    """The same of a list of names; so many in all."""

    def replace(made: dict[str, Any]) -> None:
        kept = {name: value for name, value in made.items() if name != "anyOf"}
        made.clear()
        made.update({"type": "array", "items": {"type": "string", "pattern": NAMES}, "maxItems": most}, **kept)

    return replace
