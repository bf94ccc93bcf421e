"""What a board shows now: the values of a panel and the colours that its thresholds give them."""

from typing import Any, NamedTuple

from deploy.boards import every_board
from stadspuls.registry import Registry
from tests.real.prometheus_server import Prometheus


class Shown(NamedTuple):
    """A panel at this moment."""

    values: tuple[float, ...]
    colours: frozenset[str]


class Boards:
    """The boards of a registry, over a Prometheus."""

    def __init__(self, registry: Registry, metrics: Prometheus) -> None:
        self._documents = {board.uid: board.document for board in every_board(registry)}
        self._metrics = metrics

    def panel(self, uid: str, title: str) -> Shown:
        """A panel of figures by its English title; none of its values is left out but those that are no number."""
        (panel,) = (panel for panel in self._panels(uid) if panel["title"] == title)
        values: list[float] = []
        for target in panel["targets"]:
            answer = self._metrics.ask("/api/v1/query", query=target["expr"].replace("$__rate_interval", "60s"))
            values += [float(series["value"][1]) for series in answer["result"]]
        known = tuple(value for value in values if value == value)  # noqa: PLR0124 - NaN is not
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        return Shown(known, frozenset(_colour(value, steps) for value in known))

    def _panels(self, uid: str) -> list[dict[str, Any]]:
        panels = self._documents[uid]["panels"]
        assert isinstance(panels, list)
        return panels


def _colour(value: float, steps: list[dict[str, Any]]) -> str:
    reached = [step for step in steps if step["value"] is None or value >= step["value"]]
    colour: str = reached[-1]["color"]
    return colour
