"""InfluxDB 2: started with its files in one folder, set up for Stadspuls when it is new."""

import http.client
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy.servers import ports, versions
from deploy.servers.base import Address, Missing, Say
from deploy.servers.cache import install_whole, installed_folder
from deploy.servers.influxdb_build import PROGRAM, build, missing_to_build
from deploy.servers.tls import own_ca, own_certificate
from stadspuls.errors import InstallError, SettingsError, StartError
from stadspuls.files import write_whole
from stadspuls.influx_call import influx_connection
from stadspuls.own_servers import INFLUX_TOKEN
from stadspuls.settings import PREFIX, Settings

_ARTEFACT = f"influxdb-{versions.INFLUXDB}"
_USER = "stadspuls"
_ANSWER_SECONDS = 1.0
_SET_UP_SECONDS = 10.0
_CREATED = 201


@dataclass(frozen=True)
class InfluxDB:
    """The store's server."""

    settings: Settings
    name: str = "influxdb"
    version: str = versions.INFLUXDB
    setting: str = f"{PREFIX}INFLUX_URL"
    place: str = "http://127.0.0.1:{port}"

    @property
    def address(self) -> Address:
        """The host and port of the settings' address.

        Raises:
            SettingsError: when that is not a plain address of this machine.
        """
        url = urlsplit(self.settings.influx_url)
        if not ports.is_loopback(url.hostname or "") or url.port is None:
            raise SettingsError(
                f"influx_url: {self.settings.influx_url} is not an address of this machine, as http://127.0.0.1:8086 is"
            )
        return Address(url.hostname or "", url.port)

    def missing(self) -> list[Missing]:
        """The toolchains, until it is built."""
        return [] if self.installed() else missing_to_build()

    def installed(self) -> bool:
        """Whether its program is in the cache."""
        return installed_folder(_ARTEFACT).is_dir()

    def install(self, say: Say) -> None:
        """Build it.

        Raises:
            InstallError: when a part of the build fails.
        """
        if not self.installed():
            say(f"influxdb {self.version}: building it from source; about 5 minutes, once on this machine")
            install_whole(_ARTEFACT, build, say)

    def command(self, folder: Path, port: int) -> list[str]:
        """The command that serves what is in `folder`.

        Raises:
            InstallError: when it is not installed.
        """
        if not self.installed():
            raise InstallError(f"InfluxDB {self.version} is not installed: `make servers` installs it")
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return [
            str(installed_folder(_ARTEFACT) / PROGRAM),
            *self._tls(),
            "--http-bind-address",
            f"127.0.0.1:{port}",
            "--bolt-path",
            str(folder / "influxd.bolt"),
            "--sqlite-path",
            str(folder / "influxd.sqlite"),
            "--engine-path",
            str(folder / "engine"),
            "--reporting-disabled",
            "--ui-disabled",
            # Flux may then not fetch from this network.
            "--hardening-enabled",
            "--log-level",
            "error",
        ]

    def awaits(self, folder: Path, port: int) -> str | None:
        """None once it is healthy and set up; sets it up when it is new.

        Raises:
            StartError: when it was set up by somebody else.
        """
        try:
            _, health = self._ask(port, "GET", "/health")
            if health.get("status") != "pass":
                return f"its health: {health.get('message', 'no answer')}"
            if not self._ask(port, "GET", "/api/v2/setup")[1].get("allowed"):
                self.token(folder)
                return None
            self._set_up(folder, port)
        except (OSError, http.client.HTTPException, ValueError):
            return f"an answer on port {port}"
        return None

    def token(self, folder: Path) -> str:
        """The token that the set-up left in `folder`; it may do everything.

        Raises:
            StartError: when it cannot be read.
        """
        file = token_file(folder)
        try:
            return file.read_text().strip()
        except OSError as error:
            raise StartError(f"InfluxDB's token cannot be read from {file}: {error.strerror}") from error

    def _set_up(self, folder: Path, port: int) -> None:
        document = {
            "username": _USER,
            # Nobody signs in: programs use the token, and with it a password can be set.
            "password": secrets.token_urlsafe(32),
            "org": self.settings.influx_org,
            "bucket": self.settings.influx_bucket,
            # Our own job removes what is too old.
            "retentionPeriodSeconds": 0,
            "token": _kept_token(folder),
        }
        status, answer = self._ask(port, "POST", "/api/v2/setup", document, _SET_UP_SECONDS)
        if status != _CREATED:
            raise StartError(f"InfluxDB refuses its set-up: {answer.get('message', status)}")

    def _tls(self) -> list[str]:
        """By https it shows a certificate of this machine's own CA."""
        if not self._secured:
            return []
        file = str(own_certificate(self.settings, self.name))
        return ["--tls-cert", file, "--tls-key", file, "--tls-min-version", "1.2"]

    @property
    def _secured(self) -> bool:
        return urlsplit(self.settings.influx_url).scheme == "https"

    def _ask(
        self,
        port: int,
        method: str,
        path: str,
        document: dict[str, Any] | None = None,
        seconds: float = _ANSWER_SECONDS,
    ) -> tuple[int, dict[str, Any]]:
        scheme = "https" if self._secured else "http"
        here = self.settings.model_copy(
            update={"influx_url": f"{scheme}://127.0.0.1:{port}", "influx_ca": str(own_ca(self.settings))}
        )
        connection = influx_connection(here, seconds)
        try:
            body = None if document is None else json.dumps(document)
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            found = json.loads(answer.read() or b"{}")
        finally:
            connection.close()
        return answer.status, found if isinstance(found, dict) else {}


def token_file(folder: Path) -> Path:
    """Where the set-up keeps the token; only its owner may read it."""
    return folder / INFLUX_TOKEN.name


def _kept_token(folder: Path) -> str:
    """A new token that is on disk before InfluxDB hears of it, or the one of a set-up that was interrupted."""
    file = token_file(folder)
    if file.exists() and (kept := file.read_text().strip()):
        return kept
    token = secrets.token_urlsafe(48)
    write_whole(file, f"{token}\n".encode())
    return token
