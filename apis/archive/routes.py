"""`/{city}/{theme}/archive/`: the list of closed days, and their files."""

import asyncio
import base64
from hashlib import sha256
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response

from apis.access import ObservableDataset
from apis.answers import is_current, not_modified
from apis.archive import examples
from apis.archive.html_page import archive_page
from apis.archive.models import MEDIA_TYPES, ArchiveDocument, archive_document
from apis.archive.ranges import RangedFile
from apis.context import Context, ContextDep
from apis.html import PAGE_POLICY
from apis.negotiation import CONTENT_TYPES, LISTS, Format, negotiated
from apis.pages.sending import FOREVER
from apis.parameters import strict_query
from apis.portal.languages import Reader, ReaderDep
from apis.schema import DATASET_PROBLEMS, ResponseTable, Shown, data_responses, problem_responses
from stadspuls.registry import Dataset

LIST_AGE = "public, max-age=300"
"""Days are closed two days late: a list that is five minutes old is new."""

router = APIRouter(tags=["data"], dependencies=[Depends(strict_query)])

_FILE_PROBLEMS = [code for code in DATASET_PROBLEMS if code != "not-acceptable"]
_TEXT = {"type": "string"}
_FILE_RESPONSES: ResponseTable = {
    200: {
        "description": "The whole file",
        "headers": {
            "ETag": {
                "description": "Strong; send it back in `If-None-Match` or `If-Range`.",
                "schema": {"type": "string"},
            },
            "Repr-Digest": {"description": "SHA-256 of the whole file (RFC 9530).", "schema": {"type": "string"}},
        },
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in MEDIA_TYPES.values()
        },
    },
    206: {"description": "The bytes that `Range` asks for"},
    304: {"description": "Unchanged, as ever"},
    **problem_responses(*_FILE_PROBLEMS, "only-aggregates", "unknown-day", "gone", "range-not-satisfiable"),
}


@router.get(
    "/{city}/{theme}/archive/",
    summary="Closed days as files",
    response_class=Response,
    responses=data_responses(
        "Every file of the archive",
        {Format.JSON: [Shown(ArchiveDocument, examples.LIST)], Format.HTML: [Shown(None, "<!DOCTYPE html> ...")]},
        "only-aggregates",
        tagged=True,
    ),
)
async def archive_list(
    *,
    request: Request,
    context: ContextDep,
    dataset: ObservableDataset,
    form: Annotated[Format, Depends(negotiated(LISTS))],
    reader: ReaderDep,
) -> Response:
    """Each closed day of the dataset as Parquet and as CSV, with size and SHA-256, ordered by day.

    A day is the city's; it is closed once something was observed 48 hours behind its end, and its file never changes.
    What is published of it after that stands in corrections, which are files of their own with the same columns.
    """
    body = await asyncio.to_thread(_list_body, context, dataset, form, reader)
    headers = {
        "Content-Type": CONTENT_TYPES[form],
        "Cache-Control": LIST_AGE,
        "ETag": f'W/"{sha256(body).hexdigest()[:16]}"',
        "Vary": "Accept, Accept-Language" if form is Format.HTML else "Accept",
        "Link": f'<{dataset.licence}>; rel="license"',
    }
    if form is Format.HTML:
        headers |= {"Content-Language": reader.language, "Content-Security-Policy": PAGE_POLICY}
    if is_current(request, headers["ETag"]):
        return not_modified(headers)
    return Response(body, headers=headers)


@router.get(
    "/{city}/{theme}/archive/{file}", summary="A closed day", response_class=Response, responses=_FILE_RESPONSES
)
async def archive_file(
    *,
    request: Request,
    context: ContextDep,
    dataset: ObservableDataset,
    file: Annotated[
        str,
        Path(description="Its name in the list.", examples=["2026-01-05.parquet", "2026-01-05.correction-1.csv.gz"]),
    ],
) -> Response:
    """A file of the archive, whole or the bytes that `Range` asks for; it never changes."""
    entry, kind = await asyncio.to_thread(context.shelf.find, dataset, file)
    stored = entry.files[kind]
    headers = {
        "Cache-Control": FOREVER,
        "ETag": f'"{stored.sha256}"',
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(stored.sha256)).decode()}:",
        "Link": f'<{dataset.licence}>; rel="license"',
    }
    if is_current(request, headers["ETag"]):
        return not_modified(headers)
    return RangedFile(
        request.headers,
        request.state.asked,
        stored.bytes,
        context.shelf.path(dataset.name, entry, kind),
        headers=headers,
        media_type=MEDIA_TYPES[kind],
        filename=f"{dataset.city.slug}-{dataset.theme.slug}-{file}",
    )


def _list_body(context: Context, dataset: Dataset, form: Format, reader: Reader) -> bytes:
    entries = context.shelf.entries(dataset.name)
    if form is Format.HTML:
        return archive_page(dataset, entries, reader)
    return msgspec.json.encode(archive_document(dataset, entries, context.base_url))
