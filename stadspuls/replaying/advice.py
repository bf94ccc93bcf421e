"""What an operator can do about a rejection."""

from stadspuls.model import Reason
from stadspuls.replaying.selecting import Skip

_AGAIN = "then replay it."

ADVICE: dict[Reason, str] = {
    Reason.UNDECODABLE: (
        "If the device is right, name its codec, its units or its properties in the city file, or correct the codec; "
        f"{_AGAIN} If the device is wrong, it is the device that must change."
    ),
    Reason.TOO_LARGE: (
        "The device must send less at once: at most 64 KiB. Only the beginning of the payload is kept, so it cannot be "
        "replayed."
    ),
    Reason.UNREGISTERED: f"Add the sensor, the property or the source to the city file, put it in force, {_AGAIN}",
    Reason.IMPOSSIBLE: f"If such a value can be, widen `possible` of the property in the theme file, {_AGAIN}",
    Reason.FUTURE: (
        "Set the device's clock, or the `time_zone` of its sensor or source. After a change of zone replay it; else it "
        "is rejected again, for it is judged by when it was received."
    ),
    Reason.NO_TIME_ZONE: f"Name the `time_zone` of the sensor or the source in the city file, {_AGAIN}",
    Reason.CONFLICT: (
        "Another value is published for that instant, and stays. Look whether two devices share an id, or one corrects "
        "itself. A replay is rejected again, unless the city file now makes another sensor or instant of it."
    ),
    Reason.REFUSED: (
        "It is published, but the store's database has a field of another type. It cannot be replayed; rebuild the "
        "store into a fresh bucket."
    ),
}
"""By reason, a sentence or two."""

PASSED_OVER: dict[Skip, str] = {
    Skip.CUT: "only the beginning of the payload is kept",
    Skip.PUBLISHED: "published already; the store does not take it",
    Skip.NO_MESSAGE: "a record of Kafka that could not be read, and no message",
    Skip.REPLAYED: "replayed before",
}
"""Why something is not replayed."""
