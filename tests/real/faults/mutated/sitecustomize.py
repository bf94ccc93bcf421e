"""Python runs this at every start of a process that has this folder in its path: it changes one thing on purpose.

`STADSPULS_TEST_MUTATIONS` names the changes, `STADSPULS_TEST_STALL` the file that makes a worker hold still.
"""

import importlib.abc
import importlib.machinery
import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

WANTED = set(filter(None, os.environ.get("STADSPULS_TEST_MUTATIONS", "").split(",")))


def sink_commits_first(module: ModuleType) -> None:
    """Offsets are committed before the store has answered."""
    original = module.Sink._store

    def store(self: Any, batch: Any) -> None:
        self._commit(batch)
        original(self, batch)

    module.Sink._store = store


def bridge_acknowledges_first(module: ModuleType) -> None:
    """A message is acknowledged as soon as it is received."""
    original = module.Bridge._receive

    def receive(self: Any, topic: str, payload: bytes, ticket: Any) -> None:
        if ticket is not None:
            self._session.acknowledge([ticket])
        original(self, topic, payload, ticket)

    module.Bridge._receive = receive


def stall_before_send(module: ModuleType) -> None:
    """The worker streams-1 holds still, once, between having built its output and sending it."""
    original = module.PartitionWriter._deliver
    stall = os.environ["STADSPULS_TEST_STALL"]

    async def deliver(self: Any, producer: Any, output: Any) -> None:
        if self._settings.worker == "streams-1" and os.path.exists(stall):  # noqa: PTH110, ASYNC240
            os.unlink(stall)  # noqa: PTH108
            os.kill(os.getpid(), signal.SIGSTOP)
        await original(self, producer, output)

    module.PartitionWriter._deliver = deliver


def no_fence(module: ModuleType) -> None:
    """A worker writes without the transactional id that would shut it out once another has its partition."""

    async def send(self: Any, output: Any) -> None:
        if output:
            await self._deliver(self._producer, output)

    async def unfenced(settings: Any, partition: int) -> Any:
        producer = module.AIOKafkaProducer(
            bootstrap_servers=settings.kafka_bootstrap, acks="all", enable_idempotence=True, request_timeout_ms=10_000
        )
        await producer.start()
        return producer

    module.PartitionWriter._send = send
    vars(module)["fenced_producer"] = unfenced


CHANGES: dict[str, tuple[str, Callable[[ModuleType], None]]] = {
    "sink-commits-first": ("store.sink", sink_commits_first),
    "bridge-acknowledges-first": ("ingest.bridge", bridge_acknowledges_first),
    "stall-before-send": ("streams.writer", stall_before_send),
    "no-fence": ("streams.writer", no_fence),
}


class _Changing(importlib.abc.MetaPathFinder):
    """Applies the wanted changes to a module once it has been loaded."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        changes = [change for key, (module, change) in CHANGES.items() if module == name and key in WANTED]
        if not changes:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        assert spec is not None
        assert spec.loader is not None
        load = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            for change in changes:
                change(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


if WANTED:
    unknown = WANTED - CHANGES.keys()
    assert not unknown, f"no such mutation: {unknown}"
    sys.meta_path.insert(0, _Changing())
