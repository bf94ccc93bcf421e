"""From what people wrote of a source, after it was checked, to the source with its codec ready."""

from functools import partial
from pathlib import Path
from types import MappingProxyType

from jmespath import compile as compile_expression
from jmespath.parser import ParsedResult

from stadspuls.codecs import CODECS, Codec
from stadspuls.codecs.city_code import CityCodec
from stadspuls.codecs.mapped import MappedCodec
from stadspuls.codecs.payloads import DECODERS
from stadspuls.codecs.things_stack import decode_uplink
from stadspuls.registry.objects import Source
from stadspuls.registry.polls import build_poll, topic_level
from stadspuls.registry.sources import WrittenCode, WrittenMapping, WrittenSource


def build_source(written: WrittenSource, folder: Path) -> Source:
    """The source of a city whose own code lies in `folder`."""
    level, devices = written.sensor_level, written.devices
    if written.poll is not None:
        # The poller puts the device where the filter leaves a level open, in the form that fits there.
        level = level or len(written.filter.split("/"))
        devices = {topic_level(name): sensor for name, sensor in devices.items()}
    return Source(
        id=written.id,
        filter=written.filter,
        theme=written.dataset,
        codec=written.codec,
        read=_codec(written, folder),
        time_zone=written.time_zone,
        ignore=frozenset(written.ignore),
        sensor_level=level,
        devices=MappingProxyType(devices),
        properties=MappingProxyType(written.properties),
        units=MappingProxyType(written.units),
        poll=build_poll(written.poll) if written.poll else None,
    )


def _codec(written: WrittenSource, folder: Path) -> Codec:
    if written.mapping is not None:
        return _mapped(written.mapping)
    if written.code is not None:
        return _city_code(written.code, folder)
    if written.decoder is not None:
        return partial(decode_uplink, decoder=DECODERS[written.decoder])
    return CODECS[written.codec]


def _mapped(written: WrittenMapping) -> MappedCodec:
    def compiled(expression: str | None) -> ParsedResult | None:
        return None if expression is None else compile_expression(expression)

    return MappedCodec(
        {name: compile_expression(expression) for name, expression in written.values.items()},
        each=compiled(written.each),
        sensor=compiled(written.sensor),
        time=compiled(written.time),
    )


def _city_code(written: WrittenCode, folder: Path) -> CityCodec:
    return CityCodec(folder / written.file if written.file else written.module or "", written.function)
