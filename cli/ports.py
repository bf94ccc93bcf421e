"""Whether a port is free, and if not, who holds it and what to do about that."""

import errno
import re
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from stadspuls.errors import StartError

_SERVICE = re.compile(r"/([^/]+)\.service$", re.MULTILINE)


@dataclass(frozen=True)
class Holder:
    """The process that listens on a port."""

    pid: int
    name: str
    user: str
    service: str | None
    """Its systemd service, when it is one."""

    @property
    def cure(self) -> str:
        """The command that stops it."""
        return f"systemctl stop {self.service}" if self.service else f"kill {self.pid}"

    def __str__(self) -> str:
        return f"{self.name} (pid {self.pid}, user {self.user})"


@dataclass(frozen=True)
class PortTrouble:
    """Why a server cannot listen somewhere, and what to do about that."""

    seen: str
    cure: str
    command: str = ""
    """What stops the holder of the port, when that is known."""
    holder: int | None = None
    """Its process id."""


def check_port(host: str, port: int, setting: str, place: str = "{port}", command: str = "make up") -> None:
    """Make sure that a server can listen there.

    Args:
        host: the address.
        port: the port.
        setting: the environment variable that holds the port.
        place: what that variable says, with `{port}` where the port stands.
        command: what is to be started.

    Raises:
        StartError: naming the holder of the port and the cure, in one line.
    """
    if trouble := trouble_with(host, port, setting, place, command):
        raise StartError(f"{trouble.seen}: {trouble.cure}")


def trouble_with(
    host: str, port: int, setting: str, place: str = "{port}", command: str = "make up"
) -> PortTrouble | None:
    """What keeps a server from listening there, in the words of `check_port`; None when nothing does."""
    error = _listening_error(host, port)
    if error is None:
        return None
    if error.errno == errno.EADDRINUSE:
        other = place.format(port=_next_free(host, port))
        return _in_use(port, f"choose another: {setting}={other} {command}")
    if error.errno == errno.EACCES:
        return PortTrouble(f"Port {port} is for privileged processes", f"choose one above 1023 with {setting}")
    host_setting = setting.replace("_PORT", "_HOST")
    return PortTrouble(f"Nothing can listen on {host}:{port} ({error.strerror})", f"change {host_setting} or {setting}")


def holder_of(port: int) -> Holder | None:
    """The process that listens on `port`; None when the system does not tell (it belongs to another user)."""
    try:
        listening = [
            connection.pid
            for connection in psutil.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
        ]
        pid = next(pid for pid in listening if pid)
        process = psutil.Process(pid)
        return Holder(pid, process.name(), process.username(), _service_of(pid))
    except (psutil.Error, StopIteration):
        return None


def _in_use(port: int, other: str) -> PortTrouble:
    holder = holder_of(port)
    if holder is None:
        command = (
            f"sudo ss -ltnp sport = :{port}" if sys.platform == "linux" else f"sudo lsof -iTCP:{port} -sTCP:LISTEN"
        )
        return PortTrouble(
            f"Port {port} is held by a process of another user", f"stop it (`{command}` names it) or {other}"
        )
    seen = f"Port {port} is held by {holder}"
    return PortTrouble(seen, f"stop it ({holder.cure}) or {other}", holder.cure, holder.pid)


def _service_of(pid: int) -> str | None:
    try:
        found = _SERVICE.search(Path(f"/proc/{pid}/cgroup").read_text())
    except OSError:
        return None
    return found[1] if found else None


def _next_free(host: str, port: int) -> int:
    """The next port a server could listen on; the system's choice when there is none."""
    return next((p for p in range(port + 1, 65536) if p > 1023 and _listening_error(host, p) is None), 0)


def _listening_error(host: str, port: int) -> OSError | None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # As servers do; on Linux it does not hide another listener.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        return error
    return None
