"""Writing observations so that points which InfluxDB refuses do not keep the others out."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from stadspuls.clock import now_us
from stadspuls.logs import get_logger
from stadspuls.metrics import STORE_REFUSED
from stadspuls.model import Observation, Reason, Rejection
from store.influx_connection import InfluxConnection, PointsRefused

NO_PARTITION = -1
"""Partition in the rejection of an observation: it is no message of one."""

_DROPPED = re.compile(r"\bdropped=(\d+)")


class Line(NamedTuple):
    """An observation in line protocol, and which of its frame it is."""

    text: str
    observation: Observation
    source_offset: int
    place: int


def write_all_but_refused(connection: InfluxConnection, lines: Sequence[Line]) -> list[Rejection]:
    """Write lines; those that InfluxDB refuses for what they are come back as rejections.

    It names no more than one of them, and writes none of the others when one cannot be parsed. So halves are written
    again, which changes nothing of what is already there, until the refused ones are alone.

    Raises:
        StoreError: when the server refuses for another reason or does not answer.
    """
    try:
        connection.write("".join(line.text for line in lines).encode())
    except PointsRefused as error:
        dropped = _DROPPED.search(str(error))
        if len(lines) == 1 or (dropped and int(dropped[1]) == len(lines)):
            return [_kept(line, str(error)) for line in lines]
        half = len(lines) // 2
        return write_all_but_refused(connection, lines[:half]) + write_all_but_refused(connection, lines[half:])
    return []


def _kept(line: Line, why: str) -> Rejection:
    o = line.observation
    stream = o.datastream
    STORE_REFUSED.labels(stream.dataset).inc()
    get_logger().error("the store refuses an observation; it is kept as rejected", dataset=stream.dataset, why=why)
    return Rejection(
        Reason.REFUSED,
        why,
        f"{stream.dataset}/{stream.sensor}",
        line.text.encode(),
        received_at=o.received_at,
        rejected_at=now_us(),
        partition=NO_PARTITION,
        offset=line.source_offset,
        index=line.place,
        dataset=stream.dataset,
        sensor=stream.sensor,
        observed_property=stream.observed_property,
    )
