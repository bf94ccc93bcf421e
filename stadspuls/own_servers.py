"""What servers that the real profile runs itself leave in the data folder, and settings find there."""

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from stadspuls.errors import SettingsError

INFLUX_TOKEN = Path("servers", "influxdb", "token")
"""Below the data folder: where an InfluxDB that Stadspuls has set up itself keeps its token."""
KAFKA_PASSWORD = Path("servers", "kafka", "password")
"""Below the data folder: where a Kafka with accounts that Stadspuls runs itself keeps the password of `KAFKA_USER`."""
KAFKA_USER = "stadspuls"
SERVERS_CA = Path("servers", "tls", "ca.pem")
"""Below the data folder: the CA of the servers that Stadspuls runs itself with TLS."""

FOUND = {"influx_token", "influx_ca", "kafka_username", "kafka_password", "kafka_ca"}
"""The settings that may be found there."""


class OwnServers(PydanticBaseSettingsSource):
    """Gives the real profile what servers that it runs itself have left in the data folder: token, password, CA."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Nothing for a field by itself: what was found comes as a whole."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """What is there, of settings that are not given otherwise."""
        state = self.current_state
        if state.get("profile") != "real":
            return {}
        folder = Path(state.get("data_dir", self.settings_cls.model_fields["data_dir"].default))
        found: dict[str, Any] = {} if state.get("influx_token") else _secret(folder, "influx_token", INFLUX_TOKEN)
        own_ca = {"kafka_ca", "influx_ca"} if (folder / SERVERS_CA).exists() else set()
        found |= {name: str(folder / SERVERS_CA) for name in own_ca - state.keys()}
        if state.get("kafka_security") == "sasl_tls":
            user = state.get("kafka_username") or KAFKA_USER
            own = user == KAFKA_USER and not state.get("kafka_password")
            found |= {"kafka_username": user} | (_secret(folder, "kafka_password", KAFKA_PASSWORD) if own else {})
        return found


def _secret(folder: Path, name: str, place: Path) -> dict[str, Any]:
    """A secret that own servers have left in the data folder, if they have."""
    try:
        return {name: (folder / place).read_text().strip()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"STADSPULS_{name.upper()}: {folder / place}: {error.strerror}") from error
