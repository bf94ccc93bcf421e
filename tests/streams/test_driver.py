import inspect

import aiokafka
from aiokafka.consumer.fetcher import Fetcher
from faust.transport.drivers import aiokafka as driver

from stadspuls.settings import load_settings
from streams.app import create_app
from streams.driver import EMBEDDED_WAIT_MS, ImpatientTransport
from tests.streams.small_city import small_registry


class _NoStore:
    def close(self) -> None:
        """Nothing is held."""


def test_the_embedded_worker_reads_through_the_impatient_transport() -> None:
    app = create_app(load_settings(None, kafka_bootstrap="127.0.0.1:1"), small_registry(), _NoStore())  # type: ignore[arg-type]
    assert isinstance(app.transport, ImpatientTransport)


def test_the_libraries_still_have_what_the_driver_leans_on() -> None:
    assert "_fetch_max_wait_ms=" in inspect.getsource(aiokafka.AIOKafkaConsumer).replace("self.", "").replace(" ", "")
    assert "self._fetch_max_wait_ms," in inspect.getsource(Fetcher)
    assert "self._create_worker_consumer(" in inspect.getsource(driver.AIOKafkaConsumerThread)
    assert "AIOKafkaConsumerThread(self" in inspect.getsource(driver.Consumer._new_consumer_thread)
    assert EMBEDDED_WAIT_MS < 1500
