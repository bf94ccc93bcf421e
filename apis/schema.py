"""How routes describe their answers in OpenAPI: structs by reference, problems by code, each with an example."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from apis.negotiation import MEDIA_TYPES, Format
from stadspuls.errors import RequestError
from stadspuls.problems import MEDIA_TYPE, STATUS, Problem, problem

ResponseTable = dict[int | str, dict[str, Any]]

EXAMPLE_BASE = "https://stadspuls.example"
EXAMPLE_REQUEST_ID = "0f9c2b7d41e6a853"

PROBLEM_DETAILS: dict[str, str] = {
    "unknown-city": "no city is called 'atlantis' here",
    "unknown-dataset": "gent publishes no dataset 'volcanoes'",
    "unknown-sensor": "gent/parking has no sensor 'P99'; /gent/parking/sites lists them",
    "unknown-site": "gent/parking has no site 'P99'; /gent/parking/sites lists them",
    "unknown-property": "gent/parking has no property 'no2'; it has vacantSpaces, occupied",
    "unknown-page": "gent/parking has no page '2026-01-05T06:00:01Z'; /gent/parking leads to the newest",
    "unknown-day": "gent/parking has no file '2026-01-32.parquet'; /gent/parking/archive/ lists them",
    "unknown-path": "nothing is published at /gent/id/site/parking/P99",
    "gone": "2021-01-05.parquet of gent/parking is past its retention",
    "range-not-satisfiable": "2026-01-05.parquet has 48213 bytes",
    "invalid-parameter": "no parameter 'sort' here; known: site, sensor, property, format",
    "not-acceptable": "no format 'xml'; offered: json, geojson, csv",
    "only-aggregates": "gent/parking gives aggregates only: ask /gent/parking/history?every=1h or longer",
    "unknown-rejection": "nothing is kept back under '1767600000118304-1f0c2b7d41e6a853-future-'",
    "unauthorized": "send 'Authorization: Bearer <key>' with a key of the city",
    "forbidden": "the key 4b8d0c61f2a9 is for gent",
    "too-large": "a body has at most 262144 bytes",
    "uri-too-long": "the address has 9004 bytes; at most 8192",
    "headers-too-large": "there are 140 headers; at most 100",
    "unsupported-media-type": "'text/csv' is not read here; send application/json",
    "too-many-requests": "192.0.2.7 has spent its points: 50 come back each second",
    "unavailable": "the store does not answer",
    "internal-error": f"an unexpected error; the operators find it in their log as {EXAMPLE_REQUEST_ID}",
}
"""An example of each error that a route can answer with."""

LIMIT_HEADERS: dict[str, object] = {
    name: {"description": description, "schema": {"type": "string"}}
    for name, description in {
        "Retry-After": "Seconds after which there are points enough.",
        "RateLimit-Policy": "Points (`q`) of a full purse, and the seconds (`w`) in which an empty one fills.",
        "RateLimit": "Points that are left (`r`), and the seconds until the purse is full (`t`).",
    }.items()
}
"""Of answers to who has asked too much; the last two of every other counted answer as well."""

DATASET_PROBLEMS = ("invalid-parameter", "unknown-city", "unknown-dataset", "not-acceptable", "internal-error")


def errors_by_code() -> dict[str, type[RequestError]]:
    """Every error that a client can meet, by its code."""
    kinds: list[type[RequestError]] = [RequestError, *RequestError.__subclasses__()]
    return {kind.code: kind for kind in kinds}


def reference(struct: type) -> dict[str, str]:
    """A reference to a struct's schema among the components of the OpenAPI document."""
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def problem_responses(*codes: str) -> ResponseTable:
    """By status: the problems with these codes, an example of each."""
    kinds = errors_by_code()
    responses: ResponseTable = {}
    for code in codes:
        status = STATUS[code]
        found = responses.setdefault(
            status,
            {"description": "", "content": {MEDIA_TYPE: {"schema": reference(Problem), "examples": {}}}},
        )
        error = kinds[code](PROBLEM_DETAILS[code])
        example = msgspec.to_builtins(problem(error, EXAMPLE_BASE, EXAMPLE_REQUEST_ID))
        found["content"][MEDIA_TYPE]["examples"][code] = {"summary": error.title, "value": example}
        found["description"] = ", or ".join(filter(None, [found["description"], error.title]))
    return responses


class Shown(NamedTuple):
    """An answer as it is documented: its struct, None for text, and an example."""

    struct: type | None
    example: object


def one_document(media_type: str, example: object, description: str = "The document") -> ResponseTable:
    """The answer of a route that always gives one document of no struct of ours."""
    schema = {"type": "string" if isinstance(example, str) else "object"}
    return {200: {"description": description, "content": {media_type: {"schema": schema, "example": example}}}}


def data_responses(
    description: str, shown: dict[Format, Sequence[Shown]], *more_codes: str, tagged: bool = False
) -> ResponseTable:
    """Answers of a data route: by format what can come; `tagged` when it has an ETag."""
    headers = {
        "Cache-Control": _header("How long a cache may answer."),
        "Link": _header("The licence (`rel=license`); the next page (`rel=next`) where there is one."),
    }
    content = {MEDIA_TYPES[form]: _content(form, kinds) for form, kinds in shown.items()}
    responses: ResponseTable = {200: {"description": description, "headers": headers, "content": content}}
    if tagged:
        headers["ETag"] = _header("Send it back in `If-None-Match`.")
        responses[304] = {"description": "Unchanged since the ETag in `If-None-Match`"}
    return responses | problem_responses(*DATASET_PROBLEMS, *more_codes)


def text_of(form: Format) -> dict[str, str]:
    """The schema of a form that has no struct of ours: text, but for what is JSON too."""
    return {"type": "object" if form is Format.JSONLD else "string"}


def _content(form: Format, kinds: Sequence[Shown]) -> dict[str, Any]:
    schemas = [text_of(form) if kind.struct is None else reference(kind.struct) for kind in kinds]
    if len(kinds) == 1:
        return {"schema": schemas[0], "example": kinds[0].example}
    named = {str(number): {"value": kind.example} for number, kind in enumerate(kinds, 1)}
    return {"schema": {"anyOf": schemas}, "examples": named}


def _header(description: str) -> dict[str, object]:
    return {"description": description, "schema": {"type": "string"}}
