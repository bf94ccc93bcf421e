"""The bridge as a process."""

import logging
import threading

from ingest.bridge import Bridge
from ingest.outbox import Outbox
from stadspuls.registry import Registry
from stadspuls.registry.in_force import taking_up
from stadspuls.settings import Settings


def run_bridge(settings: Settings, registry: Registry, stop: threading.Event) -> None:
    """Carry MQTT messages to topic `messages` until told to stop; brokers that are away are waited for.

    Raises:
        SpoolError: when the spool on disk cannot be used.
        Exception: only what nobody foresaw; the supervisor starts the bridge again.
    """
    # kafka-python logs every attempt to connect; the outbox says once that Kafka is away.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    bridge = Bridge(settings, registry, lambda stored: Outbox(settings, stored))
    with taking_up(settings, registry, bridge.take_up):
        bridge.run(stop)
