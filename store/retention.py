"""Deleting what is past its retention, by the time of publication: an old recording published today stays."""

from stadspuls.clock import DAY
from stadspuls.registry import Registry
from store.protocol import StoreWriter

KEEP_REJECTED = 30 * DAY
"""Rejections hold device ids and free bytes: they do not stay longer than it takes to repair and replay them."""


def retain_declared(writer: StoreWriter, registry: Registry, now: int) -> int:
    """Delete what datasets declare to be too old at `now`, and old rejections; returns how much went.

    A dataset that declares no retention keeps everything.

    Raises:
        StoreError: when the store does not do it.
    """
    before = {name: now - d.retention for name, d in registry.datasets.items() if d.retention is not None}
    return writer.retain(before, now - KEEP_REJECTED)
