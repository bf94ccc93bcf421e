"""Ports for servers that are restarted, and who reaches them."""

import ipaddress
import random
import socket

_LOOPBACK = "127.0.0.1"
_RANGE = range(20_000, 32_000)
"""Below those that systems give to clients: a client that knocks on a stopped server's port may not be given it."""


def free_port() -> int:
    """A port on the loopback address that nothing listens on, and that no client is given while its server is away."""
    return next(port for port in random.sample(_RANGE, len(_RANGE)) if is_free(port))


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int, seconds: float = 1.0) -> bool:
    """Whether something takes connections on the port."""
    try:
        socket.create_connection((_LOOPBACK, port), timeout=seconds).close()
    except OSError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a host can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
