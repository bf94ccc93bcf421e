"""The LDES client (npm: ldes-client) replicates every event stream: whole, in order, going on, following."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stadspuls.clock import DAY, HOUR, MINUTE, parse_rfc3339
from tests.conformance.streams import DEADLINE, MS, POLL_MS, Client, Published, issued, publishing

T0 = parse_rfc3339("2026-01-05T06:00:00Z")
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
    published.publish("gent/parking", T0 + MINUTE)
    url = f"{published.address}/gent/parking/ldes"
    # One request at a time: without order, this version of the client asks for an open node twice at once, as a node of
    # its own and as one that its parent leads to, and then emits what is new in it twice.
    # Without a state it remembers no closed node either.
    options = ("-o", order, "-f", "--poll-interval", str(POLL_MS), "--concurrent", "1", "-s", str(tmp_path / "state"))
    client = Client(node_modules, url, *options)
    try:
        client.until(3)
        for at in (2 * MINUTE, 3 * HOUR - MS, 3 * HOUR + MINUTE, 7 * HOUR, DAY - 6 * HOUR - MS, DAY, DAY + 4 * HOUR):
            published.publish("gent/parking", T0 + at)
            client.until(len(published.iris("gent/parking")))
        rounds = sum(path.endswith("/ldes") for path, _, _ in published.asked.answers) + 3
        _until_asked(published, rounds)
    finally:
        client.stop()
    assert sorted(client.members()) == sorted(published.iris("gent/parking"))
    closed = published.asked.immutable()
    assert len(closed) >= 5
    assert set(closed.values()) == {1}


def _until_asked(published: Published, roots: int) -> None:
    end = time.monotonic() + DEADLINE
    while sum(path.endswith("/ldes") for path, _, _ in published.asked.answers) < roots:
        assert time.monotonic() < end
        time.sleep(0.05)
