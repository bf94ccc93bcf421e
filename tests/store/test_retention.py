from collections.abc import Mapping
from dataclasses import replace

from stadspuls.clock import DAY
from stadspuls.registry import Registry
from store.retention import KEEP_REJECTED, retain_declared
from tests.store.made import START
from tests.streams.small_city import small_registry


class Asked:
    """A writer that only notes what it is asked to delete."""

    def retain(self, before: Mapping[str, int], rejected_before: int) -> int:
        self.before, self.rejected_before = dict(before), rejected_before
        return 12


def test_only_declared_retention_deletes_observations_and_rejections_go_after_30_days() -> None:
    given = small_registry()
    city = given.cities["gent"]
    datasets = dict(city.datasets) | {"parking": replace(city.datasets["parking"], retention=10 * DAY)}
    registry = Registry({"gent": replace(city, datasets=datasets)}, given.themes, given.version)
    writer = Asked()
    assert retain_declared(writer, registry, START) == 12  # type: ignore[arg-type]
    assert writer.before == {"gent/parking": START - 10 * DAY}
    assert writer.rejected_before == START - KEEP_REJECTED == START - 30 * DAY
