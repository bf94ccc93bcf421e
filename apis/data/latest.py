"""`/{city}/{theme}/latest`: the newest observation of every datastream."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from apis.access import ObservableDataset
from apis.answers import data_headers, is_current, not_modified
from apis.context import Context, ContextDep
from apis.data import examples
from apis.data.entries import SiteNames
from apis.data.models import LatestDocument, SiteFeatures
from apis.data.observation_csv import observation_csv
from apis.data.observation_json import Frame, latest_json, observations_geojson
from apis.datex2.answer import latest_datex2
from apis.datex2.parking import has_parking
from apis.negotiation import DATA, LATEST, MEDIA_TYPES, Format, negotiated
from apis.parameters import strict_query
from apis.rhythm import next_expected
from apis.schema import Shown, data_responses
from apis.selection import Selection, SelectionDep
from stadspuls.errors import NotAcceptable
from stadspuls.model import Observation
from stadspuls.registry import Dataset

MAX_AGE = 1
"""Seconds a cache may answer for us: frames come some twenty times a second, people look once."""

router = APIRouter(tags=["data"], dependencies=[Depends(strict_query)])


@router.get(
    "/{city}/{theme}/latest",
    summary="Latest values",
    response_class=Response,
    responses=data_responses(
        "The newest observation of every datastream",
        {
            Format.JSON: [Shown(LatestDocument, examples.LATEST)],
            Format.GEOJSON: [Shown(SiteFeatures, examples.OBSERVATION_FEATURES)],
            Format.CSV: [Shown(None, examples.OBSERVATION_CSV)],
            Format.DATEX2: [Shown(None, examples.LATEST_DATEX2)],
        },
        "unknown-site",
        "unknown-sensor",
        "unknown-property",
        "only-aggregates",
        "unavailable",
        tagged=True,
    ),
)
async def latest(
    *,
    request: Request,
    context: ContextDep,
    dataset: ObservableDataset,
    selection: SelectionDep,
    form: Annotated[Format, Depends(negotiated(LATEST))],
) -> Response:
    """The newest observation (by `observedAt`) of every datastream, ordered by (site, sensor, property).

    A late reading never replaces a newer one. `validUntil` is when the next value is due at the latest: the newest
    `observedAt` plus the smallest rhythm of the datastreams in the answer. Of parking also as DATEX II version 3, a
    message container with the table of sites and their status; counts that are not known for certain are left out.
    """
    if form is Format.DATEX2 and not has_parking(dataset.theme):
        offered = ", ".join(MEDIA_TYPES[each] for each in DATA)
        raise NotAcceptable(f"{dataset.name} is not about parking, and DATEX II is offered of nothing else: {offered}")
    observations = context.live.of(dataset.name)
    published = context.live.latest.newest_published(dataset.name) or 0
    tag = f'W/"{published:x}-{context.registry.version}-{form}"'
    headers = {**data_headers(dataset, form, "latest", MAX_AGE), "ETag": tag}
    if is_current(request, tag):
        return not_modified(headers)
    if selection.everything:
        key = f"{dataset.name}/latest.{form}"
        body = context.rendered.body(key, tag, lambda: _write(context, dataset, form, observations, selection))
    else:
        body = _write(context, dataset, form, [each for each in observations if selection.takes(each)], selection)
    return Response(body, headers=headers)


def _write(
    context: Context, dataset: Dataset, form: Format, observations: Sequence[Observation], selection: Selection
) -> bytes:
    names = SiteNames(dataset, context.base_url)
    if form is Format.DATEX2:
        return latest_datex2(context.registry, dataset, names, observations, selection.sites)
    if form is Format.CSV:
        return observation_csv(dataset, observations, names)
    frame = Frame(dataset, names, valid_until=next_expected(dataset, observations))
    write = latest_json if form is Format.JSON else observations_geojson
    return write(frame, observations)
