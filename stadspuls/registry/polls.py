"""Foreign APIs that are asked for the messages of a source: what people write of them, and what the pollers get."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal, NamedTuple

from jmespath import compile as compile_expression
from jmespath.parser import ParsedResult
from pydantic import AfterValidator, Field

from stadspuls.registry.expressions import Expression
from stadspuls.registry.fields import Duration, Iri, Written

Api = Literal["gbfs", "irceline-timeseries", "irceline-wfs", "opendatasoft", "sensor-community"]

SHORTEST = timedelta(seconds=10)


class Shape(NamedTuple):
    """Where an API has what (JMESPath), unless the city file says otherwise; where it is empty, the city file must."""

    each: str
    device: str
    time: str


SHAPES: dict[Api, Shape] = {
    "gbfs": Shape("data.stations", "station_id", "last_reported"),
    "irceline-timeseries": Shape("@", "station.properties.id", "lastValue.timestamp"),
    "irceline-wfs": Shape("features", "properties.ab_eoi_code", "properties.timestamp"),
    "opendatasoft": Shape("results", "", ""),
    "sensor-community": Shape("@", "sensor.id", "timestamp"),
}
"""GBFS 2 and 3; 52°North's timeseries API; GeoServer's GeoJSON; Explore API 2.1; filters of data.sensor.community."""


def _not_too_often(every: timedelta) -> timedelta:
    if every < SHORTEST:
        raise ValueError(f"at most every {SHORTEST.seconds} seconds: others use that server, too")
    return every


class WrittenPoll(Written):
    """An API that is asked for the messages of a source."""

    api: Api = Field(description="What is asked; says where an answer has what.")
    url: Iri = Field(description="What is asked for, with its query; percent-encoded.")
    every: Annotated[Duration, AfterValidator(_not_too_often)] = Field(
        timedelta(minutes=1), description="How often it is asked, at most."
    )
    information: Iri | None = Field(None, description="gbfs: station_information, joined to each station's status.")
    each: Expression | None = Field(None, description="Gives the records of an answer.")
    device: Expression | None = Field(None, description="Gives what a record calls its device.")
    time: Expression | None = Field(None, description="Gives the time of a record; each is sent once.")


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Poll:
    """What a poller does for a source."""

    url: str
    every: float
    """Seconds."""
    information: str | None = None
    each: ParsedResult
    device: ParsedResult
    time: ParsedResult


def build_poll(written: WrittenPoll) -> Poll:
    """The poll of a source, after it was checked that nothing is missing."""
    shape = SHAPES[written.api]
    return Poll(
        url=written.url,
        every=written.every.total_seconds(),
        information=written.information,
        each=compile_expression(written.each or shape.each),
        device=compile_expression(written.device or shape.device),
        time=compile_expression(written.time or shape.time),
    )


_MEANT_OTHERWISE = "%/+#" + "".join(map(chr, (*range(32), 127)))
_NOT_IN_A_LEVEL = {ord(character): f"%{ord(character):02X}" for character in _MEANT_OTHERWISE}


def topic_level(name: str) -> str:
    """A device's name as one level of an MQTT topic: what has a meaning there is percent-encoded."""
    return name.translate(_NOT_IN_A_LEVEL)
