"""The clock: kept right by the system, and as those of the servers tell the time.

Kafka tells nobody what its own clock says, so it is not compared.
"""

import ctypes
import http.client
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, unknown, warning, wrong
from cli.doctor.handshake import SECONDS
from cli.doctor.http_question import Answer, ask, below, connection_to
from cli.doctor.secrecy import address_of
from stadspuls.errors import SettingsError
from stadspuls.influx_call import influx_connection, influx_path
from stadspuls.settings import Settings

_SYNCHRONISE = "timedatectl set-ntp true"
_SMALL, _LARGE = 5.0, 60.0
"""Seconds: servers tell whole ones. Readings over five minutes ahead are rejected."""
_TIME_ERROR, _UNSYNCHRONISED = 5, 0x40
"""adjtimex(2): the clock is not synchronised; STA_UNSYNC."""


class _Timex(ctypes.Structure):
    """`struct timex` as far as it is read; the kernel fills in the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        *((name, ctypes.c_long) for name in ("offset", "freq", "maxerror", "esterror")),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def _look(subject: Subject) -> Iterator[Finding]:
    yield _kept_right()
    yield from _of_later(subject.settings)
    yield from _compared("the API", address_of(subject.api), lambda: _of_api(subject))
    settings = subject.settings
    if settings.store == "influx":
        yield from _compared("InfluxDB", address_of(settings.influx_url), lambda: _of_influxdb(settings))


CHECK = Check(
    "clock", "this machine's clock: kept by NTP, against InfluxDB's and the API's, against our own files", _look
)


def _kept_right() -> Finding:
    """Whether NTP keeps the kernel's clock; asking changes nothing (`modes` is 0)."""
    state = _Timex()
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state))
    except (OSError, AttributeError):
        answer = -1
    if answer < 0 or sys.platform != "linux":
        return unknown("whether the clock is kept right cannot be asked here", "adjtimex", "timedatectl", "timedatectl")
    if answer == _TIME_ERROR or state.status & _UNSYNCHRONISED:
        return warning(
            "nothing keeps this machine's clock right (or the kernel is not told)",
            "adjtimex",
            "let NTP set it (on the host, where this is a container)",
            _SYNCHRONISE,
        )
    return good("NTP keeps this machine's clock right", "adjtimex")


def _of_later(settings: Settings) -> Iterator[Finding]:
    """Files of the platform's own that were written later than now."""
    folder, now = settings.data_dir, time.time()
    ahead = {path: path.stat().st_mtime - now for path in (folder.iterdir() if folder.is_dir() else ())}
    newest = max(ahead, key=ahead.__getitem__, default=None)
    if newest is not None and ahead[newest] > _LARGE:
        seen = f"by this clock it was written in {ahead[newest]:.0f} s: the clock is behind, or was set back"
        yield wrong(seen, str(newest), "set the clock right", _SYNCHRONISE)


def _compared(name: str, where: str, answer: Callable[[], Answer]) -> Iterator[Finding]:
    """How far a server's clock is from ours; nothing where it does not answer, which others tell."""
    begun = datetime.now(UTC)
    try:
        told = answer().date
    except (OSError, http.client.HTTPException, SettingsError):
        return
    ended = datetime.now(UTC)
    if told is None:
        return
    # It tells a whole second, which may have begun up to one ago, at any moment of the question.
    ahead = max((told - ended).total_seconds(), 0.0) or min((told - begun).total_seconds() + 1, 0.0)
    if abs(ahead) < _SMALL:
        yield good(f"{name} has the same time", where)
        return
    seen = f"its clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this one"
    level = wrong if abs(ahead) >= _LARGE else warning
    yield level(seen, where, "let NTP set both", _SYNCHRONISE)


def _of_api(subject: Subject) -> Answer:
    return ask(connection_to(subject.api, trusting=True), below(subject.api, "/health/live"))


def _of_influxdb(settings: Settings) -> Answer:
    return ask(influx_connection(settings, SECONDS), influx_path(settings, "/health"))
