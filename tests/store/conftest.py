from collections.abc import Iterator
from pathlib import Path

import pytest

from stadspuls.settings import Settings, load_settings
from store import StoreReader
from store.backends import open_reader
from tests.store.kafka_log import Broker, PublishedLog

pytest.register_assert_rewrite("tests.store.suite", "tests.store.rejected_suite")


@pytest.fixture(scope="session")
def broker() -> Broker:
    return Broker()


@pytest.fixture
def platform(broker: Broker, tmp_path: Path) -> Settings:
    return load_settings(
        None, kafka_bootstrap=broker.address, topic_prefix=broker.fresh_prefix(), data_dir=tmp_path / "data"
    )


@pytest.fixture
def published(platform: Settings) -> Iterator[PublishedLog]:
    log = PublishedLog(platform)
    yield log
    log.close()


@pytest.fixture
def stored(platform: Settings) -> Iterator[StoreReader]:
    reader = open_reader(platform)
    yield reader
    reader.close()
