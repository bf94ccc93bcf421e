"""How our HTTP servers are served: by TLS where the settings name a certificate, which may be renewed in place."""

import socket
import ssl
from pathlib import Path

import uvicorn

from stadspuls.errors import StartError
from stadspuls.http_connections import look_at
from stadspuls.logs import get_logger
from stadspuls.settings import PREFIX, Settings

LOOK_TICKS = 100
"""Uvicorn's ticks, of 0.1 s, between two looks at whether the certificate was renewed."""
CONNECTION_TICKS = 10
"""The same for connections."""

_log = get_logger()


class ShownCertificate:
    """The certificate of API and door: those who connect after it was renewed are shown the new one.

    Raises:
        StartError: when its files cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._files = settings.http_tls_cert, settings.http_tls_key
        self._state = _state(*self._files)
        self.context = _context()
        """What connections are made with; it stays the same, and what it shows changes."""
        try:
            self.context.load_cert_chain(*self._files)
        except OSError as error:
            raise StartError(f"{PREFIX}HTTP_TLS_CERT and _KEY: {self._files[0]} cannot be used: {error}") from error

    def look(self) -> None:
        """Take up a certificate that has changed; one that cannot be used yet is looked at again."""
        state = _state(*self._files)
        if state == self._state:
            return
        try:
            # Tried on another first: half a certificate would spoil the one in use.
            _context().load_cert_chain(*self._files)
            self.context.load_cert_chain(*self._files)
        except OSError as error:
            _log.warning("the renewed certificate cannot be used yet", file=self._files[0], why=str(error))
            return
        self._state = state
        _log.info("a renewed certificate is shown", file=self._files[0])


def shown_certificate(settings: Settings) -> ShownCertificate | None:
    """What our HTTP servers show; None where they speak without TLS.

    Raises:
        StartError: when its files cannot be used.
    """
    return ShownCertificate(settings) if settings.http_tls_cert else None


class HttpServer(uvicorn.Server):
    """A server that takes up a renewed certificate, and closes connections that wait for a request too long."""

    def __init__(self, config: uvicorn.Config, certificate: ShownCertificate | None) -> None:
        if certificate is not None:
            context = certificate.context
            config.ssl_context_factory = lambda _config, _default: context
        super().__init__(config)
        self._certificate = certificate

    async def on_tick(self, counter: int) -> bool:
        """Look at the certificate now and then, between two connections, and at connections each second."""
        if self._certificate is not None and counter % LOOK_TICKS == 0:
            self._certificate.look()
        if counter % CONNECTION_TICKS == 0:
            look_at(self.server_state.connections)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, and finish what is under way.

        A client that keeps a connection for later does not read, and by TLS would be waited for to say goodbye.
        """
        if self._certificate is not None:
            for connection in list(self.server_state.connections):
                if _idle(connection):
                    connection.transport.abort()
        await super().shutdown(sockets)


def _idle(connection: object) -> bool:
    """Whether a connection of HTTP waits for another request."""
    cycle = getattr(connection, "cycle", connection)
    return cycle is None or getattr(cycle, "response_complete", False)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _state(*files: str) -> tuple[tuple[int, int, int] | None, ...]:
    """What differs once a file is another; None where there is none."""
    found: list[tuple[int, int, int] | None] = []
    for file in files:
        try:
            told = Path(file).stat()
        except OSError:
            found.append(None)
        else:
            found.append((told.st_mtime_ns, told.st_ino, told.st_size))
    return tuple(found)
