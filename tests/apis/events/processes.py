"""API processes, and a platform that publishes and stores without pause."""

import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

import httpx
from kafka import KafkaConsumer
from kafka.structs import OffsetAndMetadata, TopicPartition

from stadspuls.clock import now_us
from stadspuls.log import ObservationFrame, Topics
from stadspuls.log.clients import SINK_GROUP, SOURCE_PREFIX, group_name, kafka_python_options
from stadspuls.model import Observation
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store.backends import open_writer
from tests.apis.conftest import until
from tests.apis.kafka import PARTITION, Kafka
from tests.apis.serving import PROGRAM, ROOT, free_port


class ApiProcess:
    """An API in a process of its own, always at the same port."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self.port = free_port()
        given = {
            "DATA_DIR": str(settings.data_dir),
            "CITIES_DIR": str(settings.data_dir.parent / "cities"),
            "THEMES_DIR": str(settings.data_dir.parent / "themes"),
            "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
            "HTTP_PORT": str(self.port),
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STADSPULS_")}
        self._environment = clean | {f"STADSPULS_{n}": v for n, v in given.items()} | {"PYTHONPATH": str(ROOT)}
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            command = [sys.executable, "-c", PROGRAM]
            self._child = subprocess.Popen(command, env=self._environment, stderr=log, stdout=log)

    def ready(self) -> bool:
        """Whether it streams by now."""
        try:
            answer = httpx.head(f"http://127.0.0.1:{self.port}/gent/parking/events", trust_env=False, timeout=5)
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def terminate(self) -> int:
        assert self._child is not None
        self._child.terminate()
        return self._child.wait(30)


class Publishing:
    """What streams and the sink do, in a thread: frames without pause, stored a moment later."""

    def __init__(self, settings: Settings, registry: Registry, kafka: Kafka) -> None:
        self.published: list[int] = []
        """Every `published_at`, in order."""
        self._settings, self._registry, self._kafka = settings, registry, kafka
        self._random = random.Random(1)  # noqa: S311 - the same each time
        self._place = TopicPartition(Topics().observations, PARTITION)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Publishing":
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        consumer = KafkaConsumer(
            **kafka_python_options(self._settings),
            group_id=group_name(self._settings, SINK_GROUP),
            enable_auto_commit=False,
        )
        consumer.assign([self._place])
        writer = open_writer(self._settings)
        waiting: list[ObservationFrame] = []
        source = 0
        while not self._stop.wait(0.005):
            frame = self._frame(source)
            self._kafka.publish(source, frame.observations)
            waiting.append(frame)
            source += 1
            if self._random.random() < 0.05:
                keep = self._random.randrange(20)
                stored, waiting = waiting[: len(waiting) - keep], waiting[len(waiting) - keep :] if keep else []
                writer.write(stored)
                offset = source - len(waiting)
                consumer.commit({self._place: OffsetAndMetadata(offset, f"{SOURCE_PREFIX}{offset - 1}", -1)})
        writer.close()
        consumer.close()

    def _frame(self, source: int) -> ObservationFrame:
        stream = self._registry.datasets["gent/parking"].datastream("P1", "vacantSpaces")
        assert stream is not None
        observations = []
        for _ in range(self._random.randrange(1, 6)):
            published = max(now_us(), self.published[-1] + 1 if self.published else 0)
            self.published.append(published)
            observations.append(Observation(stream, published, published, published, float(len(self.published))))
        return ObservationFrame(source, 0, 1, "", observations)


def wait_until_ready(*processes: ApiProcess) -> None:
    for process in processes:
        assert until(process.ready, 60), process._log.read_text()
