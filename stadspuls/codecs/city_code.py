"""A codec of the city's own, in Python: loaded at its first message, and held to what a codec may give.

Whoever may write city files may run code here: `cities/` belongs to those who run the platform. Code is named by a file
of the registry alone, never by a message.
"""

import importlib
import importlib.util
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast

import msgspec

from stadspuls.codecs.base import Codec, CodecContext, Decoding
from stadspuls.codecs.times import EARLIEST, LATEST, shown
from stadspuls.errors import CodecError
from stadspuls.logs import get_logger
from stadspuls.model import Reason

_log = get_logger()
_decode = msgspec.msgpack.Decoder(Decoding).decode


class CityCodec:
    """Reads messages by a function that a city brings along."""

    def __init__(self, place: Path | str, function: str) -> None:
        """Keep where the function is.

        Args:
            place: the file, or the dotted name of an installed module.
            function: its name there; it is called as every codec is.
        """
        self._place = place
        self._function = function

    def __call__(self, payload: bytes, context: CodecContext) -> Decoding:
        """What the function reads.

        Raises:
            CodecError: its own, or when it gives something that is no decoding.
        """
        given = self._read(payload, context)
        if not isinstance(given, Decoding):
            raise CodecError(Reason.UNDECODABLE, f"the city's codec gives a {type(given).__name__}, not a Decoding")
        try:
            # As it will travel: types, sizes and texts that cannot be written show here.
            decoding = _decode(msgspec.msgpack.encode(given))
        except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
            raise CodecError(Reason.UNDECODABLE, f"the city's codec gives no proper Decoding: {error}") from None
        if any(not EARLIEST <= value.time < LATEST for value in decoding.values):
            raise CodecError(Reason.UNDECODABLE, "the city's codec gives a time before 1980 or after 9999")
        return decoding

    @cached_property
    def _read(self) -> Codec:
        try:
            found: Any = self._module()
            for name in self._function.split("."):
                found = getattr(found, name)
            return cast("Codec", found)
        except Exception as error:
            # Tried once: a changed file is a changed registry, with codecs of its own.
            _log.exception("a city's codec cannot be loaded", place=str(self._place))
            return partial(_refuse, f"the city's codec cannot be loaded: {type(error).__name__}: {shown(str(error))}")

    def _module(self) -> object:
        if isinstance(self._place, str):
            return importlib.import_module(self._place)
        # Two cities may each have a file of the same name.
        name = f"stadspuls_city_codecs.{self._place.parent.name}.{self._place.stem}"
        spec = importlib.util.spec_from_file_location(name, self._place)
        if spec is None or spec.loader is None:
            raise ImportError(f"{self._place} is no Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def _refuse(detail: str, payload: bytes, context: CodecContext) -> Decoding:
    raise CodecError(Reason.UNDECODABLE, detail)
