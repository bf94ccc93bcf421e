"""`/admin/rejected`: what was kept back, and its replay."""

from dataclasses import replace
from itertools import chain
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response

from apis.admin import examples, questions
from apis.admin.access import SECURITY, Visitor, require
from apis.admin.models import (
    RejectedDocument,
    RejectedMessage,
    ReplayAccepted,
    ReplayRequest,
    entry_of,
    message_of,
)
from apis.admin.questions import query_of
from apis.admin.replays import Replays
from apis.context import ContextDep
from apis.parameters import strict_query
from apis.schema import ResponseTable, problem_responses, reference
from stadspuls.errors import InvalidParameter, ReplayError, UnknownRejection
from stadspuls.keys import Scope
from stadspuls.model import Rejection
from stadspuls.replaying import Selection, select
from store import RejectedQuery, StoreReader
from store.rejected_pages import rejected_pages

HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}
_PROBLEMS = ("invalid-parameter", "unauthorized", "forbidden", "too-many-requests", "internal-error", "unavailable")
_see, _replay = require(Scope.REJECTED), require(Scope.REPLAY)

router = APIRouter(prefix="/admin/rejected", tags=["operators"])


def _described(status: int, text: str, struct: type, example: object, *problems: str) -> ResponseTable:
    content = {"application/json": {"schema": reference(struct), "example": example}}
    return {status: {"description": text, "content": content}} | problem_responses(*_PROBLEMS, *problems)


@router.get(
    "",
    summary="What was kept back",
    response_class=Response,
    # A key comes first: nobody without one is told what else is wrong.
    dependencies=[Depends(_see), Depends(strict_query)],
    responses=_described(200, "Rejections, newest first", RejectedDocument, examples.LIST),
    openapi_extra={"security": [SECURITY]},
)
async def rejected(
    *,
    request: Request,
    context: ContextDep,
    visitor: Annotated[Visitor, Depends(_see)],
    city: questions.City = None,
    dataset: questions.DatasetName = None,
    reason: questions.ReasonName = None,
    key: questions.KeyName = None,
    since: questions.Since = None,
    until: questions.Until = None,
    after: questions.After = None,
    limit: questions.Limit = 100,
) -> Response:
    """What was kept back instead of published, newest first, without payloads; a key of a city sees the city's.

    Pages follow each other whatever is rejected meanwhile: `next` goes on behind the last one of this page.
    """
    asked = query_of(visitor, city=city, dataset=dataset, reason=reason, since=since, until=until)
    place = None if after is None else questions.place_of(after)
    query = replace(asked, key=key, after=place, limit=limit + 1)
    found = await context.readers.ask(lambda reader: reader.rejected(query))
    document = RejectedDocument([entry_of(rejection) for rejection in found[:limit]])
    if len(found) > limit:
        document.next = questions.next_address(context.base_url, request.query_params.multi_items(), found[limit - 1])
    return Response(msgspec.json.encode(document), headers=HEADERS)


@router.get(
    "/{key:path}",
    summary="One that was kept back",
    response_class=Response,
    dependencies=[Depends(_see), Depends(strict_query)],
    responses=_described(200, "The rejection", RejectedMessage, examples.MESSAGE, "unknown-rejection"),
    openapi_extra={"security": [SECURITY]},
)
async def one_rejected(
    context: ContextDep,
    visitor: Annotated[Visitor, Depends(_see)],
    key: Annotated[str, Path(description="As the list tells it.")],
) -> Response:
    """Everything that is known of a rejection, with its payload, and what to do; another city's is not there."""
    [rejection] = await context.readers.ask(lambda reader: _of_keys(reader, [key], visitor))
    return Response(msgspec.json.encode(message_of(rejection)), headers=HEADERS)


@router.post(
    "/replay",
    summary="Replay what was kept back",
    response_class=Response,
    status_code=202,
    dependencies=[Depends(_replay), Depends(strict_query)],
    responses=_described(
        202,
        "Begun",
        ReplayAccepted,
        examples.ACCEPTED,
        "unknown-rejection",
        "too-large",
        "unsupported-media-type",
    )
    | _described(200, "There was nothing to begin", ReplayAccepted, examples.NOTHING),
    openapi_extra={
        "security": [SECURITY],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": reference(ReplayRequest), "example": examples.REPLAY}},
        },
    },
)
async def replay(request: Request, context: ContextDep, visitor: Annotated[Visitor, Depends(_replay)]) -> Response:
    """Send the original messages through once more: those of some keys, or all that a filter finds.

    Nothing is published twice. What was replayed and not rejected for the same again gets `replayedAt`.
    """
    asked = await questions.replay_request(request)
    query = query_of(
        visitor, city=asked.city, dataset=asked.dataset, reason=asked.reason, since=asked.since, until=asked.until
    )
    selection = await context.readers.ask(lambda reader: _selection(reader, asked, query, visitor))
    begun = bool(selection.messages) and not asked.dry_run
    if begun:
        replays: Replays = request.app.state.replays
        await replays.begin(selection, context.registry)
    accepted = ReplayAccepted(
        len(selection.messages), sum(len(one.rejections) for one in selection.messages), dict(selection.skipped)
    )
    return Response(msgspec.json.encode(accepted), 202 if begun else 200, HEADERS)


def _selection(reader: StoreReader, asked: ReplayRequest, query: RejectedQuery, visitor: Visitor) -> Selection:
    try:
        if asked.keys:
            return select(_of_keys(reader, asked.keys, visitor), again=True)
        return select(chain.from_iterable(rejected_pages(reader, query)), again=asked.again)
    except ReplayError as error:
        raise InvalidParameter(str(error)) from error


def _of_keys(reader: StoreReader, keys: list[str], visitor: Visitor) -> list[Rejection]:
    found: list[Rejection] = []
    for key in keys:
        one = reader.rejected(RejectedQuery(city=visitor.city, key=key, limit=1))
        if not one:
            raise UnknownRejection(f"nothing is kept back under {key[:200]!r}")
        found += one
    return found
