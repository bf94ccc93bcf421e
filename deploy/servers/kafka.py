"""Apache Kafka by Maven: one node that is broker and controller (KRaft)."""

import base64
import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from deploy.servers import ports, versions
from deploy.servers.base import Address, Missing, Say, oldest, tool
from deploy.servers.cache import install_whole, installed_folder, run_logged
from deploy.servers.kafka_configuration import configuration
from deploy.servers.tls import kept_password, own_ca
from stadspuls.errors import InstallError, SettingsError, StartError
from stadspuls.log.refusal import answering
from stadspuls.own_servers import KAFKA_PASSWORD, KAFKA_USER
from stadspuls.public_broker import write_secret
from stadspuls.settings import PREFIX, Settings

_ARTEFACT = f"kafka-{versions.KAFKA}"
_HEAP = "512m"
_FORMAT_SECONDS = 60.0
_ANSWER_SECONDS = 1.0
_FORMATTED = "meta.properties"
"""Kafka writes it last when it formats a folder."""

_POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>stadspuls</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_{versions.KAFKA_SCALA}</artifactId>
      <version>{versions.KAFKA}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>{versions.SLF4J}</version>
    </dependency>
  </dependencies>
</project>
"""
_COPY = f"org.apache.maven.plugins:maven-dependency-plugin:{versions.MAVEN_DEPENDENCY_PLUGIN}:copy-dependencies"


@dataclass(frozen=True)
class Kafka:
    """The log's server."""

    settings: Settings
    name: str = "kafka"
    version: str = versions.KAFKA
    setting: str = f"{PREFIX}KAFKA_BOOTSTRAP"
    place: str = "127.0.0.1:{port}"

    @property
    def address(self) -> Address:
        """The bootstrap address of the settings.

        Raises:
            SettingsError: when it is not one address of this machine.
        """
        host, _, port = self.settings.kafka_bootstrap.rpartition(":")
        if not ports.is_loopback(host) or not port.isdecimal():
            raise SettingsError(
                f"kafka_bootstrap: {self.settings.kafka_bootstrap} is not one address of this machine, "
                "as 127.0.0.1:9092 is"
            )
        return Address(host, int(port))

    def missing(self) -> list[Missing]:
        """Java, and until it is installed Maven."""
        java = oldest(
            "Java",
            [_java(), "--version"],
            (versions.JAVA_OLDEST,),
            "apt-get install default-jre-headless (Debian), brew install openjdk (macOS)",
        )
        maven = tool("Maven", "mvn", "apt-get install maven (Debian), brew install maven (macOS)")
        return java if self.installed() else [*java, *maven]

    def installed(self) -> bool:
        """Whether its jars are in the cache."""
        return installed_folder(_ARTEFACT).is_dir()

    def install(self, say: Say) -> None:
        """Fetch its jars with Maven.

        Raises:
            InstallError: when Maven fails.
        """
        if not self.installed():
            say(f"kafka {self.version}: fetching it with Maven (about 45 MB)")
            install_whole(_ARTEFACT, _fetch, say)

    def command(self, folder: Path, port: int) -> list[str]:
        """Write its configuration and format its log folder once; returns the command that serves it.

        Raises:
            InstallError: when it is not installed.
            StartError: when the folder cannot be formatted.
        """
        if not self.installed():
            raise InstallError(f"Kafka {self.version} is not installed: `make servers` installs it")
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "server.properties"
        # It may hold a password.
        write_secret(file, configuration(self.settings, folder, port, _controller_port(folder, port)))
        if not (folder / "log" / _FORMATTED).exists():
            _format(folder, file)
        return _run("kafka.Kafka", str(file))

    def awaits(self, folder: Path, port: int) -> str | None:
        """None once it names itself as a broker."""
        if not ports.answers(port):  # asked first: a client to nowhere takes its whole time
            return f"an answer on port {port}"
        return unanswered(reaching(self.settings, port))


def reaching(settings: Settings, port: int) -> Settings:
    """The settings of a client on this machine that comes in as the node itself does."""
    update = {"kafka_bootstrap": f"127.0.0.1:{port}", "kafka_ca": str(own_ca(settings)), "kafka_mechanism": "PLAIN"}
    if settings.kafka_security == "sasl_tls":
        password = SecretStr(kept_password(settings.data_dir / KAFKA_PASSWORD))
        return settings.model_copy(update=update | {"kafka_username": KAFKA_USER, "kafka_password": password})
    return settings.model_copy(update=update)


def unanswered(settings: Settings, seconds: float = _ANSWER_SECONDS) -> str | None:
    """None when Kafka lets us in and names its brokers, else what is waited for."""
    return None if answering(settings, seconds) else f"Kafka at {settings.kafka_bootstrap}"


def _fetch(folder: Path, log: Path) -> None:
    (folder / "pom.xml").write_text(_POM)
    command = [
        "mvn",
        "--batch-mode",
        "--quiet",
        _COPY,
        f"-DoutputDirectory={folder / 'libs'}",
        "-DincludeScope=runtime",
    ]
    run_logged(command, folder, log)


def _controller_port(folder: Path, port: int) -> int:
    """The controller's port: the one after the broker's when it is free, and the same ever after."""
    file = folder / "controller.port"
    if not file.exists():
        file.write_text(str(port + 1 if ports.is_free(port + 1) else ports.free_port()))
    return int(file.read_text())


def _format(folder: Path, file: Path) -> None:
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    command = _run(
        "kafka.tools.StorageTool", "format", "--ignore-formatted", f"--cluster-id={cluster}", "-c", str(file)
    )
    try:
        subprocess.run(  # noqa: S603 - the command line is our own
            command, cwd=folder, capture_output=True, text=True, timeout=_FORMAT_SECONDS, check=True
        )
    except subprocess.CalledProcessError as error:
        raise StartError(f"Kafka cannot use {folder}: {error.stderr.strip() or error.stdout.strip()}") from error


def _run(main: str, *arguments: str) -> list[str]:
    libs = installed_folder(_ARTEFACT) / "libs"
    return [
        _java(),
        f"-Xmx{_HEAP}",
        "-Djava.awt.headless=true",
        # Without memory it would hang half alive; dead it is started again.
        "-XX:+ExitOnOutOfMemoryError",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
        "-cp",
        f"{libs}/*",
        main,
        *arguments,
    ]


def _java() -> str:
    """The program, from JAVA_HOME as Maven does, else from the path."""
    home = os.environ.get("JAVA_HOME")
    return (home and shutil.which("java", path=f"{home}/bin")) or "java"
