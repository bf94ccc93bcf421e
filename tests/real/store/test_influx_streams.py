"""The LDES client replicates an event stream whose log lies in InfluxDB."""

from pathlib import Path

import pytest

from stadspuls.clock import DAY, HOUR, MINUTE, parse_rfc3339
from tests.conformance.streams import MS, Client, publishing
from tests.real.store.conftest import InfluxStore

T0 = parse_rfc3339("2026-01-05T06:00:00Z")
DATASET = "gent/parking"


def test_every_observation_once_in_order_and_later_only_what_is_new(
    store: InfluxStore, node_modules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apis.pages.shelf.KEEP_SECONDS", 0.0)
    lies = ("store", "influx_url", "influx_bucket", "influx_token")
    with publishing(tmp_path / "data", **{name: getattr(store.settings, name) for name in lies}) as published:
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
