"""`stadspuls up --profile real` on given servers, for tests."""

from pathlib import Path

from stadspuls.settings import Settings
from tests.platform.running import Platform


def platform_on(settings: Settings, data_dir: Path, **more: str) -> Platform:
    """A platform that has not started, with the settings that lead to the servers."""
    given = {
        "PROFILE": "real",
        "HTTP_PORT": str(settings.http_port),
        "MQTT_PORT": str(settings.mqtt_port),
        "MQTT_CLIENT_ID": settings.mqtt_client_id,
        "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "TOPIC_PREFIX": settings.topic_prefix,
        "INFLUX_URL": settings.influx_url,
        "INFLUX_BUCKET": settings.influx_bucket,
        "INFLUX_TOKEN": settings.influx_token.get_secret_value(),
    }
    return Platform(data_dir, **(given | more))
