"""A whole store read through its questions, a little at a time."""

from collections.abc import Iterator

from store.protocol import LogEntry, LogSpan, StoreReader

SPANS = 1_000
OBSERVATIONS = 20_000
"""Of one page of the log, unless a single frame holds more."""


def log_pages(reader: StoreReader, dataset: str, through: int) -> Iterator[list[LogEntry]]:
    """A dataset's published order up to an instant, oldest first.

    Raises:
        StoreError: when the store does not answer.
    """
    for page in _span_pages(reader, dataset, through):
        # What retention deletes meanwhile is simply absent.
        if entries := reader.log(dataset, page[0].published_at, page[-1].published_at + 1, len(page)):
            yield entries


def _span_pages(reader: StoreReader, dataset: str, through: int) -> Iterator[list[LogSpan]]:
    start = 0
    while spans := reader.log_index(dataset, start, through + 1, SPANS):
        start = spans[-1].published_at + 1
        page: list[LogSpan] = []
        held = 0
        for span in spans:
            if page and held + span.observations > OBSERVATIONS:
                yield page
                page, held = [], 0
            page.append(span)
            held += span.observations
        yield page
