"""Sends a document of the published log: compressed as it is kept, with what caches need to know."""

import asyncio
import gzip

from fastapi import Request, Response

from apis.answers import is_current, not_modified
from apis.html import PAGE_POLICY
from apis.negotiation import CONTENT_TYPES
from apis.pages.forms import Variant
from apis.pages.shelf import Answer
from stadspuls.registry import Dataset

FOREVER = "public, max-age=31536000, immutable"


async def send(request: Request, dataset: Dataset, variant: Variant, answer: Answer, compressed: bool) -> Response:
    """The answer in one form, or 304 where the client has it; `compressed` when the client takes gzip."""
    headers = {
        "Content-Type": CONTENT_TYPES[variant.form],
        "Cache-Control": FOREVER if answer.max_age is None else f"public, max-age={answer.max_age}",
        "ETag": answer.tag,
        "Vary": "Accept, Accept-Language" if variant.language else "Accept",
        "Link": f'<{dataset.licence}>; rel="license"',
    }
    if variant.language is not None:
        headers |= {"Content-Language": variant.language, "Content-Security-Policy": PAGE_POLICY}
    if is_current(request, answer.tag):
        return not_modified(headers)
    if compressed:
        return Response(answer.body, headers=headers | {"Content-Encoding": "gzip"})
    return Response(await asyncio.to_thread(gzip.decompress, answer.body), headers=headers)
