"""The LDES client replicates an event stream whose log lies in InfluxDB."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stadspuls.clock import DAY, HOUR, MINUTE
from tests.conformance.streams import MS, T0, Client, Published, follow_over_windows, publishing
from tests.real.store.conftest import InfluxStore

DATASET = "gent/parking"
LIES = ("store", "influx_url", "influx_bucket", "influx_token")


@pytest.fixture
def published(store: InfluxStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Published]:
    monkeypatch.setattr("apis.pages.shelf.KEEP_SECONDS", 0.0)
    with publishing(tmp_path / "data", **{name: getattr(store.settings, name) for name in LIES}) as running:
        yield running


def test_every_observation_once_in_order_and_later_only_what_is_new(
    published: Published, node_modules: Path, tmp_path: Path
) -> None:
    for at in (MINUTE, 4 * HOUR, 6 * HOUR - MS, DAY + HOUR):
        published.publish(DATASET, T0 + at)
    url, options = f"{published.address}/{DATASET}/ldes", ("-o", "ascending", "-s", str(tmp_path / "state"))
    before = published.iris(DATASET)
    assert Client(node_modules, url, *options).finish().members() == before
    published.publish(DATASET, T0 + DAY + 4 * HOUR)
    new = published.iris(DATASET)[len(before) :]
    assert Client(node_modules, url, *options).finish().members() == new
    assert len(new) == 3
    assert set(published.asked.immutable().values()) == {1}


def test_following_over_the_ends_of_windows_misses_nothing_and_has_nothing_twice(
    published: Published, node_modules: Path, tmp_path: Path
) -> None:
    follow_over_windows(published, node_modules, tmp_path / "state", "ascending")
