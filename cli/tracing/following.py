"""One reading followed from stage to stage."""

from dataclasses import dataclass

from cli.tracing.finding import Finder, FoundMessage, FoundObservation, FoundRejection
from cli.tracing.serving import OpenData, Stored
from cli.tracing.target import Target, unknown
from cli.tracing.traced import Published, Received, Rejected, Trace
from stadspuls.clock import SECOND, rfc3339
from stadspuls.errors import StoreError
from stadspuls.log import Topics


@dataclass(frozen=True)
class Choice:
    """Which reading: the newest, the newest received until an instant, or one of a frame."""

    until: int | None = None
    offset: int | None = None


class Following:
    """Follows readings of one sensor."""

    def __init__(self, finder: Finder, stored: Stored, served: OpenData, target: Target, topics: Topics) -> None:
        self._finder = finder
        self._stored = stored
        self._served = served
        self._target = target
        self._topics = topics

    def trace(self, choice: Choice) -> Trace:
        """The reading, as far as it is found.

        Raises:
            TraceError: when the sensor is not registered and nothing came in for it, or the offset is not there.
            kafka.errors.KafkaError: when Kafka does not answer.
        """
        message = self._message(choice)
        if message is None and choice.offset is None:
            return self._without_message(choice)
        if message is None:
            return self._told("not-found", f"that frame holds no reading of {self._target}")
        published, rejected = self._finder.published(message), self._finder.rejected(message)
        outcome, said = self._outcome(message, published, rejected)
        return self._told(outcome, said, message, published, rejected)

    def _message(self, choice: Choice) -> FoundMessage | None:
        if choice.offset is not None:
            return self._finder.message_at(choice.offset)
        return self._finder.newest_message(choice.until)

    def _without_message(self, choice: Choice) -> Trace:
        """By what was published, where no message that was looked at speaks of the sensor."""
        found = self._finder.newest_observation(choice.until)
        if found is None:
            return self._told("not-found", self._nowhere())
        message = self._finder.message_of(found)
        if message is None:
            said = "published; its message is not in what Kafka still keeps"
            return self._told("published", said, None, [found])
        rejected = self._finder.rejected(message)
        return self._told(
            "both" if rejected else "published", "published", message, self._finder.published(message), rejected
        )

    def _nowhere(self) -> str:
        try:
            newest = self._stored.newest()
        except StoreError as error:
            return f"not found in what was looked at of Kafka, and the store does not answer: {error}"
        if newest is None:
            if not self._target.registered:
                raise unknown(self._target)
            return "not found in what was looked at of Kafka, and the store has no value of it"
        return (
            "not found in what was looked at of Kafka; the store's newest value was observed "
            f"{rfc3339(newest.observed_at)}, received {rfc3339(newest.received_at)}, and published "
            f"{rfc3339(newest.published_at)}"
        )

    def _outcome(
        self, message: FoundMessage, published: list[FoundObservation], rejected: list[FoundRejection]
    ) -> tuple[str, str]:
        if published and rejected:
            return "both", "published in part; the rest was rejected"
        if published:
            return "published", "published"
        if rejected:
            return "rejected", "rejected: " + ", ".join(dict.fromkeys(one.rejection.reason for one in rejected))
        through = self._finder.worked_through()
        if through < message.offset:
            return "waiting", f"not worked through yet: streams has come to frame {through} of this partition"
        known = self._known_already(message)
        if known:
            return "repeated", f"dropped as repeated: {known}"
        return "received", "worked through, and gave neither an observation of this sensor nor a rejection"

    def _known_already(self, message: FoundMessage) -> str:
        """What of it was published before."""
        said = []
        for reading in self._finder.readings(message.message):
            stream = reading.datastream
            said.append(f"{stream.observed_property} of {rfc3339(reading.observed_at)} was published before")
        return "; ".join(said)

    def _told(
        self,
        outcome: str,
        said: str,
        message: FoundMessage | None = None,
        published: list[FoundObservation] | None = None,
        rejected: list[FoundRejection] | None = None,
    ) -> Trace:
        return Trace(
            sensor=self._target.sensor,
            dataset=self._target.dataset.name,
            registered=self._target.registered,
            outcome=outcome,
            said=said,
            looked=self._finder.looked,
            received=None if message is None else self._received(message),
            published=[self._published(one) for one in published or ()],
            rejected=[self._rejected(one) for one in rejected or ()],
        )

    def _received(self, found: FoundMessage) -> Received:
        message = found.message
        return Received(
            self._topics.messages,
            self._finder.partition,
            found.offset,
            found.index,
            found.messages,
            message.topic,
            len(message.payload) if message.length is None else message.length,
            rfc3339(message.received_at),
            message.retained,
        )

    def _published(self, found: FoundObservation) -> Published:
        one, stream = found.observation, found.observation.datastream
        state, value, said = self._stored.state(one)
        return Published(
            topic=self._topics.observations,
            partition=self._finder.partition,
            offset=found.offset,
            source_offset=found.frame.source_offset,
            part=found.frame.part,
            parts=found.frame.parts,
            registry=found.frame.registry,
            id=self._served.identifier(one),
            observed_property=stream.observed_property,
            value=one.value,
            unit=stream.unit,
            quality=one.quality if one.test is None else f"{one.quality} ({one.test})",
            observed_at=rfc3339(one.observed_at),
            published_at=rfc3339(one.published_at),
            observed_to_received_seconds=(one.received_at - one.observed_at) / SECOND,
            received_to_published_seconds=(one.published_at - one.received_at) / SECOND,
            stored=state,
            stored_value=value,
            stored_said=said,
            served=list(self._served.each(one, self._stored.page(one))),
        )

    def _rejected(self, found: FoundRejection) -> Rejected:
        one = found.rejection
        replayed = self._stored.replayed_at(one.key)
        return Rejected(
            self._topics.rejected,
            self._finder.partition,
            found.offset,
            one.key,
            one.reason,
            one.detail,
            one.observed_property,
            rfc3339(one.rejected_at),
            None if replayed is None else rfc3339(replayed),
            self._stored.keeps(one.key),
        )
