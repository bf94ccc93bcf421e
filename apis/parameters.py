"""Reads query parameters strictly: what is unknown, repeated or malformed is named, never silently ignored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request

from stadspuls.errors import InvalidParameter

MOST_VALUES = 100
"""Sites, sensors or properties in one question; who wants more asks for all, or twice."""


@dataclass(frozen=True)
class QueryParameter:
    """A parameter that a route knows; only lists may be repeated."""

    name: str
    is_list: bool


def parameters_of(openapi: dict[str, Any]) -> dict[str, list[QueryParameter]]:
    """By path of an OpenAPI document: the query parameters of its GET operation."""
    return {
        path: [
            QueryParameter(parameter["name"], _is_list(parameter["schema"]))
            for parameter in operations.get("get", {}).get("parameters", [])
            if parameter["in"] == "query"
        ]
        for path, operations in openapi["paths"].items()
    }


def _is_list(schema: dict[str, Any]) -> bool:
    return any(part.get("type") == "array" for part in [schema, *schema.get("anyOf", [])])


def check_query(query: bytes, known: Sequence[QueryParameter]) -> None:
    """Refuse a query that has parameters that are unknown, or repeated without being lists.

    Raises:
        InvalidParameter: naming the parameter, and those that are known.
    """
    names = [name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)]
    lists = {parameter.name: parameter.is_list for parameter in known}
    for name in names:
        if name not in lists:
            raise InvalidParameter(f"no parameter {name[:80]!r} here; known: {', '.join(lists)}")
        if not lists[name] and names.count(name) > 1:
            raise InvalidParameter(f"{name}: given more than once")


async def strict_query(request: Request) -> None:
    """Dependency of every data route: see `check_query`."""
    known: dict[str, list[QueryParameter]] = request.app.state.parameters
    check_query(request.scope["query_string"], known[request.scope["route"].path_format])


def split_values(name: str, given: Sequence[str] | None) -> list[str] | None:
    """A list parameter's values, repeated or separated by commas; None when it was not given.

    Raises:
        InvalidParameter: there are too many, or an empty one.
    """
    if given is None:
        return None
    values = [value.strip() for text in given for value in text.split(",")]
    if len(values) > MOST_VALUES:
        raise InvalidParameter(f"{name}: {len(values)} values; at most {MOST_VALUES}")
    if "" in values:
        raise InvalidParameter(f"{name}: an empty value")
    return values
