"""A Kafka subscriber that notes how long each value was under way, from its sensor to here."""

import threading

from kafka import KafkaConsumer, TopicPartition

from stadspuls.clock import now_us
from stadspuls.log import Topics, decode_observations
from stadspuls.log.clients import kafka_python_options
from stadspuls.settings import Settings

WAIT_MS = 20
"""librdkafka's in-memory broker waits that long before it answers a fetch."""


class Subscriber:
    """Reads topic `observations` in a thread of its own, from `__enter__` to `__exit__`."""

    def __init__(self, settings: Settings) -> None:
        self.delays: list[int] = []
        """Microseconds from `observed_at`, which the load generator sets as it sends."""
        self._stop = threading.Event()
        self._consumer = KafkaConsumer(
            **kafka_python_options(settings), fetch_max_wait_ms=WAIT_MS, isolation_level="read_committed"
        )
        topic = Topics(settings.topic_prefix).observations
        places = [TopicPartition(topic, number) for number in range(settings.partitions)]
        self._consumer.assign(places)
        self._consumer.seek_to_end()
        for place in places:
            self._consumer.position(place)
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> "Subscriber":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._consumer.close()

    def _read(self) -> None:
        while not self._stop.is_set():
            for records in self._consumer.poll(timeout_ms=200).values():
                for record in records:
                    now = now_us()
                    self.delays += [now - o.observed_at for o in decode_observations(record.value).observations]
