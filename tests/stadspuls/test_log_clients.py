"""Every Kafka client of ours is made with the options of one module, whatever library makes it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from stadspuls.errors import SettingsError
from stadspuls.log.clients import aiokafka_options, confluent_options, faust_options, kafka_python_options
from stadspuls.settings import ROOT, Settings, load_settings

MAKERS = {
    "KafkaConsumer": "kafka_python_options",
    "KafkaProducer": "kafka_python_options",
    "KafkaAdminClient": "kafka_python_options",
    "AIOKafkaConsumer": "aiokafka_options",
    "AIOKafkaProducer": "aiokafka_options",
    "AIOKafkaAdminClient": "aiokafka_options",
    "Producer": "confluent_options",
    "Consumer": "confluent_options",
    "AdminClient": "confluent_options",
    "faust.App": "faust_options",
}
FOLDERS = ("apis", "benchmarks", "cli", "deploy", "ingest", "simulators", "stadspuls", "store", "streams")
BROKER = "deploy/embedded/kafka.py"
"""It makes the in-memory broker itself, as a producer of a library that has it inside."""
COMMON = "_common(settings)"
"""What the API's two clients share; it is looked at, too."""


def made(text: str) -> Iterator[tuple[str, str]]:
    """The clients that a module makes, and how."""
    for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
        if (name := ast.unparse(call.func)) in MAKERS:
            yield name, ast.unparse(call)


def forgetful(text: str) -> list[str]:
    """Those made without the options."""
    shared = "aiokafka_options(settings)" in text
    return [
        how
        for name, how in made(text)
        if f"**{MAKERS[name]}(" not in how
        and f"{MAKERS[name]}(settings) |" not in how
        and f"({MAKERS[name]}(" not in how
        and not (shared and f"**{COMMON}" in how)
    ]


def test_no_client_of_kafka_is_made_past_the_options() -> None:
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")]
    texts = {str(file.relative_to(ROOT)): file.read_text() for file in files}
    assert sum(len(list(made(text))) for text in texts.values()) >= 15
    found = {name: missing for name, text in texts.items() if name != BROKER and (missing := forgetful(text))}
    assert found == {}


@pytest.mark.parametrize("how", ["KafkaConsumer(bootstrap_servers='x')", "faust.App('x', broker='kafka://x')"])
def test_one_that_forgets_them_is_found(how: str) -> None:
    assert forgetful(how) == [how]


def test_no_other_module_says_where_kafka_is() -> None:
    words = (
        "bootstrap_servers",
        "bootstrap.servers",
        "security_protocol",
        "security.protocol",
        "sasl_plain",
        "kafka://",
    )
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")]
    found = {str(file.relative_to(ROOT)) for file in files if any(word in file.read_text() for word in words)}
    assert found - {BROKER, "deploy/servers/kafka_configuration.py"} == {"stadspuls/log/clients.py"}


@pytest.fixture
def secured() -> Settings:
    return load_settings(None, profile="real", kafka_security="sasl_tls", kafka_username="u", kafka_password="p" * 20)


def test_each_library_gets_account_and_tls(secured: Settings) -> None:
    for options in (kafka_python_options(secured), aiokafka_options(secured)):
        assert options["security_protocol"] == "SASL_SSL"
        assert options["sasl_mechanism"] == "PLAIN"
        assert options["ssl_context"].check_hostname
    assert confluent_options(secured)["sasl.password"] == "p" * 20
    credentials = faust_options(secured)["broker_credentials"]
    assert credentials.protocol.value == "SASL_SSL"
    assert credentials.ssl_context.verify_mode.name == "CERT_REQUIRED"
    assert "p" * 20 not in repr(secured) + repr(credentials)


def test_a_file_that_cannot_be_used_is_named_with_its_setting(secured: Settings, tmp_path: Path) -> None:
    missing = secured.model_copy(update={"kafka_ca": str(tmp_path / "ca.pem")})
    with pytest.raises(SettingsError, match=r"STADSPULS_KAFKA_CA: .*ca\.pem cannot be used"):
        kafka_python_options(missing)
    (tmp_path / "empty.pem").write_text("")
    unusable = secured.model_copy(update={"kafka_cert": str(tmp_path / "empty.pem"), "kafka_key": "none"})
    with pytest.raises(SettingsError, match=r"STADSPULS_KAFKA_CERT: .*empty\.pem cannot be used"):
        aiokafka_options(unusable)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"kafka_security": "sasl_tls", "kafka_username": ""}, "kafka_username: kafka_security wants an account"),
        ({"kafka_username": "u"}, "kafka_username: an account is shown to Kafka by TLS alone"),
        ({"kafka_cert": "c"}, "kafka_cert, kafka_key"),
        ({"kafka_cert": "c", "kafka_key": "k"}, "kafka_cert: without TLS nobody is shown it"),
        ({"profile": "embedded", "kafka_security": "tls"}, "kafka_security: the embedded Kafka"),
        ({"http_tls_cert": "c"}, "http_tls_cert, http_tls_key"),
        ({"public_mqtt_tls_cert": "c", "public_mqtt_tls_key": "k"}, "public_mqtt_tls_cert: the public broker is not"),
    ],
)
def test_what_cannot_go_together_is_refused(flags: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings(None, **({"profile": "real", "data_dir": tmp_path} | flags))


def test_the_password_and_the_ca_of_own_servers_are_found_in_the_data_folder(tmp_path: Path) -> None:
    for name, text in {"servers/kafka/password": "found\n", "servers/tls/ca.pem": "x"}.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    settings = load_settings(None, profile="real", data_dir=tmp_path, kafka_security="sasl_tls")
    assert settings.kafka_username == "stadspuls"
    assert settings.kafka_password.get_secret_value() == "found"
    assert settings.kafka_ca == settings.influx_ca == str(tmp_path / "servers" / "tls" / "ca.pem")
    elsewhere = load_settings(
        None, profile="real", data_dir=tmp_path, kafka_security="sasl_tls", kafka_username="u", kafka_ca=""
    )
    assert elsewhere.kafka_password.get_secret_value() == ""
    assert elsewhere.kafka_ca == ""
