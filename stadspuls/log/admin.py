"""The topics in Apache Kafka: made where they are missing, and checked before anything starts.

The embedded profile's in-memory Kafka has no such calls; it makes its topics itself (`deploy.embedded.kafka`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError, SaslAuthenticationFailedError

from stadspuls.errors import LogError
from stadspuls.log.clients import kafka_python_options
from stadspuls.log.topic_plans import Difference, TopicFound, TopicPlan, differences, topic_plans, wrong_count
from stadspuls.settings import Profile, Settings

ANSWER_MS = 5_000
"""How long Kafka may take to be found."""

_EXISTS = 36
"""Kafka's error code for a topic that somebody else has just made."""


def ensure_topics(settings: Settings, *, apply: bool = False) -> list[str]:
    """Make the topics that are missing and check those that are there; a line for everything an operator should know.

    Args:
        settings: those of the deployment; nothing is done in the embedded profile.
        apply: also correct what differs.

    Raises:
        LogError: when Kafka does not answer or refuses, or when a topic has another partition count.
    """
    if settings.profile is Profile.EMBEDDED:
        return []
    with open_admin(settings) as admin:
        if wrong := admin.wrong_counts():
            raise LogError("\n".join(wrong))
        made = admin.create_missing()
        differing = admin.differing()
        if apply:
            admin.correct([difference for difference in differing if difference.correctable])
            differing = [difference for difference in differing if not difference.correctable]
        return [f"{name}: made, {settings.partitions} partitions" for name in made] + [str(d) for d in differing]


@contextmanager
def open_admin(settings: Settings) -> Iterator["TopicAdmin"]:
    """The administration of a running Kafka.

    Raises:
        LogError: when Kafka does not answer or refuses.
    """
    with kafka_errors(settings):
        client = KafkaAdminClient(**kafka_python_options(settings), bootstrap_timeout_ms=ANSWER_MS)
        try:
            yield TopicAdmin(client, topic_plans(settings))
        finally:
            client.close()


def log_name(settings: Settings) -> str:
    """Which log it is: the Kafka cluster and the topics' prefix; another cluster at the same address is another log.

    Raises:
        LogError: when Kafka does not answer.
    """
    if settings.profile is Profile.EMBEDDED:
        return f"{settings.kafka_bootstrap} {settings.topic_prefix}"
    with open_admin(settings) as admin:
        return f"{admin.cluster_id()} {settings.topic_prefix}"


class TopicAdmin:
    """Makes, describes and corrects the topics of a plan; raises Kafka's own errors beside `LogError`."""

    def __init__(self, client: KafkaAdminClient, plans: Sequence[TopicPlan]) -> None:
        self._client = client
        self._plans = plans

    def cluster_id(self) -> str:
        """The name this Kafka got when it was formatted: another one holds another log."""
        return str(self._client.describe_cluster()["cluster_id"])

    def found(self) -> dict[str, TopicFound]:
        """Those of the plan's topics that there are."""
        # All names first: some brokers make a topic that they are asked about.
        known = set(self._client.list_topics())
        names = [plan.name for plan in self._plans if plan.name in known]
        if not names:
            return {}
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        configs = self._client.describe_configs(asked, config_filter="all")["topic"]
        return {
            topic["name"]: TopicFound(
                len(topic["partitions"]),
                min(len(partition["replica_nodes"]) for partition in topic["partitions"]),
                {name: config["value"] for name, config in configs[topic["name"]].items()},
            )
            for topic in self._client.describe_topics(names)
        }

    def missing(self) -> list[str]:
        """Those of the plan's topics that there are not."""
        known = set(self._client.list_topics())
        return [plan.name for plan in self._plans if plan.name not in known]

    def wrong_counts(self) -> list[str]:
        """For every topic with another partition count what is wrong with that: datasets would move."""
        found = self.found()
        return [line for plan in self._plans if plan.name in found and (line := wrong_count(plan, found[plan.name]))]

    def create_missing(self) -> list[str]:
        """Make what is missing; returns the names.

        Raises:
            LogError: saying why Kafka does not make one.
        """
        missing = self.missing()
        wanted = {
            plan.name: {
                "num_partitions": plan.partitions,
                "replication_factor": plan.replication,
                "configs": dict(plan.configs),
            }
            for plan in self._plans
            if plan.name in missing
        }
        if not wanted:
            return []
        for answer in self._client.create_topics(wanted, raise_errors=False)["topics"]:
            if answer["error_code"] not in {0, _EXISTS}:
                raise LogError(f"Kafka does not make topic {answer['name']}: {answer['error_message']}")
        self._client.wait_for_topics(list(wanted), timeout_ms=ANSWER_MS)
        return list(wanted)

    def differing(self) -> list[Difference]:
        """In what the topics that are there differ from the plan."""
        found = self.found()
        return [
            difference
            for plan in self._plans
            if plan.name in found
            for difference in differences(plan, found[plan.name])
        ]

    def correct(self, differing: Sequence[Difference]) -> None:
        """Set what differs to what is wanted.

        Raises:
            LogError: saying why Kafka does not do so.
        """
        changes: dict[str, dict[str, str]] = {}
        for difference in differing:
            changes.setdefault(difference.topic, {})[difference.what] = difference.wanted
        if not changes:
            return
        asked = [ConfigResource(ConfigResourceType.TOPIC, name, configs) for name, configs in changes.items()]
        for name, answer in self._client.alter_configs(asked)["topic"].items():
            if answer != "OK":
                raise LogError(f"Kafka does not change topic {name}: {answer}")


@contextmanager
def kafka_errors(settings: Settings) -> Iterator[None]:
    """Raise what Kafka refuses as `LogError`, with the cure when it does not answer at all."""
    try:
        yield
    except (KafkaConnectionError, KafkaTimeoutError, SaslAuthenticationFailedError) as error:
        # Only now: it loads a third library of Kafka.
        from stadspuls.log.refusal import refusal  # noqa: PLC0415

        silent = (
            f"Kafka at {settings.kafka_bootstrap} does not answer: start it, or say with STADSPULS_KAFKA_BOOTSTRAP "
            "where it listens"
        )
        raise LogError(refusal(settings) or silent) from error
    except KafkaError as error:
        raise LogError(f"Kafka at {settings.kafka_bootstrap} refuses: {error}") from error
