"""The certificates that a platform shows or trusts, as files: what is told of when each expires."""

from pathlib import Path

from stadspuls.mqtt_access import accounts_dir
from stadspuls.own_servers import SERVERS_CA
from stadspuls.settings import Settings

_NAMED = {
    "http": "http_tls_cert",
    "mqtt": "mqtt_tls_cert",
    "public-mqtt": "public_mqtt_tls_cert",
    "kafka-client": "kafka_cert",
    "kafka": "kafka_ca",
    "influxdb": "influx_ca",
}
"""What a certificate is for, and the setting that names its file."""
_MADE = ("server.pem", "ca.pem")
_SERVERS = ("ca.pem", "kafka.pem", "influxdb.pem")


def certificate_files(settings: Settings) -> dict[str, Path]:
    """The files by what they are called in figures, `<what for>/<file>`: those of the settings, and those made here."""
    named = {what: Path(file) for what, name in _NAMED.items() if (file := getattr(settings, name))}
    files = {f"{what}/{file.name}": file for what, file in named.items()}
    made = [("servers", settings.data_dir / SERVERS_CA.parent / name) for name in _SERVERS]
    if "mqtt" not in named:
        made += [("mqtt", accounts_dir(settings) / name) for name in _MADE]
    return files | {f"{what}/{file.name}": file for what, file in made if file.exists()}


def expiry(file: Path) -> float:
    """When the first certificate of a file expires, in Unix time.

    Raises:
        OSError, ValueError: when there is none.
    """
    # Only where there is a certificate: it takes memory.
    from cryptography import x509  # noqa: PLC0415

    return x509.load_pem_x509_certificates(file.read_bytes())[0].not_valid_after_utc.timestamp()
