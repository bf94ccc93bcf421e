"""TLS with a server: whether its certificate is one that we trust, for how long, and what is wrong with it if not."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from socket import create_connection
from typing import NamedTuple

from cryptography import x509

from cli.doctor.finding import Finding, good, warning, wrong
from stadspuls.settings import Settings
from stadspuls.tls import client_context, distrust

SECONDS = 5.0
"""How long a server may take to be reached, and for each of its answers."""
SOON = timedelta(days=21)
"""As in the rules of Prometheus."""
_NOT_YET, _EXPIRED = 9, 10
"""OpenSSL's numbers."""


class Server(NamedTuple):
    """Whom to speak TLS with, and how that is told."""

    host: str
    port: int
    settings: Settings
    name: str
    """How its settings begin, as `stadspuls.tls` wants it."""
    renew: str
    """How its certificate is renewed."""
    renewing: str = ""
    """The same as a command."""
    plain: str = ""
    """What to set where it speaks no TLS."""

    @property
    def where(self) -> str:
        """Its address."""
        return f"{self.host}:{self.port}"


def secured(server: Server) -> Iterator[Finding]:
    """What is to be said of a server's certificate.

    Raises:
        OSError: when nothing answers there.
        SettingsError: when a file of TLS cannot be used.
    """
    connection = create_connection((server.host, server.port), SECONDS)
    try:
        with client_context(server.settings, server.name).wrap_socket(connection, server_hostname=server.host) as shown:
            certificate = _certificate(shown)
    except ssl.SSLCertVerificationError as error:
        yield _distrusted(server, error)
        return
    except (ssl.SSLError, ConnectionResetError) as error:
        reason = getattr(error, "reason", None) or str(error)
        yield wrong(f"it does not speak TLS as we do there ({reason})", server.where, server.plain or server.renew)
        return
    finally:
        connection.close()
    if certificate is not None:
        yield lasting(certificate, server.where, server.renew, server.renewing)


def lasting(certificate: x509.Certificate, where: str, renew: str, renewing: str = "") -> Finding:
    """How long a certificate is good for."""
    now, begin, end = datetime.now(UTC), certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if end <= now:
        return wrong(f"its certificate has expired on {_told(end)}", where, renew, renewing)
    if begin > now:
        seen = f"its certificate is valid from {_told(begin)} on, and by this clock it is {_told(now)}"
        return wrong(seen, where, f"set the clock right; or {renew}", renewing)
    if end <= now + SOON:
        return warning(f"its certificate expires on {_told(end)}", where, renew, renewing)
    return good(f"its certificate is good until {_told(end)}", where)


def names_of(certificate: x509.Certificate) -> list[str]:
    """The host names and addresses that a certificate is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in names]


def shown_certificate(host: str, port: int) -> x509.Certificate | None:
    """The certificate that is shown there, whoever has signed it; None where nobody speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            create_connection((host, port), SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=host) as shown,
        ):
            return _certificate(shown)
    except OSError:
        return None


def _distrusted(server: Server, error: ssl.SSLCertVerificationError) -> Finding:
    certificate = shown_certificate(server.host, server.port)
    if certificate is not None and error.verify_code in {_NOT_YET, _EXPIRED}:
        return lasting(certificate, server.where, server.renew, server.renewing)
    seen, _, cure = (distrust(error, server.settings, server.name) or str(error)).partition(": ")
    names = ", ".join(names_of(certificate)) if certificate is not None else ""
    return wrong(seen, server.where, f"{cure}; it is for {names or 'no name'}")


def _certificate(shown: ssl.SSLSocket) -> x509.Certificate | None:
    raw = shown.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(raw) if raw else None


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
