"""What an in-memory Kafka took along when it went: told to readers, not stored, and so published once more."""

from collections.abc import Iterable

from stadspuls.model import Identity, Observation


class Lost:
    """The observations beyond the store when a feed was joined anew, each with its position of then.

    If Kafka still has them they come again at the same positions, and nothing is to be done. If not, the bridge sends
    their messages again, and they come at later positions: whoever was told must not be told twice.
    """

    def __init__(self, number: int, observations: Iterable[Observation]) -> None:
        """`number` counts the feed's rejoins."""
        self.number = number
        self._positions = {o.identity: o.published_at for o in observations}
        self._told: dict[int, frozenset[Identity]] = {}
        self.ceiling = max(self._positions.values(), default=0)

    def __len__(self) -> int:
        return len(self._positions)

    def told_by(self, position: int) -> frozenset[Identity]:
        """What a reader was told that had come to this position of the lost log; one set for all at the same."""
        told = self._told.get(position)
        if told is None:
            told = frozenset(identity for identity, place in self._positions.items() if place <= position)
            self._told[position] = told
        return told

    def retells(self, observation: Observation) -> bool:
        """Whether this is a second publication of something lost."""
        return self._positions.get(observation.identity, observation.published_at) != observation.published_at


def told_at_start(lost: Iterable[Lost], position: int) -> tuple[frozenset[Identity], ...]:
    """What a reader was told that begins at a position; later positions are of another log, and tell nothing."""
    return tuple(each.told_by(position) for each in lost if position <= each.ceiling)


def told_since(lost: Iterable[Lost], number: int, position: int) -> tuple[frozenset[Identity], ...]:
    """What a reader at a position was told of what went after rejoin `number`."""
    return tuple(each.told_by(position) for each in lost if each.number > number)


def is_told(observation: Observation, told: Iterable[frozenset[Identity]]) -> bool:
    """Whether the observation is in one of the sets."""
    return any(observation.identity in some for some in told)
