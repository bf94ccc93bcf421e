"""Observations and frames made for the tests of the store."""

from stadspuls.log import ObservationFrame
from stadspuls.model import Datastream, Observation, Origin, Procedure, Reason, Rejection

DATASET = "gent/parking"
START = 1_510_128_000_000_000
"""2017-11-08T08:00:00Z."""


def stream(
    sensor: str = "P1",
    observed_property: str = "vacantSpaces",
    *,
    dataset: str = DATASET,
    site: str | None = None,
    unit: str = "{space}",
    origin: Origin = Origin.MEASURED,
    procedure: Procedure = Procedure.SENSED,
) -> Datastream:
    city, theme = dataset.split("/")
    return Datastream(city, theme, site or f"site-{sensor}", sensor, observed_property, unit, origin, procedure)


def observation(
    observed_at: int = START,
    value: float | bool | str = 1.0,
    of: Datastream | None = None,
    *,
    published_at: int | None = None,
    **rest: object,
) -> Observation:
    at = observed_at + 2_000_000 if published_at is None else published_at
    return Observation(of or stream(), observed_at, at - 1_000_000, at, value, **rest)  # type: ignore[arg-type]


def frame(*observations: Observation, source: int = 0, part: int = 0, parts: int = 1) -> ObservationFrame:
    return ObservationFrame(source, part, parts, "0123456789ab", list(observations))


def rejection(
    topic: str = "gent/parking/P1",
    reason: Reason = Reason.UNDECODABLE,
    rejected_at: int = START,
    *,
    offset: int = 0,
    index: int = 0,
) -> Rejection:
    return Rejection(reason, "no JSON", topic, b"\x00{", rejected_at - 5, rejected_at, 1, offset, index)
