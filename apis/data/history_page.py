"""Which page of which stretch of time a client asks for."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from apis.access import VisibleDataset
from apis.data.paging import DEFAULT_LIMIT, LARGEST_LIMIT, Place, parse_after
from apis.durations import WINDOWS, parse_every
from apis.instants import parse_instant
from apis.parameter_schemas import INSTANT, POSITION, optional
from stadspuls.errors import InvalidParameter


@dataclass(frozen=True)
class Page:
    """At most `limit` entries behind `after`, from `start` (included) to `end` (not), in windows of `every` or single.

    Instants are microseconds since 1970, `every` is ISO 8601; None means no restriction.
    """

    start: int | None
    end: int | None
    every: str | None
    limit: int
    after: Place | None


async def _page(
    *,
    dataset: VisibleDataset,
    start: Annotated[
        str | None,
        Query(
            alias="from",
            description="From then on: RFC 3339 with a zone, or a date in the city's legal time.",
            json_schema_extra=optional(INSTANT),
        ),
    ] = None,
    end: Annotated[
        str | None,
        Query(
            alias="to",
            description="Until then, which is not included: as `from`, and later; a date: its start.",
            json_schema_extra=optional(INSTANT),
        ),
    ] = None,
    every: Annotated[
        str | None,
        Query(
            description="Windows of this length instead of single observations, in the city's legal time: "
            + ", ".join(WINDOWS)
            + "; or as ISO 8601 (`PT15M`).",
            json_schema_extra=optional({"enum": [*WINDOWS, *WINDOWS.values()]}),
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT, description="Most entries in one answer.")] = DEFAULT_LIMIT,
    after: Annotated[
        str | None,
        Query(description="Go on behind this position; see `next` in an answer.", json_schema_extra=optional(POSITION)),
    ] = None,
) -> Page:
    zone = dataset.city.time_zone
    page = Page(
        start=None if start is None else parse_instant("from", start, zone),
        end=None if end is None else parse_instant("to", end, zone),
        every=None if every is None else parse_every(every),
        limit=limit,
        after=None if after is None else parse_after(after, zone),
    )
    if page.start is not None and page.end is not None and page.start >= page.end:
        raise InvalidParameter("from: must lie before `to`, which is not included")
    return page


PageDep = Annotated[Page, Depends(_page)]
