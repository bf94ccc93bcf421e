"""Values that cannot be meant are refused, with a line that says which."""

import json

import pytest
import yaml

from stadspuls.settings import Profile, load_settings
from tests.deploy.helm.chart import FOLDER, Helm

pytestmark = pytest.mark.timeout(900)

CITY = "bridges[0].name=a,bridges[0].cities={gent}"


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ("api.replica=2", "replica"),
        ("kafka.bootstrap=kafka", "kafka.bootstrap|/kafka/bootstrap"),
        ("publicUrl=https://data.stad.example/", "publicUrl"),
        ("influxdb.token=secret", "token"),
        ("published.accessMode=ReadWriteOnce", "published.accessMode ReadWriteMany"),
        ("streams.replicas=9", "kafka.partitions"),
        ("kafka.security=sasl_tls", "kafka.existingSecret"),
        ("publicMqtt.enabled=true", "publicMqtt"),
        ("pollers.enabled=true", "mqtt.sendingSecret"),
        ("door.enabled=true", "keysSecret"),
        ("grafana.enabled=true", "grafana"),
        ("ingress.enabled=true", "ingress.host"),
        (CITY, "exactly one takes the others"),
        (f"{CITY},bridges[1].name=a,bridges[1].others=true", "a name of its own"),
        (f"{CITY},bridges[0].others=true", "not both"),
        (f"{CITY},bridges[1].name=b,bridges[1].cities={{gent}},bridges[2].name=c,bridges[2].others=true", "one bridge"),
        (f"{CITY},bridges[1].name=b,bridges[1].others=true,moving={{gent}}", "on the move"),
        ("networkPolicy.clients[0].podSelectors.a=b", "podSelectors"),
    ],
)
def test_a_mistake_stops_the_installation_by_name(helm: Helm, mistake: str, said: str) -> None:
    done = helm.template("minimal", "--set", mistake)
    assert done.returncode != 0
    assert any(part in done.stderr for part in said.split("|")), done.stderr


@pytest.mark.parametrize("wanted", ["image.repository", "publicUrl", "kafka.bootstrap", "influxdb.existingSecret"])
def test_what_must_be_said_is_asked_for(helm: Helm, wanted: str) -> None:
    done = helm.template("minimal", "--set", f"{wanted}=")
    assert done.returncode != 0
    assert wanted.rsplit(".", maxsplit=1)[-1] in done.stderr


def test_every_value_is_described_and_every_description_has_a_value() -> None:
    values = yaml.safe_load((FOLDER / "values.yaml").read_text())
    schema = json.loads((FOLDER / "values.schema.json").read_text())
    assert paths(values, schema) - {"global"} == set()


def paths(values: object, schema: dict[str, object], at: str = "") -> set[str]:
    """Where the two differ."""
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not isinstance(values, dict):
        return set()
    differing = {f"{at}{name}" for name in properties.keys() ^ values.keys()}
    return differing.union(
        # What a container may ask for and have is for each to say.
        *(
            paths(values[name], properties[name], f"{at}{name}.")
            for name in properties.keys() & values.keys() - {"resources"}
        )
    )


def test_defaults_are_those_of_the_settings() -> None:
    values = yaml.safe_load((FOLDER / "values.yaml").read_text())
    settings = load_settings(None, profile=Profile.REAL)
    assert values["kafka"]["partitions"] == settings.partitions
    assert values["kafka"]["topicPrefix"] == settings.topic_prefix
    assert (values["influxdb"]["org"], values["influxdb"]["bucket"]) == (settings.influx_org, settings.influx_bucket)
    assert values["api"]["liveSubscribers"] == settings.live_subscribers
    assert (values["api"]["rate"], values["api"]["connections"]) == (settings.http_rate, settings.http_connections)
    assert values["door"]["rate"] == settings.door_rate
    # Room for a full spool, and for what is written beside it.
    assert int(values["bridge"]["spool"]["size"].removesuffix("Gi")) * 1024**3 > settings.spool_bytes
