"""What goes wrong when: the same for the same seed."""

import random
from dataclasses import dataclass
from typing import Literal

Action = Literal["kill", "pause", "restart"]

SERVICES = ("bridge", "streams-1", "streams-2", "sink", "api")
SERVERS = ("kafka", "influxdb", "mosquitto")
SESSION = 6.0
"""Seconds of silence after which the group gives a worker's partitions to another."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, after a time in which nothing does."""

    after: float
    """Seconds since the fault before it was over."""
    target: str
    action: Action
    seconds: float
    """How long a paused process is held, or a killed server is away."""

    def __str__(self) -> str:
        return f"{self.action} {self.target} for {self.seconds:.1f} s"


def schedule(seed: int, count: int, *, mosquitto_may_die: bool = False) -> list[Fault]:
    """A schedule in which every service and server has its turn before any has a second one."""
    chance = random.Random(seed)  # noqa: S311 - the same in every run
    faults: list[Fault] = []
    turns: list[str] = []
    while len(faults) < count:
        if not turns:
            turns = [*SERVICES, *SERVERS]
            chance.shuffle(turns)
        target = turns.pop()
        action = _action(chance, target, mosquitto_may_die)
        away = chance.uniform(SESSION + 1.5, SESSION + 4) if action == "pause" else chance.uniform(0.5, 3)
        faults.append(Fault(chance.uniform(0.5, 4), target, action, away))
    return faults


def _action(chance: random.Random, target: str, mosquitto_may_die: bool) -> Action:
    actions: list[Action] = ["kill", "pause"]
    if target in SERVERS:
        actions.append("restart")
    if target == "mosquitto" and not mosquitto_may_die:
        # Killed, a broker loses what it had acknowledged and not saved: counted in a test of its own.
        actions = ["pause"]
    return chance.choice(actions)
