"""The LDES client (npm: ldes-client) replicates every event stream: whole, in order, going on, following."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stadspuls.clock import DAY, HOUR, MINUTE
from tests.conformance.streams import MS, T0, Client, Published, follow_over_windows, issued, publishing

DATASETS = ("gent/parking", "gent/air-quality")
ORDERS = ("none", "ascending")


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Published]:
    # Open nodes are looked up anew for every request, so that a client that looks again at once misses nothing.
    monkeypatch.setattr("apis.pages.shelf.KEEP_SECONDS", 0.0)
    with publishing(tmp_path) as running:
        yield running


@pytest.fixture
def some_days(published: Published) -> Published:
    """Four windows in two days; the last is open. Between two frames lies the end of a window."""
    for dataset in DATASETS:
        for at in (MINUTE, 2 * MINUTE, 4 * HOUR, 6 * HOUR - MS, DAY + HOUR):
            published.publish(dataset, T0 + at)
    return published


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_one_pass_has_every_observation_once(
    some_days: Published, node_modules: Path, dataset: str, order: str
) -> None:
    client = Client(node_modules, f"{some_days.address}/{dataset}/ldes", "-o", order).finish()
    assert len(some_days.iris(dataset)) == 15
    assert sorted(client.members()) == sorted(some_days.iris(dataset))
    if order == "ascending":
        assert client.members() == some_days.iris(dataset)
        assert issued(client.quads()) == sorted(issued(client.quads()))
        assert len(issued(client.quads())) == 15


@pytest.mark.parametrize("order", ORDERS)
def test_a_second_run_with_saved_state_has_only_what_is_new(
    some_days: Published, node_modules: Path, tmp_path: Path, order: str
) -> None:
    url, state = f"{some_days.address}/gent/parking/ldes", str(tmp_path / "state")
    Client(node_modules, url, "-o", order, "-s", state).finish()
    before = some_days.iris("gent/parking")
    some_days.publish("gent/parking", T0 + DAY + HOUR + MINUTE, (7.0, 8.0))
    some_days.publish("gent/parking", T0 + DAY + 4 * HOUR, (9.0,))
    second = Client(node_modules, url, "-o", order, "-s", state).finish()
    assert len(second.members()) == 3
    assert sorted(second.members()) == sorted(set(some_days.iris("gent/parking")) - set(before))
    assert set(some_days.asked.immutable().values()) == {1}


@pytest.mark.parametrize("order", ORDERS)
def test_following_over_the_ends_of_windows_misses_nothing_and_has_nothing_twice(
    published: Published, node_modules: Path, tmp_path: Path, order: str
) -> None:
    follow_over_windows(published, node_modules, tmp_path / "state", order)
