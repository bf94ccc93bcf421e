"""JSON as devices send it, read once for every codec that is written in it."""

import json
from typing import Generic, TypeVar

import msgspec

from stadspuls.codecs.times import shown
from stadspuls.errors import CodecError
from stadspuls.model import Reason

_Form = TypeVar("_Form")
_decode = msgspec.json.Decoder().decode


def read_json(payload: bytes) -> object:
    """Any JSON, and also NaN, Infinity and numbers beyond a float64.

    Raises:
        CodecError: telling what is wrong and where.
    """
    try:
        return _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _lenient(payload, str(error))


def read_object(payload: bytes) -> dict[str, object]:
    """A JSON object.

    Raises:
        CodecError: telling what is wrong and where.
    """
    # As `read_json`, without the call: most messages are plain JSON.
    try:
        document: object = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        document = _lenient(payload, str(error))
    if not isinstance(document, dict):
        raise CodecError(Reason.UNDECODABLE, f"the message is {kind_of(document)}, not an object")
    return document


def kind_of(document: object) -> str:
    """What a document is, for people."""
    if isinstance(document, list):
        return "an array"
    return "an object" if isinstance(document, dict) else shown(document)


class Reader(Generic[_Form]):
    """Reads JSON of a known form; what the form does not name is passed over."""

    def __init__(self, form: type[_Form]) -> None:
        """Prepare for a form, a `msgspec.Struct`."""
        self._decode = msgspec.json.Decoder(form).decode

    def __call__(self, payload: bytes) -> _Form:
        """The document.

        Raises:
            CodecError: telling what is wrong and where.
        """
        try:
            return self._decode(payload)
        except msgspec.ValidationError as error:
            raise CodecError(Reason.UNDECODABLE, f"the message is not of its form: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            _lenient(payload, str(error))
            raise CodecError(Reason.UNDECODABLE, f"the message cannot be used: {error}") from None


def _lenient(payload: bytes, objection: str) -> object:
    """What only the standard library reads: NaN, Infinity and numbers beyond a float64."""
    if not payload:
        raise CodecError(Reason.UNDECODABLE, "the message is empty")
    try:
        text = payload.decode()
        document: object = json.loads(text, parse_int=float)
        # An escaped half of a surrogate pair is read, but is no text that could be written again.
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        where = f"byte {error.start} (0x{payload[error.start]:02x})"
        raise CodecError(Reason.UNDECODABLE, f"the message is not UTF-8 from {where} on") from None
    except UnicodeEncodeError:
        raise CodecError(Reason.UNDECODABLE, "the message holds half of an escaped surrogate pair") from None
    except RecursionError:
        raise CodecError(Reason.UNDECODABLE, "the message is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise CodecError(Reason.UNDECODABLE, f"the message is no JSON: {error.msg} at character {error.pos}") from None
    except ValueError:
        raise CodecError(Reason.UNDECODABLE, f"the message is no JSON: {objection}") from None
    return document
