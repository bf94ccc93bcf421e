"""What a panel's questions answered: series over time, or the rows of a table."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Range:
    """From when to when a panel shows, in µs."""

    start: int
    stop: int

    def place(self, at: int) -> float:
        """Where an instant lies, from 0 at the start to 1 at the end."""
        return (at - self.start) / (self.stop - self.start)


@dataclass(frozen=True)
class Series:
    """One line: what it is called, and its values over time; an instant of 0 is none."""

    name: str
    points: list[tuple[int, float | None]]
    ref: str = "A"
    """Which question it answers."""

    def last(self) -> float | None:
        """Grafana's `lastNotNull`."""
        return next((value for _, value in reversed(self.points) if value is not None), None)


@dataclass(frozen=True)
class Answer:
    """All that a panel's questions answered."""

    range: Range
    series: list[Series] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    """Of a panel of kind `table`; instants are datetimes."""

    def known(self) -> list[Series]:
        """The series that have a value at all."""
        return [each for each in self.series if each.last() is not None]
