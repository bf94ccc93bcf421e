"""Which of the offered forms a client gets, by `?format=` or `Accept` (RFC 9110, section 12.5), and which language."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Header, Query

from stadspuls.errors import NotAcceptable


class Format(StrEnum):
    """Every form in which something is offered, as `?format=` names it."""

    JSON = "json"
    GEOJSON = "geojson"
    CSV = "csv"
    TRIG = "trig"
    TURTLE = "turtle"
    NQUADS = "nquads"
    NTRIPLES = "ntriples"
    JSONLD = "jsonld"
    RDFXML = "rdfxml"
    DATEX2 = "datex2"
    HTML = "html"


DATA = (Format.JSON, Format.GEOJSON, Format.CSV)
"""What data routes offer; the first by default."""
LATEST = (*DATA, Format.DATEX2)
"""What the latest state is offered in; DATEX II only of parking."""
PAGES = (Format.TRIG, Format.TURTLE, Format.NQUADS, Format.JSONLD, Format.HTML)
"""What pages of RDF are offered in; the first by default."""
STREAMS = (Format.TRIG, Format.TURTLE, Format.NQUADS, Format.NTRIPLES, Format.JSONLD, Format.HTML)
"""What event streams are offered in; the first by default."""
RDF = (Format.TURTLE, Format.TRIG, Format.NTRIPLES, Format.NQUADS, Format.JSONLD)
"""What documents without named graphs are offered in; the first by default."""
LISTS = (Format.JSON, Format.HTML)
"""What lists of files are offered in; the first by default."""

MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.GEOJSON: "application/geo+json",
    Format.CSV: "text/csv",
    Format.TRIG: "application/trig",
    Format.TURTLE: "text/turtle",
    Format.NQUADS: "application/n-quads",
    Format.NTRIPLES: "application/n-triples",
    Format.JSONLD: "application/ld+json",
    Format.RDFXML: "application/rdf+xml",
    Format.DATEX2: "application/xml",
    Format.HTML: "text/html",
}
CONTENT_TYPES = MEDIA_TYPES | {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.TURTLE: "text/turtle; charset=utf-8",
    Format.HTML: "text/html; charset=utf-8",
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


def accepts_gzip(header: str | None) -> bool:
    """Whether an Accept-Encoding header takes gzip (RFC 9110, section 12.5.3)."""
    weights = dict(_ranges(header or ""))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def choose_format(asked: str | None, accept: str | None, offered: Sequence[Format] = DATA) -> Format:
    """The offered form to answer in; `?format=` goes before `Accept`.

    Raises:
        NotAcceptable: none of the forms asked for is offered; the detail names those that are.
    """
    if asked is not None:
        for form in offered:
            if form == asked.lower():
                return form
        raise NotAcceptable(f"no format {asked[:40]!r}; offered: {', '.join(offered)}")
    # Browsers name XML beside HTML without meaning it.
    from_browser = Format.HTML not in offered and MEDIA_TYPES[Format.HTML] in (accept or "").lower()
    forms = {MEDIA_TYPES[form]: form for form in offered if not (from_browser and form is Format.DATEX2)}
    media_type = best_media_type(accept, list(forms))
    if media_type is None:
        raise NotAcceptable(f"none of the media types asked for; offered: {', '.join(forms)}")
    return forms[media_type]


def negotiated(offered: Sequence[Format]) -> Callable[..., Awaitable[Format]]:
    """Dependency of a route that offers these forms: the one to answer in."""
    names = {"enum": [str(form) for form in offered]}

    async def choose(
        form: Annotated[
            str | None,
            Query(
                alias="format",
                description="Form of the answer; goes before the `Accept` header.",
                json_schema_extra=names,
            ),
        ] = None,
        accept: Annotated[str | None, Header(include_in_schema=False)] = None,
    ) -> Format:
        return choose_format(form, accept, offered)

    return choose


NegotiatedFormat = Annotated[Format, Depends(negotiated(DATA))]
