"""What people write of messages outside the own scheme: where they come from and how they are read."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from stadspuls.codecs.payloads import DECODERS
from stadspuls.registry.expressions import Expression
from stadspuls.registry.fields import Identifier, PropertyName, Slug, Unit, Words, Written, Zone
from stadspuls.registry.polls import WrittenPoll

_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")

FILE_NAME = re.compile(r"[^\W\d]\w*\.py")
"""A city's own code: one file of the city's own folder."""


def _decoder(text: str) -> str:
    if text not in DECODERS:
        raise ValueError(f"no decoder {text!r} here; known: {', '.join(sorted(DECODERS))}")
    return text


def _dotted_name(text: str) -> str:
    if not _DOTTED.fullmatch(text):
        raise ValueError(f"{text!r} is no dotted name of Python")
    return text


def _file_name(text: str) -> str:
    if not FILE_NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no Python file of the city's own folder: one name, ending with .py")
    return text


Decoder = Annotated[str, AfterValidator(_decoder), Field(json_schema_extra={"enum": sorted(DECODERS)})]
DottedName = Annotated[str, AfterValidator(_dotted_name)]
FileName = Annotated[str, AfterValidator(_file_name)]


class WrittenMapping(Written):
    """Where a JSON message has what (JMESPath)."""

    each: Expression | None = Field(None, description="Gives the records of a message; none given: it is one record.")
    sensor: Expression | None = Field(None, description="Gives the sensor of a record; none given: the topic does.")
    time: Expression | None = Field(None, description="Gives the time of a record; none given: when it was received.")
    values: dict[PropertyName, Expression] = Field(min_length=1, description="Give the values of a record.")


class WrittenCode(Written):
    """A codec of the city's own, in Python."""

    file: FileName | None = Field(None, description="A file in the folder of the city, cities/<slug>/.")
    module: DottedName | None = Field(None, description="A module that is installed.")
    function: DottedName = Field("decode", description="Takes the payload and what is known of it.")

    @model_validator(mode="after")
    def _one_place(self) -> "WrittenCode":
        if (self.file is None) == (self.module is None):
            raise ValueError("either file or module says where the code is")
        return self


class WrittenSource(Written):
    """Messages outside the scheme {city}/{theme}/{sensor}."""

    id: Identifier
    filter: Words = Field(description="MQTT filter; its first level is the city's slug.")
    dataset: Slug = Field(description="The theme of the dataset that the messages belong to.")
    codec: Words = Field(description="What the messages are written in.")
    time_zone: Zone | None = Field(None, description="The zone of times that have none.")
    ignore: list[Words] = Field(default=[], description="Fields that are not decoded.")
    sensor_level: Annotated[int, Field(ge=2)] | None = Field(
        None, description="Which level of the topic holds the sensor's id; the city is level 1."
    )
    devices: dict[str, Identifier] = Field(
        default={}, description="Sensors by the name that topic or payload has for them."
    )
    properties: dict[str, PropertyName] = Field(
        default={}, description="Properties by the name that the payload has for them."
    )
    units: dict[str, Unit] = Field(
        default={}, description="Units of what the payload gives, by its name there; values are converted."
    )
    decoder: Decoder | None = Field(None, description="the-things-stack: what reads the bytes of the device.")
    mapping: WrittenMapping | None = Field(None, description="jmespath: where a message has what.")
    code: WrittenCode | None = Field(None, description="python: where the city's own codec is.")
    poll: WrittenPoll | None = Field(None, description="The API that is asked for the messages.")
