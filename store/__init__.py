"""The store: observations, the published order, what was rejected.

In: published frames, through the sink, the only writer. Out: answers to questions of `streams` and `apis`.
One protocol, one shared test suite, a backend for each kind of database.
"""

from store.protocol import HistoryQuery, LogEntry, LogSpan, RejectedQuery, StoreReader, StoreWriter

__all__ = ["HistoryQuery", "LogEntry", "LogSpan", "RejectedQuery", "StoreReader", "StoreWriter"]
