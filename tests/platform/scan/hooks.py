"""What Schemathesis cannot read from the OpenAPI document: formats of our own, and rules between two parameters."""

import json
import os
from datetime import UTC, date, datetime
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, HookContext, Response

PLACE = "{},P1,vacantSpaces"
LONGEST_ADDRESS = 8192
NO_KEY = (401, 405, 414, 429)
"""What is said to whoever has no key; the last to whoever says so too often."""
FIRST, LAST = datetime(1950, 1, 1), datetime(2089, 12, 31)  # noqa: DTZ001 # Hypothesis wants them without zones

instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC)).map(lambda at: at.isoformat().replace("+00:00", "Z"))
past = st.integers(0, 1_767_600_000_000_000).map(str)
box = st.tuples(st.floats(-180, 179), st.floats(-90, 89), st.floats(0, 1), st.floats(0, 1)).map(
    lambda b: f"{b[0]:.4f},{b[1]:.4f},{b[0] + b[2]:.4f},{b[1] + b[3]:.4f}"
)

schemathesis.openapi.format("date-time", instants)
schemathesis.openapi.format("date", st.dates(FIRST.date(), LAST.date()).map(date.isoformat))
schemathesis.openapi.format("position", instants.map(PLACE.format))
schemathesis.openapi.format("event-id", past)
schemathesis.openapi.format("bbox", box)


@schemathesis.deserializer("text/csv", "application/n-quads")
def as_text(ctx: object, response: Response) -> str:
    """CSV and RDF are text to the document."""
    return response.content.decode()


@schemathesis.hook
def map_path_parameters(context: HookContext, path_parameters: dict[str, str]) -> dict[str, str]:
    """Names that exist now, in half of the questions for them: no example could know them."""
    known = json.loads(os.environ.get("SCAN_KNOWN", "{}"))
    for name, value in (path_parameters or {}).items():
        if name in known and len(str(value)) % 2:
            path_parameters[name] = known[name]
    return path_parameters


@schemathesis.hook
def map_query(context: HookContext, query: dict[str, str] | None) -> dict[str, str] | None:
    """Streams begin with what was, so that they have something to say at once."""
    if context.operation is not None and context.operation.path == "/{city}/{theme}/events":
        return {"after": "0", **(query or {})}
    return query


@schemathesis.hook
def filter_case(context: HookContext, case: Case[Any]) -> bool:
    """Only questions that do not contradict themselves: JSON Schema has no words for these rules."""
    query = case.query if isinstance(case.query, dict) else {}
    start, end = str(query.get("from", "")), str(query.get("to", "9999"))
    if case.path.endswith("/history") and start >= end:
        return False
    if "page" in query and "time" in query:
        return False
    if query.get("format") == "datex2" and (case.path_parameters or {}).get("theme") != "parking":
        return False
    return len(repr(query)) < LONGEST_ADDRESS // 9


@schemathesis.check
def nothing_without_a_key(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """Operators' routes say nothing else to whoever has no key."""
    private = case.operation.path.startswith("/admin") and case.method in ("GET", "POST")
    if private and os.environ.get("SCAN_WITHOUT_KEY"):
        assert response.status_code in NO_KEY, response.status_code


@schemathesis.check
def common_headers(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """Every answer has them, whatever was asked."""
    headers = {name.lower(): values[0] for name, values in response.headers.items()}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "x-request-id" in headers
    assert "server" not in headers
    assert "accept-encoding" in headers["vary"].lower()
    assert ("access-control-allow-origin" in headers) is not case.operation.path.startswith("/admin")
