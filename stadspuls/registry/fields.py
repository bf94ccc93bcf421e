"""The kinds of field that city and theme files share, each checked where it stands."""

import re
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pyoxigraph import NamedNode

from stadspuls.registry.language import LangMap
from stadspuls.registry.units import is_unit

RESERVED = frozenset(
    {
        "admin",
        "aggregates",
        "archive",
        "asyncapi.json",
        "catalog",
        "doc",
        "docs",
        "events",
        "health",
        "history",
        "id",
        "latest",
        "ldes",
        "metrics",
        "ngsi-ld",
        "open",
        "openapi.json",
        "sensorthings",
        "sites",
        "static",
        "ws",
    }
)
"""First or second levels of the published addresses (design of the URLs); no city and no theme may be called so."""

_SLUG = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_PROPERTY_NAME = r"^[A-Za-z][A-Za-z0-9]{0,63}$"
_DURATION = re.compile(r"P(?=.)(\d+W|(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,6})?S)?)?)")
_IRI = re.compile(r"https?://[^\s/?#<>\"{}|\\^`]+([/?#][^\s<>\"{}|\\^`]*)?")

# A generous box around Belgium, WGS84 degrees: catches swapped and mistyped positions, not small errors.
_LATITUDES = (49.4, 51.6)
_LONGITUDES = (2.4, 6.5)


def _slug(text: str) -> str:
    if not re.fullmatch(_SLUG, text):
        raise ValueError(f"{text!r} is no slug: small letters, digits and single hyphens, a letter first")
    if text in RESERVED:
        raise ValueError(f"{text!r} is a word of the published addresses; take another slug")
    return text


def _identifier(text: str) -> str:
    if not re.fullmatch(_IDENTIFIER, text):
        raise ValueError(f"{text!r} is no id: up to 64 letters, digits, '.', '_' and '-', a letter or digit first")
    return text


def _property_name(text: str) -> str:
    if not re.fullmatch(_PROPERTY_NAME, text):
        raise ValueError(f"{text!r} is no property name: letters and digits, a letter first")
    if text == "time":
        raise ValueError("'time' is the instant of a message; take another name")
    return text


def _unit(text: str) -> str:
    if not is_unit(text):
        raise ValueError(f"{text!r} is no UCUM unit that is known here; examples: ug/m3, Cel, %, hPa, dB, 1")
    return text


def _iri(text: str) -> str:
    try:
        # What goes into linked data must be an IRI to the letter: `%zz` is none.
        NamedNode(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no absolute http(s) IRI: {error}") from error
    if not _IRI.fullmatch(text):
        raise ValueError(f"{text!r} is no absolute http(s) IRI")
    return text


def _iri_base(text: str) -> str:
    if text.endswith("/") or "#" in text or "?" in text:
        raise ValueError(f"{text!r} is no base for identifiers: no '/' at the end, no '?', no '#'")
    return text


def _iso_duration(value: object) -> object:
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError(f"{value!r} is no duration of weeks, days, hours, minutes or seconds; examples: PT1H, P90D")
    return value


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(value) if isinstance(value, str) else ZoneInfo("")
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{value!r} is no time zone; example: Europe/Brussels") from error


Slug = Annotated[str, AfterValidator(_slug), WithJsonSchema({"type": "string", "pattern": _SLUG})]
Identifier = Annotated[str, AfterValidator(_identifier), WithJsonSchema({"type": "string", "pattern": _IDENTIFIER})]
PropertyName = Annotated[
    str, AfterValidator(_property_name), WithJsonSchema({"type": "string", "pattern": _PROPERTY_NAME})
]
Unit = Annotated[str, AfterValidator(_unit)]
Iri = Annotated[str, AfterValidator(_iri), WithJsonSchema({"type": "string", "format": "iri"})]
IriBase = Annotated[Iri, AfterValidator(_iri_base)]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Zone = Annotated[
    ZoneInfo,
    BeforeValidator(_zone),
    WithJsonSchema({"type": "string", "examples": ["Europe/Brussels"]}),
]
Duration = Annotated[
    timedelta,
    Field(strict=False, gt=timedelta(0)),
    BeforeValidator(_iso_duration),
    WithJsonSchema({"type": "string", "format": "duration", "examples": ["PT1H", "P90D"]}),
]


class Written(BaseModel):
    """A part of a file: nothing but the fields named, each of exactly its type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Text(Written):
    """Text for people: Dutch always, others where there are."""

    nl: Words
    en: Words | None = None
    fr: Words | None = None
    de: Words | None = None

    def langmap(self) -> LangMap:
        """The text by language."""
        return {language: str(text) for language, text in self.model_dump(exclude_none=True).items()}


class Point(Written):
    """A position in WGS84 degrees, in or near Belgium."""

    latitude: float
    longitude: float

    @model_validator(mode="after")
    def _in_belgium(self) -> "Point":
        if _in_box(self.latitude, self.longitude):
            return self
        hint = "; are latitude and longitude swapped?" if _in_box(self.longitude, self.latitude) else ""
        box = f"latitude {_LATITUDES[0]} to {_LATITUDES[1]}, longitude {_LONGITUDES[0]} to {_LONGITUDES[1]}"
        raise ValueError(f"({self.latitude}, {self.longitude}) lies far outside Belgium ({box}){hint}")


def _in_box(latitude: float, longitude: float) -> bool:
    return _LATITUDES[0] <= latitude <= _LATITUDES[1] and _LONGITUDES[0] <= longitude <= _LONGITUDES[1]
