"""Rejections read a little at a time."""

from collections.abc import Iterator
from dataclasses import replace

from stadspuls.model import Rejection
from store.protocol import RejectedPlace, RejectedQuery, StoreReader

PAGE = 256
"""Rejections of one page: each may hold 64 KiB."""


def rejected_pages(reader: StoreReader, query: RejectedQuery) -> Iterator[list[Rejection]]:
    """Everything that a query asks for but for its limit, newest first; what is rejected meanwhile is left out.

    Raises:
        StoreError: when the store does not answer.
    """
    after = query.after
    while page := reader.rejected(replace(query, after=after, limit=PAGE)):
        yield page
        after = RejectedPlace(page[-1].rejected_at, page[-1].key)
