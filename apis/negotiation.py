"""Which of the offered forms a client gets, by `?format=` or `Accept` (RFC 9110, section 12.5), and which language."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Header, Query

from stadspuls.errors import NotAcceptable


class Format(StrEnum):
    """The forms in which data is offered, the first by default."""

    JSON = "json"
    GEOJSON = "geojson"
    CSV = "csv"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.GEOJSON: "application/geo+json",
    Format.CSV: "text/csv",
}
CONTENT_TYPES = {
    Format.JSON: "application/json",
    Format.GEOJSON: "application/geo+json",
    Format.CSV: "text/csv; charset=utf-8; header=present",
}


def _ranges(header: str) -> list[tuple[str, float]]:
    """The ranges of an Accept or Accept-Language header with their weights; a malformed weight counts as 0."""
    found = []
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                weight = _weight(value.strip())
        if name:
            found.append((name, weight))
    return found


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


def _media_weight(offered: str, ranges: Iterable[tuple[str, float]]) -> float:
    """The weight of the most specific range that covers the offered media type."""
    wanted = {offered: 2, offered.partition("/")[0] + "/*": 1, "*/*": 0}
    covering = [(wanted[name], weight) for name, weight in ranges if name in wanted]
    return max(covering)[1] if covering else 0.0


def best_media_type(header: str | None, offered: Sequence[str]) -> str | None:
    """The offered media type that an Accept header prefers, the earlier one in a tie; None when it takes none."""
    if not header or not header.strip():
        return offered[0]
    ranges = _ranges(header)
    best = max(offered, key=lambda media_type: _media_weight(media_type, ranges))
    return best if _media_weight(best, ranges) > 0 else None


def best_language(header: str | None, offered: Sequence[str]) -> str:
    """The offered language (primary subtag) that an Accept-Language header prefers; the first when it names none."""
    weights: dict[str, float] = {}
    for name, weight in _ranges(header or ""):
        primary = name.partition("-")[0]
        weights[primary] = max(weights.get(primary, 0.0), weight)
    rest = weights.get("*", 0.0)
    return max(offered, key=lambda language: weights.get(language, rest))


def choose_format(asked: str | None, accept: str | None) -> Format:
    """The form to answer in; `?format=` goes before `Accept`.

    Raises:
        NotAcceptable: none of the forms asked for is offered; the detail names those that are.
    """
    if asked is not None:
        try:
            return Format(asked.lower())
        except ValueError:
            raise NotAcceptable(f"no format {asked[:40]!r}; offered: {', '.join(Format)}") from None
    media_type = best_media_type(accept, list(MEDIA_TYPES.values()))
    if media_type is None:
        raise NotAcceptable(f"none of the media types asked for; offered: {', '.join(MEDIA_TYPES.values())}")
    return next(form for form, name in MEDIA_TYPES.items() if name == media_type)


async def _negotiated(
    form: Annotated[
        str | None,
        Query(
            alias="format",
            description="Form of the answer; goes before the `Accept` header.",
            json_schema_extra={"enum": [str(form) for form in Format]},
        ),
    ] = None,
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Format:
    return choose_format(form, accept)


NegotiatedFormat = Annotated[Format, Depends(_negotiated)]
