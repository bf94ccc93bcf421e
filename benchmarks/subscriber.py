"""A Kafka subscriber that notes how long each value was under way, from its sensor to here."""

import threading

from kafka import KafkaConsumer, TopicPartition

from stadspuls.clock import now_us
from stadspuls.log import Topics, decode_observations

PARTITIONS = 4
EMBEDDED_WAIT_MS = 20


class Subscriber:
    """Reads topic `observations` in a thread of its own, from `__enter__` to `__exit__`."""

    def __init__(self, bootstrap: str) -> None:
        self.delays: list[int] = []
        """Microseconds from `observed_at`, which the load generator sets as it sends."""
        self._stop = threading.Event()
        self._consumer = KafkaConsumer(
            bootstrap_servers=bootstrap,
            api_version=(2, 3, 0),
            fetch_max_wait_ms=EMBEDDED_WAIT_MS,
            isolation_level="read_committed",
        )
        places = [TopicPartition(Topics().observations, number) for number in range(PARTITIONS)]
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
