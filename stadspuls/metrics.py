"""Every metric of every process, in one place; each is described in `docs/metrics.md`.

On one machine the processes share a folder (`PROMETHEUS_MULTIPROC_DIR`, set by the supervisor), so that the API's
`/metrics` answers for all of them. Counters count since the platform started, across restarts of a process.
"""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.samples import Sample

NAMESPACE = "stadspuls"

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class _SaidGauge(Gauge):
    """A gauge that is silent until its process has set it.

    Where each process answers for itself, `bridge_connected 0` from the API would be a false alarm.
    """

    _said = False

    def set(self, value: float) -> None:
        """Say how it is."""
        self._said = True
        super().set(value)

    def inc(self, amount: float = 1) -> None:
        """Say that it is more."""
        self._said = True
        super().inc(amount)

    def dec(self, amount: float = 1) -> None:
        """Say that it is less."""
        self._said = True
        super().dec(amount)

    def _child_samples(self) -> Iterable[Sample]:
        return super()._child_samples() if self._said else ()


def _counter(name: str, text: str, *labels: str) -> Counter:
    return Counter(name, text, labels, namespace=NAMESPACE)


def _gauge(name: str, text: str, *labels: str) -> Gauge:
    return _SaidGauge(name, text, labels, namespace=NAMESPACE, multiprocess_mode="mostrecent")


def _histogram(name: str, text: str, *labels: str) -> Histogram:
    return Histogram(name, text, labels, namespace=NAMESPACE, buckets=_FAST)


MESSAGES_RECEIVED = _counter("messages_received_total", "MQTT messages the bridge received")
MESSAGES_ACKNOWLEDGED = _counter(
    "messages_acknowledged_total", "MQTT messages acknowledged: Kafka or the spool had them"
)
MESSAGES_IN_FLIGHT = _gauge("messages_in_flight", "MQTT messages received and not acknowledged yet")
BRIDGE_CONNECTED = _gauge("bridge_connected", "1 while the bridge has its MQTT session")
BRIDGE_CONNECTS = _counter("bridge_connects_total", "Times the bridge connected to the MQTT broker")
BRIDGE_PAUSES = _counter("bridge_pauses_total", "Times the bridge waited because Kafka held too much unread")
LAST_MESSAGE = _gauge("last_message_timestamp_seconds", "When the bridge last received a message (Unix time)")
FRAMES_SENT = _counter("frames_sent_total", "Frames the bridge and the door put on topic messages")
SPOOL_BYTES = _gauge("spool_bytes", "Bytes a spool (bridge, door) takes on disk, some of it done with", "spool")
SPOOL_AGE = _gauge(
    "spool_age_seconds", "Time since the oldest frame in a spool was received that is needed still", "spool"
)
SPOOL_BLOCKED = _gauge(
    "spool_blocked", "1 while a spool takes nothing: its limit is reached, or the disk is full", "spool"
)
SPOOLED = _counter("spooled_frames_total", "Frames the bridge and the door wrote to their spools")
SPOOL_DAMAGED = _counter("spool_damaged_total", "Pieces of a spool that could not be read back; must stay 0")

DOOR_REQUESTS = _counter("door_requests_total", "Requests the door for devices answered, by status", "status")
DOOR_SECONDS = _histogram("door_request_seconds", "Time until a message sent to the door was safe")

POLLS = _counter("polls_total", "Questions to foreign APIs, by what came of them", "source", "outcome")
POLL_GOOD = _gauge(
    "poll_good_timestamp_seconds", "When a foreign API last gave a good answer, 304 included (Unix time)", "source"
)
POLLED = _counter("polled_messages_total", "MQTT messages made of answers of foreign APIs")

READINGS = _counter("readings_total", "Readings that left streams: published, repeated, rejected", "dataset", "outcome")
REJECTED = _counter("rejected_total", "Messages or values kept back, by reason", "city", "reason")
FRAMES_PUBLISHED = _counter("frames_published_total", "Frames streams put on topic observations")
FRAMES_SKIPPED = _counter("frames_skipped_total", "Input frames skipped because their output was already there")
STREAMS_RESTARTS = _counter("partition_takeovers_total", "Times streams read a partition's tail and went on behind it")
PUBLISH_DELAY = _histogram("publish_delay_seconds", "From the bridge receiving a message to its frame being published")
LOOKUPS = _counter("store_lookups_total", "Identities streams looked up in the store")

STORED = _counter("stored_observations_total", "Observations the sink has stored", "dataset")
STORE_SECONDS = _histogram("store_write_seconds", "Time one batch took to store")
STORE_FAILURES = _counter("store_failures_total", "Batches the store refused or did not answer; each is tried again")
STORE_REFUSED = _counter("store_refused_total", "Observations the store does not take; kept as rejected", "dataset")
LOG_GAPS = _counter("log_gap_frames_total", "Frames missing in the published log as the sink read it; must stay 0")
UNREADABLE = _counter("unreadable_records_total", "Kafka records that are no frame", "topic")

ARCHIVED = _counter("archived_files_total", "Closed days and corrections written to the archive", "dataset")
ARCHIVE_FAILURES = _counter("archive_failures_total", "Times the archive could not be worked on; each is tried again")

HTTP_REQUESTS = _counter("http_requests_total", "Requests answered", "method", "route", "status")
HTTP_SECONDS = _histogram("http_request_seconds", "Time until the answer was complete", "route")
HTTP_REFUSED = _counter(
    "http_refused_total", "Requests and connections refused by a limit of HTTP, by reason", "reason"
)
HTTP_CLIENTS = _gauge("http_clients", "Addresses whose rate an API process counts now")
DATASET_AGE = _gauge("dataset_age_seconds", "Time since the newest observation of a dataset was observed", "dataset")
DATASET_DUE = _gauge(
    "dataset_due_seconds", "Age from which the newest observation of a dataset is stale: three rhythms", "dataset"
)
CLOCK_AHEAD = _gauge(
    "clock_ahead_seconds", "How far the clock of a dataset's sensors runs ahead of the bridge's, at most", "dataset"
)
LAG = _gauge("lag_frames", "Frames waiting between two stages: streams (messages), sink (observations)", "stage")

SUBSCRIBERS = _gauge("subscribers", "Live subscribers of an API process now, by kind", "kind")
SUBSCRIBERS_DROPPED = _counter(
    "subscribers_dropped_total", "Live subscribers let go (slow) or refused (full) by an API process", "reason"
)
EVENT_FRAMES = _counter("event_frames_total", "Writes of joined events to live subscribers, by kind", "kind")

PUBLISHER_CONNECTED = _gauge("publisher_connected", "1 while the publisher is connected to the public MQTT broker")
PUBLISHER_CONNECTS = _counter("publisher_connects_total", "Times the publisher connected to the public MQTT broker")
PUBLISHER_SENT = _counter("publisher_messages_total", "Messages of sites sent to the public MQTT broker")
PUBLISHER_CLEARED = _counter("publisher_cleared_total", "Messages taken away from the public MQTT broker")
PUBLISHER_SITES = _gauge("publisher_sites", "Sites that have a message at the public MQTT broker")
PUBLISHER_WAIT = _gauge("publisher_wait_seconds", "How long the oldest change has waited for the public MQTT broker")

SIMULATED = _counter("simulated_messages_total", "Messages that simulators and replays published", "source")

PROCESS_MEMORY = _gauge("process_resident_bytes", "Memory a process takes", "process")
PROCESS_START = _gauge("process_start_timestamp_seconds", "When a process was started last (Unix time)", "process")
PROCESS_STARTS = _counter("process_starts_total", "Times a process was started", "process")
PROCESS_WORKED = _gauge(
    "process_worked_timestamp_seconds", "When a process was last seen to work (Unix time)", "process"
)
DISK_FREE = _gauge("disk_free_bytes", "Bytes free on the disk of the data folder")
DISK_SIZE = _gauge("disk_size_bytes", "Bytes that disk has")
CERTIFICATE_END = _gauge(
    "certificate_expiry_timestamp_seconds", "When a certificate expires that we show or trust (Unix time)", "file"
)
KEY_END = _gauge(
    "key_expiry_timestamp_seconds", "When an API key expires that has an end (Unix time); NaN: revoked", "city", "key"
)
