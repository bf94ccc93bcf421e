"""Files with secrets: that nobody else may read them."""

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings.sources import DotEnvSettingsSource

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, wrong
from deploy.accounts.certificates import CA_KEY
from deploy.accounts.ledger import PASSWORDS
from deploy.accounts.server_certificate import CA
from stadspuls.mqtt_access import OWN, SESSION, accounts_dir
from stadspuls.own_servers import INFLUX_TOKEN, KAFKA_PASSWORD, SERVERS_CA
from stadspuls.public_broker import ACCESS, FOLDER
from stadspuls.settings import PREFIX, Settings

_SECRETS = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]


def _look(subject: Subject) -> Iterator[Finding]:
    files = [path for path in _secret_files(subject) if _is_file(path)]
    folders = [path for path in (accounts_dir(subject.settings),) if path.is_dir()]
    opened = [path for path in (*folders, *files) if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH)]
    for path in opened:
        mode = path.stat().st_mode & 0o777
        wanted = "go-rwx" if path.is_dir() else "600"
        seen = f"every user of this machine may read it (mode {mode:o})"
        yield wrong(seen, str(path), "let its owner alone", f"chmod {wanted} {shlex.quote(str(path))}")
    if not opened:
        yield good(f"{len(files)} files with secrets, closed to others")


CHECK = Check("secrets", "files with secrets, `.env` among them, are closed to other users", _look)


def _secret_files(subject: Subject) -> list[Path]:
    settings = subject.settings
    data, accounts = settings.data_dir, accounts_dir(settings)
    inside = [data / INFLUX_TOKEN, data / KAFKA_PASSWORD, settings.keys_path, data / SESSION, data / FOLDER / ACCESS]
    keys = [getattr(settings, name) for name in Settings.model_fields if name.endswith(("_tls_key", "kafka_key"))]
    made = [*_secret_in(accounts), *_secret_in(data / SERVERS_CA.parent)]
    named = [os.environ.get(f"{PREFIX}{name.upper()}_FILE") for name in _SECRETS]
    found = [*inside, *made, *map(Path, filter(None, [*keys, *named]))]
    return [*(path for path in found if not _mounted(path)), *_env_file(subject.env_file)]


def _secret_in(folder: Path) -> list[Path]:
    """What is secret among accounts and certificates; a server's certificate and its key are one file."""
    names = [OWN, PASSWORDS, CA_KEY, *(file.name for file in folder.glob("*.pem") if file.name != CA)]
    return [folder / name for name in names]


def _env_file(file: Path) -> list[Path]:
    """The `.env`, where it holds a secret."""
    if not os.access(file, os.R_OK):
        return []
    given = DotEnvSettingsSource(Settings, env_file=file, env_prefix=PREFIX).env_vars
    return [file] if any(given.get(f"{PREFIX}{name}".lower()) for name in _SECRETS) else []


def _mounted(path: Path) -> bool:
    """Whether a container got it by a mount that is for itself alone."""
    try:
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except PermissionError:
        return False
