"""The sink's commits, read beside a backup and set again when it is restored to the same log."""

from contextlib import ExitStack

from stadspuls.errors import LogError
from stadspuls.log.admin import kafka_errors, log_name
from stadspuls.settings import Settings
from store.log_positions import LogMark, commit_positions, committed_positions, log_places
from store.sink import POLL_RECORDS, log_consumer


def read_sink_mark(settings: Settings) -> LogMark | None:
    """How far the sink has committed; None where the log lives in memory.

    Raises:
        LogError: when Kafka does not answer.
    """
    if not settings.kafka_bootstrap:
        return None
    name = log_name(settings)
    with ExitStack() as stack:
        stack.enter_context(kafka_errors(settings))
        consumer = log_consumer(settings, POLL_RECORDS)
        stack.callback(consumer.close, autocommit=False)
        return LogMark(name, committed_positions(consumer, log_places(settings)))


def set_sink_mark(settings: Settings, mark: LogMark) -> None:
    """Make the sink go on at a mark.

    Raises:
        LogError: when Kafka does not answer, or holds another log than the mark's.
    """
    name = log_name(settings)
    if name != mark.log:
        raise LogError(f"Kafka holds another log ({name}) than this backup's ({mark.log})")
    with ExitStack() as stack:
        stack.enter_context(kafka_errors(settings))
        consumer = log_consumer(settings, POLL_RECORDS)
        stack.callback(consumer.close, autocommit=False)
        commit_positions(consumer, mark.positions)
