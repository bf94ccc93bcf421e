"""What is shown of a platform; the same names in JSON, in camel case. Times are seconds, rates are per minute."""

import msgspec


class Service(msgspec.Struct, rename="camel"):
    """One process."""

    name: str
    url: str
    """Who told of it."""
    state: str
    """`ready`, `starting`, or `silent`: it has not been seen to work for a while."""
    up_seconds: float
    memory_bytes: float | None
    restarts: int
    """Since the platform was started, where one address tells of all processes."""
    silent_seconds: float | None
    """Since it was last seen to work; None: never."""


class DatasetState(msgspec.Struct, rename="camel"):
    """One dataset that has had values."""

    name: str
    age_seconds: float | None
    """Of the newest observation."""
    due_seconds: float | None
    """The age from which it is stale; None where no rhythm is known."""
    per_minute: float
    """Observations published."""
    rejected: float
    """Messages kept back in the window."""
    rejected_share: float | None
    """Of what came out of `streams`; None where nothing did."""
    clock_ahead_seconds: float

    @property
    def stale(self) -> bool:
        """Whether values that were due did not come."""
        return self.age_seconds is not None and self.due_seconds is not None and self.age_seconds > self.due_seconds


class Spool(msgspec.Struct, rename="camel"):
    """What a spool on disk holds."""

    name: str
    bytes: float
    age_seconds: float
    blocked: bool


class Store(msgspec.Struct, rename="camel"):
    """How the store takes what it is given."""

    state: str
    """What the API sees of it: `pass`, `warn`, `fail`, or `unknown`."""
    write_p99_seconds: float | None
    failures: float
    """In the window."""


class Disk(msgspec.Struct, rename="camel"):
    """The disk of the data folder; of several the fullest."""

    free_bytes: float
    size_bytes: float

    @property
    def free_share(self) -> float:
        """What is free, from 0 to 1."""
        return self.free_bytes / self.size_bytes if self.size_bytes else 1.0


class Rates(msgspec.Struct, rename="camel"):
    """What goes in and out, per minute."""

    received: float
    published: float
    stored: float
    rejected: float
    requests: float
    """That the API answered."""


class Latency(msgspec.Struct, rename="camel"):
    """From receiving a message to publishing its frame; None where nothing was published in the window."""

    p50_seconds: float | None
    p99_seconds: float | None


class Expiry(msgspec.Struct, rename="camel"):
    """A certificate or an API key that has an end."""

    what: str
    kind: str
    """`certificate` or `key`."""
    left_seconds: float
    """Less than 0: it has expired."""


class Picture(msgspec.Struct, rename="camel"):
    """A platform at one moment."""

    at: str
    version: str | None
    wrong: list[str]
    """What is wrong, the worst first; empty when all is well."""
    asked: list[str]
    window_seconds: float
    """What rates, shares and quantiles are of."""
    whole_life: bool
    """Whether that is the time since the processes were started, since there is no earlier look."""
    services: list[Service]
    datasets: list[DatasetState]
    lag_frames: dict[str, float]
    rates: Rates
    latency: Latency
    rejected: dict[str, float]
    """Messages kept back in the window, by reason."""
    spools: list[Spool]
    store: Store
    disk: Disk | None
    subscribers: dict[str, float]
    expiries: list[Expiry]
    """The next first."""
