"""A connection to a process that tells how it is, or to the API: of this machine, or elsewhere by its name."""

import http.client
import ssl

from cli.probe import own_connection

_OWN = ("127.0.0.1", "::1", "localhost")
"""Here a certificate is for the name by which the world knows the server."""


def connect(host: str, port: int | None, seconds: float, *, tls: bool) -> http.client.HTTPConnection:
    """A connection that waits so many seconds for an answer; what is elsewhere must show a certificate for its name."""
    if tls and host not in _OWN:
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
    return own_connection(host, port, seconds, tls=tls)
