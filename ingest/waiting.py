"""Waiting for sockets on one thread, which other threads may end."""

import contextlib
import select
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike


class Wants(NamedTuple):
    """What somebody waits for, and how many seconds at most."""

    readers: "Sequence[SocketLike]"
    writers: "Sequence[SocketLike]"
    seconds: float


def wait(wanted: Sequence[Wants]) -> "list[SocketLike]":
    """Wait until something of all that is wanted is there; what can be read."""
    readers = [each for one in wanted for each in one.readers]
    writers = [each for one in wanted for each in one.writers]
    readable, _, _ = select.select(readers, writers, [], max(0.0, min(one.seconds for one in wanted)))
    return readable


class Bell:
    """Ends somebody's wait for `ears`."""

    def __init__(self) -> None:
        self.ears, self._mouth = socket.socketpair()
        self.ears.setblocking(False)
        self._mouth.setblocking(False)

    def ring(self) -> None:
        """Ring; from any thread."""
        # A full pipe wakes as well; a closed one belongs to somebody who has ended.
        with contextlib.suppress(OSError):
            self._mouth.send(b"\0")

    def heard(self) -> None:
        """Be silent again."""
        self.ears.recv(4096)

    def close(self) -> None:
        """End."""
        self.ears.close()
        self._mouth.close()
