"""What a Kafka of one node on this machine is told: its places, and who comes in by which door."""

from pathlib import Path

from deploy.servers.tls import kept_password, own_ca, own_certificate
from stadspuls.own_servers import KAFKA_PASSWORD, KAFKA_USER
from stadspuls.settings import Settings

_PROTOCOLS = {"plaintext": "PLAINTEXT", "tls": "SSL", "sasl_tls": "SASL_SSL"}
_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"


def configuration(settings: Settings, folder: Path, port: int, controller_port: int) -> str:
    """Kafka's configuration for one node on the loopback address; its log is kept in `folder`.

    Raises:
        AccountsError, StartError: when certificates or the password cannot be made.
    """
    protocol = _PROTOCOLS[settings.kafka_security]
    return "\n".join(
        [
            "process.roles=broker,controller",
            "node.id=1",
            f"controller.quorum.voters=1@127.0.0.1:{controller_port}",
            f"listeners={protocol}://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
            f"advertised.listeners={protocol}://127.0.0.1:{port}",
            "controller.listener.names=CONTROLLER",
            # The controller is no way around: it is spoken to as clients speak to the broker.
            f"listener.security.protocol.map={protocol}:{protocol},CONTROLLER:{protocol}",
            *_doors(settings),
            f"log.dirs={folder / 'log'}",
            f"num.partitions={settings.partitions}",
            # A name that is mistyped must fail, and not become a topic with defaults.
            "auto.create.topics.enable=false",
            "offsets.topic.replication.factor=1",
            f"offsets.topic.num.partitions={settings.partitions}",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            f"transaction.state.log.num.partitions={settings.partitions}",
            "share.coordinator.state.topic.replication.factor=1",
            "share.coordinator.state.topic.min.isr=1",
            # After a kill the controller holds the old broker alive for so long, and the new one must wait.
            "broker.session.timeout.ms=4000",
            "broker.heartbeat.interval.ms=500",
            # A group's first members need not wait for others: a worker that joins later takes its share then.
            "group.initial.rebalance.delay.ms=0",
            "",
        ]
    )


def _doors(settings: Settings) -> list[str]:
    """What is shown to clients, and wanted of them; the node comes in as they do."""
    if settings.kafka_security == "plaintext":
        return []
    lines = [
        f"security.inter.broker.protocol={_PROTOCOLS[settings.kafka_security]}",
        # Certificate, chain and key in one file, as PEM.
        "ssl.keystore.type=PEM",
        f"ssl.keystore.location={own_certificate(settings, 'kafka')}",
        "ssl.truststore.type=PEM",
        f"ssl.truststore.location={own_ca(settings)}",
        "ssl.enabled.protocols=TLSv1.3,TLSv1.2",
        f"ssl.client.auth={'required' if settings.kafka_cert else 'none'}",
    ]
    return lines + (_accounts(settings) if settings.kafka_security == "sasl_tls" else [])


def _accounts(settings: Settings) -> list[str]:
    """One account by PLAIN, which the node itself uses, too; those by SCRAM are made with Kafka's own tools."""
    password = kept_password(settings.data_dir / KAFKA_PASSWORD)
    login = f'{_LOGIN} username="{KAFKA_USER}" password="{password}" user_{KAFKA_USER}="{password}";'
    return [
        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol=PLAIN",
        "sasl.mechanism.controller.protocol=PLAIN",
        f"listener.name.sasl_ssl.plain.sasl.jaas.config={login}",
        f"listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={_SCRAM};",
        "listener.name.controller.sasl.enabled.mechanisms=PLAIN",
        f"listener.name.controller.plain.sasl.jaas.config={login}",
    ]
