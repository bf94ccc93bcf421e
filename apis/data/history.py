"""`/{city}/{theme}/history`: what was observed, single or in windows, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response

from apis.access import VisibleDataset, require_observations, require_window
from apis.answers import add_next, data_headers
from apis.context import ContextDep
from apis.data import examples
from apis.data.entries import SiteNames
from apis.data.history_page import Page, PageDep
from apis.data.history_rules import series_rules
from apis.data.models import HistoryDocument, SiteFeatures
from apis.data.observation_csv import observation_csv
from apis.data.observation_json import Frame, history_json, observations_geojson
from apis.data.paging import next_address
from apis.data.window_forms import windows_body
from apis.data.window_models import AggregatedFeatures, AggregatesDocument
from apis.durations import shortest
from apis.negotiation import Format, NegotiatedFormat
from apis.parameters import strict_query
from apis.schema import Shown, data_responses
from apis.selection import Selection, SelectionDep
from apis.visitors import ENTRIES, WINDOWS, SpendDep
from stadspuls.clock import now_us
from stadspuls.model import Observation
from stadspuls.registry import Dataset
from store import HistoryQuery, StoreReader
from store.protocol import Position
from store.windowed import WindowQuery, read_windows
from store.windows import WindowPosition

MAX_AGE = 10
"""Seconds a cache may answer for us; late values may still come anywhere."""

router = APIRouter(tags=["data"], dependencies=[Depends(strict_query)])


@dataclass(frozen=True, kw_only=True)
class Question:
    """All that an answer depends on, so that it can be put together in the thread that asks the store."""

    dataset: Dataset
    selection: Selection
    page: Page
    form: Format
    base_url: str
    query: list[tuple[str, str]]

    def frame(self, last: tuple[int, str, str] | None) -> Frame:
        """What surrounds the entries; `last` is the position behind which the next page goes on, if there is one."""
        next_url = None
        if last is not None:
            next_url = next_address(self.base_url, f"/{self.dataset.name}/history", self.query, last)
        return Frame(self.dataset, SiteNames(self.dataset, self.base_url), next_url)


@router.get(
    "/{city}/{theme}/history",
    summary="What was observed",
    response_class=Response,
    responses=data_responses(
        "Observations, oldest first; with `every` windowed results",
        {
            Format.JSON: [Shown(HistoryDocument, examples.HISTORY), Shown(AggregatesDocument, examples.AGGREGATES)],
            Format.GEOJSON: [
                Shown(SiteFeatures, examples.OBSERVATION_FEATURES),
                Shown(AggregatedFeatures, examples.AGGREGATED_FEATURES),
            ],
            Format.CSV: [Shown(None, examples.OBSERVATION_CSV), Shown(None, examples.AGGREGATES_CSV)],
        },
        "unknown-site",
        "unknown-sensor",
        "unknown-property",
        "only-aggregates",
        "unavailable",
    ),
)
async def history(
    *,
    request: Request,
    context: ContextDep,
    dataset: VisibleDataset,
    selection: SelectionDep,
    page: PageDep,
    form: NegotiatedFormat,
    spend: SpendDep,
) -> Response:
    """Observations of a stretch of time, oldest first, ordered by (observedAt, sensor, property).

    Without `from` and `to`: everything. An answer that is not the last has the address of the next in `next`, and as
    `Link: rel="next"`. With `every`: mean, min, max, count and coverage of each window and series (see
    `AggregatesDocument`); a page of windows may be short, even empty, and still have a next one.
    """
    if page.every is None:
        require_observations(dataset)
    else:
        require_window(dataset, shortest(page.every))
    spend((page.limit - 1) // ENTRIES + (0 if page.every is None else WINDOWS))
    question = Question(
        dataset=dataset,
        selection=selection,
        page=page,
        form=form,
        base_url=context.base_url,
        query=request.query_params.multi_items(),
    )
    body, next_url = await context.readers.ask(lambda reader: _answer(reader, question))
    headers = data_headers(dataset, form, "history", MAX_AGE)
    add_next(headers, next_url)
    return Response(body, headers=headers)


def _answer(reader: StoreReader, question: Question) -> tuple[bytes, str | None]:
    """Body and address of the next page."""
    if question.page.every is None:
        return _observations(reader, question)
    return _windows(reader, question, question.page.every)


def _observations(reader: StoreReader, question: Question) -> tuple[bytes, str | None]:
    page, selection = question.page, question.selection
    query = HistoryQuery(
        dataset=question.dataset.name,
        start=page.start,
        end=page.end,
        sites=selection.sites,
        sensors=selection.sensors,
        properties=selection.properties,
        after=None if page.after is None else Position(*page.after),
        # One more than asked for tells whether there is a next page.
        limit=page.limit + 1,
    )
    found = reader.history(query)
    shown = found[: page.limit]
    frame = question.frame(_place(shown[-1]) if len(found) > page.limit else None)
    return _body(question.form, frame, shown), frame.next_url


def _windows(reader: StoreReader, question: Question, every: str) -> tuple[bytes, str | None]:
    page, selection, dataset = question.page, question.selection, question.dataset
    query = WindowQuery(
        dataset=dataset.name,
        every=every,
        zone=dataset.city.time_zone,
        start=page.start,
        end=page.end,
        sites=selection.sites,
        sensors=selection.sensors,
        properties=selection.properties,
        after=None if page.after is None else WindowPosition(*page.after),
        now=now_us(),
        limit=page.limit,
    )
    found = read_windows(reader, query, series_rules(dataset))
    frame = question.frame(found.after)
    return windows_body(question.form, frame, every, found.windows), frame.next_url


def _body(form: Format, frame: Frame, observations: Sequence[Observation]) -> bytes:
    if form is Format.CSV:
        return observation_csv(frame.dataset, observations, frame.names)
    return (history_json if form is Format.JSON else observations_geojson)(frame, observations)


def _place(observation: Observation) -> tuple[int, str, str]:
    stream = observation.datastream
    return observation.observed_at, stream.sensor, stream.observed_property
