"""A station's status in GBFS 2 and 3 (station_status.json, `data.stations[]`): bikes to take, docks to leave one in.

Version 3 says vehicles for bikes and writes its times in RFC 3339. Docks are left out where a system has no limit.
"""

import msgspec

from stadspuls.codecs.base import CodecContext, Decoded, Decoding
from stadspuls.codecs.json_documents import Reader
from stadspuls.codecs.times import instant
from stadspuls.errors import CodecError
from stadspuls.model import Reason


class _Status(msgspec.Struct):
    last_reported: str | float
    num_vehicles_available: int | None = None
    num_bikes_available: int | None = None
    num_docks_available: int | None = None
    is_installed: bool | int = True


_read = Reader(_Status)


def decode_gbfs(payload: bytes, context: CodecContext) -> Decoding:
    """Read the status of one station; one that is not on the street holds no reading.

    Raises:
        CodecError: when it is no such status.
    """
    status = _read(payload)
    if not status.is_installed:
        return Decoding([], [])
    bikes = status.num_bikes_available if status.num_vehicles_available is None else status.num_vehicles_available
    if bikes is None:
        detail = "the station has neither num_vehicles_available (GBFS 3) nor num_bikes_available (GBFS 2)"
        raise CodecError(Reason.UNDECODABLE, detail)
    time = instant(status.last_reported, context.received_at, None)
    values = [Decoded(None, time, "availableBikes", float(bikes))]
    if status.num_docks_available is not None:
        values.append(Decoded(None, time, "vacantDocks", float(status.num_docks_available)))
    return Decoding(values, [])
