"""Boards held against the schema that Grafana publishes, in the form of its own generated classes.

The classes say which fields there are and of which type (grafana-foundation-sdk, generated from Grafana's schema), but
check nothing themselves: what they do not know they drop, and what they know they take in any type.
"""

import enum
import json
import types
import typing
from collections.abc import Iterator

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

_PACKAGE = "grafana_foundation_sdk.models."


def mistakes(document: dict[str, object]) -> list[str]:
    """Where a board is not as the schema says."""
    register_default_plugins()
    try:
        read = Dashboard.from_json(document)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        return [f"cannot be read: {error!r}"]
    again = json.loads(json.dumps(read, cls=JSONEncoder))
    return [*_differences(document, again, ""), *_wrong_types(read, Dashboard, "")]


def _differences(given: object, again: object, at: str) -> Iterator[str]:
    """What the classes do not know."""
    if isinstance(given, dict) and isinstance(again, dict):
        for name, value in given.items():
            if name not in again:
                yield f"{at}.{name}: no such field"
            else:
                yield from _differences(value, again[name], f"{at}.{name}")
    elif isinstance(given, list) and isinstance(again, list) and len(given) == len(again):
        for place, (one, other) in enumerate(zip(given, again, strict=True)):
            yield from _differences(one, other, f"{at}[{place}]")
    elif given != again:
        yield f"{at}: {given!r} is read as {again!r}"


def _wrong_types(value: object, hint: object, at: str) -> Iterator[str]:
    """What has another type than the schema gives it."""
    if type(value).__module__.startswith(_PACKAGE) and not isinstance(value, enum.Enum):
        for name, inner in typing.get_type_hints(type(value)).items():
            yield from _wrong_types(getattr(value, name), inner, f"{at}.{name}")
        return
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        found = [list(_wrong_types(value, one, at)) for one in arguments]
        if all(found):
            # What it was meant to be is where the mistake lies deepest.
            yield from max(found, key=lambda one: len(one[0].partition(": ")[0]))
    elif origin is list:
        if not isinstance(value, list):
            yield f"{at}: {value!r} is no list"
            return
        for place, one in enumerate(value):
            yield from _wrong_types(one, arguments[0], f"{at}[{place}]")
    elif origin is typing.Literal:
        if value not in arguments:
            yield f"{at}: {value!r} is none of {arguments}"
    elif isinstance(hint, type) and not _fits(value, hint):
        yield f"{at}: {value!r} is no {hint.__name__}"


def _fits(value: object, hint: type) -> bool:
    if issubclass(hint, enum.Enum):
        return value in {one.value for one in hint}
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return not hint.__module__.startswith(_PACKAGE) and (hint not in {str, bool, type(None)} or isinstance(value, hint))
