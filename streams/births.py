"""What senders have announced, as a function of the input: a topic of its own keeps the newest of each.

A change goes out with the frame that made it and names it, so a worker that takes the partition over and reads the
topic up to the frame behind which it goes on knows exactly what its predecessor knew there. In memory it is the state
of one partition.
"""

from collections.abc import Iterator, MutableMapping

import msgspec

from stadspuls.codecs import Birth
from stadspuls.logs import get_logger
from stadspuls.metrics import UNREADABLE

SOURCE = "source"
"""Header of a record: the offset of the input frame that made the change."""

Change = tuple[bytes, bytes | None]
"""Key and value of a record of the topic; no value: the sender's farewell."""

_log = get_logger()
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Birth).decode


class Births(MutableMapping[str, Birth]):
    """The births of a partition by sender, and which have changed since somebody asked."""

    def __init__(self) -> None:
        self._births: dict[str, Birth] = {}
        self._changed: dict[str, None] = {}

    def __getitem__(self, sender: str) -> Birth:
        return self._births[sender]

    def __setitem__(self, sender: str, birth: Birth) -> None:
        # The youngest stands last, as its record does.
        self._births.pop(sender, None)
        self._births[sender] = birth
        self._note(sender)

    def __delitem__(self, sender: str) -> None:
        del self._births[sender]
        self._note(sender)

    def __iter__(self) -> Iterator[str]:
        return iter(self._births)

    def __len__(self) -> int:
        return len(self._births)

    def _note(self, sender: str) -> None:
        # In the order of the last change, so that whoever reads the records has the senders in this order too.
        self._changed.pop(sender, None)
        self._changed[sender] = None

    def take_changes(self) -> list[Change]:
        """The records that tell what has changed since the last call."""
        changed, self._changed = self._changed, {}
        return [
            (sender.encode(), _encode(self._births[sender]) if sender in self._births else None) for sender in changed
        ]

    def apply(self, key: bytes, value: bytes | None) -> None:
        """Take in a record of the topic, as it was when it was written."""
        sender = key.decode()
        self._births.pop(sender, None)
        if value is None:
            return
        try:
            self._births[sender] = _decode(value)
        except msgspec.MsgspecError as error:
            UNREADABLE.labels("births").inc()
            _log.error("a birth cannot be read", sender=sender, why=str(error))
