"""Processes that tell what a test wants them to tell, over HTTP."""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from apis.health.models import MEDIA_TYPE, Check, Health, Status
from stadspuls.clock import SECOND, to_datetime

NOW = 1_790_000_000
"""What the clock of every such process says, in Unix time."""


def text_of(metrics: Mapping[str, float]) -> str:
    """Metrics in Prometheus' text form; names are given without `stadspuls_`."""
    return "".join(f"stadspuls_{name} {value}\n" for name, value in metrics.items())


def process(
    name: str, *, up: float = 7200, worked: float = 3, starts: int = 1, memory: float = 2**26
) -> dict[str, float]:
    """What each process tells of itself: it was started and last worked so many seconds ago."""
    label = f'{{process="{name}"}}'
    return {
        f"process_start_timestamp_seconds{label}": NOW - up,
        f"process_worked_timestamp_seconds{label}": NOW - worked,
        f"process_starts_total{label}": starts,
        f"process_resident_bytes{label}": memory,
    }


def dataset(name: str, *, age: float = 20, due: float = 900, published: int = 600) -> dict[str, float]:
    """What is told of a dataset."""
    return {
        f'dataset_age_seconds{{dataset="{name}"}}': age,
        f'dataset_due_seconds{{dataset="{name}"}}': due,
        f'readings_total{{dataset="{name}",outcome="published"}}': published,
    }


def healthy_platform() -> dict[str, float]:
    """A platform of which nothing is wrong."""
    names = ("kafka", "bridge", "streams", "sink", "api", "archive")
    told = {key: value for name in names for key, value in process(name).items()}
    return {
        **told,
        **dataset("gent/parking"),
        **dataset("genk/parking"),
        "bridge_connected": 1,
        'lag_frames{stage="streams"}': 2,
        'lag_frames{stage="sink"}': 0,
        "messages_received_total": 1200,
        'publish_delay_seconds_bucket{le="0.1"}': 90,
        'publish_delay_seconds_bucket{le="0.25"}': 100,
        'publish_delay_seconds_bucket{le="+Inf"}': 100,
        'spool_bytes{spool="bridge"}': 4096,
        'spool_age_seconds{spool="bridge"}': 0.4,
        "disk_free_bytes": 60 * 2**30,
        "disk_size_bytes": 100 * 2**30,
        'subscribers{kind="sse"}': 3,
    }


def health(**parts: tuple[Status, str]) -> Health:
    """What the API says; parts that are not named are well."""
    told = dict.fromkeys(("log", "streams", "sink", "store", "datasets"), (Status.PASS, "well")) | parts
    checks = {name: [Check(status, output, to_datetime(NOW * SECOND))] for name, (status, output) in told.items()}
    worst = Status.FAIL if any(status is Status.FAIL for status, _ in told.values()) else Status.PASS
    return Health(worst, "0.1.0", "stadspuls-api", "as the checks say", checks)


class Telling:
    """What one process tells at the moment; a test may change it."""

    def __init__(self, metrics: Mapping[str, float], said: Health | None) -> None:
        self.metrics = dict(metrics)
        self.health = said
        self.now = NOW
        self.url = ""
        self._answering = threading.Lock()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Nobody is answered while the block runs: whoever asks sees all that it changes, or nothing of it."""
        with self._answering:
            yield


@contextmanager
def telling_process(
    metrics: Mapping[str, float], said: Health | None = None, context: ssl.SSLContext | None = None
) -> Iterator[Telling]:
    """A process that tells these metrics, and with `said` the health of the platform as the API does."""
    told = Telling(metrics, said)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with told.changing():
                self._tell()

        def _tell(self) -> None:
            if self.path == "/metrics":
                self._answer(200, "text/plain; version=0.0.4", text_of(told.metrics).encode())
            elif self.path == "/health/ready" and told.health is not None:
                status = 503 if told.health.status is Status.FAIL else 200
                self._answer(status, MEDIA_TYPE, msgspec.json.encode(told.health))
            else:
                self._answer(404, "text/plain", b"")

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(told.now, usegmt=True)

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        told.url = f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_port}"
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
