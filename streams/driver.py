"""Faust's Kafka driver with the one option that Faust does not offer: how long a fetch may wait for data.

Faust asks the broker to wait 1.5 s. Apache Kafka answers as soon as data comes; librdkafka's in-memory broker always
waits to the end, so the embedded profile asks it to wait for a moment only. The option is set on aiokafka's consumer
before it starts, through a private attribute: `tests/streams/test_driver.py` fails when either library changes it.
"""

import aiokafka
import faust
from faust.transport.drivers import aiokafka as driver

EMBEDDED_WAIT_MS = 20


class _Thread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = EMBEDDED_WAIT_MS
        return consumer


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class ImpatientTransport(driver.Transport):
    """A transport whose consumer never waits long for a fetch."""

    Consumer = _Consumer


def make_impatient(app: faust.App) -> None:
    """Give an app that has not started the impatient transport."""
    app.transport = ImpatientTransport(app.conf.broker_consumer, app)
