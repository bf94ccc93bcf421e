"""Secrets as files: a folder for each who may read them, so that a container gets its own and no other."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from stadspuls.errors import StartError
from stadspuls.public_broker import write_secret

GROUP_READS = 0o640
"""Grafana runs as another user of the same group."""


@dataclass(frozen=True)
class SecretFiles:
    """Where each secret lies below one folder."""

    folder: Path

    @property
    def influx_admin(self) -> Path:
        """InfluxDB's token that may do everything; for the set-up alone."""
        return self.folder / "setup" / "influx-admin-token"

    @property
    def influx_platform(self) -> Path:
        """The token that reads and writes the bucket, for `STADSPULS_INFLUX_TOKEN_FILE`."""
        return self.folder / "platform" / "influx-token"

    @property
    def influx_grafana(self) -> Path:
        """The token that reads the bucket, for Grafana."""
        return self.folder / "grafana" / "influx-token"

    @property
    def grafana_admin(self) -> Path:
        """The password of Grafana's user `admin`."""
        return self.folder / "grafana" / "admin-password"

    def read(self, file: Path) -> str | None:
        """A secret that is there.

        Raises:
            StartError: when it is there and cannot be read.
        """
        try:
            return file.read_text().strip() or None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StartError(f"The secret {file} cannot be read: {error.strerror}") from error

    def write(self, file: Path, secret: str) -> None:
        """Keep a secret, whole or not at all, on disk before anybody hears of it.

        Raises:
            StartError: when its folder takes no files.
        """
        try:
            # A group may only look into the folder that holds its files.
            file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            write_secret(file, f"{secret}\n")
            if file.parent == self.grafana_admin.parent:
                file.chmod(GROUP_READS)
        except OSError as error:
            raise StartError(f"The secret {file} cannot be written: {error.strerror}") from error

    def kept(self, file: Path) -> str:
        """The secret of that file, made when there is none: 256 random bits."""
        secret = self.read(file)
        if secret is None:
            secret = secrets.token_urlsafe(32)
            self.write(file, secret)
        return secret
