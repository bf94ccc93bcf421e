"""Routes of the server-sent events: one dataset, resumable, and several at once, which begin with a snapshot."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response

from apis.access import ObservableDataset
from apis.context import Context, ContextDep
from apis.events import examples
from apis.events.area import Area, inside, parse_box, select_area
from apis.events.reader import Kind, Reader
from apis.events.resume import gap_after, parse_position
from apis.events.sse import MEDIA_TYPE, EventStream, opening
from apis.events.writing import Wire, named, notice, snapshot
from apis.parameter_schemas import EVENT_ID, optional
from apis.parameters import strict_query
from apis.schema import ResponseTable, problem_responses
from apis.selection import Cities, Properties, Selection, SelectionDep, Sensors, Sites, Themes
from stadspuls.registry import Dataset

router = APIRouter(tags=["live"], dependencies=[Depends(strict_query)])

_PROBLEMS = (
    "invalid-parameter",
    "unknown-city",
    "unknown-dataset",
    "unknown-site",
    "unknown-sensor",
    "unknown-property",
    "only-aggregates",
    "internal-error",
    "unavailable",
)


EVENT = {
    "type": "object",
    "description": "One event, by its fields.",
    "properties": {
        "event": {"type": "string", "enum": ["observation", "snapshot", "stale", "gap", "slow"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "id": {"type": "string", "description": "Where to go on; only where one dataset is followed."},
        "retry": {"type": "integer", "description": "Milliseconds after which to come back once the stream is lost."},
    },
}
"""What a stream is made of."""


def _responses(example: str) -> ResponseTable:
    description = (
        "Server-sent events, until the client leaves. The data of an `observation` event is an `ObservationEvent`; "
        "`/asyncapi.json` has the shape of every event."
    )
    content = {MEDIA_TYPE: {"schema": EVENT, "example": example}}
    return {200: {"description": description, "content": content}, **problem_responses(*_PROBLEMS)}


BOX = r"^-?[0-9]{1,3}(\.[0-9]+)?(,-?[0-9]{1,3}(\.[0-9]+)?){3}$"

Bbox = Annotated[
    str | None,
    Query(
        alias="bbox",
        description="Only sites in a box: west,south,east,north in degrees (WGS84).",
        examples=["3.6,51.0,3.8,51.1"],
        json_schema_extra=optional({"format": "bbox", "pattern": BOX}),
    ),
]


@router.get(
    "/{city}/{theme}/events",
    summary="Live events of a dataset",
    response_class=Response,
    responses=_responses(examples.DATASET_STREAM),
)
async def dataset_events(
    *,
    context: ContextDep,
    dataset: ObservableDataset,
    selection: SelectionDep,
    bbox: Bbox = None,
    after: Annotated[
        str | None,
        Query(
            description="Go on after the event with this id; 0 is all that is kept. By default: from now on.",
            json_schema_extra=optional(EVENT_ID),
        ),
    ] = None,
    last_event_id: Annotated[
        str | None,
        Header(
            description="As browsers send it when they connect again; goes before `after`.",
            json_schema_extra=optional(EVENT_ID),
        ),
    ] = None,
) -> Response:
    """Every observation once, in the order of publication, as an `observation` event.

    Its id is its `publishedAt` in microseconds and holds in every API process: who comes back with the last id gets
    what was published since, without gap or repetition. Every 15 s without an event there is a comment, with the id
    that the stream has come to. `stale` says that the dataset has no news by its own rhythm, `gap` that the id is older
    than what is kept, `slow` that the client does not keep up; the connection is then closed.
    """
    asked = parse_position("after", after)
    position = parse_position("Last-Event-ID", last_event_id or None)
    if position is None:
        position = asked
    wanted = inside(selection, parse_box(bbox), dataset)
    hub = context.hub

    def begin(reader: Reader) -> bytes:
        start = hub.follow(reader, dataset, wanted, position)
        gap = None if position is None else gap_after(dataset, position)
        return opening(start, b"" if gap is None else notice(gap, reader.wire))

    return EventStream(hub, Kind.SSE, begin, {"Link": f'<{dataset.licence}>; rel="license"'})


@router.get(
    "/events",
    summary="Live events of several datasets",
    response_class=Response,
    responses=_responses(examples.AREA_STREAM),
)
async def area_events(
    *,
    context: ContextDep,
    city: Cities = None,
    theme: Themes = None,
    site: Sites = None,
    sensor: Sensors = None,
    property_: Properties = None,
    bbox: Bbox = None,
) -> Response:
    """The newest observations as one `snapshot` event, then every new one as an `observation` event.

    There are no ids: a client that comes back begins with a new snapshot. Whatever is given must match (`city` and
    `theme` and `bbox`, ...). Without any parameter it is everything that is published here.
    """
    area = Area(city, theme, site, sensor, property_, parse_box(bbox))
    selected = select_area(context.registry, area, context.base_url)

    def begin(reader: Reader) -> bytes:
        texts = [text for dataset, wanted in selected.items() for text in latest_texts(context, dataset, wanted)]
        for dataset, wanted in selected.items():
            context.hub.follow(reader, dataset, wanted, None)
        return opening(None, named("snapshot", snapshot(texts), Wire.SSE_AREA))

    return EventStream(context.hub, Kind.AREA, begin, {})


def latest_texts(context: Context, dataset: Dataset, selection: Selection) -> list[bytes]:
    """The newest observations of a dataset, written as events; in one piece where all are wanted.

    Raises:
        Unavailable: when the store was not read yet.
    """
    if not selection.everything:
        return context.hub.latest(dataset, selection)
    version = f"{context.hub.head(dataset):x}-{context.live.loaded}"
    joined = context.rendered.body(
        f"{dataset.name}/snapshot", version, lambda: b",".join(context.hub.latest(dataset, selection))
    )
    return [joined] if joined else []
