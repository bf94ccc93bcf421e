"""What a panel of a board is: a question, and how its answer is shown; independent of the language."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from deploy.boards.language import Text

Kind = Literal["timeseries", "stat", "table", "bargauge"]
NO_DATA = Text("Geen gegevens in deze periode", "No data in this period")
GREEN, YELLOW, ORANGE, RED, BLUE = "green", "yellow", "orange", "red", "blue"

Steps = tuple[tuple[float | None, str], ...]
"""From which value on which colour; the first holds from minus infinity."""
CALM: Steps = ((None, BLUE),)
"""For a number that is neither good nor bad by itself."""
PLAIN: Steps = ((None, "transparent"),)
"""For a number beside one that has a colour."""


@dataclass(frozen=True)
class Flux:
    """A question to InfluxDB, in the language in which its answer names sites."""

    query: Callable[[str], str]


@dataclass(frozen=True)
class Metric:
    """A question to Prometheus; `legend` names each series, with `{{label}}` for a label's value."""

    expr: str
    legend: Text
    unit: str | None = None
    """Where the answer has another unit than the panel: then it is no more than told, whatever its value."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel; `unit` is Grafana's word for it, width is of 24 columns, height of 30 pixels."""

    kind: Kind
    title: Text
    description: Text
    unit: str
    steps: Steps
    asks: tuple[Flux | Metric, ...]
    no_data: Text = NO_DATA
    words: tuple[Text | None, ...] = ()
    """What is said of a value instead of the number, for each of the steps."""
    loud: bool = False
    """Whether a figure's colour fills its panel, to be seen from across the room."""
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    calm: float | None = None
    """Up to where an axis reaches at least, so that what is small looks small."""
    label: str | None = None
    """The label that names a series of InfluxDB."""
    line_at_steps: bool = False
    stays: bool = False
    """Whether a value holds until the next one, as a count of what is there does."""
    relative: str | None = None
    """A time range of the panel's own, such as `now/d`."""
    columns: dict[str, tuple[Text, str]] = field(default_factory=dict)
    """A table's columns: heading, and unit."""
    width: int = 12
    height: int = 8
