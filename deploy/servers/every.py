"""All servers of the real profile, in the order in which they start."""

from deploy.servers.base import Server
from deploy.servers.influxdb import InfluxDB
from deploy.servers.kafka import Kafka
from deploy.servers.mosquitto import Mosquitto
from stadspuls.errors import InstallError
from stadspuls.settings import Settings


def every_server(settings: Settings) -> tuple[Server, ...]:
    """Mosquitto, Kafka and InfluxDB as these settings want them."""
    return Mosquitto(settings), Kafka(settings), InfluxDB(settings)


def require_nothing_missing(servers: tuple[Server, ...]) -> None:
    """Look for everything that installing or running them needs, before anything is begun.

    Raises:
        InstallError: naming all of it at once, each with its cure.
    """
    lines = [f"{server.name}: {missing}" for server in servers for missing in server.missing()]
    if lines:
        raise InstallError("Not everything is there to install the servers:\n" + "\n".join(f"  {x}" for x in lines))
