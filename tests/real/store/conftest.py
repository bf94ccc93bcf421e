import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from influxdb_client import InfluxDBClient

from deploy.servers.running import Running
from stadspuls.settings import Settings, load_settings
from store import StoreReader, StoreWriter
from store.backends import open_reader, open_writer
from tests.real.serving import token_of

pytest.register_assert_rewrite("tests.store.suite", "tests.store.rejected_suite")


class InfluxStore:
    """A bucket that nothing else uses; who first opens it makes it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._more: list[str] = []

    def open_writer(self) -> StoreWriter:
        return open_writer(self.settings)

    def open_reader(self) -> StoreReader:
        return open_reader(self.settings)

    def opened(self) -> "InfluxStore":
        """The same, its bucket made."""
        self.open_writer().close()
        return self

    def another_bucket(self) -> str:
        """The name of one more bucket of this test."""
        self._more.append(f"t{uuid.uuid4().hex[:12]}")
        return self._more[-1]

    def forget(self) -> None:
        """Delete the buckets, as far as they were made."""
        with self.client() as client:
            api = client.buckets_api()
            for name in (self.settings.influx_bucket, *self._more):
                bucket = api.find_bucket_by_name(name)
                if bucket is not None:
                    api.delete_bucket(bucket)

    def client(self) -> InfluxDBClient:
        token = self.settings.influx_token.get_secret_value()
        return InfluxDBClient(self.settings.influx_url, token, org=self.settings.influx_org)


@pytest.fixture
def store(influxdb: Running, tmp_path: Path) -> Iterator[InfluxStore]:
    settings = load_settings(
        None,
        store="influx",
        influx_url=f"http://{influxdb.address}",
        influx_bucket=f"t{uuid.uuid4().hex[:12]}",
        influx_token=token_of(influxdb),
        data_dir=tmp_path / "data",
    )
    store = InfluxStore(settings)
    yield store
    store.forget()
