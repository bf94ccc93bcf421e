"""A connection to InfluxDB's API for the few questions that need no client library."""

import http.client
from urllib.parse import urlsplit

from stadspuls.settings import Settings
from stadspuls.tls import client_context, distrust


def influx_connection(settings: Settings, seconds: float) -> http.client.HTTPConnection:
    """A connection to `STADSPULS_INFLUX_URL`, by TLS where that says so; opened when something is asked.

    Raises:
        SettingsError: when the CA's file cannot be used.
    """
    url = urlsplit(settings.influx_url)
    if url.scheme == "https":
        return http.client.HTTPSConnection(
            url.hostname or "", url.port, timeout=seconds, context=client_context(settings, "influx")
        )
    return http.client.HTTPConnection(url.hostname or "", url.port, timeout=seconds)


def influx_path(settings: Settings, path: str) -> str:
    """A path of the API below that of `STADSPULS_INFLUX_URL`."""
    return urlsplit(settings.influx_url).path.rstrip("/") + path


def why_silent(error: BaseException, settings: Settings) -> str:
    """Why InfluxDB does not answer, in words."""
    return distrust(error, settings, "influx") or str(error) or type(error).__name__
