"""Which certificate Mosquitto shows: the city's own, or the one that was made for trying out."""

from datetime import datetime
from pathlib import Path

from stadspuls.errors import AccountsError, StartError
from stadspuls.mqtt_access import accounts_dir
from stadspuls.settings import Settings

CA = "ca.pem"
"""What devices are given to know the broker by."""
SERVER = "server.pem"
"""Certificate and key in one file, so that no start meets one without the other."""


def certificate_files(settings: Settings) -> tuple[Path, Path]:
    """The files of the certificate (with its chain) and of its key.

    Raises:
        StartError: when one is missing.
    """
    if settings.mqtt_tls_cert:
        files = Path(settings.mqtt_tls_cert).resolve(), Path(settings.mqtt_tls_key).resolve()
        cure = "STADSPULS_MQTT_TLS_CERT and _KEY name it"
    else:
        files = ((accounts_dir(settings) / SERVER).resolve(),) * 2
        cure = "name a certificate with STADSPULS_MQTT_TLS_CERT and _KEY, or make one: `stadspuls account certificates`"
    for file in files:
        if not file.is_file():
            raise StartError(f"There is no {file}: {cure}")
    return files


def ca_file(settings: Settings) -> Path | None:
    """The CA's file that a device needs; None where its system knows the CA, since the certificate is the city's."""
    if settings.mqtt_tls_cert or not settings.mqtt_tls_port:
        return None
    return (accounts_dir(settings) / CA).resolve()


def valid_until(settings: Settings) -> datetime:
    """When the certificate expires that Mosquitto shows.

    Raises:
        StartError: when it is missing.
        AccountsError: when it is none.
    """
    from cryptography import x509  # noqa: PLC0415 - the broker's start does without it

    file, _ = certificate_files(settings)
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())[0].not_valid_after_utc
    except (OSError, ValueError) as error:
        raise AccountsError(f"{file} is no certificate: {error}") from error
