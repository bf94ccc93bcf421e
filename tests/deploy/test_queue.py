"""The queue of an absent amqtt session is bounded."""

import pytest
from structlog.testing import capture_logs

from deploy.embedded import queueing
from deploy.embedded.queueing import Queue, Waiting


def message(text: bytes) -> Waiting:
    return Waiting("gent/parking/p1", text, 1, retain=False)


@pytest.mark.parametrize("limit", ["QUEUE_MESSAGES", "QUEUE_BYTES"])
def test_a_full_queue_loses_the_newest_and_says_so_once(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(queueing, limit, 3)
    queue = Queue("bridge")
    with capture_logs() as logs:
        for text in (b"a", b"b", b"c", b"d", b"e"):
            queue.put(message(text))
        assert [queue.take().data for _ in range(len(queue))] == [b"a", b"b", b"c"]
        queue.put(message(b"f"))
    assert queue.take().data == b"f"
    assert [line["event"] for line in logs] == ["mqtt queue is full: messages are lost"]
