"""Everything a store answers, so that two stores can be compared."""

from typing import Any

from store import HistoryQuery, RejectedQuery, StoreReader

FAR = 2**62
ALL = 10_000_000


def answers(reader: StoreReader) -> dict[str, Any]:
    """All questions of the protocol, about all there is."""
    datasets = sorted(reader.stored_through())
    histories = {name: reader.history(HistoryQuery(dataset=name, limit=ALL)) for name in datasets}
    return {
        "stored_through": reader.stored_through(),
        "history": histories,
        "latest": {name: reader.latest(name) for name in datasets},
        "identities": reader.identities([o.identity for found in histories.values() for o in found]),
        "log": {name: reader.log(name, 0, FAR, ALL) for name in datasets},
        "log_index": {name: reader.log_index(name, 0, FAR, ALL) for name in datasets},
        "rejected": reader.rejected(RejectedQuery(limit=ALL)),
    }
