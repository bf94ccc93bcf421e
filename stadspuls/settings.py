"""All settings, where each value came from, and the profiles, which are sets of settings.

Order of precedence: flag > environment (`STADSPULS_*`; secrets also `STADSPULS_*_FILE`) > `.env` > profile > default.
"""

from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import DotEnvSettingsSource, EnvSettingsSource

from stadspuls.errors import SettingsError
from stadspuls.own_servers import FOUND, OwnServers
from stadspuls.possible_tls import require_possible_tls

PREFIX = "STADSPULS_"
ROOT = Path(__file__).resolve().parent.parent
"""The checkout (or image folder) this Stadspuls runs from."""

Port = Annotated[int, Field(ge=1, le=65535)]


def _proxies(text: str) -> str:
    """Addresses and networks as they were written, once each of them is one."""
    for part in filter(None, text.split(",")):
        ip_network(part.strip())
    return text


Proxies = Annotated[str, AfterValidator(_proxies)]
_SLUGS = r"^([a-z][a-z0-9-]*(,[a-z][a-z0-9-]*)*)?$"
"""Cities, with commas."""


class Profile(StrEnum):
    """The ways to run Stadspuls."""

    EMBEDDED = "embedded"
    REAL = "real"


PROFILES: dict[Profile, dict[str, object]] = {
    Profile.EMBEDDED: {"partitions": 4, "kafka_unread_limit": 1024 * 1024, "spool_bytes": 1024**3},
    Profile.REAL: {
        "partitions": 8,
        "kafka_unread_limit": 0,
        "kafka_bootstrap": "127.0.0.1:9092",
        "store": "influx",
        "spool_bytes": 4 * 1024**3,
    },
}
"""What each profile sets. librdkafka's in-memory broker always has 4 partitions and forgets beyond 5 MiB in each."""


class Settings(BaseSettings):
    """Every setting of every process; each is described in `docs/settings.md`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, validate_default=True)

    profile: Profile = Field(Profile.EMBEDDED, description="Which set of settings to start from.")

    http_host: str = Field("127.0.0.1", description="Address the API listens on.")
    http_port: Port = Field(8080, description="Port the API listens on.")
    http_tls_cert: str = Field(
        "", description="File of the certificate and chain that API and door show; empty: they speak HTTP without TLS."
    )
    http_tls_key: str = Field("", description="File of the key of that certificate.")
    public_url: str = Field(
        "", description="Base of every published address; derived from host and port when empty. No slash at the end."
    )

    operator_name: str = Field(
        "Stadspuls", min_length=1, description="Who runs this platform; publishes the catalogue of all cities."
    )
    operator_email: str = Field("", description="Where to write to who runs it; said in the catalogue of all cities.")

    live_subscribers: int = Field(
        5000, ge=1, le=100_000, description="Live subscribers (SSE, WebSocket) one API process serves at once."
    )
    http_rate: float = Field(
        50,
        ge=0,
        le=100_000,
        description="Points a second one address may spend at the API, a minute's at once; 0 = any.",
    )
    http_connections: int = Field(
        500, ge=0, le=100_000, description="Connections, and live streams, of one address to a process; 0 = any."
    )
    http_proxies: Proxies = Field(
        "127.0.0.1,::1", description="Proxies, with commas, whose `X-Forwarded-For` is believed: addresses or networks."
    )

    mqtt_host: str = Field("127.0.0.1", description="Address of the MQTT broker (embedded: where it listens).")
    mqtt_port: Port = Field(1883, description="Port of the MQTT broker.")
    mqtt_username: str = Field(
        "", description="Account of the bridge, the pollers and the simulators at the MQTT broker."
    )
    mqtt_password: SecretStr = Field(SecretStr(""), description="Password of that account.")
    mqtt_client_id: str = Field(
        "stadspuls-bridge",
        min_length=1,
        description="The bridge's stable client id; its session hangs on it. Unless named, it ends in a secret.",
    )
    bridge_cities: str = Field(
        "", pattern=_SLUGS, description="Cities whose topics this bridge carries, with commas; empty: every topic."
    )
    bridge_leaves: str = Field(
        "",
        pattern=_SLUGS,
        description="Cities that a bridge carrying every topic leaves to bridges of their own, with commas.",
    )
    mqtt_broker: Literal["auto", "mosquitto", "amqtt"] = Field(
        "auto", description="Embedded broker: Mosquitto when installed, else amqtt."
    )

    mqtt_tls: bool = Field(False, description="Whether our own MQTT clients speak TLS to that broker.")
    mqtt_ca: str = Field(
        "", description="File of the CA that has signed that broker's certificate; empty: those the system trusts."
    )
    mqtt_tls_host: str = Field("127.0.0.1", description="Address the sensors' Mosquitto listens on with TLS.")
    mqtt_tls_port: int = Field(
        0, ge=0, le=65535, description="Port on which it does, for the cities' accounts; 0 = none."
    )
    mqtt_tls_cert: str = Field(
        "", description="File of its certificate and chain; empty: what `stadspuls account certificates` has made."
    )
    mqtt_tls_key: str = Field("", description="File of the key of that certificate.")

    public_mqtt_host: str = Field(
        "127.0.0.1", description="Address of the public MQTT broker (where it listens, or a city's own)."
    )
    public_mqtt_port: int = Field(
        0, ge=0, le=65535, description="Port of the public MQTT broker, for everyone to read open data; 0 = none."
    )
    public_mqtt_url: str = Field(
        "",
        pattern=r"^(mqtts?://[^/\s]+)?$",
        description="Address at which everyone reaches that broker; from the public URL and the port when empty.",
    )
    public_mqtt_tls_cert: str = Field(
        "", description="File of the certificate and chain that our public MQTT broker shows; empty: no TLS there."
    )
    public_mqtt_tls_key: str = Field("", description="File of the key of that certificate.")
    public_mqtt_connections: int = Field(
        1000, ge=1, le=1_000_000, description="Connections the public MQTT broker takes at once."
    )
    public_mqtt_inside: str = Field(
        "",
        pattern=r"^([^:/\s]+:[0-9]{1,5})?$",
        description="`host:port` at which a publisher in another container reaches that broker; empty: by loopback.",
    )
    public_mqtt_username: str = Field(
        "", description="Account of the publisher at a city's own public broker; empty: Stadspuls starts one itself."
    )
    public_mqtt_password: SecretStr = Field(SecretStr(""), description="Password of that account.")

    door_host: str = Field("127.0.0.1", description="Address the door for devices without MQTT listens on.")
    door_port: int = Field(
        0, ge=0, le=65535, description="Port of the door for devices without MQTT (HTTP, with API keys); 0 = none."
    )
    door_rate: float = Field(
        100, gt=0, le=100_000, description="Messages a second one API key may send by the door; twice as many at once."
    )

    poll: bool = Field(False, description="Whether the APIs that city files name are polled.")

    kafka_bootstrap: str = Field(
        "", description="Kafka addresses, `host:port` with commas; the embedded profile starts its own when empty."
    )
    kafka_security: Literal["plaintext", "tls", "sasl_tls"] = Field(
        "plaintext", description="How Kafka is spoken to: as it is, by TLS, or by TLS with an account."
    )
    kafka_ca: str = Field(
        "", description="File of the CA that has signed Kafka's certificates; empty: those the system trusts."
    )
    kafka_cert: str = Field("", description="File of our certificate and chain, where Kafka wants one of its clients.")
    kafka_key: str = Field("", description="File of the key of that certificate.")
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-512"] = Field(
        "PLAIN", description="How the account is shown to Kafka, within TLS."
    )
    kafka_username: str = Field("", description="Account of all our processes at Kafka.")
    kafka_password: SecretStr = Field(SecretStr(""), description="Password of that account.")
    topic_prefix: str = Field("stadspuls", pattern=r"^[a-zA-Z0-9._-]+$", description="Prefix of every Kafka topic.")
    partitions: int = Field(4, ge=1, le=1024, description="Partitions of every topic; fixed for a deployment.")
    replication: int = Field(
        1, ge=1, le=100, description="Brokers that keep a copy of every topic when it is created; 3 where there are."
    )
    kafka_unread_limit: int = Field(
        1024 * 1024,
        ge=0,
        description="Bytes a partition of `messages` may hold that the sink has not stored yet; 0 = no limit.",
    )

    worker: str = Field(
        "",
        pattern=r"^[a-zA-Z0-9._-]*$",
        description="Name of this worker of streams, different for each; one that comes back is known by it.",
    )

    frame_wait: float = Field(0.05, gt=0, le=5, description="Seconds the bridge or the door collects a frame.")
    frame_entries: int = Field(500, ge=1, le=10_000, description="Messages after which a frame is sent at once.")
    frame_bytes: int = Field(512 * 1024, ge=1024, le=900 * 1024, description="Bytes after which a frame is sent.")
    in_flight: int = Field(
        5000, ge=1, le=60_000, description="Messages the bridge may hold, and as many the door, that are not safe yet."
    )
    spool_bytes: int = Field(
        1024**3,
        ge=16 * 1024**2,
        description="Bytes a spool on disk (the bridge's, the door's) may take; beyond that senders keep what comes.",
    )

    store: Literal["sqlite", "influx"] = Field("sqlite", description="Where observations are stored.")
    influx_url: str = Field("http://127.0.0.1:8086", pattern=r"^https?://", description="Address of InfluxDB.")
    influx_org: str = Field("stadspuls", min_length=1, description="Organisation in InfluxDB.")
    influx_bucket: str = Field("stadspuls", min_length=1, description="Bucket in InfluxDB; made when it is missing.")
    influx_ca: str = Field(
        "", description="File of the CA that has signed InfluxDB's certificate; empty: those the system trusts."
    )
    influx_token: SecretStr = Field(SecretStr(""), description="Token that may read and write that bucket.")
    grafana_url: str = Field(
        "http://127.0.0.1:3000", pattern=r"^https?://", description="Address of the Grafana that boards are sent to."
    )
    grafana_token: SecretStr = Field(
        SecretStr(""), description="Token of a service account there that may edit folders and boards."
    )
    keys_file: str = Field("", description="File of the API keys; empty: `keys.json` in the data folder.")
    status_urls: str = Field(
        "", description="Addresses that `stadspuls status` asks, with commas; the API of this machine when empty."
    )
    data_dir: Path = Field(Path("data"), description="Folder of the embedded store and brokers, and of own servers.")
    cities_dir: Path = Field(ROOT / "cities", description="Folder of the city files.")
    themes_dir: Path = Field(ROOT / "themes", description="Folder of the theme files.")
    recordings_dir: Path = Field(ROOT / "simulators" / "recordings", description="Folder of the recordings to replay.")

    workers: int = Field(1, ge=1, le=64, description="Processes of `streams` that `up` starts; embedded always 1.")
    simulate: bool = Field(True, description="Whether `up` also starts the simulators and the replays.")
    seed: int = Field(1, ge=0, description="Seed of the simulated cities.")

    log_level: Literal["debug", "info", "warn", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["console", "json"] = Field("console", description="Form of the log lines.")

    @model_validator(mode="after")
    def _possible(self) -> "Settings":
        """Refuse combinations that cannot work."""
        if self.profile is Profile.EMBEDDED and self.partitions != 4:
            raise ValueError("partitions: the embedded Kafka always has 4")
        if self.profile is Profile.EMBEDDED and self.workers != 1:
            raise ValueError("workers: the embedded profile always has 1")
        if self.public_mqtt_port == self.mqtt_port and self._shares_a_host:
            raise ValueError("public_mqtt_port: the sensors' broker listens there; everyone needs another")
        if self.mqtt_tls and self.profile is Profile.EMBEDDED:
            raise ValueError("mqtt_tls: processes on one machine reach the embedded broker without TLS")
        if self.bridge_cities and self.bridge_leaves:
            raise ValueError("bridge_leaves: a bridge that carries some cities leaves the others anyway")
        if self.mqtt_tls_port == self.mqtt_port:
            raise ValueError("mqtt_tls_port: the listener without TLS has that port")
        require_possible_tls(self)
        if self.public_url.endswith("/"):
            raise ValueError("public_url: must not end with a slash")
        return self

    @property
    def base_url(self) -> str:
        """The base of every published address, without a slash at the end."""
        scheme = "https" if self.http_tls_cert else "http"
        return self.public_url or f"{scheme}://{self.http_host}:{self.http_port}"

    @property
    def _shares_a_host(self) -> bool:
        """Whether both MQTT brokers would listen on one machine, as far as can be told."""
        both_ours = self.own_public_mqtt and self.profile is Profile.EMBEDDED
        return both_ours or self.public_mqtt_host == self.mqtt_host

    @property
    def open_mqtt_url(self) -> str:
        """The address of the public MQTT broker for everyone; empty where there is none."""
        if not self.public_mqtt_port:
            return ""
        scheme = "mqtts" if self.public_mqtt_tls_cert else "mqtt"
        return self.public_mqtt_url or f"{scheme}://{urlsplit(self.base_url).hostname}:{self.public_mqtt_port}"

    @property
    def own_public_mqtt(self) -> bool:
        """Whether Stadspuls starts the public MQTT broker itself."""
        return self.public_mqtt_port != 0 and not self.public_mqtt_username

    @property
    def sqlite_path(self) -> Path:
        """The embedded store's file."""
        return self.data_dir / "stadspuls.sqlite"

    @property
    def spool_dir(self) -> Path:
        """The folder of the bridge's spool."""
        return self.data_dir / "spool"

    @property
    def door_spool_dir(self) -> Path:
        """The folder of the door's spool."""
        return self.data_dir / "door-spool"

    @property
    def keys_path(self) -> Path:
        """The file of API keys, as hashes."""
        return Path(self.keys_file) if self.keys_file else self.data_dir / "keys.json"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment, secret files, `.env`, profile, own servers; pydantic's defaults come last."""
        return (
            init_settings,
            env_settings,
            _SecretFiles(settings_cls),
            dotenv_settings,
            _ProfileSource(settings_cls),
            OwnServers(settings_cls),
        )


class _SecretFiles(EnvSettingsSource):
    """Reads secrets from the file that `STADSPULS_<NAME>_FILE` names."""

    def __call__(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            path = self.env_vars.get(f"{self.env_prefix}{name}_file".lower())
            if field.annotation is SecretStr and path:
                try:
                    values[name] = Path(path).read_text().strip()
                except OSError as error:
                    raise SettingsError(f"{PREFIX}{name.upper()}_FILE: {path}: {error.strerror}") from error
        return values


class _ProfileSource(PydanticBaseSettingsSource):
    """Gives what the chosen profile sets."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        chosen = self.current_state.get("profile", Profile.EMBEDDED)
        return dict(PROFILES.get(Profile(chosen), {})) if chosen in set(Profile) else {}


def load_settings(env_file: Path | None = Path(".env"), **flags: object) -> Settings:
    """The settings in force; `flags` that are None count as not given.

    Raises:
        SettingsError: naming each setting that cannot be used, and why.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(_env_file=env_file, **given)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [
            f"{PREFIX}{'.'.join(str(part) for part in mistake['loc']).upper()}: {mistake['msg']}"
            if mistake["loc"]
            else mistake["msg"]
            for mistake in error.errors()
        ]
        raise SettingsError("\n".join(lines)) from error


def setting_sources(env_file: Path | None = Path(".env"), **flags: object) -> dict[str, str]:
    """For every setting: `flag`, `environment`, `file`, `.env`, `profile` or `default`."""
    given = {name: value for name, value in flags.items() if value is not None}
    settings = load_settings(env_file, **flags)
    environment = EnvSettingsSource(Settings, env_prefix=PREFIX)
    layers: list[tuple[str, dict[str, Any]]] = [
        ("flag", given),
        ("environment", environment()),
        ("file", _SecretFiles(Settings, env_prefix=PREFIX)()),
        (".env", DotEnvSettingsSource(Settings, env_file=env_file, env_prefix=PREFIX)()),
        ("profile", PROFILES[settings.profile]),
        ("file", settings.model_dump(include=FOUND, exclude_defaults=True)),
    ]
    return {
        name: next((layer for layer, values in layers if name in values), "default") for name in Settings.model_fields
    }
