"""Writing observations so that points which InfluxDB refuses do not keep the others out."""

import re
from collections.abc import Sequence

from stadspuls.clock import now_us, rfc3339
from stadspuls.logs import get_logger
from stadspuls.metrics import STORE_REFUSED
from stadspuls.model import Observation, Reason, Rejection
from store.influx_connection import InfluxConnection, PointsRefused

NO_MESSAGE = -1
"""Partition, offset and index in the rejection of an observation: it is no message of a frame."""

_DROPPED = re.compile(r"\bdropped=(\d+)")


def write_all_but_refused(
    connection: InfluxConnection, lines: Sequence[str], observations: Sequence[Observation]
) -> list[Rejection]:
    """Write observations, a line each; those that InfluxDB refuses for what they are come back as rejections.

    It names no more than one of them, and writes none of the others when one cannot be parsed. So halves are written
    again, which changes nothing of what is already there, until the refused ones are alone.

    Raises:
        StoreError: when the server refuses for another reason or does not answer.
    """
    try:
        connection.write("".join(lines).encode())
    except PointsRefused as error:
        dropped = _DROPPED.search(str(error))
        if len(lines) == 1 or (dropped and int(dropped[1]) == len(lines)):
            return [_kept(o, line, str(error)) for line, o in zip(lines, observations, strict=True)]
        half = len(lines) // 2
        return [
            *write_all_but_refused(connection, lines[:half], observations[:half]),
            *write_all_but_refused(connection, lines[half:], observations[half:]),
        ]
    return []


def _kept(o: Observation, line: str, why: str) -> Rejection:
    stream = o.datastream
    STORE_REFUSED.labels(stream.dataset).inc()
    get_logger().error(
        "the store refuses an observation; it is kept as rejected",
        dataset=stream.dataset,
        sensor=stream.sensor,
        property=stream.observed_property,
        observed_at=rfc3339(o.observed_at),
        why=why,
    )
    return Rejection(
        Reason.REFUSED,
        why,
        f"{stream.dataset}/{stream.sensor}",
        line.encode(),
        received_at=o.received_at,
        rejected_at=now_us(),
        partition=NO_MESSAGE,
        offset=NO_MESSAGE,
        index=NO_MESSAGE,
        dataset=stream.dataset,
        sensor=stream.sensor,
        observed_property=stream.observed_property,
    )
