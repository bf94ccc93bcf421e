"""JSON of any form, read as a city's file says: JMESPath expressions for the records, their sensor, time and values.

Expressions are the city's, compiled when the registry is loaded; messages bring data only.
"""

from collections.abc import Mapping
from typing import Any

from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from stadspuls.codecs.base import CodecContext, Decoded, Decoding, Fault
from stadspuls.codecs.json_documents import kind_of, read_json
from stadspuls.codecs.times import instant, shown
from stadspuls.codecs.values import usable
from stadspuls.errors import CodecError
from stadspuls.model import Reason


class MappedCodec:
    """Reads messages by expressions."""

    def __init__(
        self,
        values: Mapping[str, ParsedResult],
        *,
        each: ParsedResult | None = None,
        sensor: ParsedResult | None = None,
        time: ParsedResult | None = None,
    ) -> None:
        """Keep the expressions.

        Args:
            values: by property.
            each: gives the records of a message; None: the message is one record.
            sensor: gives a record's sensor; None: the topic names it.
            time: gives a record's time; None: when the message was received.
        """
        self._values = dict(values)
        self._each = each
        self._sensor = sensor
        self._time = time

    def __call__(self, payload: bytes, context: CodecContext) -> Decoding:
        """Read a message.

        Raises:
            CodecError: when it is no JSON, or an expression finds no records, sensor or time.
        """
        document = read_json(payload)
        records = [document] if self._each is None else self._records(self._each, document)
        decoding = Decoding([], [])
        for record in records:
            self._read(record, context, decoding)
        if not decoding.values and not decoding.faults:
            raise CodecError(Reason.UNDECODABLE, "no expression of `values` finds anything in the message")
        return decoding

    def _records(self, each: ParsedResult, document: object) -> list[object]:
        records = _found(each, document)
        if not isinstance(records, list):
            raise CodecError(Reason.UNDECODABLE, f"`each` finds {kind_of(records)}, not an array")
        return records

    def _read(self, record: object, context: CodecContext, decoding: Decoding) -> None:
        values = {name: _found(expression, record) for name, expression in self._values.items()}
        if all(value is None for value in values.values()):
            return
        sensor = self._named(record)
        time = context.received_at if self._time is None else self._timed(self._time, record, context)
        for name, given in values.items():
            if given is None:
                continue
            value = usable(name, given)
            if isinstance(value, Fault):
                decoding.faults.append(value)
            else:
                decoding.values.append(Decoded(sensor, time, name, value))

    def _named(self, record: object) -> str | None:
        if self._sensor is None:
            return None
        sensor = _found(self._sensor, record)
        if isinstance(sensor, int) and not isinstance(sensor, bool):
            sensor = str(sensor)
        if not isinstance(sensor, str):
            raise CodecError(Reason.UNDECODABLE, f"`sensor` finds {kind_of(sensor)}, not a text")
        return sensor

    def _timed(self, expression: ParsedResult, record: object, context: CodecContext) -> int:
        stated = _found(expression, record)
        if stated is None:
            raise CodecError(Reason.UNDECODABLE, "`time` finds nothing")
        return instant(stated, context.received_at, context.time_zone)


def _found(expression: ParsedResult, document: object) -> Any:
    try:
        return expression.search(document)
    except (JMESPathError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        told = shown(str(error))
        raise CodecError(Reason.UNDECODABLE, f"{expression.expression!r} cannot be applied: {told}") from None
